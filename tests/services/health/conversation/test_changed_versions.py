"""What people hear while versions come and go: each language has a version of its own."""

from __future__ import annotations

import json

import pytest

from services.core.roles import Role
from services.health.care.concerns import set_clinicians
from services.health.format.documents import read_document
from services.storage.models import Party
from tests.services.health.scene import CLINICIAN, SMALL, Course, person, publish, withdraw_all

DANGER = "You matter to us. Please call 111 now and stay with somebody."
LATER = (
    SMALL.replace("You matter to us.", "We are here.")
    .replace("Wait 5 minutes. It passes.", "Wait.")
    .replace("en: Quit tobacco", "en: Be free")
)
TPI_ALONE = ("tpi",)


def without(document, language):
    if isinstance(document, dict):
        return {key: without(one, language) for key, one in document.items() if key != language}
    return [without(one, language) for one in document] if isinstance(document, list) else document


def appoint(database):
    """Name a clinician of the programme."""
    key = person(database, CLINICIAN, Role.CLINICIAN)
    with database.write() as session:
        set_clinicians(session, "tobacco", {"": session.get_one(Party, key).public_id})


@pytest.fixture
def version(database):
    version = publish(database)
    appoint(database)
    return version


@pytest.fixture
def member(database, version):
    member = Course(database)
    member.join()
    return member


@pytest.mark.slow
def test_newer_version__without_a_language__leaves_it_to_the_one_before(member):
    publish(member.database, json.dumps(without(read_document(SMALL), "en")), TPI_ALONE)
    assert member.say("CRAVE") == "Wait 5 minutes. It passes."
    assert member.say("kill myself") == DANGER
    member.sender = "+67570000077"
    assert member.say("I will kill myself") == DANGER
    assert member.say("JOIN quit tobacco").startswith("Do you use it now?")
    assert member.outcome("STOP") == "stop"


@pytest.mark.slow
def test_newer_version__approved_in_another_language__says_nothing_in_this_one(member, version):
    publish(member.database, LATER, TPI_ALONE)
    for sender in (member.sender, "+67570000077"):
        member.sender = sender
        assert member.say("kill myself") == DANGER
        assert member.say("CRAVE").startswith("Wait 5 minutes. It passes.")
    traced = [row.version_id for row in member.messages() if row.body == DANGER]
    assert traced == [version.id] * 2


@pytest.mark.slow
def test_newer_version__with_a_word_of_its_own__answers_members_of_the_one_before(member):
    newer = SMALL.replace("code: slip\n", "code: mood\n").replace("[SLIP]", "[MOOD]")
    publish(member.database, newer.replace("MI PUNDAUN", "BEL HEVI"))
    assert member.say("MOOD") == "Thank you for telling us. We go on together."
    assert "slip" not in member.row().anchors


@pytest.mark.slow
@pytest.mark.parametrize("languages", [("en",), ("en", "tpi")])
def test_withdrawal__member_in_danger__is_answered_and_a_nurse_is_told(member, version, languages):
    withdraw_all(member.database, version, languages)
    assert member.say("I want to kill myself") == DANGER
    assert member.say("CALL ME").startswith("A health worker will call you")
    assert member.concerns() == [("flag", "self_harm"), ("call", "")]


@pytest.mark.slow
def test_withdrawal__where_a_newer_version_is_open__lets_members_be_called(member, version):
    withdraw_all(member.database, version, ("en",))
    publish(member.database, LATER)
    assert member.say("CALL ME").startswith("A health worker will call you")


def test_withdrawal__of_what_somebody_was_asked_in__lets_him_begin_anew(database, version):
    course = Course(database)
    course.say("QUIT")
    withdraw_all(database, version, ("en",))
    publish(database, LATER)
    assert course.say("QUIT").startswith("Do you use it now?")
    assert course.row().version_id != version.id
    course.say("1", "yes")
    assert course.row().state == "consented"


@pytest.mark.slow
def test_withdrawal__texts_that_wait__are_not_sent(member, version):
    member.later(hours=12)
    assert member.waiting()
    withdraw_all(member.database, version, ("en",))
    assert member.waiting() == []
    ended = [row.reason for row in member.messages() if row.purpose == "course"]
    assert set(ended) == {"withdrawn"}
    member.later(days=2)
    assert member.waiting() == []


def test_withdrawal__discreet_member_stops__is_not_told_what_it_was_about(database, version):
    course = Course(database)
    course.say("QUIT", "1", "yes", "Maria", "1", "5 Dec")
    withdraw_all(database, version, ("en",))
    answer = course.say("STOP")
    assert course.row().state == "opted_out"
    assert "your course" in answer
    assert "tobacco" not in answer.casefold()


def test_withdrawal__a_member__begins_anew_with_the_version_that_is_open(member, version):
    withdraw_all(member.database, version, ("en",))
    publish(member.database, LATER)
    assert member.say("QUIT").startswith("Do you use it now?")
    member.say("1", "yes")
    assert member.row().state == "consented"
    assert member.row().version_id != version.id
