"""Permits: asked for, decided, told to those whom it concerns."""

from __future__ import annotations

from datetime import timedelta
from functools import partial

import pytest
from sqlalchemy import select, update

from services.core.roles import Role
from services.livestock.control.errors import NotYourProvince, PermitDecided
from services.livestock.control.permits import (
    PermitDecision,
    PermitDraft,
    ask_permit,
    decide_permit,
)
from services.livestock.domain.actors import Actor, Strength
from services.livestock.domain.errors import OfficersOnly, SamePlace, UnknownNumber
from services.livestock.domain.model import Key
from services.livestock.domain.permits import PermitState
from services.messaging.tasks.model import Level
from services.storage.models import (
    Contact,
    Journal,
    Message,
    Permit,
    PermitAnimal,
    PermitRoute,
    Task,
)
from tests.factories import FARMER, TODAY, in_threads, rows
from tests.services.livestock.country import VET, official
from tests.support.texts import assert_one_segment

OTHER_VET = "+67570000019"
ASKED, ISSUED, REFUSED, REVOKED = (
    PermitState(state) for state in ("asked", "issued", "refused", "revoked")
)


def short(number):
    return Key("bilum", number)


def draft(land, **told):
    given = {
        "animals": (),
        "origin": short(land.kudjip),
        "destination": short(land.goroka),
        "first": TODAY,
        "last": TODAY + timedelta(days=1),
        "head_count": 3,
    }
    return PermitDraft(**given | told)


def asked(land, **told):
    with land.database.write() as session:
        asker = land.party(session, FARMER).id
        _, done = ask_permit(session, draft(land, asked_by=asker, **told), land.act())
    return done.report.subjects[0].number


def decided(land, number, state):
    with land.database.write() as session:
        row, _ = decide_permit(session, number, PermitDecision(state), land.act())
        return row.state


def letters(land):
    """What went out beside replies: number and text, oldest first."""
    with land.database.read() as session:
        found = session.scalars(
            select(Message).where(Message.purpose == "permit").order_by(Message.id)
        )
        return [(row.recipient, row.body) for row in found]


def test_ask__names_pigs__binds_each_once_and_no_count(land):
    pigs = (Key("iso11784", official(1)), short("1553"), Key("iso11784", official(9)))
    asked(land, animals=pigs, route=(short(land.post), short(land.post)))
    with land.database.read() as session:
        (row,) = session.scalars(select(Permit))
        assert (row.state, row.head_count) == ("asked", None)
        assert len(session.scalars(select(PermitAnimal)).all()) == 2
        assert len(session.scalars(select(PermitRoute)).all()) == 1


def test_ask__to_where_it_begins__is_refused(land):
    with pytest.raises(SamePlace):
        asked(land, destination=short(land.kudjip))


@pytest.mark.parametrize("told", [{"animals": (short("330577"),)}, {"route": (short("330577"),)}])
def test_ask__number_that_was_never_issued__is_refused(land, told):
    with pytest.raises(UnknownNumber):
        asked(land, **told)


STEPS = [
    ([], ISSUED, True),
    ([], REFUSED, True),
    ([], REVOKED, True),
    ([ISSUED], REVOKED, True),
    ([ISSUED], ISSUED, False),
    ([ISSUED], REFUSED, False),
    ([REFUSED], ISSUED, False),
    ([REFUSED], REVOKED, False),
    ([REVOKED], ISSUED, False),
    ([REVOKED], REVOKED, False),
]


@pytest.mark.parametrize(("before", "step", "goes"), STEPS)
def test_decide__each_step__is_taken_or_refused(land, before, step, goes):
    number = asked(land)
    for state in before:
        decided(land, number, state)
    if goes:
        assert decided(land, number, step) == step.value
        return
    events = rows(land.database, Journal)
    with pytest.raises(PermitDecided):
        decided(land, number, step)
    assert rows(land.database, Journal) == events


def test_decide__number_of_no_permit__is_refused(land):
    for number in ("330577", land.kudjip, "1553"):
        with pytest.raises(UnknownNumber):
            decided(land, number, ISSUED)


def officer(land, role=Role.VETERINARY_OFFICER, province="Madang"):
    """Somebody with an office, as their code or token shows them."""
    with land.database.write() as session:
        party = land.party(session, OTHER_VET)
        party.role, party.province = role.value, province
        return Actor(role, party.id, province, Strength.CODE)


def attempt(land, number, actor, state=ISSUED):
    with land.database.write() as session:
        decide_permit(session, number, PermitDecision(state, actor), land.act())


