"""Evidence that nobody answered, and alarms of one sender, on each kind of database."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from services.core.roles import Role
from services.livestock.control.alarm_senders import (
    BOX,
    PARTY,
    SenderKey,
    counted_places,
    is_told_of_sender,
)
from services.livestock.control.evidence_escalation import (
    pass_on_evidence,
    waiting_for_an_officer,
)
from services.livestock.domain.alarm_pacing import MOST_PLACES_OF_BOX
from services.storage.models import AlarmedSender, Message, Party, PendingConfirmation, Premises
from services.storage.parties import party_of
from services.storage.unit_of_work import Unit
from tests.factories import NOW, STRANGER
from tests.services.livestock.claim_scenes import set_scene

OFFICER, HOUR = "+67570000012", timedelta(hours=1)


@pytest.fixture
def village(database):
    return set_scene(database)


def appoint(database):
    with database.write() as session:
        found = party_of(Unit(session, database.vault), OFFICER)
        found.role, found.province = Role.VETERINARY_OFFICER.value, "Jiwaka"


def pass_on(village, after):
    pass_on_evidence(village.database, village.now + after)


def states(database):
    with database.read() as session:
        return list(session.scalars(select(PendingConfirmation.state)))


def test_silent_keeper__after_three_days__an_officer_is_asked_once(village):
    appoint(village.database)
    village.say("DEAD 1262", STRANGER)
    for hours in (71, 73, 74, 200):
        pass_on(village, hours * HOUR)
    with village.database.read() as session:
        told = [one.recipient for one in session.scalars(select(Message))]
    assert told.count(OFFICER) == 1
    assert sorted(states(village.database)) == ["lapsed", "passed_on"]


def test_silent_keeper__without_an_officer__waits_for_one(village):
    village.say("DEAD 1262", STRANGER)
    for hours in (73, 80):
        pass_on(village, hours * HOUR)
    with village.database.read() as session:
        assert waiting_for_an_officer(session) == 1
    appoint(village.database)
    pass_on(village, 90 * HOUR)
    with village.database.read() as session:
        assert waiting_for_an_officer(session) == 0


@pytest.mark.parametrize(("kind", "told"), [(PARTY, 3), (BOX, 3)])
def test_sender__of_many_places_in_an_hour__is_told_of_three(village, kind, told):
    sender = SenderKey(kind, key_of(village))
    with village.database.write() as session:
        goes = [is_told_of_sender(session, sender, place, NOW) for place in range(1, 8)]
    assert goes == [True] * told + [False] * 4


def test_box__of_many_places_in_a_day__is_told_of_ten(village):
    sender = SenderKey(BOX, 1)
    with village.database.write() as session:
        goes = [
            is_told_of_sender(session, sender, place, NOW + place * HOUR) for place in range(1, 20)
        ]
    assert goes.count(True) == MOST_PLACES_OF_BOX


def test_counted_places__when_the_hour_is_over__are_told_once_and_forgotten(village):
    appoint(village.database)
    sender = SenderKey(PARTY, key_of(village))
    with village.database.write() as session:
        places = session.scalars(select(Premises.id)).all()
        for place in (*range(1_000, 1_003), *places):
            is_told_of_sender(session, sender, place, NOW)
    found = []
    for hours in (0, 1, 2, 30):
        with village.database.write() as session:
            found.append(len(counted_places(session, NOW + hours * HOUR)))
    assert found == [0, 1, 0, 0]
    with village.database.read() as session:
        assert session.scalars(select(AlarmedSender)).all() == []


def key_of(village):
    with village.database.read() as session:
        return session.scalars(select(Party.id).order_by(Party.id)).first()
