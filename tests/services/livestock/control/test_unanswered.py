"""Evidence that nobody answered, and alarms of one sender, on each kind of database."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from sqlalchemy import LargeBinary, select, type_coerce, update

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
from services.messaging.person_erasure import forget
from services.storage.models import AlarmedSender, Message, Party, PendingConfirmation, Premises
from services.storage.parties import party_of
from services.storage.unit_of_work import Unit
from tests.factories import FARMER, NOW, STRANGER, official
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


def leave(village, who):
    with village.database.write() as session:
        unit = Unit(session, village.database.vault)
        forget(unit, party_of(unit, who), who, village.now)


def told_officer(village):
    with village.database.read() as session:
        told = session.scalars(select(Message).order_by(Message.id)).all()
        return [one.body for one in told if one.recipient == OFFICER]


def change_first(village, **values):
    """Change the oldest question as no program of today leaves it."""
    with village.database.write() as session:
        first = select(PendingConfirmation.id).order_by(PendingConfirmation.id).limit(1)
        oldest = PendingConfirmation.id == first.scalar_subquery()
        session.execute(update(PendingConfirmation).where(oldest).values(values))


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


@pytest.mark.parametrize(("who", "by"), [(FARMER, STRANGER[-3:]), (STRANGER, "***")])
def test_forgotten_party__of_open_evidence__an_officer_is_asked_in_their_place(village, who, by):
    appoint(village.database)
    village.say(f"DEAD {official(1)}", STRANGER)
    leave(village, who)
    pass_on(village, timedelta(minutes=1))
    (told,) = told_officer(village)
    assert told.startswith(f"Fon we pinis long {by} i tok long pik {official(1)}: em i dai.")


def test_forgotten_sender__of_evidence__leaves_nothing_that_names_them(village):
    village.say(f"DEAD {official(1)}", STRANGER)
    leave(village, STRANGER)
    with village.database.read() as session:
        row = session.scalars(select(PendingConfirmation)).one()
        assert (row.question, row.state, row.expires_at) == (None, "expired", village.now)
        kept, own = json.loads(row.command), str(row.public_id)
    assert len(kept.pop("events")) == 1
    assert kept == {
        "animals": [f"iso11784:{official(1)}"],
        "act": "death",
        "province": "Jiwaka",
        "decider": "keeper",
        "also": [],
        "phone": "***",
        "message": own,
    }


def test_erased_question__of_an_older_program__lapses_and_the_others_go_on(village):
    appoint(village.database)
    for pig in (1, 2):
        village.say(f"DEAD {official(pig)}", STRANGER)
    change_first(village, command="{}", state="expired")
    pass_on(village, 73 * HOUR)
    assert len(told_officer(village)) == 1
    assert sorted(states(village.database)) == ["lapsed", "open", "passed_on"]


def test_question__that_does_not_open__keeps_no_other_waiting_and_is_tried_again(village, caplog):
    appoint(village.database)
    for pig in (1, 2):
        village.say(f"DEAD {official(pig)}", STRANGER)
    change_first(village, command=type_coerce(b"\x02" + bytes(40), LargeBinary))
    pass_on(village, 73 * HOUR)
    assert len(told_officer(village)) == 1
    assert caplog.text.count("WrongDataKey") == 1
    for minutes in (1, 30):
        pass_on(village, 73 * HOUR + timedelta(minutes=minutes))
    assert caplog.text.count("WrongDataKey") == 1
    pass_on(village, 75 * HOUR)
    assert caplog.text.count("WrongDataKey") == 2


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
