"""Places, orders and permits that decisions are tested with."""

from __future__ import annotations

from datetime import UTC, datetime

from services.livestock.domain.areas import read_area
from services.livestock.domain.model import AnimalKind
from services.livestock.domain.movement_decision import DecisionContext, Policy
from services.livestock.domain.movement_questions import Journey, MovingAnimal
from services.livestock.domain.orders import Order, OrderKind, ZoneStatus
from services.livestock.domain.permits import Permit, PermitState
from services.livestock.domain.places import Whereabouts
from tests.factories import day

TODAY = 100
# No permit is needed in Morobe and Madang, one is in Jiwaka.
LAE = Whereabouts(1, "Morobe", "Lae", kind="household")
BULOLO = Whereabouts(2, "Morobe", "Bulolo", kind="household")
MADANG = Whereabouts(3, "Madang", "Madang", kind="household")
KUDJIP = Whereabouts(4, "Jiwaka", "North Waghi", kind="household")
ABATTOIR = Whereabouts(5, "Madang", "Madang", kind="abattoir")

PIG = MovingAnimal("104276", id=10)
PORK = MovingAnimal("700011", AnimalKind.CONSIGNMENT, id=10)

MOROBE = {"provinces": ["Morobe"]}
LAE_ALONE = {"districts": [{"province": "Morobe", "district": "Lae"}]}
# Provinces of permits that leave nothing out.
EVERYWHERE = ("Jiwaka", "Morobe", "Madang")
EARLY = datetime(2026, 1, 1, tzinfo=UTC)


def journey(start=LAE, end=MADANG, on=TODAY, **more):
    return Journey(start, end, day(on), **more)


def order(area, status=None, *, number="G1", since=1, until=None, declared_at=EARLY, **more):
    """A zone where a status is given, else a quarantine."""
    return Order(
        number=number,
        kind=OrderKind.ZONE if status else OrderKind.QUARANTINE,
        status=status and ZoneStatus(status),
        area=read_area(area, {}),
        area_name="somewhere",
        disease="ASF",
        since=day(since),
        until=until and day(until),
        declared_at=declared_at,
        **more,
    )


def permit(number="330577", **more):
    terms = {
        "state": PermitState.ISSUED,
        "animals": frozenset({PIG.id}),
        "head_count": None,
        "origin": LAE.premises,
        "destination": MADANG.premises,
        "first": day(TODAY),
        "last": day(TODAY),
    }
    return Permit(number, **(terms | more))


def world(*orders, permits=(), needed=("Jiwaka",), days=21):
    return DecisionContext(orders, tuple(permits), Policy(days, frozenset(needed)))


def reasons(decision):
    return [bar.reason.value for bar in decision.reasons]


def mob(heads, key=20):
    return MovingAnimal(str(key), AnimalKind.MOB, head_count=heads, id=key)
