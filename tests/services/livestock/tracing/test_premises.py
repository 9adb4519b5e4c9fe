"""Contact chains of one premises, read from the database."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings

from services.livestock.tracing.chains import summaries
from services.livestock.tracing.model import Direction
from services.livestock.tracing.premises import contacts, movements_of, reach
from tests.factories import day
from tests.services.livestock.tracing.herds import (
    PLACES,
    WINDOW,
    Trip,
    contacts_of,
    settle,
    trips,
    walk,
)

modest = settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


@pytest.mark.slow
@modest
@given(trips)
def test_reach__any_movements__equals_following_every_path(database, found):
    ids = settle(database, found)
    known = contacts_of(found)
    with database.read() as session:
        for direction in Direction:
            for root in PLACES:
                expected = {
                    ids[place]: (day(on), steps)
                    for place, (on, steps) in walk(known, root, direction).items()
                }
                assert reach(session, ids[root], WINDOW, direction) == expected


@pytest.mark.slow
@modest
@given(trips)
def test_contacts__any_movements__are_those_within_the_window(database, found):
    ids = settle(database, found)
    expected = [
        one._replace(origin=ids[one.origin], destination=ids[one.destination])
        for one in contacts_of(found)
    ]
    with database.read() as session:
        assert summaries(contacts(session, WINDOW)) == summaries(expected)


@pytest.mark.slow
@modest
@given(trips)
def test_movements_of__any_chain__are_each_in_a_path_and_join_all_of_it(database, found):
    ids = settle(database, found)
    with database.read() as session:
        for direction in Direction:
            out = direction is Direction.OUTGOING
            chain = reach(session, ids[1], WINDOW, direction)
            rows = session.execute(movements_of(session, ids[1], chain, WINDOW, direction)).all()
            assert len({row.id for row in rows}) == len(rows)
            ends = {row.destination_id if out else row.origin_id for row in rows}
            assert ends == set(chain)
            expected = sum(
                1
                for one in contacts_of(found)
                if _follows(one, walk(contacts_of(found), 1, direction), out=out)
            )
            assert len(rows) == expected


def _follows(one, walked, *, out):
    near, far = (one.origin, one.destination) if out else (one.destination, one.origin)
    on = 0 if out else 99
    if near != 1:
        if near not in walked:
            return False
        on = walked[near][0]
    return far != 1 and (one.departed >= on if out else one.arrived <= on)


@pytest.mark.parametrize(
    ("trip", "reached"),
    [
        (Trip(1, 2, 3, 8), True),
        (Trip(1, 2, 2, 8), True),
        (Trip(1, 2, 3, 9), True),
        (Trip(1, 2, 2, 9), False),
        (Trip(1, 2, 3, None), True),
        (Trip(1, 2, None, 8), True),
        (Trip(1, 2, 2, None), False),
        (Trip(1, 2, None, 9), False),
        (Trip(1, 1, 4, 4), False),
        (Trip(1, None, 4, None), False),
        (Trip(None, 2, None, 4), False),
    ],
)
def test_reach__one_movement__counts_when_a_known_day_is_within(database, trip, reached):
    ids = settle(database, [trip])
    with database.read() as session:
        chains = [
            reach(session, ids[1], WINDOW, Direction.OUTGOING),
            reach(session, ids[2], WINDOW, Direction.INGOING),
        ]
    assert [bool(chain) for chain in chains] == [reached, reached]
