"""What speaks against pork, from what the book tells of the pigs that it names."""

from __future__ import annotations

import pytest

from services.livestock.domain.consequences import Condition
from services.livestock.domain.pork import MOST_OF_A_PIG, Pork, SourcePig, against, most_kilograms
from services.livestock.domain.statuses import Status, StatusKind
from tests.factories import day

KILLED = SourcePig("1553", ended_on=day(5), slaughtered=True, kilograms=60)
STOLEN = Status(StatusKind.STOLEN, day(2), 1)
INFECTED = Status(StatusKind.INFECTED, day(2), 1)
OVER = Status(StatusKind.INFECTED, day(2), 1, until=day(4), ended_by=2)


@pytest.mark.parametrize(
    ("pig", "expected"),
    [
        (KILLED, []),
        (SourcePig("1553", known=False), ["pork_unknown"]),
        (SourcePig("1553"), ["pork_alive"]),
        (SourcePig("1553", kind="mob"), []),
        (SourcePig("1553", kind="consignment"), []),
        (KILLED._replace(ended_on=day(8)), ["pork_early"]),
        (KILLED._replace(slaughtered=False), ["pork_dead"]),
        (KILLED._replace(statuses=[STOLEN]), ["pork_stolen"]),
        (KILLED._replace(statuses=[INFECTED]), ["pork_sick"]),
        (KILLED._replace(of_place=[INFECTED]), ["pork_sick"]),
        (KILLED._replace(of_place=[OVER]), []),
        (KILLED._replace(statuses=[Status(StatusKind.INFECTED, day(6), 1)]), []),
        (KILLED._replace(withdrawal_until=day(5)), ["pork_residue"]),
        (KILLED._replace(withdrawal_until=day(4)), []),
        (KILLED._replace(tied=False), ["pork_others"]),
    ],
)
def test_against__one_pig__tells_each_thing_that_holds(pig, expected):
    found = against(Pork(day(7), 40, [pig]))
    assert [(condition.value, named) for condition, named in found] == [
        (condition, ["1553"]) for condition in expected
    ]


@pytest.mark.parametrize(
    ("kilograms", "others", "pigs", "heavy"),
    [
        (60, 0, [KILLED], False),
        (60.5, 0, [KILLED], True),
        (40, 20, [KILLED], False),
        (40, 21, [KILLED], True),
        (100, 0, [KILLED, KILLED._replace(named="1650")], False),
        (MOST_OF_A_PIG, 0, [KILLED._replace(kilograms=None)], False),
        (MOST_OF_A_PIG + 1, 0, [KILLED._replace(kilograms=None)], True),
        (9_000, 0, [KILLED, SourcePig("1844", kind="mob")], False),
        (None, 0, [KILLED], False),
    ],
)
def test_against__weight__is_held_against_what_the_pigs_can_give(kilograms, others, pigs, heavy):
    found = [condition for condition, _ in against(Pork(day(7), kilograms, pigs, others))]
    assert (Condition.PORK_HEAVY in found) is heavy


def test_most_kilograms__of_a_mob__nobody_knows():
    assert most_kilograms([KILLED, SourcePig("1844", kind="mob")]) is None
    assert most_kilograms([KILLED, SourcePig("1650")]) == 60 + MOST_OF_A_PIG
