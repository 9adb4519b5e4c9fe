from __future__ import annotations

from dataclasses import astuple
from itertools import pairwise, permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.livestock.domain import movements
from services.livestock.domain.movements import Move, Sighting, Stay
from services.livestock.domain.stays import stays as stays_of
from tests.factories import day

A, B, C, D = 1, 2, 3, 4


def departure(journal, on, origin, destination=None):
    return Move(origin=origin, destination=destination, departed_on=day(on), departure=journal)


def arrival(journal, on, destination, origin=None):
    return Move(origin=origin, destination=destination, arrived_on=day(on), arrival=journal)


def reconcile(sides, seen=()):
    """Pair sides in order of days; the movements, in an order of their own."""
    moves: list[Move] = []
    for side in sorted(sides, key=lambda one: max(one.left, one.came)):
        told = Move(*astuple(side))
        if side.departure:
            movements.depart(moves, told)
        else:
            movements.arrive(moves, told, seen)
    return sorted(moves, key=repr)


def moved(on, arrived, origin, destination, journal=1):
    return Move(None, origin, destination, day(on), day(arrived), journal, journal + 1)


@st.composite
def journeys(draw):
    """Journeys of one animal, one after the other, and each side of them as it is reported.

    As messages tell it: a departure names where to, an arrival may leave out where from.
    """
    sides, moves, on, here = [], [], 1, 0
    for number in range(draw(st.integers(1, 4))):
        left = on + draw(st.integers(0, 3))
        on = left + draw(st.integers(0, 3))
        here, there = here + 1, here + 2
        go = departure(10 * number + 1, left, here, there)
        come = arrival(10 * number + 2, on, there, draw(st.sampled_from([None, here])))
        sides += [go, come]
        moves.append(Move(None, here, there, day(left), day(on), go.departure, come.arrival))
        on += 1
    return sides, sorted(moves, key=repr), draw(st.permutations(sides))


@given(journeys())
def test_reconcile__sides_in_any_order_of_arrival__are_the_same_movements(journey):
    in_time, moves, shuffled = journey
    assert reconcile(in_time) == moves
    assert reconcile(shuffled) == moves


def test_reconcile__one_trip_of_unknown_far_sides__is_one_movement_either_way():
    sides = [departure(1, 3, A), arrival(2, 5, B)]
    for order in permutations(sides):
        assert reconcile(order) == [moved(3, 5, A, B)]


@pytest.mark.parametrize(
    "sides",
    [
        [departure(1, 5, A, B), arrival(2, 4, B, A)],
        [departure(1, 3, A, C), arrival(2, 5, B, A)],
        [departure(1, 3, A, B), arrival(2, 5, B, C)],
    ],
    ids=["arrived before it left", "other destination", "other origin"],
)
def test_reconcile__sides_that_contradict__stay_two_movements(sides):
    for order in permutations(sides):
        assert reconcile(order) == sorted(sides, key=repr)


def test_reconcile__two_arrivals_after_two_departures__each_takes_the_nearest():
    sides = [departure(1, 1, A, B), departure(3, 10, A, B), arrival(4, 11, B, A)]
    assert moved(10, 11, A, B, journal=3) in reconcile(sides)
    assert reconcile([*sides, arrival(2, 2, B, A)]) == sorted(
        [moved(1, 2, A, B), moved(10, 11, A, B, journal=3)], key=repr
    )


@pytest.mark.parametrize(
    ("sides", "seen", "pairs"),
    [
        ([departure(1, 1, A, B), arrival(2, 31, B, A)], [], 1),
        ([departure(1, 1, A, B), arrival(2, 32, B, A)], [], 0),
        ([departure(1, 1, A, B), arrival(2, 9, B, A)], [(A, 5)], 0),
        ([departure(1, 1, A, B), arrival(2, 9, B, A)], [(C, 5)], 0),
        ([departure(1, 1, A, B), arrival(2, 9, B, A)], [(B, 5)], 1),
        ([departure(1, 1, A, B), arrival(2, 9, B, A)], [(A, 1), (C, 9)], 1),
        ([departure(1, 1, A, B), arrival(2, 9, B, A)], [(C, 10)], 1),
        ([departure(1, 1, A, B), departure(2, 5, A, C), arrival(3, 9, B, A)], [], 0),
        ([departure(1, 1, A, B), arrival(2, 5, C, D), arrival(3, 9, B, A)], [], 0),
        ([arrival(1, 5, B), departure(2, 5, B)], [], 0),
    ],
    ids=[
        "30 days", "31 days", "seen where it was", "seen elsewhere", "seen where it went",
        "seen on both days", "seen after", "left again between", "came elsewhere between",
        "left where it came to",
    ],
)  # fmt: skip
def test_reconcile__what_comes_between__parts_two_sides(sides, seen, pairs):
    sightings = [Sighting(premises, day(on)) for premises, on in seen]
    moves = reconcile(sides, sightings)
    assert sum(move.departure is not None and move.arrival is not None for move in moves) == pairs
    assert len(moves) == len(sides) - pairs


