"""Drafts of orders, their checks and numbers."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.core.errors import Invalid
from services.livestock.control.errors import OrderNumberTaken
from services.livestock.control.once import require_not_after
from services.livestock.domain.orders import OrderKind, ZoneStatus
from services.storage.bulk import advance_counter
from services.storage.models import ControlOrder

LONGEST_AHEAD = timedelta(days=30)
# Characters that a path of the API and a text message can both carry.
NUMBER = re.compile(r"[A-Z0-9][A-Z0-9 .-]{0,31}")

_LETTERS = {OrderKind.QUARANTINE: "Q", OrderKind.ZONE: "Z"}


@dataclass(frozen=True, slots=True)
class OrderDraft:
    """An order that is to be declared.

    Attributes:
        event_id: of the event that declares it.
        kind: quarantine or zone.
        area: as `services.livestock.domain.areas.read_area` reads it.
        area_name: the area in words, for people; it names nobody.
        since: first local day; it may lie in the past.
        until: first day no longer; None: until it is lifted.
        status: of a zone, which needs one; None: of a quarantine.
        disease: one of `services.livestock.domain.details.NOTIFIABLE`.
        number: of the gazette or the order; None: one is drawn, such as `Q-2026-1`.
        outbreak: number of the outbreak that it belongs to.
    """

    event_id: UUID
    kind: OrderKind
    area: Mapping[str, Any]
    area_name: str
    since: date
    until: date | None = None
    status: ZoneStatus | None = None
    disease: str | None = None
    number: str | None = None
    outbreak: str | None = None


def check_draft(draft: OrderDraft, now: date) -> None:
    """Refuse an order that could never bind.

    Raises:
        Invalid: it begins too far ahead or never binds, or its status does not fit its kind.
    """
    require_not_after("since", draft.since, now + LONGEST_AHEAD)
    if draft.until is not None and draft.until <= draft.since:
        raise Invalid("The order would never bind", {"until": [f"must be after {draft.since}"]})
    if (draft.kind is OrderKind.ZONE) is not (draft.status is not None):
        raise Invalid(
            "A zone needs a status, a quarantine has none",
            {"status": ["infected, restricted or free for a zone, nothing for a quarantine"]},
        )


def number_for(session: Session, draft: OrderDraft) -> str:
    """Return the number that an order asks for, or draw one.

    Raises:
        Invalid: it has characters that no number has.
        OrderNumberTaken: another order has it.
    """
    if draft.number is None:
        return _draw(session, draft)
    number = tidy(draft.number)
    if not NUMBER.fullmatch(number):
        raise Invalid(
            "The number of the order cannot be used",
            {"number": ["up to 32 letters, digits, spaces, dots and hyphens"]},
        )
    if _is_taken(session, number):
        raise OrderNumberTaken(number=number)
    return number


def _draw(session: Session, draft: OrderDraft) -> str:
    series = f"{_LETTERS[draft.kind]}-{draft.since.year}"
    while True:
        drawn = advance_counter(session, f"order {series}")
        if not _is_taken(session, number := f"{series}-{drawn}"):
            return number


def _is_taken(session: Session, number: str) -> bool:
    taken = select(ControlOrder.id).where(ControlOrder.number == number)
    return session.scalar(taken) is not None


def tidy(number: str) -> str:
    """Normalise a number to its stored form."""
    return " ".join(number.split()).upper()
