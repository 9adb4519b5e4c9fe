from __future__ import annotations

from dataclasses import replace
from itertools import permutations

import pytest

from services.livestock.domain.model import AnimalKind
from services.livestock.domain.movement_decision import may_move
from services.livestock.domain.movement_questions import Bar, Decision, MovingAnimal, Reason, Remedy
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
    PIG,
    PORK,
    TODAY,
    journey,
    mob,
    order,
    permit,
    reasons,
    world,
)


def test_may_move__nothing_against__is_allowed_without_a_permit():
    assert may_move(PIG, journey(), world()) == Decision((), None)


@pytest.mark.parametrize(
    ("ended", "expected"), [(TODAY - 1, ["dead"]), (TODAY, ["dead"]), (TODAY + 1, [])]
)
def test_may_move__dead__is_barred_from_that_day_on(ended, expected):
    decision = may_move(replace(PIG, ended_on=day(ended)), journey(), world())
    assert reasons(decision) == expected


@pytest.mark.parametrize("kind", [AnimalKind.MOB, AnimalKind.CONSIGNMENT])
def test_may_move__mob_or_pork_that_ended__is_gone(kind):
    decision = may_move(replace(PIG, kind=kind, ended_on=day(5)), journey(), world())
    assert reasons(decision) == ["gone"]
    assert decision.reasons[0].values == {"day": day(5)}


@pytest.mark.parametrize(
    ("kind", "expected"),
    [(AnimalKind.ANIMAL, ["unknown"]), (AnimalKind.MOB, ["unknown"]), (AnimalKind.CONSIGNMENT, [])],
)
def test_may_move__not_registered__bars_what_bears_a_number(kind, expected):
    assert reasons(may_move(replace(PIG, kind=kind, registered=False), journey(), world())) == (
        expected
    )


@pytest.mark.parametrize(
    ("until", "expected"), [(TODAY - 1, []), (TODAY, ["withdrawal"]), (TODAY + 1, ["withdrawal"])]
)
@pytest.mark.parametrize(
    "trip",
    [journey(end=ABATTOIR), journey(slaughter=True), journey(LAE, LAE, slaughter=True)],
    ids=["abattoir", "purpose", "at home"],
)
def test_may_move__withdrawal__bars_slaughter_until_the_day_after(until, expected, trip):
    decision = may_move(replace(PIG, withdrawal_until=day(until)), trip, world())
    assert reasons(decision) == expected
    assert [bar.lifted_on for bar in decision.reasons] == [day(until + 1)] * len(expected)


def test_may_move__withdrawal_and_no_slaughter__is_allowed():
    assert may_move(replace(PIG, withdrawal_until=day(TODAY + 9)), journey(), world()).allowed


@pytest.mark.parametrize(
    ("arrived", "expected"),
    [
        (TODAY + 1, []),
        (TODAY, ["standstill"]),
        (TODAY - 20, ["standstill"]),
        (TODAY - 21, []),
    ],
)
def test_may_move__standstill__lasts_the_days_of_the_policy(arrived, expected):
    decision = may_move(replace(PIG, moved_on=day(arrived)), journey(), world())
    assert reasons(decision) == expected
    for bar in decision.reasons:
        assert bar.lifted_on == day(arrived + 21)
        assert bar.values == {"day": day(arrived), "count": 21, "until": day(arrived + 21)}


def test_may_move__standstill_of_no_days__bars_nothing():
    assert may_move(replace(PIG, moved_on=day(TODAY)), journey(), world(days=0)).allowed


@pytest.mark.parametrize(
    ("kind", "allowed"), [(AnimalKind.MOB, False), (AnimalKind.CONSIGNMENT, True)]
)
def test_may_move__standstill__holds_mobs_and_not_pork(kind, allowed):
    moved = replace(PIG, kind=kind, moved_on=day(TODAY))
    assert may_move(moved, journey(), world()).allowed is allowed


