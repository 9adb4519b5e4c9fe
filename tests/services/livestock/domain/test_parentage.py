"""Parents that an animal cannot have."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from services.livestock.domain.parentage import DAM, SIRE, Parent, is_impossible

BORN = date(2026, 11, 25)
CHILD = 9


def ago(days):
    return BORN - timedelta(days=days)


@pytest.mark.parametrize(
    ("role", "told", "impossible"),
    [
        (SIRE, {}, False),
        (SIRE, {"sex": "male"}, False),
        (SIRE, {"sex": "female"}, True),
        (SIRE, {"sex": "castrated"}, True),
        (DAM, {"sex": "female"}, False),
        (DAM, {"sex": "male"}, True),
        (DAM, {"kind": "mob"}, False),
        (DAM, {"kind": "consignment"}, True),
        (SIRE, {"id": CHILD}, True),
        # A boar may be dead at the birth, and not at conception; a sow lives until the birth.
        (SIRE, {"ended_on": ago(110)}, False),
        (SIRE, {"ended_on": ago(121)}, False),
        (SIRE, {"ended_on": ago(122)}, True),
        (DAM, {"ended_on": BORN}, False),
        (DAM, {"ended_on": ago(1)}, True),
        (SIRE, {"born_on": ago(115)}, False),
        (SIRE, {"born_on": ago(114)}, True),
        (DAM, {"born_on": ago(60)}, True),
    ],
)
def test_parent__as_the_book_tells_of_it__may_be_one_or_not(role, told, impossible):
    parent = Parent(**{"id": 1, "kind": "animal"} | told)
    assert is_impossible(role, parent, CHILD, BORN) is impossible


def test_parent__of_a_child_without_a_birth_day__is_judged_by_sex_alone():
    assert not is_impossible(SIRE, Parent(1, "animal", "male", ended_on=ago(900)), CHILD, None)
    assert is_impossible(SIRE, Parent(1, "animal", "female"), CHILD, None)
