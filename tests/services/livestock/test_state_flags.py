"""Flags of the state of an animal, and that live recording and replay never differ."""

from __future__ import annotations

import contextlib
from dataclasses import replace
from itertools import permutations

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from services.livestock.domain.animal_state import AnimalState
from services.livestock.domain.events import Event
from services.livestock.domain.model import EventType, FlagCode
from services.livestock.recording.corrections import void_event
from services.livestock.recording.identity import find_animals
from services.livestock.recording.rebuilding import rebuild
from services.livestock.recording.record import record_events
from services.storage.models import Animal, Check, Flag, Movement, Party
from tests.factories import day, origin, pig, report, source_place

HERE, THERE, ELSEWHERE = 1, 2, 3


def event(kind, /, number, at=HERE, other=None, **details):
    return Event(0, EventType(kind), day(number), at, other, details)


def flags_of(*events):
    """The flags of each event in turn, as reported in this order."""
    told = AnimalState().fold(replace(one, journal_id=n) for n, one in enumerate(events, 1))
    return [{code for n, code in told if n == place} for place in range(1, len(events) + 1)]


REGISTERED = event("register", 10)
DEAD = event("death", 20)

CASES = {
    "registered twice": (REGISTERED, event("register", 12), FlagCode.REGISTERED_TWICE),
    "born after it was registered": (REGISTERED, event("birth", 12), FlagCode.REGISTERED_TWICE),
    "moved after its death": (DEAD, event("depart", 21, other=THERE), FlagCode.EVENT_AFTER_DEATH),
    "treated after its death": (DEAD, event("treatment", 21), FlagCode.EVENT_AFTER_DEATH),
    "dead twice": (DEAD, event("death", 21), FlagCode.EVENT_AFTER_DEATH),
    "treated elsewhere": (REGISTERED, event("treatment", 12, THERE), FlagCode.TWO_PLACES),
    "dead elsewhere": (REGISTERED, event("death", 12, THERE), FlagCode.TWO_PLACES),
    "came from elsewhere": (REGISTERED, event("arrive", 12, THERE, ELSEWHERE),
                            FlagCode.TWO_PLACES),
    "left from elsewhere": (REGISTERED, event("depart", 12, THERE, ELSEWHERE),
                            FlagCode.DEPARTURE_ELSEWHERE),
    "more taken than there are": (event("register", 10, kind="mob", head_count=4),
                                  event("count", 12, taken=5), FlagCode.NEGATIVE_COUNT),
    "more dead than there are": (event("register", 10, kind="mob", head_count=4),
                                 event("death", 12, head_count=5), FlagCode.NEGATIVE_COUNT),
    "born after it was seen": (event("arrive", 9), event("birth", 12),
                               FlagCode.BIRTH_AFTER_EVENT),
    "told to be born after it was seen": (event("arrive", 9),
                                          event("register", 12, born=day(11).isoformat()),
                                          FlagCode.BIRTH_AFTER_EVENT),
}  # fmt: skip
FINE = {
    "checked after its death": (DEAD, event("check", 21, purpose="roadblock", outcome="seized")),
    "sampled after its death": (DEAD, event("sample", 21)),
    "treated on the day of its death": (DEAD, event("treatment", 20)),
    "treated where it came to": (event("arrive", 12, THERE), event("treatment", 12, THERE)),
    "treated before anything is known": (event("treatment", 9, THERE), REGISTERED),
    "weighed on its way": (event("depart", 11, other=THERE), event("weight", 12, ELSEWHERE)),
    "came from where it was": (REGISTERED, event("arrive", 12, THERE, HERE)),
    "came from nobody knows where": (REGISTERED, event("arrive", 12, THERE)),
    "born before it was seen": (event("arrive", 12), event("birth", 9)),
    "a mob that nobody counted": (event("register", 10, kind="mob"), event("count", 12, taken=5)),
    "the last of a mob": (event("register", 10, kind="mob", head_count=4),
                          event("count", 12, taken=4)),
    "more came to a mob": (event("register", 10, kind="mob", head_count=4),
                           event("count", 12, added=5)),
}  # fmt: skip


@pytest.mark.parametrize(("first", "odd", "code"), CASES.values(), ids=CASES)
def test_apply__what_does_not_fit__raises_this_flag_alone(first, odd, code):
    assert flags_of(first, odd) == [set(), {code}]


@pytest.mark.parametrize(("first", "second"), FINE.values(), ids=FINE)
def test_apply__what_fits__raises_no_flag(first, second):
    assert flags_of(first, second) == [set(), set()]


@pytest.mark.parametrize("end", ["death", "slaughter"])
def test_fold__end_that_is_reported_late__flags_what_comes_after_it_and_not_itself(end):
    assert flags_of(event("weight", 25), event(end, 20)) == [{FlagCode.EVENT_AFTER_DEATH}, set()]


def test_fold__two_deaths__the_first_day_ends_it_whichever_was_recorded_first():
    for events in permutations([event("death", 1), event("weight", 10), event("death", 5)]):
        state = AnimalState()
        flags = state.fold(replace(one, journal_id=n) for n, one in enumerate(events, 1))
        assert (state.ended_on, len(flags)) == (day(1), 2)


