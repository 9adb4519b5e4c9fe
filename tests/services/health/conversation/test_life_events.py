"""Events of a member's life, told in any text: what is said, and what becomes of the course."""

from __future__ import annotations

import pytest
from sqlalchemy import select, update

from services.health.care.event_words import words_of_events
from services.health.format.documents import read_document
from services.health.format.parser import build
from services.health.versions.store import shipped, shipped_text
from services.livestock.domain.movement_decision import Policy
from services.messaging.consent import consents_of
from services.runtime.command_catalogue import CommandCatalogue
from services.storage.models import Message, ProgrammeApproval
from sms.consent import GONE
from sms.message import MessageState
from tests.factories import FARMER, STRANGER
from tests.services.health.scene import SMALL, Course, publish
from tests.services.health.stored import Signed, store_approved, version_of

SORRY = "We are so sorry. Much blood or fever: clinic now."


def heard(code):
    return words_of_events([build(read_document(shipped_text(code)))])


TOLD = {
    "loss": """
        my baby died; i lost my baby; My baby is dead; we lost the baby last night
        lost the pregnancy
        i had a miscarriage; I miscarried on Sunday; stillborn; my baby was born dead; mi lusim bebi
        bebi blo mi dai; bebi bilong mi i dai pinis; bebi i dai pinis; pikinini bilong mi dai pinis
        my son died; my pregnancy ended; no heartbeat, my baby has died""",
    "cancer": """
        i have cancer; im told i have cancer; doctor says it is cancer
        the doctor said I have cancer
        mi gat kensa; dokta i tok mi gat kensa; ol i painim kensa""",
    "death": """
        my husband died; he passed away yesterday; papa i dai pinis; meri blo mi dai pinis
        she has died; The person you text is dead""",
    "moved": "I moved to Lae; we have moved; mi senisim ples",
    "phone_lost": "wrong number; this is not his phone; rong namba; mi baim dispela fon",
}
NOT_TOLD = """
    my baby died?; is my baby dead; I think my baby died; i am afraid my baby will die
    my sow lost her baby
    pig died; piglets born dead; mi dai long simuk; mi laik dai; do i have cancer?
    i do not have cancer
    my mother had cancer; my baby is well; baby sleeps; i want to move to Lae; dead 104276
    MOVE 104276 20468
    my baby did not die; cancer kills; stop smoking; 1; yes; papa i kaikai pinis
    no cancer was found
    """


def texts(written):
    return [one.strip() for line in written.splitlines() for one in line.split(";") if one.strip()]


def test_event_words__of_the_course_for_women__hear_what_has_happened_and_nothing_else():
    words = heard("cervical")
    wrong = {
        text: words.find(text)
        for code, written in TOLD.items()
        for text in texts(written)
        if words.find(text) != code
    }
    wrong |= {text: words.find(text) for text in texts(NOT_TOLD) if words.find(text)}
    assert wrong == {}


@pytest.mark.slow
def test_event_words__any_shipped_course__hears_each_of_its_own_phrases():
    for code in shipped():
        words = heard(code)
        for event in build(read_document(shipped_text(code))).events:
            missed = [
                one
                for every in event.hears.values()
                for one in every
                if words.find(one) != event.code
            ]
            assert missed == [], (code, event.code)


@pytest.fixture
def member(course) -> Course:
    course.join()
    course.keep()
    return course


def test_loss__told_by_a_member__stops_all_texts_and_sends_only_those_of_care(member):
    assert [item for item, _ in member.waiting()] == ["tip-1"]
    assert member.say("my baby died").startswith(SORRY)
    assert (member.waiting(), member.concerns()) == ([], [("answer", "loss")])
    member.later(days=9)
    assert member.row().state == "active"
    sent = [(row.item, row.planned_at.day) for row in member.messages() if row.purpose == "course"]
    assert sent == [("tip-1", 25), ("loss-2", 27), ("loss-9", 4)]
    with member.database.write() as session:
        session.execute(update(Message).values(state=MessageState.SENT))
    member.later(days=13)
    assert (member.row().state, member.row().reason) == ("ended", "loss")
    assert {item for item, state, _ in member.askings() if state == "open"} == set()


@pytest.mark.parametrize(
    ("text", "after", "reason"),
    [
        ("my husband died", "ended", "death"),
        ("wrong number", "ended", "phone_lost"),
        ("you have the wrong person, sorry", "ended", "phone_lost"),
        ("I have cancer", "paused", None),
        ("I moved to Lae", "active", None),
    ],
)
def test_event__told_by_a_member__changes_the_course_as_the_file_says(member, text, after, reason):
    member.say(text)
    assert (member.row().state, member.row().reason) == (after, reason)


@pytest.mark.parametrize(
    "back", [["START"], ["QUIT", "2", "1", "34", "yes"]], ids=["start", "joins again"]
)
def test_wrong_number__leaves_the_phone_alone_until_it_wants_messages(member, back):
    member.say("wrong number")
    with member.database.read() as session:
        assert consents_of(session, FARMER)[GONE] is False
    member.say(*back)
    with member.database.read() as session:
        assert consents_of(session, FARMER)[GONE] is True


def test_loss__of_somebody_in_no_course__ends_nobodys(member):
    other = Course(member.database, member.now, STRANGER, member.talk)
    assert not other.say("my baby died").startswith("We are so sorry")
    assert member.row().state == "active"


def test_loss__with_a_wish_to_die__is_answered_with_help_first(member):
    told = member.say("my baby died and i want to die")
    assert told.splitlines()[0].startswith("You matter to us")
    assert SORRY in told
    assert {code for _, code in member.concerns()} == {"self_harm", "loss"}


def test_loss__with_a_question_open__is_heard_and_answers_nothing(course):
    course.say("QUIT")
    assert course.say("my baby died").startswith(SORRY)
    assert course.row().state == "ended"
    assert [(item, answer) for item, _, answer in course.askings()] == [("uses", None)]


@pytest.mark.slow
def test_loss__of_a_member_of_a_version_without_events__ends_by_the_words_of_a_newer_one(database):
    text = SMALL.partition("\nevents:")[0] + "\n"
    publish_unchecked(database, text)
    member = Course(database)
    member.join()
    publish(database, SMALL.replace("Rest, {name}", "Rest now, {name}"))
    member.talk = CommandCatalogue(Policy())
    assert member.say("my baby died").startswith(SORRY)
    assert (member.row().state, member.row().reason) == ("ended", "loss")
    assert member.concerns() == [("answer", "loss")]


def publish_unchecked(database, text):
    """Approve a version that was stored before events were asked for."""
    publish(database)
    with database.write() as session:
        approval = session.scalars(select(ProgrammeApproval)).first()
        signed = Signed(approval.approved_by_id, approval.journal_id)
        version = version_of("tobacco", text, number=9)
        store_approved(session, version, signed, reference="MOH-2025-1")
