"""Orders: quarantines and zones, drafted, numbered, declared and lifted."""

import re
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session

from chain.canonical import canonical_bytes, commitment, new_salt
from services.core.errors import Invalid, NotFound
from services.livestock.control.acts import act_report, recorded_key, require_not_after, row_made_by
from services.livestock.control.affected import area_of, reached_by
from services.livestock.control.errors import OrderEnded, OrderNumberTaken
from services.livestock.control.outbreaks import find_outbreak
from services.livestock.domain.model import Act, EventType, Key, Origin, SecretSubject
from services.livestock.domain.orders import OrderKind, ZoneStatus
from services.livestock.recording.record import record_one
from services.livestock.recording.short_numbers import name_premises
from services.storage.bulk import advance_counter
from services.storage.models import ControlOrder, Outbreak, Premises
from sms.local_time import local_day

LONGEST_AHEAD = timedelta(days=30)
# Characters that a path of the API and a text message can both carry.
NUMBER = re.compile(r"[A-Z0-9][A-Z0-9 .-]{0,31}")

_LETTERS = {OrderKind.QUARANTINE: "Q", OrderKind.ZONE: "Z"}


def declare_order(session: Session, draft: "OrderDraft", origin: Origin) -> ControlOrder:
    """Declare a quarantine or a zone; the same event declares it once.

    Raises:
        BadArea: see `services.livestock.domain.areas.read_area`.
        Invalid: days that make no sense, a zone without status, a number that cannot be used.
        OrderNumberTaken: another order has the number.
        NotFound: there is no such outbreak.
    """
    if (seen := recorded_key(session, draft.event_id)) is not None:
        return row_made_by(session, ControlOrder, ControlOrder.declared_by_id == seen)
    row = order_row(session, draft, origin.recorded_at)
    row.number = number_for(session, draft)
    row.declared_by_id = _record(session, row, {"action": "declared"}, draft.event_id, origin)
    session.add(row)
    session.flush()
    return row


def order_row(session: Session, draft: "OrderDraft", now: datetime) -> ControlOrder:
    """Return an order as it would be declared now, without a number; nothing is stored.

    Raises:
        BadArea, Invalid, NotFound: see `declare_order`.
    """
    check_draft(draft, local_day(now))
    outbreak = find_outbreak(session, draft.outbreak) if draft.outbreak else None
    return ControlOrder(
        public_id=uuid4(),
        subject_key=secrets.token_bytes(32),
        kind=draft.kind.value,
        status=draft.status.value if draft.status else None,
        disease=draft.disease or (outbreak.disease if outbreak else None),
        area=_whole_area(session, draft, outbreak),
        area_name=" ".join(draft.area_name.split()),
        area_salt=new_salt(),
        since=draft.since,
        until=draft.until,
        declared_at=now,
        outbreak_id=outbreak.id if outbreak else None,
    )


def _whole_area(session: Session, draft: "OrderDraft", outbreak: Outbreak | None) -> dict[str, Any]:
    """Return the area of an order, with what a shape in it reaches into.

    The index premises lie in the circle round them, if nobody knows their point too.
    """
    area = area_of(session, draft.area)
    if not area.has_shape:
        return area.as_json()
    written, centre = area.as_json(), None
    if outbreak is not None and area.circles and draft.status is not ZoneStatus.FREE:
        index = session.get_one(Premises, outbreak.index_premises_id)
        if index.latitude is None:
            centre = index.id
            listed = [*written.get("premises", []), str(index.public_id)]
            written["premises"] = list(dict.fromkeys(listed))
    reached = list(written.get("reaches", []))
    reached += [one for one in reached_by(session, area, centre) if one not in reached]
    return area_of(session, written | {"reaches": reached}).as_json()


def lift_order(session: Session, number: str, act: Act, reason: str | None = None) -> ControlOrder:
    """End an order: the day of `act` is its first day no longer. The same event does it once.

    Args:
        reason: one of `services.livestock.domain.details.LIFT_REASONS`.

    Raises:
        NotFound: there is no such order.
        OrderEnded: it was lifted before, or ends by that day anyway.
        Invalid: the day lies before the order's first, or too far ahead.
    """
    seen = recorded_key(session, act.event_id)
    row = find_order(session, number)
    if seen is not None:
        return row
    if row.lifted_at is not None or (row.until is not None and row.until <= act.day):
        raise OrderEnded(number=row.number)
    require_not_after("on", act.day, local_day(act.origin.recorded_at) + LONGEST_AHEAD)
    if act.day < row.since:
        raise Invalid("The order has not begun by then", {"on": [f"must be {row.since} or after"]})
    row.until, row.lifted_at = act.day, act.origin.recorded_at
    session.flush()
    _record(session, row, {"action": "lifted", "reason": reason}, act.event_id, act.origin)
    return row


def find_order(session: Session, number: str) -> ControlOrder:
    """Return the order of a number.

    Raises:
        NotFound: there is none.
    """
    row = session.scalars(
        select(ControlOrder)
        .where(ControlOrder.number == tidy(number))
        .execution_options(populate_existing=True)
    ).first()
    if row is None:
        raise NotFound("There is no order of that number: see the list of orders")
    return row


def in_force(on: date, known_at: datetime | None = None) -> ColumnElement[bool]:
    """Return the condition that an order binds, as `domain.orders.Order.in_force` has it.

    Args:
        known_at: UTC; as known then. None: as known now.
    """
    ends = or_(ControlOrder.until.is_(None), ControlOrder.until > on)
    if known_at is None:
        return (ControlOrder.since <= on) & ends
    declared = ControlOrder.declared_at <= known_at
    return (ControlOrder.since <= on) & declared & or_(ends, ControlOrder.lifted_at > known_at)


def list_orders(session: Session, *which: ColumnElement[bool]) -> Sequence[ControlOrder]:
    """Return orders, newest first."""
    return session.scalars(
        select(ControlOrder).where(*which).order_by(ControlOrder.id.desc())
    ).all()


def order_subject(row: ControlOrder) -> SecretSubject:
    """Return an order as the subject of an event."""
    return SecretSubject("order", row.public_id, row.subject_key, row.number, row.id)


def _record(
    session: Session, row: ControlOrder, told: Mapping[str, str | None], event: UUID, origin: Origin
) -> int:
    known = {
        **told,
        "number": row.number,
        "kind": row.kind,
        "status": row.status,
        "disease": row.disease,
        "since": row.since.isoformat(),
        "until": row.until.isoformat() if row.until else None,
        "area": commitment(row.area_salt, canonical_bytes(row.area)).hex(),
    }
    details = {name: value for name, value in known.items() if value is not None}
    act = Act(event, local_day(origin.recorded_at), origin)
    subject, premises = order_subject(row), _quarantined(session, row)
    report = act_report(EventType.ORDER, act, details, subject, premises)
    return record_one(session, report, origin).journal_id


def _quarantined(session: Session, row: ControlOrder) -> Key | None:
    """Return the number of the one premises under quarantine; None: there are several."""
    if row.kind != OrderKind.QUARANTINE or row.area.keys() != {"premises"}:
        return None
    premises = area_of(session, row.area).premises
    return name_premises(session, min(premises)) if len(premises) == 1 else None


@dataclass(frozen=True, slots=True)
class OrderDraft:
    """An order that is to be declared.

    Attributes:
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
