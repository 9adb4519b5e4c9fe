"""The people and the past of checking.txt and permitting.txt: scenes at a roadblock.

A scene begins in the country of country.py; its lines are those of table.py, and what happened
before is one of `HAPPENED`.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from services.livestock.domain.model import EventType
from tests.services.livestock.country import INSPECTOR, MADANG_KEEPER, SLAUGHTERER, VET, days_ago
from tests.services.livestock.table import PEOPLE as EVERYBODY
from tests.services.livestock.table import Player

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tests.services.livestock.country import Country

PEOPLE = {
    **EVERYBODY,
    "INSPECTOR": INSPECTOR,
    "VET": VET,
    "ABATTOIR": SLAUGHTERER,
    "MADANG": MADANG_KEEPER,
}

HAPPENED: Mapping[str, Callable[..., object]] = {
    "permit": lambda land, *pigs: land.permit(*map(int, pigs)),
    "heads": lambda land, heads: land.permit(heads=int(heads)),
    "asked": lambda land, *pigs: land.permit(*map(int, pigs), state=None),
    "revoked": lambda land, *pigs: land.permit(*map(int, pigs), state="revoked"),
    "expired": lambda land, *pigs: land.permit(*map(int, pigs), days=(-3, -1)),
    "mob": lambda land, heads="": land.mob(int(heads) if heads else None),
    "zone": lambda land, *name: land.zone(" ".join(name)),
    "dead": lambda land, pig: land.report(EventType.DEATH, int(pig), at=land.kudjip),
    "treated": lambda land, pig: land.report(
        EventType.TREATMENT,
        int(pig),
        at=land.kudjip,
        on=days_ago(1),
        product="IVOMEC",
        withdrawal_days=28,
    ),
    "arrived": lambda land, pig: land.report(
        EventType.ARRIVE, int(pig), at=land.goroka, other=land.kudjip
    ),
}


def player(land: Country) -> Player:
    """Plays what is sent in a country, and what happened there before."""
    happened = {word: partial(make, land) for word, make in HAPPENED.items()}
    return Player(land.phones, PEOPLE, happened)
