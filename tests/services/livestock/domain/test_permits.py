from __future__ import annotations

from dataclasses import replace
from itertools import permutations

import pytest

from services.livestock.domain.errors import BadArea
from services.livestock.domain.movement_decision import (
    DecisionContext,
    Policy,
    may_all_move,
    may_move,
)
from services.livestock.domain.movement_questions import MovingAnimal
from services.livestock.domain.permits import PermitState
from services.livestock.domain.places import Whereabouts
from tests.factories import day
from tests.services.livestock.domain.worlds import (
    BULOLO,
    EVERYWHERE,
    KUDJIP,
    LAE,
    MADANG,
    PIG,
    PORK,
    TODAY,
    journey,
    mob,
    permit,
    reasons,
    world,
)


def pigs(count):
    return [MovingAnimal(str(key), id=key) for key in range(50, 50 + count)]


def for_count(heads, number="330578", **more):
    return permit(number, animals=frozenset(), head_count=heads, **more)


def named(heads, *others):
    """Make a permit that names mob 20, and others, with the heads that they had together."""
    return permit(animals=frozenset({20, *others}), head_count=heads)


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        (KUDJIP, MADANG, ["no_permit"]),
        (MADANG, KUDJIP, ["no_permit"]),
        (KUDJIP, KUDJIP, ["no_permit"]),
        (Whereabouts(9, "jiwaka"), MADANG, ["no_permit"]),
        (LAE, MADANG, []),
    ],
)
def test_may_move__province_that_needs_permits__at_either_end(start, end, expected):
    assert reasons(may_move(PIG, journey(start, end), world())) == expected


def test_policy__as_it_comes__covers_the_seven_provinces_of_the_highlands():
    barred = [
        province
        for province in ("Southern Highlands", "Enga", "Hela", "Western Highlands", "Jiwaka",
                         "Simbu", "Eastern Highlands", "Morobe", "Madang", "Western")
        if not may_move(PIG, journey(Whereabouts(9, province)), DecisionContext()).allowed
    ]  # fmt: skip
    assert barred == [
        "Southern Highlands", "Enga", "Hela", "Western Highlands", "Jiwaka", "Simbu",
        "Eastern Highlands",
    ]  # fmt: skip


def test_policy__unknown_province__is_refused():
    with pytest.raises(BadArea):
        Policy(permit_provinces=frozenset({"Atlantis"}))


GOOD = permit()
PERMITS = {
    "good": ([GOOD], []),
    "any route": ([permit(origin=None, destination=None)], []),
    "for a count": ([for_count(1)], []),
    "none": ([], ["no_permit"]),
    "used": ([permit(state=PermitState.CLOSED)], ["permit_used"]),
    "used and long over": (
        [permit(state=PermitState.CLOSED, first=day(1), last=day(2))],
        ["permit_used"],
    ),
    "asked": ([permit(state=PermitState.ASKED)], ["permit_waiting"]),
    "asked for later": (
        [permit(state=PermitState.ASKED, first=day(TODAY + 1), last=day(TODAY + 1))],
        ["permit_waiting"],
    ),
    "asked too long ago": (
        [permit(state=PermitState.ASKED, last=day(TODAY - 1))],
        ["permit_expired"],
    ),
    "refused": ([permit(state=PermitState.REFUSED)], ["permit_refused"]),
    "revoked": ([permit(state=PermitState.REVOKED)], ["permit_revoked"]),
    "revoked since": (
        [permit(state=PermitState.REVOKED, revoked_on=day(TODAY + 1))],
        [],
    ),
    "revoked on the day": (
        [permit(state=PermitState.REVOKED, revoked_on=day(TODAY))],
        ["permit_revoked"],
    ),
    "revoked since, and ended before": (
        [permit(state=PermitState.REVOKED, revoked_on=day(TODAY + 1), last=day(TODAY - 1))],
        ["permit_expired"],
    ),
    "other origin": ([permit(origin=BULOLO.premises)], ["permit_other_route"]),
    "other destination": ([permit(destination=BULOLO.premises)], ["permit_other_route"]),
    "other animal": ([permit(animals=frozenset({11}))], ["permit_other_animal"]),
    "for none": ([for_count(None)], ["no_permit"]),
    "for a count of none": ([for_count(0)], ["permit_too_many"]),
    "two faults": ([permit(origin=BULOLO.premises, last=day(TODAY - 1))], ["no_permit"]),
    "a good one among bad": (
        [permit("1", state=PermitState.CLOSED), GOOD, permit("2", animals=frozenset({11}))],
        [],
    ),
    "the nearest of bad ones": (
        [
            permit("1", animals=frozenset({11})),
            permit("2", state=PermitState.CLOSED),
            permit("3", last=day(TODAY - 1), first=day(1)),
        ],
        ["permit_expired"],
    ),
}


