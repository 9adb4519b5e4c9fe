"""Permits, outbreaks, orders and notices, against what their events say."""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session, aliased

from chain.canonical import canonical_bytes, commitment
from services.audit.findings import AuditReport
from services.audit.projections.common import compare_columns, each_apart, portions, wrong
from services.livestock.control.notices import NoticeState
from services.livestock.domain.model import EventType
from services.storage.models import (
    Animal,
    ControlOrder,
    Journal,
    LedgerLeaf,
    Notice,
    Outbreak,
    Permit,
    PermitAnimal,
    Premises,
)

# Without its texts, which are sealed: an auditor has no key.
_NOTICE = [one for one in Notice.__table__.c if one.name != "texts"]


def compare_permits(session: Session, report: AuditReport) -> None:
    """Compare permits, and the animals that they name, with the events of each."""
    start, end = aliased(Premises), aliased(Premises)
    columns = [one for one in Permit.__table__.c if not one.foreign_keys]
    places = (start.public_id.label("origin_id"), end.public_id.label("destination_id"))
    rows = (
        select(*columns, *places)
        .outerjoin(start, start.id == Permit.origin_id)
        .outerjoin(end, end.id == Permit.destination_id)
    )
    each_apart(session, report, portions(session, rows, Permit.id), _compare_permits)


def _compare_permits(session: Session, rows: Sequence[Any], report: AuditReport) -> None:
    told = read_subject_events(session, rows, EventType.PERMIT)
    pairs = session.execute(
        select(PermitAnimal.permit_id, Animal.scheme, Animal.value)
        .join(Animal, Animal.id == PermitAnimal.animal_id)
        .where(PermitAnimal.permit_id.in_([row.id for row in rows]))
    ).all()
    for row in rows:
        what = f"permit {row.public_id}"
        if events := _events(told, row.subject_key, what, report):
            compare_columns(report, what, row._mapping, _permit(events))  # noqa: SLF001 — its public name
            named = {(scheme, value) for permit, scheme, value in pairs if permit == row.id}
            if named != _animals(events[0]):
                wrong(report, f"permit_animal of {what}", "they are not those of its events")


def _permit(events: "Sequence[SubjectEvent]") -> Mapping[str, Any]:
    first, last = events[0], events[-1]
    # What was closed may be open again, after a correction.
    ends = [
        day_of(one) if one.details["action"] == "closed" else None
        for one in events
        if one.details["action"] in {"closed", "issued"}
    ]
    return {
        "state": last.details["action"],
        "origin_id": first.place("from"),
        "destination_id": first.place("to"),
        "first_day": first.date("first_day"),
        "last_day": first.date("last_day"),
        "head_count": first.details.get("head_count"),
        "closed_on": ends[-1] if ends else None,
    }


def _animals(event: "SubjectEvent") -> set[tuple[str, str]]:
    named = [one for one in event.record["subjects"] if "scheme" in one]
    return {(one["scheme"], one["value"]) for one in named}


def compare_outbreaks(session: Session, report: AuditReport) -> None:
    """Compare outbreaks with the events that brought them from state to state."""
    columns = [one for one in Outbreak.__table__.c if one.name != "index_premises_id"]
    rows = select(*columns, Premises.public_id.label("index_premises_id")).outerjoin(
        Premises, Premises.id == Outbreak.index_premises_id
    )
    each_apart(session, report, portions(session, rows, Outbreak.id), _compare_outbreaks)


def _compare_outbreaks(session: Session, rows: Sequence[Any], report: AuditReport) -> None:
    told = read_subject_events(session, rows, EventType.OUTBREAK)
    for row in rows:
        what = f"outbreak {row.public_id}"
        if events := _events(told, row.subject_key, what, report):
            first, last = events[0], events[-1]
            expected = {
                "disease": last.details["disease"],
                "state": last.details["state"],
                "index_premises_id": first.place("at"),
                "began_on": day_of(first),
                "opened_by_id": first.journal_id,
            }
            compare_columns(report, what, row._mapping, expected)  # noqa: SLF001 — its public name


def compare_orders(session: Session, report: AuditReport) -> None:
    """Compare orders with their declaring and lifting, and their notices with their events."""
    rows = select(*ControlOrder.__table__.c)
    each_apart(session, report, portions(session, rows, ControlOrder.id), _compare_orders)


def _compare_orders(session: Session, rows: Sequence[Any], report: AuditReport) -> None:
    told = read_subject_events(session, rows, EventType.ORDER)
    written = read_subject_events(session, rows, EventType.NOTICE)
    notices = session.execute(
        select(*_NOTICE, Journal.event_id)
        .outerjoin(Journal, Journal.id == Notice.draft_id)
        .where(Notice.order_id.in_([row.id for row in rows]))
    ).all()
    for row in rows:
        what = f"control_order {row.number}"
        if events := _events(told, row.subject_key, what, report):
            area = commitment(row.area_salt, canonical_bytes(row.area)).hex()
            compare_columns(report, what, {**row._mapping, "area": area}, _order(events))  # noqa: SLF001 — its public name
        if (acts := written[row.subject_key]) is None:
            report.not_comparable.append(f"notice of {what}")
        else:
            own = [one for one in notices if one.order_id == row.id]
            _compare_notices(what, own, acts, report)


