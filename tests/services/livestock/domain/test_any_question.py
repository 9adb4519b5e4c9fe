from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from services.livestock.domain.model import AnimalKind
from services.livestock.domain.movement_decision import may_all_move, may_move
from services.livestock.domain.movement_questions import MovingAnimal, Reason
from services.livestock.domain.permits import PermitState
from services.livestock.domain.places import Whereabouts
from tests.factories import day
from tests.services.livestock.domain.worlds import (
    ABATTOIR,
    BULOLO,
    EVERYWHERE,
    KUDJIP,
    LAE,
    LAE_ALONE,
    MADANG,
    MOROBE,
    journey,
    order,
    permit,
    world,
)

PLACES = st.sampled_from(
    [None, LAE, BULOLO, MADANG, KUDJIP, ABATTOIR, Whereabouts(9, "Morobe"), Whereabouts(9)]
)
DAYS = st.integers(90, 110)
AREAS = st.sampled_from([MOROBE, LAE_ALONE, {"provinces": ["Madang", "Jiwaka"]}])
STATUSES = st.sampled_from([None, "infected", "restricted", "free"])
ORDERS = st.builds(
    lambda area, status, since, length: order(area, status, since=since, until=since + length),
    AREAS, STATUSES, DAYS, st.integers(1, 20),
)  # fmt: skip
FACTS = st.builds(
    MovingAnimal,
    key=st.just("1"),
    kind=st.sampled_from(AnimalKind),
    registered=st.booleans(),
    ended_on=st.none() | DAYS.map(day),
    withdrawal_until=st.none() | DAYS.map(day),
    moved_on=st.none() | DAYS.map(day),
    head_count=st.none() | st.integers(-1, 4),
    id=st.none() | st.sampled_from([10, 11]),
)
TERMS = st.builds(
    permit,
    st.sampled_from(["1", "2", "3"]),
    state=st.sampled_from(PermitState),
    animals=st.sampled_from([frozenset(), frozenset({10}), frozenset({11})]),
    head_count=st.none() | st.integers(0, 4),
    origin=st.none() | st.integers(1, 4),
    destination=st.none() | st.integers(1, 5),
    first=DAYS.map(day),
    last=DAYS.map(day),
)
PERMIT_LISTS = st.lists(TERMS, max_size=3, unique_by=lambda one: one.number)
JOURNEYS = st.builds(journey, PLACES, PLACES, DAYS, slaughter=st.booleans())


@given(FACTS, JOURNEYS, st.lists(ORDERS, max_size=3), PERMIT_LISTS)
def test_may_all_move__one__is_may_move(what, trip, orders, permits):
    known = world(*orders, permits=permits)
    assert may_all_move([what], trip, known) == [may_move(what, trip, known)]


@given(
    st.lists(FACTS, min_size=1, max_size=4), JOURNEYS, st.lists(ORDERS, max_size=2), PERMIT_LISTS,
    ORDERS,
)  # fmt: skip
def test_may_all_move__one_order_more__never_allows_what_was_refused(
    whats, trip, orders, permits, added
):
    before = may_all_move(whats, trip, world(*orders, permits=permits))
    after = may_all_move(whats, trip, world(*orders, added, permits=permits))
    for earlier, later in zip(before, after, strict=True):
        assert earlier.allowed or not later.allowed


@given(st.lists(FACTS, min_size=1, max_size=6), JOURNEYS, PERMIT_LISTS)
def test_may_all_move__any_herd__permits_cover_no_more_than_their_count(whats, trip, permits):
    decisions = may_all_move(whats, trip, world(permits=permits, needed=EVERYWHERE))
    for one in permits:
        heads = [
            what.heads or 0
            for what, decision in zip(whats, decisions, strict=True)
            if decision.permit == one.number
        ]
        assert sum(heads) <= one.heads


@given(FACTS, JOURNEYS, st.lists(ORDERS, max_size=3), PERMIT_LISTS)
def test_may_move__any_question__is_allowed_or_says_why_in_order(what, trip, orders, permits):
    decision = may_move(what, trip, world(*orders, permits=permits))
    assert decision.allowed is (decision.reasons == ())
    places = [list(Reason).index(bar.reason) for bar in decision.reasons]
    assert places == sorted(places)
    assert decision.permit in {None, *(one.number for one in permits if decision.allowed)}
