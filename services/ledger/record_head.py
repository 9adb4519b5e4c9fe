"""Head of every canonical record, whatever it is about; pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple
from uuid import UUID


class RecordHead(NamedTuple):
    """An event's type, its times, and how it reached us.

    Attributes:
        event: its id.
        type: what happened, in a word that never changes.
        at: ISO 8601 date, or local date and time, as claimed.
        precision: day or second.
        zone: IANA name of the zone of `at`.
        recorded_at: UTC.
        channel: it came by.
        reporter: public id of the party that reported it; None: nobody did.
    """

    event: UUID
    type: str
    at: str
    precision: str
    zone: str
    recorded_at: datetime
    channel: str
    reporter: UUID | None = None


def begin_record(
    head: RecordHead, subjects: Sequence[Mapping[str, str]], details: Mapping[str, Any]
) -> dict[str, Any]:
    """Build what all records have: no name, phone, free text or point.

    There is a subject for each leaf, in leaf order.
    """
    record: dict[str, Any] = {
        "event": str(head.event),
        "type": head.type,
        "occurred": {"at": head.at, "precision": head.precision, "zone": head.zone},
        "recorded": instant(head.recorded_at),
        "channel": head.channel,
        "subjects": list(subjects),
    }
    if details:
        record["details"] = dict(details)
    if head.reporter is not None:
        record["reporter"] = str(head.reporter)
    return record


def instant(at: datetime) -> str:
    """Write an instant as records do: ISO 8601, UTC, six decimals, `Z`."""
    return at.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def stored_instant(text: str) -> str:
    """Write an instant that a database gives as text, in any way that one does, as records do.

    Raises:
        ValueError: it is none.
    """
    moment = datetime.fromisoformat(text)
    return instant(moment if moment.tzinfo else moment.replace(tzinfo=UTC))


def name_public(kind: str, scheme: str, value: str) -> dict[str, str]:
    """Name a public subject: anyone with its number or code finds its leaves."""
    return {"kind": kind, "scheme": scheme, "value": value}