def _order(events: "Sequence[SubjectEvent]") -> Mapping[str, Any]:
    first, last = events[0], events[-1]
    lifted = [one.at for one in events if one.details["action"] == "lifted"]
    return {
        **{name: first.details.get(name) for name in ("number", "kind", "status", "disease")},
        "area": first.details["area"],
        "since": first.date("since"),
        "until": last.date("until"),
        "declared_at": first.at,
        "lifted_at": lifted[0] if lifted else None,
        "declared_by_id": first.journal_id,
    }


def _compare_notices(
    what: str, rows: Sequence[Any], acts: "Sequence[SubjectEvent]", report: AuditReport
) -> None:
    drafts = {one.journal_id: one for one in acts if one.details["action"] == NoticeState.DRAFTED}
    drafted = {row.draft_id: row for row in rows}
    for journal_id in sorted(drafts.keys() ^ drafted.keys()):
        wrong(report, f"notice of {what}", f"draft_id, of the journal's {journal_id}")
    for journal_id in sorted(drafts.keys() & drafted.keys()):
        row, draft = drafted[journal_id], drafts[journal_id]
        expected = {"drafted_at": draft.at, "drafted_recipients": draft.details["recipients"]}
        if row.state != NoticeState.APPROVED:
            expected |= {
                "state": NoticeState.DRAFTED,
                "approved_at": None,
                "recipients": draft.details["recipients"],
            }
        compare_columns(report, f"notice {draft.record['event']}", row._mapping, expected)  # noqa: SLF001 — its public name
    _compare_approvals(what, rows, acts, report)


def _compare_approvals(
    what: str, rows: Sequence[Any], acts: "Sequence[SubjectEvent]", report: AuditReport
) -> None:
    """Compare the notices of one order: the event of an approval names the order alone."""
    approved = Counter(
        (one.at, one.details["recipients"])
        for one in acts
        if one.details["action"] == NoticeState.APPROVED
    )
    stored = Counter(
        (row.approved_at, row.recipients) for row in rows if row.state == NoticeState.APPROVED
    )
    if approved != stored:
        wrong(report, f"notice of {what}", "state, approved_at or recipients")


def _events(
    told: "Mapping[bytes, Sequence[SubjectEvent] | None]",
    key: bytes,
    what: str,
    report: AuditReport,
) -> "Sequence[SubjectEvent]":
    """Return the events of a row; none where it cannot be compared, which is noted."""
    events = told[key]
    if events is None:
        report.not_comparable.append(what)
    elif not events:
        wrong(report, what, "no event tells of it")
    return events or ()


class SubjectEvent(NamedTuple):
    """An event: its key in the journal, and its record."""

    journal_id: int
    record: Mapping[str, Any]

    @property
    def details(self) -> Mapping[str, Any]:
        """Details of its type."""
        details: Mapping[str, Any] = self.record["details"]
        return details

    @property
    def at(self) -> datetime:
        """Time of recording, UTC."""
        return datetime.fromisoformat(self.record["recorded"])

    def place(self, role: str) -> UUID:
        """Return the public id of the premises in a role."""
        return UUID(self.record[role]["premises"])

    def date(self, name: str) -> date | None:
        """Return a day of its details, None where it tells none."""
        text = self.details.get(name)
        return date.fromisoformat(text) if text is not None else None


class _Row(NamedTuple):
    """An event as the journal has it; `content` is None once it is erased."""

    subject: bytes
    journal_id: int
    content: bytes | None


def day_of(event: SubjectEvent) -> date:
    """Return the local day that an event claims."""
    return date.fromisoformat(event.record["occurred"]["at"][:10])


def read_subject_events(
    session: Session, rows: Sequence[Any], kind: EventType
) -> Mapping[bytes, Sequence[SubjectEvent] | None]:
    """Read the events of a type about some rows, by `subject_key`, in the journal's order.

    None where the content of one is erased.
    """
    found: dict[bytes, list[SubjectEvent] | None] = {row.subject_key: [] for row in rows}
    events = session.execute(
        select(LedgerLeaf.subject, Journal.id, Journal.content)
        .join(Journal, Journal.id == LedgerLeaf.journal_id)
        .where(LedgerLeaf.subject.in_(found), Journal.type == kind)
        .order_by(Journal.id)
    )
    for event in map(_Row._make, events):
        known = found[event.subject]
        if event.content is None:
            found[event.subject] = None
        elif known is not None:
            known.append(SubjectEvent(event.journal_id, json.loads(event.content)))
    return found
