"""Parts of one resource, while it is written or read."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Any

from services.livestock.domain.model import EventType, Key


@dataclass(slots=True)
class Parts:
    """One animal's share of an event.

    Attributes:
        type: of the event.
        animal: its subject.
        day: local.
        far: number of the far side of a movement; None once it is written.
        left: details that are not written yet, or those that are read so far.
    """

    type: EventType
    animal: Key
    day: date
    far: Key | None = None
    left: dict[str, Any] = field(default_factory=dict)
