"""Words of a person's own, said back to them alone."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import select, text

from services.health.conversation.answer_parser import read_answer
from services.health.format.entries import Expect, Question
from services.health.format.parser import read_programme
from services.health.linting.findings import LintSettings
from services.health.linting.linter import lint
from services.health.versions.store import shipped_text
from services.storage.models import AskedQuestion, Subscription
from tests.factories import NOW
from tests.services.health.scene import Course, publish
from tests.support.beginnings import begin as kept

REASON = "my daughter's wedding"
# Names by place in the evidence say which text they mean: here another one is put there.
MARKS = re.compile("@[0-9a-f]{6}")
QUESTION = Question(Expect.WORDS, keep="reason")


@pytest.fixture
def begun(database):
    """Begin the course on TB, on a phone that others read or not, and live to the question."""

    def begin(shared):
        def act(database):
            publish(database, shipped_text("tb"), ("en",))
            course = Course(database)
            course.say("STRONG AGAIN", shared, "33", "1", "1", "yes", "2", "Jiwaka", "3", "David")
            for _ in range(6):
                course.later(days=1)
            return course.now

        return Course(database, kept(database, ("tb", shared), act))

    return begin


@pytest.mark.slow
def test_reason__on_ones_own_phone__is_said_back_when_the_wish_is_strong(begun):
    david = begun("2")
    assert david.say(REASON).startswith("That is worth it")
    assert [david.say("WISH") for _ in range(2)][1].startswith(f"You told us what for: {REASON}.")
    assert "stands by you" not in "".join(david.say("WISH") for _ in range(9)), "no helper named"


@pytest.mark.slow
def test_reason__where_others_read_the_phone__is_not_said_back(begun):
    david = begun("1")
    david.say(REASON)
    assert david.row().kept == {"reason": REASON}
    assert REASON not in "".join(david.say("WISH") for _ in range(9))


def test_reason__declined_or_of_nobody__leaves_replies_without_it(begun):
    david = begun("2")
    assert david.say("no").startswith("That is fine")
    assert david.row().kept == {}
    assert "{" not in "".join(david.say("WISH") for _ in range(9))


def test_reason__in_the_database__is_sealed_and_forgotten_with_its_person(begun, database):
    david = begun("2")
    david.say(REASON)
    with database.read() as session:
        sealed = session.scalar(text("SELECT kept FROM subscription"))
        assert REASON.encode() not in bytes(sealed)
        answer = session.scalars(select(AskedQuestion).where(AskedQuestion.item == "reason")).one()
        assert (answer.answer, answer.value) == ("answered", None)
    david.forget()
    with database.read() as session:
        assert set(session.scalars(select(Subscription.kept))) == {None}


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("my daughter", "my daughter"),
        ("  bilong   pikinini meri. ", "bilong pikinini meri"),
        ("2 boys and Ruth!", "2 boys and Ruth"),
        ("a" * 31, None),
        ("{name}", "{name}"),
        ("why do you ask?", None),
        ("71234567", None),
        ("\u0928\u092e", None),
    ],
)
def test_words__as_people_write_them__are_kept_if_they_fit(said, kept):
    found = read_answer(QUESTION, said, NOW.date())
    assert (found.words if found else None) == kept


@pytest.mark.parametrize(
    ("written", "instead", "code"),
    [
        ("          keep: reason\n", "", "bad_keep"),
        ("          keep: reason\n", "          keep: quit\n", "bad_keep"),
        ("One month, {name}!", "One month, {reason}!", "unknown_placeholder"),
        ("It is free, private, and offered to all", "For {reason}: offered to all", "kept_alone"),
        ("    rests: true\n", "    rests: true\n    alert: false\n", "flag_rests_untold"),
    ],
)
def test_lint__words_that_nobody_gave_or_others_would_read__are_faults(written, instead, code):
    source = shipped_text("tb")
    assert written in source
    programme = read_programme(MARKS.sub("", source).replace(written, instead, 1))
    found = {one.code for one in lint(programme, LintSettings(), NOW.date())}
    assert code in found