@pytest.mark.parametrize("case", PERMITS)
def test_may_move__permit_needed__is_covered_or_the_nearest_one_tells_its_fault(case):
    permits, expected = PERMITS[case]
    for shuffled in permutations(permits):
        decision = may_move(PIG, journey(), world(permits=shuffled, needed=EVERYWHERE))
        assert reasons(decision) == expected


@pytest.mark.parametrize(
    ("on", "expected"),
    [
        (89, ["permit_not_yet"]),
        (90, []),
        (95, []),
        (96, ["permit_expired"]),
    ],
)
def test_may_move__permit__is_valid_from_its_first_to_its_last_day(on, expected):
    dated = permit(first=day(90), last=day(95))
    decision = may_move(PIG, journey(on=on), world(permits=[dated], needed=EVERYWHERE))
    assert reasons(decision) == expected
    assert decision.permit == (None if expected else "330577")
    for bar in decision.reasons:
        assert bar.values == {
            "permit": "330577", "first": day(90), "last": day(95), "count": 1,
        }  # fmt: skip
        assert bar.lifted_on == (day(90) if on < 90 else None)


@pytest.mark.parametrize(
    ("what", "permits", "expected"),
    [
        (mob(5), [for_count(5)], []),
        (mob(5), [for_count(4)], ["permit_too_many"]),
        (mob(None), [for_count(5)], ["uncounted"]),
        (mob(-2), [for_count(5)], ["uncounted"]),
        (mob(5), [named(5)], []),
        (mob(4), [named(5)], []),
        (mob(6), [named(5)], ["permit_too_many"]),
        (mob(None), [named(5)], ["uncounted"]),
        (mob(5), [named(None)], ["permit_too_many"]),
        (mob(5, 21), [named(5)], ["permit_other_animal"]),
        (PIG, [named(5)], ["permit_other_animal"]),
        (PORK, [for_count(5)], ["permit_other_animal"]),
        (PORK, [permit()], []),
        (replace(PIG, id=None), [permit()], ["permit_other_animal"]),
    ],
)
def test_may_move__mob_or_pork__needs_a_permit_that_covers_it(what, permits, expected):
    decision = may_move(what, journey(), world(permits=permits, needed=EVERYWHERE))
    assert reasons(decision) == expected


def test_may_move__barred_otherwise__names_no_permit():
    decision = may_move(
        replace(PIG, ended_on=day(1)), journey(), world(permits=[GOOD], needed=EVERYWHERE)
    )
    assert (reasons(decision), decision.permit) == (["dead"], None)


def test_may_all_move__permit_for_a_count__covers_the_first_so_many():
    herd = pigs(4)
    decisions = may_all_move(herd, journey(), world(permits=[for_count(3)], needed=EVERYWHERE))
    assert [reasons(decision) for decision in decisions] == [[], [], [], ["permit_too_many"]]
    assert [decision.permit for decision in decisions] == ["330578"] * 3 + [None]


def test_may_all_move__barred_and_named_animals__take_no_place_of_the_count():
    dead, named, *others = pigs(4)
    herd = [replace(dead, ended_on=day(1)), named, *others]
    permits = [for_count(2), permit("1", animals=frozenset({named.id}))]
    decisions = may_all_move(herd, journey(), world(permits=permits, needed=EVERYWHERE))
    assert [decision.permit for decision in decisions] == [None, "1", "330578", "330578"]


def test_may_move__several_good_permits__uses_its_own_then_what_ends_first():
    later = day(TODAY + 5)
    own, early, late = permit("9", last=later), for_count(1, "5"), for_count(1, "1", last=later)
    for shuffled in permutations([own, early, late]):
        known = world(permits=shuffled, needed=EVERYWHERE)
        assert may_move(PIG, journey(), known).permit == "9"
        assert may_move(pigs(1)[0], journey(), known).permit == "5"


def test_may_all_move__mobs__count_their_heads():
    herd = [mob(3, 20), mob(3, 21), mob(None, 22), mob(2, 23)]
    decisions = may_all_move(herd, journey(), world(permits=[for_count(5)], needed=EVERYWHERE))
    assert [reasons(decision) for decision in decisions] == [
        [], ["permit_too_many"], ["uncounted"], [],
    ]  # fmt: skip


def test_may_all_move__mob_and_pig_of_one_permit__go_together_as_many_as_it_was_asked_for():
    asked_about = [mob(5), PIG]
    for heads, expected in ((5, [[], []]), (7, [["permit_too_many"], []])):
        asked_about[0] = mob(heads)
        known = world(permits=[named(6, PIG.id)], needed=EVERYWHERE)
        found = may_all_move(asked_about, journey(), known)
        assert [reasons(one) for one in found] == expected, heads


def test_may_all_move__one_permit_full__goes_on_with_the_next():
    permits = [for_count(1, "1"), for_count(2, "2")]
    decisions = may_all_move(pigs(4), journey(), world(permits=permits, needed=EVERYWHERE))
    assert [decision.permit for decision in decisions] == ["1", "2", "2", None]
