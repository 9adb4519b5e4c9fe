"""Long texts whose parts come one by one, on their way to the one door."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from gateway.errors import KeyConflict
from gateway.intake import receive
from services.faults import log_fault
from services.storage.long_texts import close_text, drop_old_texts, due_texts, keep_part

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from gateway.envelope import Answer, Envelope
    from gateway.parts import Part
    from services.storage.long_texts import Joined
    from services.storage.unit import Unit, Units

    Handle = Callable[[Unit, Envelope], Answer]

_LOG = logging.getLogger("bilum.joining")


def take_part(part: Part, units: Units, handle: Handle) -> Answer | None:
    """Store a part durably; let the text through the door if it is whole. None: parts are missing.

    Each step is a transaction, and safe to repeat: the text's key is its first part's.
    """
    with units() as unit:
        joined = keep_part(unit, part)
    return _pass_on(joined, units, handle, part.received_at) if joined else None


def settle_parts(units: Units, handle: Handle, now: datetime) -> None:
    """Let through the door what has waited ten minutes for parts that do not come."""
    with units() as unit:
        due = due_texts(unit.session, now)
    for joined in due:
        try:
            _pass_on(joined, units, handle, now)
        except KeyConflict:
            continue
        except Exception as error:  # noqa: BLE001 — one text keeps nobody else waiting
            log_fault(_LOG, "a long text is tried again", error)
    with units() as unit:
        drop_old_texts(unit.session, now)


def _pass_on(joined: Joined, units: Units, handle: Handle, now: datetime) -> Answer:
    try:
        answer = receive(joined.envelope, units, handle)
    except KeyConflict:
        _close(joined, units, now)
        raise
    _close(joined, units, now)
    return answer


def _close(joined: Joined, units: Units, now: datetime) -> None:
    with units() as unit:
        close_text(unit.session, joined.row, now)
