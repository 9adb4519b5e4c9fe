"""The first line of a passport: may it move today, as far as orders and statuses say."""

from collections.abc import Iterator
from typing import NamedTuple

from services.livestock.domain.model import AnimalKind
from services.livestock.domain.orders import OrderKind, ZoneStatus
from services.livestock.domain.statuses import OF_DISEASE, StatusKind
from services.passport.model import Order, Passport, Status

NO, NOT_OUT, PERMIT, FREE = "may_not_move", "may_not_leave", "with_permit", "nothing_bars"
_GRAVITY = (NO, NOT_OUT, PERMIT)
_OF_ZONES = {
    None: NOT_OUT,
    ZoneStatus.INFECTED: NOT_OUT,
    ZoneStatus.RESTRICTED: PERMIT,
    ZoneStatus.FREE: None,
}


class Verdict(NamedTuple):
    """Answer for a living animal, a mob or pork.

    Attributes:
        code: label of the answer.
        statuses, orders: why; of the gravest alone.
        unregistered: it is known from others' reports, so nothing is known of it.
        record_lost: the content of a record of it was lost; it may have been what bars it.
        altered: an event of it is not what was recorded.
    """

    code: str
    statuses: tuple[Status, ...] = ()
    orders: tuple[Order, ...] = ()
    unregistered: bool = False
    record_lost: bool = False
    altered: bool = False


def judge(passport: Passport) -> Verdict | None:
    """Return the answer that a passport leads with; None: there is nothing left to move.

    The rules are those of `services.livestock.domain.movement_decision` for whatever stands here.
    Where it goes is not known here, so that nothing bars it allows nothing yet.
    """
    if passport.ended_on is not None:
        return None
    unregistered = passport.found and passport.kind != AnimalKind.CONSIGNMENT
    altered = any(event.altered for event in passport.events)
    unsure = unregistered or passport.record_lost or altered
    found = [*_effects(passport), *([NO] if unsure else [])]
    code = next((one for one in _GRAVITY if one in found), FREE)
    return Verdict(
        code,
        tuple(one for one in passport.statuses if _of_status(one) == code),
        tuple(one for one in passport.orders if _of_order(one) == code),
        unregistered,
        passport.record_lost,
        altered,
    )


def _effects(passport: Passport) -> Iterator[str | None]:
    yield from (_of_status(one) for one in passport.statuses)
    yield from (_of_order(one) for one in passport.orders)


def _of_status(status: Status) -> str | None:
    if status.kind in OF_DISEASE | {StatusKind.STOLEN}:
        return NO
    return PERMIT if status.kind == StatusKind.PERMIT_REQUIRED else None


def _of_order(order: Order) -> str | None:
    if order.kind == OrderKind.QUARANTINE:
        return NO
    return _OF_ZONES[ZoneStatus(order.status) if order.status else None]
