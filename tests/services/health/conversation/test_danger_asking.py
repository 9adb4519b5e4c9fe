"""Texts that may tell of danger: who is asked, what an answer does, and what silence does."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from services.core.roles import Role
from services.health.care.concerns import set_clinicians
from services.health.care.danger_questions import pass_on_silent
from services.health.care.rota import DutyHours
from services.health.conversation import danger_matcher
from services.health.danger.danger_words import DangerText, read_danger
from services.messaging.inbox import OPERATOR, Inbox
from services.messaging.inbox_rules import Service
from services.messaging.inbox_tasks import keep_message_tasks
from services.messaging.postings import ANYWHERE
from services.messaging.tasks.escalation import tell_and_pass_on
from services.storage.models import DangerQuestion, Party, Person, Task
from tests.services.health.scene import CLINICIAN, FARMER, Course, person, publish

pytestmark = pytest.mark.slow

NIGHT = datetime(2026, 12, 4, 12, tzinfo=UTC)
"""Ten in the evening in Port Moresby."""
MAYBE = {
    "my chest feels strange since yesterday": "chest_pain",
    "i dont know if i can go on like this": "suicide",
    "he was angry with me again": "violence",
    "Hevi": "suicide",
    "i want to smoke and my chest is funny": "chest_pain",
    "STOP my chest feels odd": "chest_pain",
}
CHEST, LIFE, ANGRY, NAME, WISH, _ = MAYBE
SURE = "I have chest pain"


@pytest.fixture(autouse=True)
def doubtful(monkeypatch):
    """A reader that is not sure about some texts, which it otherwise does not know."""

    def read(text: str) -> DangerText | None:
        code = MAYBE.get(text)
        return DangerText(code, asks=True) if code else read_danger(text)

    monkeypatch.setattr(danger_matcher, "read_danger", read)


@pytest.fixture
def course(database):
    """A member in Enga, and a nurse for anywhere who works by day."""
    publish(database)
    course = Course(database)
    course.join()
    nurse = person(database, CLINICIAN, Role.CLINICIAN)
    with database.write() as session:
        for party in session.scalars(select(Party)):
            party.language = "en"
        ids = {ANYWHERE: session.get_one(Party, nurse).public_id}
        set_clinicians(session, "tobacco", ids, {ANYWHERE: DutyHours(8, 16)})
        session.scalars(select(Person)).one().province = "Enga"
    course.now = NIGHT
    course.keep()
    return course


def ends(course) -> list[str | None]:
    with course.database.read() as session:
        return list(session.scalars(select(DangerQuestion.answer).order_by(DangerQuestion.id)))


def inbox(course) -> list[tuple[str, bool]]:
    with course.database.read() as session:
        found = Inbox(session, course.database.vault, OPERATOR).newest({Service.HEALTH}, 20)
        return [(one.text, one.possible_danger) for one in found]


def sent_to(course, number: str, *purposes: str) -> list[str]:
    return [
        row.body for row in course.messages() if row.recipient == number and row.purpose in purposes
    ]


def pass_on_and_die(course):
    with course.database.write(exclusive=False) as session:
        assert pass_on_silent(session, course.now, 10) == 1
        raise KeyboardInterrupt


def test_possible_danger__answered_yes__is_as_if_it_had_been_sure(course):
    asked = course.say(CHEST)
    assert asked.startswith("Is somebody very ill, hurt or in danger now? Answer 1 yes, 2 no.")
    assert "clinic" in asked
    assert (course.concerns(), sent_to(course, CLINICIAN, "concern")) == ([], [])
    advice = course.say("1")
    assert course.concerns() == [("flag", "chest_pain")]
    assert len(sent_to(course, CLINICIAN, "concern")) == 2
    [ladder] = sent_to(course, FARMER, "second_contact")
    assert "health worker" in ladder
    assert inbox(course) == []
    course.later(hours=2, minutes=1)
    assert len(sent_to(course, FARMER, "second_contact")) == 2
    course.sender = "+67570000007"
    course.say("ENGLISH")
    sure = course.say(SURE)
    assert sure == advice


ANSWERS = (
    *((text, "yes") for text in ("1", " 1.", "YES", "Yesa", "yes please come", "em nau", "1 yes")),
    *((text, "no") for text in ("2", "No", "nogat", "0", "2 no", "no thanks")),
    *((text, None) for text in ("3", "no one is here", "thanks", "HELP", "what?")),
    (SURE, "again"),
)


def test_answers__of_strangers_in_their_own_words__end_the_question(course):
    for place, (text, how) in enumerate(ANSWERS):
        course.sender = f"+675700002{place:02}"
        course.say("ENGLISH")
        before = len(course.concerns())
        assert "Answer 1 yes, 2 no" in course.say(CHEST), text
        answer = course.say(text)
        assert ends(course)[-1] == how, text
        told = course.concerns()[before:]
        assert told == ([("flag", "chest_pain")] if how in {"yes", "again"} else []), text
        assert ("Thank you for telling us" in answer) == (how == "no"), text
    kept = [text for text, danger in inbox(course) if text == CHEST and not danger]
    assert len(kept) == sum(how == "no" for _, how in ANSWERS)


def test_silence__after_half_an_hour__is_in_the_inbox_once_and_wakes_nobody(course):
    course.say(CHEST)
    course.later(minutes=20)
    assert inbox(course) == []
    course.now += timedelta(minutes=5)
    course.say("blarp fnord")
    course.now += timedelta(minutes=6)
    # A worker that is killed in the middle loses nothing.
    with pytest.raises(KeyboardInterrupt):
        pass_on_and_die(course)
    assert (CHEST, True) not in inbox(course)
    course.keep()
    course.keep()
    assert inbox(course) == [(CHEST, True), ("blarp fnord", False)]
    for _ in range(2):
        keep_message_tasks(course.database, course.now)
        with course.database.write() as session:
            tell_and_pass_on(session, course.now)
    with course.database.read() as session:
        danger, other = session.scalars(select(Task).order_by(Task.due_at))
        assert (danger.code, other.code) == ("possible_danger", None)
        assert danger.due_at - course.now == timedelta(minutes=30)
    assert sent_to(course, CLINICIAN, "task", "concern") == []
    # In the morning the nurse is told, and an answer still counts.
    course.now = datetime(2026, 12, 4, 22, tzinfo=UTC)
    with course.database.write() as session:
        tell_and_pass_on(session, course.now)
    assert any("may tell of danger" in text for text in sent_to(course, CLINICIAN, "task"))
    course.say("1", "1")
    assert course.concerns() == [("flag", "chest_pain")]
    assert ends(course) == ["yes"]


def test_second_possible_danger__within_hours__is_told_and_later_asked_again(course):
    course.say(CHEST)
    # The worse of the two counts.
    course.say(LIFE)
    assert course.concerns() == [("flag", "self_harm")]
    assert ends(course) == ["again"]
    course.later(hours=5)
    assert "Answer 1 yes, 2 no" in course.say(CHEST)
    course.say("2")
    course.say(CHEST)
    assert course.concerns()[1:] == [("flag", "chest_pain")]
    assert ends(course) == ["again", "no"]


def test_digit__to_several_questions__answers_the_newest_first(course):
    course.sender = "+67570000008"
    course.say("ENGLISH", "QUIT")
    opened = course.askings()
    assert "Answer 1 yes, 2 no" in course.say(CHEST)
    course.say("2")
    assert course.askings() == opened
    course.say("1")
    assert course.askings()[-2][1] == "answered"
    # After a no the text does what it does without danger.
    course.sender = FARMER
    course.say(WISH)
    assert "It passes" in course.say("no")
    assert WISH not in [text for text, _ in inbox(course)]
    course.later(hours=5)
    # A second contact that came later.
    course.say(SURE)
    course.later(hours=1, minutes=50)
    course.say(CHEST)
    course.later(minutes=20)
    assert course.say("1").startswith("We are glad.")
    assert ends(course)[-1] is None
    course.say("1")
    assert ends(course)[-1] == "yes"


def test_question__where_others_read_or_the_danger_is_at_home__names_nothing(course):
    for place, text in enumerate((LIFE, ANGRY)):
        course.sender = f"+675700003{place:02}"
        course.say("ENGLISH")
        asked = course.say(text)
        assert asked.startswith("Do you need help now? Answer 1 yes, 2 no.")
        assert "danger" not in asked
    course.sender = FARMER
    with course.database.write() as session:
        row = session.merge(course.row())
        row.discreet = True
    assert course.say(CHEST).startswith("Do you need help now?")


def test_text__that_a_course_or_a_command_understands_whole__is_not_asked_about(course):
    course.sender = "+67570000009"
    course.say("ENGLISH", "QUIT")
    # The name that the intake asks for; a reading of it as danger would be a weak one.
    course.say("1", "yes", NAME)
    assert ends(course) == []
    assert course.askings()[2][1:] == ("answered", "answered")
    # What is no answer is asked about, and STOP is obeyed beside it.
    stopped = course.say("STOP my chest feels odd")
    assert "Answer 1 yes, 2 no" in stopped
    assert course.row().state == "opted_out"


def test_forgotten__person_who_was_asked__is_passed_on_to_nobody(course):
    course.say(CHEST)
    course.forget()
    course.later(minutes=1)
    assert inbox(course) == []
    with course.database.read() as session:
        assert session.scalars(select(DangerQuestion.arrival)).all() == [b""]