@pytest.mark.parametrize(
    ("role", "province", "error"),
    [
        (Role.VETERINARY_OFFICER, "Jiwaka", None),
        (Role.VETERINARY_OFFICER, None, None),
        (Role.VETERINARY_OFFICER, "Madang", NotYourProvince),
        (Role.VETERINARY_OFFICER, "Eastern Highlands", NotYourProvince),
        (Role.ADMINISTRATOR, "Madang", None),
        (Role.INSPECTOR, "Jiwaka", OfficersOnly),
    ],
)
def test_decide__by_role_and_province__those_on_duty_where_it_begins(land, role, province, error):
    number, actor = asked(land), officer(land, role, province)
    for state in (ISSUED, REVOKED):
        before = rows(land.database, Journal)
        if error is None:
            attempt(land, number, actor, state)
            continue
        with pytest.raises(error):
            attempt(land, number, actor, state)
        assert rows(land.database, Journal) == before
    with land.database.read() as session:
        (row,) = session.scalars(select(Permit))
        assert row.decided_by_id == (None if error else actor.party_id)


def test_decide__number_that_proves_too_little__is_refused(land):
    number, actor = asked(land), officer(land, province="Jiwaka")
    with pytest.raises(OfficersOnly):
        attempt(land, number, actor._replace(strength=Strength.NUMBER))


def test_decide__nobody_there_can_be_reached__those_who_are_texted_in_their_place(land):
    with land.database.write() as session:
        vet = land.party(session, VET)
        vet.province = "Jiwaka"
        for contact in session.scalars(select(Contact).where(Contact.party_id == vet.id)):
            session.delete(contact)
    actor = officer(land)
    number = asked(land)
    assert [to for to, _ in letters(land)] == [OTHER_VET]
    attempt(land, number, actor)


def test_decide__passed_on_to_the_region__its_officers_too(land):
    number, neighbour = asked(land), officer(land, province="Enga")
    with pytest.raises(NotYourProvince):
        attempt(land, number, neighbour)
    with land.database.write() as session:
        session.execute(update(Task).values(level=Level.NEIGHBOURS.value))
    with pytest.raises(NotYourProvince):
        attempt(land, number, officer(land, province="Madang"))
    attempt(land, number, officer(land, province="Enga"))


def test_decide__two_officers_at_once__the_first_decides(land):
    number = asked(land)

    def deciding(state):
        try:
            return decided(land, number, state)
        except PermitDecided:
            return None

    found = in_threads(partial(deciding, ISSUED), partial(deciding, REFUSED))
    assert len([one for one in found if one]) == 1
    with land.database.read() as session:
        (row,) = session.scalars(select(Permit))
        assert row.state in found


def test_told__asked__reaches_veterinary_officers_of_the_province_and_of_the_country(land):
    with land.database.write() as session:
        for number, province in ((OTHER_VET, "Madang"), ("+67570000018", "Jiwaka")):
            party = land.party(session, number)
            party.role, party.province = Role.VETERINARY_OFFICER.value, province
    number = asked(land)
    told = letters(land)
    assert [to for to, _ in told] == [VET, "+67570000018"]
    assert f"PEMIT {number} YES" in told[0][1]


def test_told__decided__reaches_who_asked_once_for_each_answer(land):
    number = asked(land)
    decided(land, number, ISSUED)
    decided(land, number, REVOKED)
    told = letters(land)[1:]
    assert [to for to, _ in told] == [FARMER, FARMER]
    assert told[0][1].startswith(f"OK. Permit {number}: 3 pigs may go to {land.goroka}")
    assert told[1][1].startswith(f"NO. An officer took back permit {number}")


def test_told__nobody_with_a_phone__is_no_fault(land):
    with land.database.write() as session:
        for number in (FARMER, VET):
            party = land.party(session, number)
            for contact in session.scalars(select(Contact).where(Contact.party_id == party.id)):
                session.delete(contact)
            asker = party.id
        _, done = ask_permit(session, draft(land, asked_by=asker), land.act())
        decide_permit(session, done.report.subjects[0].number, PermitDecision(ISSUED), land.act())
    assert letters(land) == []


def test_told__longest_numbers__fit_one_sms(land):
    far = Key("premises", "x" * 64)
    pigs = tuple(Key("iso11784", official(number)) for number in range(100, 200))
    with land.database.write() as session:
        asker = land.party(session, FARMER).id
        told = draft(land, animals=pigs, origin=far, asked_by=asker)
        _, done = ask_permit(session, told, land.act())
        decide_permit(session, done.report.subjects[0].number, PermitDecision(REFUSED), land.act())
    assert len(letters(land)) == 2
    for _, body in letters(land):
        assert_one_segment(body)