def test_may_move__slaughter_at_home__is_no_movement():
    closed = world(order(MOROBE), needed=EVERYWHERE)
    stays = replace(PIG, moved_on=day(TODAY))
    assert may_move(stays, journey(LAE, LAE, slaughter=True), closed).allowed
    assert reasons(may_move(stays, journey(LAE, LAE), closed)) == [
        "quarantine", "standstill", "no_permit",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        (LAE, MADANG, ["quarantine"]),
        (MADANG, LAE, ["quarantine"]),
        (LAE, BULOLO, ["quarantine"]),
        (MADANG, KUDJIP, []),
    ],
)
def test_may_move__quarantine__bars_leaving_and_entering_whatever_the_permit(start, end, expected):
    covered = permit(origin=None, destination=None)
    decision = may_move(PIG, journey(start, end), world(order(MOROBE), permits=[covered]))
    assert reasons(decision) == expected


INSIDE, LEAVING, ENTERING, OUTSIDE = (
    (LAE, BULOLO), (LAE, MADANG), (MADANG, LAE), (MADANG, ABATTOIR),
)  # fmt: skip
ZONE_LAW = [
    # status, way, without a permit, with one
    ("infected", INSIDE, ["no_permit"], []),
    ("infected", LEAVING, ["zone_leaving"], ["zone_leaving"]),
    ("infected", ENTERING, ["zone_entering"], ["zone_entering"]),
    ("infected", OUTSIDE, [], []),
    ("restricted", INSIDE, ["no_permit"], []),
    ("restricted", LEAVING, ["no_permit"], []),
    ("restricted", ENTERING, ["no_permit"], []),
    ("restricted", OUTSIDE, [], []),
    ("free", INSIDE, [], []),
    ("free", LEAVING, [], []),
    ("free", ENTERING, ["no_permit"], []),
    ("free", OUTSIDE, [], []),
]


@pytest.mark.parametrize("what", [PIG, mob(3, 10), PORK], ids=["pig", "mob", "pork"])
@pytest.mark.parametrize(("status", "way", "without", "with_one"), ZONE_LAW)
def test_may_move__zone__follows_the_law_of_its_status(what, status, way, without, with_one):
    zone = order(MOROBE, status)
    covered = permit(head_count=what.heads, origin=None, destination=None)
    assert reasons(may_move(what, journey(*way), world(zone))) == without
    decision = may_move(what, journey(*way), world(zone, permits=[covered]))
    assert reasons(decision) == with_one
    needed = without == ["no_permit"]
    assert decision.permit == (covered.number if needed else None)


def test_may_move__several_zones__one_is_enough_to_need_a_permit():
    zones = [order(MOROBE, "restricted"), order({"provinces": ["Enga"]}, "restricted")]
    for shuffled in permutations(zones):
        assert reasons(may_move(PIG, journey(), world(*shuffled))) == ["no_permit"]


def test_may_move__zone_without_a_status__binds_like_an_infected_one():
    zone = replace(order(MOROBE, "free"), status=None)
    assert reasons(may_move(PIG, journey(), world(zone))) == ["zone_leaving"]


@pytest.mark.parametrize(("on", "allowed"), [(49, True), (50, False), (59, False), (60, True)])
def test_may_move__order__holds_from_its_first_day_to_the_day_before_it_ends(on, allowed):
    decision = may_move(PIG, journey(on=on), world(order(MOROBE, since=50, until=60)))
    assert decision.allowed is allowed
    for bar in decision.reasons:
        assert bar.lifted_on == day(60)
        assert bar.values == {"order": "G1", "disease": "ASF", "area": "somewhere"}


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        (None, MADANG, ["unknown_origin"]),
        (LAE, None, ["unknown_destination"]),
        (None, None, ["unknown_origin", "unknown_destination"]),
        (Whereabouts(9), MADANG, ["unknown_origin"]),
        (LAE, Whereabouts(9), ["unknown_destination"]),
        (KUDJIP, None, ["no_permit"]),
    ],
)
def test_may_move__place_not_known__is_not_silently_allowed(start, end, expected):
    decision = may_move(PIG, journey(start, end), world())
    assert reasons(decision) == expected
    anywhere = permit(origin=None, destination=None)
    assert may_move(PIG, journey(start, end), world(permits=[anywhere])).allowed


