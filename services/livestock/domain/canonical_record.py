"""The canonical record of an event: what is committed to on the ledger."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from services.ledger.record_head import Head, begin_record
from services.livestock.domain.model import Origin, Report


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
    head = Head(
        report.event_id,
        report.type.value,
        report.occurred.text,
        report.occurred.precision.value,
        report.occurred.zone,
        origin.recorded_at,
        origin.channel,
        origin.reporter,
    )
    record = begin_record(head, subjects, report.details)
    record.update(places)
    return record


def name_secret(kind: str, public_id: UUID, link: str) -> dict[str, str]:
    """Name premises, a permit, an order or an outbreak.

    Its ledger key shows only to who holds this leaf's salt.
    """
    return {"kind": kind, "id": str(public_id), "link": link}
