from __future__ import annotations

from dataclasses import replace

import pytest

from services.livestock.domain.statuses import StatusKind
from services.passport.content import collect
from services.passport.model import Order, Status
from services.passport.verdict import FREE, NO, NOT_OUT, PERMIT, Verdict, judge
from tests.factories import TODAY
from tests.services.passport.scene import SOW

CONTACT = Status(StatusKind.CONTACT, "african_swine_fever", TODAY)
WATCHED = Status(StatusKind.PERMIT_REQUIRED, None, TODAY)
RESIDUE = Status(StatusKind.RESIDUE, None, TODAY)
QUARANTINE = Order("Q-2026-1", "quarantine", None, "african_swine_fever", TODAY)
INFECTED = Order("Z-2026-1", "zone", "infected", None, TODAY)
UNNAMED = Order("Z-2026-2", "zone", None, None, TODAY)
RESTRICTED = Order("Z-2026-3", "zone", "restricted", None, TODAY)
FREE_ZONE = Order("Z-2026-4", "zone", "free", None, TODAY)


@pytest.fixture
def calm(office):
    with office.database.read() as session:
        found = collect(session, SOW, TODAY)
    return replace(found, statuses=(), orders=(), found=False, ended_on=None)


@pytest.mark.parametrize(
    ("statuses", "orders", "code", "named"),
    [
        ((), (), FREE, []),
        ((RESIDUE,), (FREE_ZONE,), FREE, []),
        ((), (RESTRICTED,), PERMIT, ["Z-2026-3"]),
        ((WATCHED,), (), PERMIT, ["permit_required"]),
        ((), (INFECTED, RESTRICTED), NOT_OUT, ["Z-2026-1"]),
        ((), (UNNAMED,), NOT_OUT, ["Z-2026-2"]),
        ((), (INFECTED, QUARANTINE), NO, ["Q-2026-1"]),
        ((CONTACT, WATCHED), (INFECTED,), NO, ["contact"]),
        ((Status(StatusKind.STOLEN, None, TODAY),), (QUARANTINE,), NO, ["stolen", "Q-2026-1"]),
    ],
)
def test_verdict__of_statuses_and_orders__is_the_gravest_and_says_why(
    calm, statuses, orders, code, named
):
    found = judge(replace(calm, statuses=statuses, orders=orders))
    assert found.code == code
    assert [*(one.kind for one in found.statuses), *(one.number for one in found.orders)] == named


def test_verdict__of_what_nobody_registered__bars_it(calm):
    assert judge(replace(calm, found=True)) == Verdict(NO, unregistered=True)
    # Pork is registered by whoever made it, or not at all.
    assert judge(replace(calm, found=True, kind="consignment")).code == FREE
    assert judge(replace(calm, ended_on=TODAY, orders=(QUARANTINE,))) is None