@pytest.mark.slow
def test_fold__older_reports_that_come_later__overwrite_nothing_newer():
    old, new = 7, 8
    reports = [
        event("register", 1, kind="mob", head_count=14),
        event("count", 20, head_count=9),
        replace(event("transfer", 21), party=new),
        event("treatment", 22, withdrawal_days=28),
        event("count", 10, head_count=30),
        replace(event("transfer", 11), party=old),
        event("treatment", 12, withdrawal_days=10),
    ]
    for events in permutations(reports):
        state = AnimalState(kind="mob")
        state.fold(replace(one, journal_id=n) for n, one in enumerate(events, 1))
        assert (state.head_count, state.owner_id, state.withdrawal_until) == (9, new, day(50))


def test_fold__registration__is_the_one_recorded_first_even_if_the_other_is_of_an_earlier_day():
    mine, forged = replace(event("register", 10), party=1), replace(event("register", 2), party=2)
    assert flags_of(mine, forged) == [set(), {FlagCode.REGISTERED_TWICE}]
    state = AnimalState()
    state.fold([replace(mine, journal_id=1), replace(forged, journal_id=2)])
    assert (state.owner_id, state.registered_on, state.registered_by_id) == (1, day(10), 1)


def test_fold__more_taken_than_there_are__leaves_none():
    state = AnimalState(kind="mob")
    state.fold([event("register", 10, head_count=4), event("count", 12, taken=5)])
    assert state.head_count == 0


ANIMALS, PLACES = [pig(1), pig(2)], [source_place(number) for number in (1, 2, 3)]
COMMON = {
    "treatment": {"product": "IVOMEC", "withdrawal_days": 28},
    "check": {"purpose": "roadblock", "outcome": "passed"},
    "death": {"cause": "unknown", "disposal": "unknown"},
    "slaughter": {"place": "home"},
    "weight": {"kilograms": 40},
}
DETAILS = {
    "register": [{}, {"kind": "mob", "head_count": 3}, {"sex": "female", "born": "2026-01-03"}],
    "birth": [{}, {"head_count": 6}],
    "count": [{"head_count": 4}, {"taken": 2}, {"added": 1}],
    "death": [COMMON["death"], COMMON["death"] | {"head_count": 2}],
    "depart": [{}],
    "arrive": [{}],
    **{kind: [COMMON[kind]] for kind in ("treatment", "check", "slaughter", "weight")},
}


@st.composite
def reports(draw, number):
    kind = draw(st.sampled_from(sorted(DETAILS)))
    at = draw(st.sampled_from(PLACES))
    moving = kind in {"depart", "arrive"}
    other = draw(st.sampled_from([None, *PLACES])) if moving else None
    animals = draw(st.sampled_from([ANIMALS[:1], ANIMALS[1:], ANIMALS]))
    on = day(draw(st.integers(1, 9)))
    made = report(kind, animals, at=at, other=other, on=on)
    return replace(made, details=draw(st.sampled_from(DETAILS[kind])))


HISTORIES = st.integers(1, 12).flatmap(lambda n: st.tuples(*[reports(k) for k in range(n)]))
FAST = settings(
    max_examples=15,
    deadline=None,
    # Making a failing history shorter would take a database many minutes.
    phases=[Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


def rows_of(session):
    """What the projections hold, without database keys that a rebuild draws anew."""
    animals = session.execute(select(*Animal.__table__.c).order_by(Animal.id)).all()
    columns = [column for column in Movement.__table__.c if column.name != "id"]
    moves = session.execute(select(*columns)).all()
    others = [session.execute(select(*table.__table__.c)).all() for table in (Flag, Check)]
    return animals, *(sorted(map(repr, found)) for found in (moves, *others))


class Undone(Exception):
    """Takes back what an example wrote."""


@pytest.fixture
def scratch(database):
    """Runs a work in a transaction and takes everything back."""

    def run(work):
        with contextlib.suppress(Undone), database.write() as session:
            work(session)
            raise Undone

    return run


@pytest.mark.slow
@given(history=HISTORIES)
@FAST
def test_rebuild__after_any_events_one_by_one__changes_nothing(scratch, history):
    def work(session):
        for one in history:
            record_events(session, [one], origin())
        before = rows_of(session)
        rebuild(session, find_animals(session, ANIMALS).values())
        assert rows_of(session) == before

    scratch(work)


@pytest.mark.slow
@given(history=HISTORIES, last=reports(0))
@FAST
def test_void__of_the_last_event__leaves_the_state_as_if_never_reported(scratch, history, last):
    def work(session):
        officer = Party(public_id=last.event_id, role="inspector")
        session.add(officer)
        for one in history:
            record_events(session, [one], origin())
        # What the last event names exists already: an animal or place that is found stays.
        seen = [report("weight", ANIMALS, at=place, on=day(9)) for place in PLACES]
        record_events(session, seen, origin())
        before = rows_of(session)
        record_events(session, [last], origin())
        void_event(session, last.event_id, "did_not_occur", origin(), officer)
        assert rows_of(session) == before

    scratch(work)


@pytest.mark.slow
@given(history=HISTORIES, wrong=st.integers(0, 11), later=reports(0))
@FAST
def test_rebuild__after_a_void_and_more_events__changes_nothing(scratch, history, wrong, later):
    def work(session):
        officer = Party(public_id=later.event_id, role="inspector")
        session.add(officer)
        for one in history:
            record_events(session, [one], origin())
        event_id = history[wrong % len(history)].event_id
        void_event(session, event_id, "did_not_occur", origin(), officer)
        record_events(session, [later], origin())
        before = rows_of(session)
        rebuild(session, find_animals(session, ANIMALS).values())
        assert rows_of(session) == before

    scratch(work)
