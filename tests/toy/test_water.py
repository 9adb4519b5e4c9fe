"""A third service beside pigs and health: added by declaring it, it takes nobody's words."""

from __future__ import annotations

import pytest

from gateway.grammar import NotUnderstood, Understood
from gateway.phrases import PhraseBook
from services.health.conversation.member import read_active
from services.health.versions.store import current_versions
from services.livestock.domain.movement_decision import Policy
from services.livestock.sms_commands import FILLERS, HANDLERS
from services.runtime.command_catalogue import keywords, make_conversation
from services.storage.models import Journal
from tests.factories import CONVERSATION, FARMER, NOW, Phones, official, rows
from tests.services.health.scene import Course, publish
from tests.services.livestock.table import every_text
from tests.support.paths import ROOT
from tests.support.texts import assert_one_segment
from tests.toy.water import PHRASES, SENTENCES, Water


@pytest.fixture
def water():
    return Water()


@pytest.fixture
def village(database, water):
    """Pigs, a health programme that is approved, and water points, in one conversation."""
    publish(database)
    with database.read() as session:
        programmes = read_active(session, current_versions(session))
    return Course(database, talk=make_conversation(Policy(), programmes, more=water.spoken))


def test_water__reported_and_asked_for__is_answered_in_the_language_of_the_word(village, water):
    assert village.say("PUMP 12 BROKEN") == "Thank you. We wrote down that pump 12 is broken."
    assert village.say("wara namba 12 i drai") == "Tenkyu. Mipela raitim pinis: pam 12 i drai."
    assert village.say("Pump 12?") == "Pump 12 is dry."
    assert village.say("12 PUMP is fixed").endswith("works.")
    assert water.pumps == {12: "works"}


def test_water__written_as_people_do__is_understood(village, water):
    for text in (
        "PAM12BAGARAP",
        "pam-12/bagarap",
        "Pam:\r\n12\r\nbagarap.",
        "\u201cPAM l2\u201d bruk",
    ):
        water.pumps.clear()
        village.say(text)
        assert water.pumps == {12: "broken"}, text


@pytest.mark.slow
@pytest.mark.parametrize(
    ("text", "example"),
    [
        ("PUMP", "PUMP 12 BROKEN"),
        ("PAM", "PAM 12 BAGARAP"),
        ("PUMP 12 purple", "PUMP 12 BROKEN"),
        ("PUPM 12 DRY", "PUMP 12 BROKEN"),
    ],
)
def test_water__not_understood__gets_its_own_example_and_changes_nothing(
    village, water, text, example
):
    answer = village.say(text)
    assert example in answer
    assert_one_segment(answer)
    assert water.pumps == {}


@pytest.mark.slow
def test_pigs_and_health__beside_water__go_on_as_before(village):
    assert "place" in village.say("PLACE Kudjip, Jiwaka")
    assert "is registered at" in village.say(f"REG {official(1)}")
    village.join()
    assert village.say("CRAVE") == "Wait 5 minutes. It passes."
    assert village.outcome(f"SIK {official(1)} pekpek wara") == "sickness"
    assert village.outcome("STOP ALL") == "stop_all"
    before = rows(village.database, Journal)
    village.say("PUMP 12 BROKEN")
    assert rows(village.database, Journal) == before


def test_keywords__of_water__are_nobody_elses():
    words = {word.casefold() for one in PHRASES for each in one.keywords.values() for word in each}
    assert words & set(keywords()) == set()


def test_parse__every_text_of_the_tables__means_the_same_with_water_and_without():
    pigs = [one.phrase for one in HANDLERS]
    without, beside = PhraseBook(pigs, FILLERS), PhraseBook([*pigs, *PHRASES], FILLERS)
    said = every_text()
    assert len(said) > 400
    for text in said:
        before, after = without.parse(text, None), beside.parse(text, None)
        assert type(before) is type(after), text
        if isinstance(before, Understood):
            assert before == after, text
        elif isinstance(before, NotUnderstood):
            assert before.nearest is None or before.nearest == after.nearest, text


def test_examples__of_all_services_together__are_understood_as_themselves(village):
    assert village.talk._book.misunderstood_examples() == []


def test_gateway__no_module__knows_of_water():
    for path in (ROOT / "gateway").rglob("*.py"):
        assert "water" not in path.read_text("utf-8").lower(), path


def test_sentences__of_water__fit_one_segment_in_both_languages(database, water):
    assert all(set(said) == {"en", "tpi"} for said in SENTENCES.values())
    phones = Phones(database, NOW, make_conversation(Policy(), {}, more=water.spoken))
    for text in ("PUMP 9999", "PAM 9999", "PUMP 9999 WORKING", "PAM 9999 BAGARAP", "PAM 9999"):
        assert_one_segment(phones.say(text, FARMER))


def test_conversation__without_water__does_not_understand_it(database):
    assert Phones(database, NOW, CONVERSATION).send("PUMP 12 BROKEN").outcome == "not_understood"
