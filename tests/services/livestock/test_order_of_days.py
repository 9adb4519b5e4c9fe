"""State by the order of days, as people are told of it, and states of earlier versions."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import delete, select, update

from services.livestock.domain.events import BEGINNINGS
from services.livestock.recording import outdated
from services.livestock.recording.identity import ensure_animals, ensure_premises, find_animals
from services.livestock.recording.outdated import rebuild_outdated
from services.livestock.recording.projection import JUDGED
from services.livestock.recording.record import record_events
from services.livestock.tracing.model import Direction, TraceWindow
from services.livestock.tracing.premises import trace_premises
from services.storage.models import Animal, Flag, Journal, Movement
from services.storage.models.livestock import OUTDATED
from services.storage.parties import party_of
from services.storage.unit_of_work import Unit
from tests.factories import (
    BUYER,
    FARMER,
    Phones,
    day,
    official,
    origin,
    pig,
    report,
    source_place,
    write,
)
from tests.services.livestock.states import rows
from tests.services.livestock.test_state_flags import (
    ANIMALS,
    FAST,
    HISTORIES,
    PLACES,
    rows_of,
    scratch,
)

__all__ = ["scratch"]

PIG = official(1)


@pytest.fixture
def farm(open_database):
    """A farmer at 1068 with a pig, 1165, and a mob of 14, 1262; a buyer at 1359."""
    phones = Phones(open_database("sqlite"))
    phones.say("PLACE Kudjip, Madang")
    phones.say(f"REG {PIG} 1/11")
    phones.say("MOB 14 1/11")
    phones.say("PLACE Bogia, Madang", BUYER)
    return phones


def test_count__older_one_that_comes_later__changes_nothing(farm):
    farm.say("MOB 1262 9 20/11")
    farm.say("MOB 1262 30 10/11")
    assert "Pigs there in our book: 10" in farm.say("ME")


def test_transfer__older_one_that_comes_later__gives_the_pig_to_nobody(farm):
    with farm.database.write() as session:
        old, new = (party_of(Unit(session, farm.database.vault), one) for one in (FARMER, BUYER))
        for owner, on in ((new, 20), (old, 10)):
            told = {"giver": str(old.public_id), "receiver": str(owner.public_id), "terms": "sold"}
            one = report("transfer", [pig(1)], at=source_place(1), on=date(2026, 11, on))
            record_events(session, [replace(one, details=told)], origin())
        animal = find_animals(session, [pig(1)])[pig(1)].id
        assert session.get_one(Animal, animal).owner_id == new.id


@pytest.mark.parametrize("writes", [True, False], ids=["writes", "silent"])
def test_standstill__receiver_who_writes_or_is_silent__has_the_same_end(farm, writes):
    farm.say("MOVE 1165 1359 10/11")
    if writes:
        farm.say("ARRIVE 1165 1068 12/11", BUYER)
    told = farm.say("OK 1165 1068", BUYER)
    assert "moved on 10 Nov and must stay 21 days at place 1359" in told
    assert "It may go on 1 Dec" in told


def test_trace__departure_of_january_and_arrival_of_november__are_each_in_their_chain(database):
    here, there = source_place(1), source_place(2)
    left, came = date(2026, 1, 10), date(2026, 11, 20)
    write(
        database,
        report("depart", [pig(1)], at=here, other=there, on=left),
        report("arrive", [pig(1)], at=there, other=here, on=came),
    )
    with database.read() as session:
        assert len(session.scalars(select(Movement.id)).all()) == 2
        for on in (left, came):
            window = TraceWindow(on, on)
            out = trace_premises(session, here, window).chains[Direction.OUTGOING]
            into = trace_premises(session, there, window).chains[Direction.INGOING]
            assert (out.degree, into.degree) == (1, 1)


def told_of(session):
    """State, movements and flags, without the keys of rows and events.

    Flags of what was known when somebody reported depend on that.
    """
    flags = (
        select(Animal.value, Flag.code, Journal.type, Journal.occurred_on)
        .join(Journal, Journal.id == Flag.journal_id)
        .join(Animal, Animal.id == Flag.animal_id)
    )
    found = [row for row in session.execute(flags) if row.type not in JUDGED.get(row.code, ())]
    return [*rows(session), sorted(map(repr, found))]


@pytest.mark.slow
@given(history=HISTORIES, chance=st.randoms(use_true_random=False))
@FAST
def test_state__days_told_in_any_order__is_the_same(scratch, history, chance):
    """Reports of one day keep their order, and registrations come first in both tellings."""
    begun = [one for one in history if one.type in BEGINNINGS]
    rest = [one for one in history if one.type not in BEGINNINGS]
    days = sorted({one.occurred.day for one in rest})
    shuffled = chance.sample(days, len(days))
    found = []
    for order in (days, shuffled):
        told = begun + [one for on in order for one in rest if one.occurred.day == on]

        def work(session, told=told):
            ensure_animals(session, ANIMALS)
            ensure_premises(session, PLACES)
            for one in told:
                record_events(session, [one], origin())
            found.append(told_of(session))

        scratch(work)
    assert found[0] == found[1]


# States that an earlier version wrote


def make_outdated(session):
    """Let an earlier version have written every state: clean parts, sides that it paired."""
    session.execute(update(Animal).values(last_on=OUTDATED, withdrawal_until=None, first_on=None))
    session.execute(update(Movement).values(arrived_on=day(99)))
    session.execute(delete(Flag))


def test_rebuild_outdated__states_of_before__are_those_of_the_journal(farm):
    farm.say("TREAT 1262 IVOMEC 28 20/11")
    farm.say("MOVE MOB 1262 5 1359 21/11")
    farm.say("ARRIVE 1456 1068 22/11", BUYER)
    farm.say("DEAD 1165 20/11")
    farm.say("TREAT 1165 IVOMEC 28 22/11")
    with farm.database.write() as session:
        before = rows_of(session)
        assert before[-2]
        make_outdated(session)
    assert rebuild_outdated(farm.database) == 3
    with farm.database.read() as session:
        assert rows_of(session) == before
    assert rebuild_outdated(farm.database) == 0


def test_rebuild_outdated__killed_between_two_portions__goes_on(farm, monkeypatch):
    with farm.database.write() as session:
        before = rows_of(session)
        make_outdated(session)
    monkeypatch.setattr(outdated, "_AT_ONCE", 1)

    def die(_done):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        rebuild_outdated(farm.database, die)
    assert rebuild_outdated(farm.database) == 1
    with farm.database.read() as session:
        assert rows_of(session) == before


def test_event__of_an_outdated_animal__brings_it_up_to_date(farm):
    farm.say("TREAT 1262 IVOMEC 28 20/11")
    with farm.database.write() as session:
        make_outdated(session)
    farm.say("MOB 1262 13")
    assert "medicine. Wait until 18 Dec" in farm.say("OK 1262 KILL")