def test_reconcile__one_trip_made_again_and_again__pairs_each_with_its_own():
    trips = [(1, 2), (8, 9), (8, 9), (20, 22)]
    sides = [departure(10 * n, left, A, B) for n, (left, _) in enumerate(trips, 1)]
    sides += [arrival(10 * n + 5, came, B, A) for n, (_, came) in enumerate(trips, 1)]
    found = [(move.departed_on, move.arrived_on) for move in reconcile(sides[::-1])]
    assert sorted(found) == [(day(left), day(came)) for left, came in sorted(set(trips))]


def test_depart__far_side_known_by_the_other__completes_it_and_marks_it_changed():
    moves = [arrival(2, 5, B)]
    found = movements.depart(moves, departure(1, 5, A, B))
    assert found is moves[0]
    assert (found.changed, found.origin, found.arrival) == (True, A, 2)
    assert len(moves) == 1


HOME = (A, day(1))


@pytest.mark.parametrize(
    ("home", "moves", "expected"),
    [
        (None, [], []),
        (HOME, [], [(A, 1, None)]),
        (HOME, [moved(3, 4, A, B)], [(A, 1, 3), (B, 4, None)]),
        (None, [moved(3, 4, A, B)], [(A, None, 3), (B, 4, None)]),
        (HOME, [departure(1, 3, A)], [(A, 1, 3)]),
        (HOME, [arrival(1, 3, B)], [(A, 1, 3), (B, 3, None)]),
        (HOME, [moved(5, 6, B, C), moved(3, 4, A, B)], [(A, 1, 3), (B, 4, 5), (C, 6, None)]),
        (HOME, [moved(3, 4, C, B)], [(A, 1, None), (C, None, 3), (B, 4, None)]),
        ((B, day(9)), [moved(3, 4, A, B)], [(A, None, 3), (B, 4, None)]),
        ((C, day(9)), [moved(3, 4, A, B)], [(A, None, 3), (B, 4, 9), (C, 9, None)]),
        (HOME, [moved(1, 1, A, B)], [(A, 1, 1), (B, 1, None)]),
        (HOME, [departure(1, 3, B), departure(2, 5, A)], [(A, 1, 5), (B, None, 3)]),
        (
            None,
            [arrival(1, 2, A), moved(3, 4, C, A), departure(5, 6, A)],
            [(A, 2, 6), (C, None, 3), (A, 4, 6)],
        ),
    ],
    ids=[
        "nothing", "registered", "moved", "found", "on its way", "arrived from nowhere",
        "out of order", "left from elsewhere", "registered where it came to",
        "registered elsewhere later", "registered and moved on one day",
        "left after a report from elsewhere", "came twice and left once",
    ],
)  # fmt: skip
def test_stays__each_history__is_told_oldest_first(home, moves, expected):
    told = [
        Stay(premises, since and day(since), until and day(until))
        for premises, since, until in expected
    ]
    assert stays_of(home, moves) == told


def test_stays__three_movements_on_one_day__follow_each_other_in_any_order():
    moves = [moved(2, 2, A, B, 5), moved(2, 2, B, C, 3), moved(2, 2, C, D, 1)]
    told = [(A, day(1)), (B, day(2)), (C, day(2)), (D, day(2))]
    for order in permutations(moves):
        assert [stay[:2] for stay in stays_of(HOME, order)] == told
        assert [stay.premises for stay in stays_of(None, order)] == [A, B, C, D]


def test_stays__there_and_back_on_one_day__ends_where_it_began():
    moves = [moved(2, 2, B, A, 1), moved(2, 2, A, B, 3)]
    assert [stay.premises for stay in stays_of(HOME, moves)] == [A, B, A]


@given(journeys())
def test_stays__of_any_journeys__is_every_place_in_turn_and_open_at_the_end(journey):
    _, moves, _ = journey
    stays = stays_of(None, moves)
    assert [stay.premises for stay in stays] == list(range(1, len(moves) + 2))
    assert [stay.until is None for stay in stays] == [False] * len(moves) + [True]
    assert all(stay.until <= later.since for stay, later in pairwise(stays))


@pytest.mark.parametrize(
    ("on", "places"), [(0, set()), (1, {A}), (3, {A}), (4, {B}), (6, {B}), (7, {C, D}), (9, {C, D})]
)
def test_places_on__each_day__is_where_it_was_known_last(on, places):
    moves = [moved(3, 4, A, B), moved(7, 7, B, C), moved(7, 7, C, D)]
    assert movements.places_on(day(on), HOME, moves) == places
