"""The one door: every message of a field device takes effect once, and is answered always."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.errors import KeyConflict

if TYPE_CHECKING:
    from collections.abc import Callable

    from gateway.envelope import Answer, Envelope
    from gateway.ports import IntakeUnits, UnitT


def receive(
    envelope: Envelope,
    units: IntakeUnits[UnitT],
    handle: Callable[[UnitT, Envelope], Answer],
) -> Answer:
    """Let `handle` act on an envelope, once for each key, in one unit of work.

    The envelope, what it caused and its answer commit together or not at all. The same key
    with the same content gets the first answer and has no effect.

    Raises:
        KeyConflict: the key was used with other content. The envelope is kept, committed.
    """
    with units() as unit:
        receipt = unit.admit(envelope)
        if receipt is None:
            answer = handle(unit, envelope)
            unit.settle(envelope, answer)
            return answer
        if receipt.same_content:
            return receipt.answer
        unit.keep_conflict(envelope)
    # Raised only now: inside the unit it would roll back the conflict that must be kept.
    raise KeyConflict("this idempotency key was used before with other content")
