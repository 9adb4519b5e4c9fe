"""Descriptions of premises, each recorded as an event."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy.orm import Session

from services.core.geography import zone_of
from services.livestock.domain.model import Act, EventType, Occurred, Recorded, Report
from services.livestock.recording.record import record_one
from services.livestock.recording.short_numbers import name_premises
from services.storage.locks import require_one_writer
from services.storage.models import Premises

KINDS = (
    "household", "village_herd", "piggery", "market", "ceremony_ground", "abattoir", "quarantine",
    "port", "vehicle", "roadblock",
)  # fmt: skip


def describe(session: Session, row: Premises, told: Mapping[str, Any], act: Act) -> Recorded:
    """Change the description of premises, and record that it was changed.

    Args:
        told: columns and their new values; the others stay.
        act: the event; its record holds nothing of `told`, which may name a person or a home.
    """
    require_one_writer(session)
    for name, value in told.items():
        setattr(row, name, value)
    row.found = False
    session.flush()
    report = Report(
        event_id=act.event_id,
        type=EventType.PREMISES,
        animals=(),
        premises=name_premises(session, row.id),
        other=None,
        occurred=Occurred.on(act.day, zone_of(row.province)),
    )
    return record_one(session, report, act.origin)