def test_may_move__place_not_known_and_nothing_depends_on_it__is_allowed():
    assert may_move(PIG, journey(None, None), world(needed=())).allowed


@pytest.mark.parametrize(
    ("status", "start", "end", "expected", "cured"),
    [
        (None, MADANG, Whereabouts(9, "Morobe"), ["unknown_destination"], False),
        ("infected", LAE, Whereabouts(9, "Morobe"), ["unknown_destination"], False),
        ("infected", Whereabouts(9, "Morobe"), MADANG, ["unknown_origin"], False),
        ("restricted", Whereabouts(9, "Morobe"), MADANG, ["unknown_origin"], True),
        ("restricted", LAE, Whereabouts(9, "Morobe"), ["no_permit"], True),
        ("free", Whereabouts(9, "Morobe"), LAE, ["unknown_origin"], True),
        ("free", LAE, Whereabouts(9, "Morobe"), [], True),
        ("infected", MADANG, Whereabouts(9, "Madang"), [], True),
    ],
)
def test_may_move__district_not_known__a_permit_cures_only_what_needs_one(
    status, start, end, expected, cured
):
    zone = order(LAE_ALONE, status)
    assert reasons(may_move(PIG, journey(start, end), world(zone))) == expected
    covered = permit(origin=None, destination=None)
    decision = may_move(PIG, journey(start, end), world(zone, permits=[covered]))
    assert decision.allowed is cured


def test_may_move__everything_at_once__tells_the_most_lasting_first():
    worst = MovingAnimal("1", AnimalKind.ANIMAL, False, day(TODAY), day(TODAY), day(TODAY), id=10)  # noqa: FBT003
    orders = [
        order(LAE_ALONE, "infected", number="G2"),
        order({"provinces": ["Madang"]}, "infected", number="G3"),
        order({"districts": [{"province": "Morobe", "district": "Lae"}]}, number="G9"),
        order(MOROBE, number="G1"),
        order({"wards": [{"province": "Morobe", "district": "Lae", "llg": "A", "ward": "1"}]}),
    ]
    for shuffled in permutations(orders):
        decision = may_move(worst, journey(end=ABATTOIR), world(*shuffled, needed=EVERYWHERE))
        assert reasons(decision) == [
            "dead", "unknown", "quarantine", "quarantine", "zone_leaving", "zone_entering",
            "unknown_origin", "withdrawal", "standstill", "no_permit",
        ]  # fmt: skip
        assert [bar.values["order"] for bar in decision.reasons[2:4]] == ["G1", "G9"]


def test_may_move__record_lost__bars_it_even_from_slaughter_at_home():
    lost = MovingAnimal("1", id=10, record_lost=True)
    at_home = journey(end=LAE, slaughter=True)
    assert reasons(may_move(lost, journey(), world())) == ["record_lost"]
    assert reasons(may_move(lost, at_home, world())) == ["record_lost"]
    # A new registration would bring nothing back.
    unknown = MovingAnimal("1", registered=False, record_lost=True)
    assert reasons(may_move(unknown, journey(), world())) == ["record_lost"]


@pytest.mark.parametrize(
    ("reason", "remedy"),
    [
        (Reason.RECORD_LOST, Remedy.OFFICER),
        (Reason.DEAD, Remedy.NOTHING),
        (Reason.UNKNOWN, Remedy.REGISTER),
        (Reason.QUARANTINE, Remedy.ORDER_LIFTED),
        (Reason.STANDSTILL, Remedy.WAIT),
        (Reason.UNKNOWN_DESTINATION, Remedy.TELL_PLACE),
        (Reason.UNCOUNTED, Remedy.COUNT),
        (Reason.PERMIT_EXPIRED, Remedy.PERMIT),
        (Reason.NO_PERMIT, Remedy.PERMIT),
    ],
)
def test_bar__each_reason__has_what_would_lift_it(reason, remedy):
    assert Bar(reason).remedy is remedy
