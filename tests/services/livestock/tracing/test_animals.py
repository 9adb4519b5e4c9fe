"""Where an animal was, and which others it met."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, insert, select, update

from services.livestock.domain.errors import UnknownNumber
from services.livestock.domain.model import Key
from services.livestock.domain.movements import Stay
from services.livestock.tracing.animals import Page, meet, trace_animal
from services.livestock.tracing.lives import (
    EVER,
    candidates,
    has_no_gap,
    read_lives,
    shared,
    within,
)
from services.livestock.tracing.model import TraceWindow
from services.livestock.tracing.score import STANDARDS, sample, score
from services.storage.models import Animal, Identifier, Movement, Premises
from services.storage.parties import party_of
from services.storage.unit_of_work import Unit
from tests.factories import BUYER, FARMER, TODAY, day, pig, report, source_place, write
from tests.services.livestock.tracing.herds import PLACES, settle
from tests.support.damage import shut

HERE, THERE, MARKET, FARM = (source_place(number) for number in range(1, 5))


def moved(number, here, there, on):
    return [
        report("depart", [pig(number)], at=here, other=there, on=on),
        report("arrive", [pig(number)], at=there, other=here, on=on),
    ]


@pytest.fixture
def market(database):
    """Pig 1 goes over a market to a farm; pig 2 was there that day, pig 3 had gone before."""
    write(
        database,
        report("register", [pig(1)], at=HERE, on=day(1)),
        report("register", [pig(2), pig(3)], at=THERE, on=day(1)),
        *moved(3, THERE, MARKET, day(3)),
        *moved(3, MARKET, THERE, day(4)),
        *moved(1, HERE, MARKET, day(5)),
        *moved(2, THERE, MARKET, day(5)),
        *moved(1, MARKET, FARM, day(5)),
        *moved(2, MARKET, THERE, day(8)),
    )
    return database


def traced(database, number, window=EVER, **options):
    with database.read() as session:
        return trace_animal(session, pig(number), window, **options)


def told(trace, stays):
    return [(trace.places[stay.premises].number, stay.since, stay.until) for stay in stays]


def test_trace_animal__over_a_market__tells_stays_and_whom_it_met(market):
    trace = traced(market, 1)
    assert told(trace, trace.stays) == [
        ("premises:1", day(1), day(5)),
        ("premises:3", day(5), day(5)),
        ("premises:4", day(5), None),
    ]
    (met,) = trace.companions
    assert met.animal == pig(2)
    assert told(trace, met.shared) == [("premises:3", day(5), day(5))]
    assert told(trace, met.before) == [("premises:2", day(1), day(5))]
    assert told(trace, met.after) == [("premises:2", day(8), None)]
    assert met.located
    assert len(trace.events) == 5


def test_trace_animal__window_before_the_market__met_nobody(market):
    trace = traced(market, 1, TraceWindow(day(2), day(4)))
    assert (len(trace.stays), trace.companions) == (1, ())


def test_trace_animal__window_of_a_long_stay__tells_the_whole_stay(market):
    (met,) = traced(market, 3, TraceWindow(day(9), day(9))).companions
    assert met.animal == pig(2)
    assert met.shared[0][1:3] == (day(9), day(9))


def test_trace_animal__dead__met_nobody_afterwards(market):
    with market.write() as session:
        session.execute(update(Animal).where(Animal.value == pig(3).value).values(ended_on=day(6)))
    trace = traced(market, 3)
    assert trace.stays[-1].until == day(6)
    assert [stay[1:3] for one in trace.companions for stay in one.shared] == [
        (day(1), day(3)),
        (day(4), day(5)),
    ]


def test_trace_animal__keepers__are_told_and_their_phones_only_when_asked_for(market):
    with market.write() as session:
        party = party_of(Unit(session, market.vault), FARMER)
        session.execute(update(Premises).values(keeper_id=party.id))
        public_id = party.public_id
    (keeper,) = traced(market, 1).keepers
    assert (keeper.public_id, keeper.phones) == (public_id, ())
    assert keeper.premises == tuple(f"premises:{number}" for number in range(1, 5))
    (keeper,) = traced(market, 1, phones=True).keepers
    assert keeper.phones == (FARMER,)
    assert FARMER not in repr(keeper)


def test_trace_animal__number_of_a_keeper_that_does_not_open__is_left_out(market):
    with market.write() as session:
        party_of(Unit(session, market.vault), BUYER)
        party = party_of(Unit(session, market.vault), FARMER)
        session.execute(update(Premises).values(keeper_id=party.id))
    shut(market, FARMER)
    (keeper,) = traced(market, 1, phones=True).keepers
    assert keeper.phones == ()


def test_trace_animal__unknown__says_so(market):
    with market.read() as session, pytest.raises(UnknownNumber):
        trace_animal(session, Key("animal", "9"))


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ((1, 5), (5, 9), [(5, 5)]),
        ((1, 5), (6, 9), []),
        ((None, 5), (1, 2), [(1, 2)]),
        ((3, None), (5, None), [(5, None)]),
        ((None, 5), (None, 7), [(None, 5)]),
    ],
)
def test_shared__two_stays__overlap_with_both_days_counted(one, other, expected):
    def stay(days):
        return Stay(1, *(each and day(each) for each in days))

    assert shared([stay(one)], [stay(other)]) == [stay(days) for days in expected]
    assert shared([stay(one)], [stay(other)._replace(premises=2)]) == []


@pytest.mark.parametrize(
    ("stays", "ended_on", "complete"),
    [
        ([], None, False),
        ([Stay(1, day(1), None)], None, True),
        ([Stay(1, day(1), day(2))], None, False),
        ([Stay(1, day(1), day(2))], day(2), True),
        ([Stay(1, None, day(2)), Stay(2, day(3), None)], None, False),
        ([Stay(1, day(1), day(2)), Stay(2, day(4), None)], None, True),
        ([Stay(1, day(1), None), Stay(2, day(4), None)], None, False),
        ([Stay(None, day(1), None)], None, False),
    ],
)
def test_has_no_gap__stays__are_followed_to_now_or_to_death(stays, ended_on, complete):
    assert has_no_gap(stays, ended_on) is complete


_days = st.tuples(st.integers(1, 9), st.integers(1, 9)).flatmap(
    lambda days: st.sampled_from([(min(days), max(days)), (days[0], None), (None, days[0])])
)
_ends = st.tuples(st.integers(1, 12), st.integers(0, 2)).map(lambda end: (end[0], sum(end)))
_rows = st.lists(
    st.tuples(st.integers(0, 3), st.sampled_from([None, *PLACES]), st.sampled_from(PLACES), _days),
    max_size=14,
)


@pytest.mark.slow
@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(_rows)
def test_candidates__any_movements__miss_no_animal_that_was_there(database, rows):
    animals = herd(database, rows)
    with database.read() as session:
        lives = {life.id: life for life in read_lives(session, animals)}
        for life in lives.values():
            found = candidates(session, life.stays)
            assert found >= {
                other.id for other in lives.values() if shared(life.stays, other.stays)
            }


@pytest.mark.slow
@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(_rows, st.lists(st.tuples(st.integers(0, 3), _ends), max_size=3), st.integers(1, 9))
def test_meet__any_movements_and_ends__finds_page_by_page_whom_the_slow_answer_finds(
    database, rows, ends, first
):
    animals = herd(database, rows, dict(ends))
    window = TraceWindow(day(first), day(first + 2))
    with database.read() as session:
        lives = read_lives(session, animals, TODAY)
        for life in lives:
            slow = {
                other.animal
                for other in lives
                if other.id != life.id and shared(within(life.stays, window), other.stays, window)
            }
            page, found = Page(most=1, today=TODAY), []
            while page is not None:
                met = meet(session, life, window, page)
                found += [one.animal for one in met.companions]
                assert met.at_most >= len(found)
                page = page._replace(after=met.more) if met.more is not None else None
            assert sorted(found) == sorted(slow)
            whole = meet(session, life, window, Page(today=TODAY))
            assert (whole.at_most, whole.more) == (len(slow), None)


def test_trace_animal__receiver_who_is_silent__is_presumed_to_have_it_after_thirty_days(market):
    left = day(8)
    write(market, report("depart", [pig(3)], at=THERE, other=FARM, on=left))

    def asked(days):
        with market.read() as session:
            return trace_animal(session, pig(3), page=Page(today=left + timedelta(days=days)))

    assert not any(stay.presumed for stay in asked(30).stays)
    late = asked(31)
    (last,) = [stay for stay in late.stays if stay.presumed]
    assert told(late, [last]) == [("premises:4", left + timedelta(days=31), None)]
    # Pig 1 went to the farm, too, and is there still.
    assert pig(1) in {one.animal for one in late.companions}
    assert pig(1) not in {one.animal for one in asked(30).companions}
    with market.read() as session:
        other = trace_animal(session, pig(1), page=Page(today=left + timedelta(days=31)))
    assert pig(3) in {one.animal for one in other.companions}


def test_trace_animal__seen_elsewhere_since__is_not_presumed_where_it_was_to_go(market):
    write(market, report("depart", [pig(3)], at=THERE, other=FARM, on=day(8)))
    write(market, report("weight", [pig(3)], at=HERE, on=day(9), key="elsewhere"))
    with market.read() as session:
        trace = trace_animal(session, pig(3), page=Page(today=day(8) + timedelta(days=60)))
    assert not any(stay.presumed for stay in trace.stays)


def herd(database, rows, ends=None):
    """Four animals, of which the first is registered at place 1.

    `ends`: by animal, the day of its end and of the last that is told of it.
    """
    ids = settle(database, [])
    with database.write() as session:
        session.execute(delete(Identifier).where(Identifier.animal_id.is_not(None)))
        known = session.scalars(select(Animal)).one()
        session.execute(
            insert(Animal),
            [
                {"public_id": uuid4(), "scheme": "animal", "value": f"a{number}", "found": True}
                for number in range(3)
            ],
        )
        known.registered_at_id, known.registered_on = ids[1], day(2)
        session.flush()
        animals = list(session.scalars(select(Animal.id).order_by(Animal.id)))
        closed = {}
        for place, (ended, last) in (ends or {}).items():
            one = session.get_one(Animal, animals[place])
            one.ended_on = day(ended)
            days = (each for row in rows if row[0] == place for each in row[3] if each)
            one.last_on = max(day(last), *map(day, days), day(last))
            closed[place] = day(ended) if one.last_on <= day(ended) else None
        if rows:
            session.execute(
                insert(Movement),
                [
                    {
                        "animal_id": animals[animal],
                        "origin_id": ids.get(here),
                        "destination_id": ids[there],
                        "departed_on": left and day(left),
                        "arrived_on": came and day(came),
                        "ended_on": closed.get(animal),
                    }
                    for animal, here, there, (left, came) in rows
                ],
            )
    return animals


@pytest.mark.slow
def test_score__whole_story__is_complete_and_a_found_animal_is_not(market):
    write(market, *moved(9, THERE, FARM, TODAY - timedelta(days=3)))
    with market.read() as session:
        animals = sample(session, 10)
        assert sorted(animals) == sorted(session.scalars(select(Animal.id)))
        ticks = iter(range(1000))
        scores = score(session, animals, TODAY, lambda: float(next(ticks)))
        alone = score(session, animals[:1], TODAY, lambda: 0.0)
    assert [one.standard for one in scores] == list(STANDARDS)
    # Pig 9 came from where nothing says it had been.
    assert [one.complete for one in scores] == [0.75] * 5
    assert {(one.animals, one.median, one.worst) for one in scores} == {(4, 1.0, 1.0)}
    assert {one.complete for one in alone} <= {0.0, 1.0}


def test_score__companion_that_went_nobody_knows_where__leaves_contacts_incomplete(market):
    write(market, report("depart", [pig(2)], at=THERE, on=TODAY))
    with market.read() as session:
        one = session.scalars(select(Animal.id).where(Animal.value == pig(1).value)).one()
        scores = score(session, [one], TODAY, lambda: 0.0)
    complete = {one.standard.asks: one.complete for one in scores}
    assert complete["locations of its lifetime"] == 1
    assert complete["animals met in its lifetime"] == 0
    assert complete["animals met in the last 30 days"] == 1
