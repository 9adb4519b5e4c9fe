"""The canonical record of an event: what is committed to on the ledger."""

from __future__ import annotations

from datetime import UTC
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime
    from uuid import UUID

    from services.traceability.model import Key, Origin, Report


def canonical_record(
    report: Report,
    origin: Origin,
    subjects: Sequence[Mapping[str, str]],
    places: Mapping[str, Mapping[str, str]],
) -> dict[str, Any]:
    """Build the canonical record of an event: no name, phone, free text or point.

    Args:
        report: what was reported.
        origin: how and when.
        subjects: one for each leaf, in leaf order.
        places: `at`, `from` or `to` -> public id and number of the premises.
    """
    record: dict[str, Any] = {
        "event": str(report.event_id),
        "type": report.type.value,
        "occurred": {
            "at": report.occurred.text,
            "precision": report.occurred.precision.value,
            "zone": report.occurred.zone,
        },
        "recorded": instant(origin.recorded_at),
        "channel": origin.channel,
        "subjects": list(subjects),
        **places,
    }
    if report.details:
        record["details"] = dict(report.details)
    if origin.reporter is not None:
        record["reporter"] = str(origin.reporter)
    return record


def instant(at: datetime) -> str:
    """Write an instant as records do: ISO 8601, UTC, six decimals, `Z`."""
    return at.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def name_public(kind: str, key: Key) -> dict[str, str]:
    """Name an animal, mob or consignment: public, anyone who has the number finds its leaves."""
    return {"kind": kind, "scheme": key.scheme, "value": key.value}


def name_secret(kind: str, public_id: UUID, link: str) -> dict[str, str]:
    """Name premises, a permit, an order or an outbreak.

    Its ledger key shows only to who holds this leaf's salt.
    """
    return {"kind": kind, "id": str(public_id), "link": link}
