"""Where an animal stands, by its registration, its movements and what was seen last."""

from __future__ import annotations

from dataclasses import replace

import pytest

from services.livestock.domain.animal_state import AnimalState
from services.livestock.domain.events import Event
from services.livestock.domain.model import EventType, FlagCode
from services.livestock.domain.movement_decision import may_move
from services.livestock.domain.movement_questions import MovingAnimal
from services.livestock.domain.standing import AnimalStanding, Trip
from tests.factories import day
from tests.services.livestock.domain.worlds import BULOLO, LAE, MADANG, journey, reasons, world

A, B, C, D = 1, 2, 3, 4
HOME = (A, 1)


def told(kind, number, at, other=None):
    return Event(0, EventType(kind), day(number), at, other)


def state_of(*events):
    """The state that events make, as recorded in this order."""
    state = AnimalState()
    flags = state.fold(replace(one, journal_id=n) for n, one in enumerate(events, 1))
    return state, [code for _, code in flags]


REGISTERED = told("register", 1, A)
LEFT = told("depart", 10, A, B)
CAME = told("arrive", 11, B, A)
CASES = {
    "nothing": ([], 50, AnimalStanding()),
    "registered": ([REGISTERED], 50, AnimalStanding(A)),
    "moved": ([REGISTERED, LEFT, CAME], 50, AnimalStanding(B, day(10))),
    "moved, a day before": ([REGISTERED, LEFT, CAME], 10,
                            AnimalStanding(A, day(10), Trip(A, B, day(10), None))),
    "came, and nobody told that it left": ([REGISTERED, CAME], 50, AnimalStanding(B, day(11))),
    "on its way": ([REGISTERED, LEFT], 40, AnimalStanding(A, day(10), Trip(A, B, day(10), None))),
    "silent for long": ([REGISTERED, LEFT], 41, AnimalStanding(B, day(10))),
    "seen where it was going": ([REGISTERED, LEFT, told("weight", 12, B)], 20,
                                AnimalStanding(B, day(10))),
    "seen elsewhere": ([REGISTERED, LEFT, told("weight", 12, C)], 20, AnimalStanding(C, day(10))),
    "seen where it had left": ([REGISTERED, LEFT, told("weight", 12, A)], 20, AnimalStanding(A)),
    "seen on the day it left": ([REGISTERED, LEFT, told("weight", 10, A)], 20,
                                AnimalStanding(A, day(10), Trip(A, B, day(10), None))),
    "went nobody knows where": ([REGISTERED, told("depart", 10, A)], 50,
                                AnimalStanding(None, day(10))),
    "went on from where it was going": ([REGISTERED, LEFT, told("depart", 15, B, C)], 20,
                                        AnimalStanding(B, day(15), Trip(B, C, day(15), day(10)))),
    "left a second time": ([REGISTERED, LEFT, told("depart", 15, A, C)], 20,
                           AnimalStanding(A, day(15), Trip(A, C, day(15), None))),
    "registered after it left": ([LEFT, told("register", 12, A)], 20,
                                 AnimalStanding(A, day(10), Trip(A, B, day(10), None))),
    "seen where it had left, before it left elsewhere":
        ([LEFT, told("weight", 11, A), told("depart", 12, C, D)], 20,
         AnimalStanding(C, day(12), Trip(C, D, day(12), None))),
    "seen elsewhere, before it left its first place again":
        ([LEFT, told("weight", 11, C), told("depart", 12, A, D)], 20,
         AnimalStanding(A, day(12), Trip(A, D, day(12), day(10)))),
    "registered where it came to, after it left elsewhere":
        ([told("arrive", 1, A), told("depart", 2, B, C), told("register", 3, A)], 20,
         AnimalStanding(A, day(2))),
}  # fmt: skip


@pytest.mark.parametrize(("events", "on", "expected"), CASES.values(), ids=CASES)
def test_standing__each_history__is_where_it_is_or_whither_it_goes(events, on, expected):
    state, _ = state_of(*events)
    assert state.standing(day(on)) == expected


@pytest.mark.parametrize("receiver", [[], [told("arrive", 12, B, A)]], ids=["silent", "obedient"])
def test_standstill__of_who_receives__ends_on_one_day_whether_or_not_they_write(receiver):
    state, _ = state_of(REGISTERED, LEFT, *receiver)
    for on, expected in ((20, ["standstill"]), (30, ["standstill"]), (31, [])):
        stand = state.standing(day(on))
        pig = MovingAnimal("1", moved_on=stand.moved_on, trip=stand.trip, id=10)
        assert reasons(may_move(pig, journey(MADANG, BULOLO, on=on), world())) == expected


def test_standstill__of_the_journey_under_way__bars_it_not_but_an_earlier_one_does():
    trip = Trip(LAE.premises, MADANG.premises, day(20), None)
    pig = MovingAnimal("1", moved_on=day(20), trip=trip, id=10)
    assert may_move(pig, journey(LAE, MADANG, on=22), world()).allowed
    assert reasons(may_move(pig, journey(MADANG, BULOLO, on=22), world())) == ["standstill"]
    early = replace(pig, trip=trip._replace(moved_on=day(5)))
    # It was to stay until day 26, and left on day 20: that it is now day 30 changes nothing.
    assert reasons(may_move(early, journey(LAE, MADANG, on=30), world())) == ["standstill"]


@pytest.mark.parametrize(
    ("next_day", "at", "flagged"),
    [(15, B, True), (30, B, True), (31, B, False), (15, A, False), (15, C, True)],
    ids=["soon", "on its last day", "after it", "had never left", "from elsewhere"],
)
@pytest.mark.parametrize("order", [1, -1], ids=["on time", "late"])
def test_depart__within_a_standstill__is_flagged(next_day, at, flagged, order):
    _, flags = state_of(REGISTERED, *[LEFT, told("depart", next_day, at, D)][::order])
    assert (FlagCode.LEFT_IN_STANDSTILL in flags) is flagged


def test_sighting__while_a_journey_is_open__is_not_two_places():
    for where in (A, B, C):
        _, flags = state_of(REGISTERED, LEFT, told("weight", 80, where))
        assert flags == []
