"""What dispatching needs from outside: a durable store and carriers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from uuid import UUID

    from sms.message import DeliveryReport, Outcome, Outgoing


class Carrier(Protocol):
    """One way to a phone."""

    name: str

    def send(self, message: Outgoing, attempt_id: UUID) -> Outcome:
        """Send once. Never raises for what the carrier or the network does: that is an Outcome."""
        ...


class DispatchStore(Protocol):
    """The durable side of dispatching. Each method is one committed transaction."""

    def claim(self, worker: str, limit: int, now: datetime) -> Sequence[Outgoing]:
        """Lease up to `limit` due messages to `worker`; expired ones are closed, not returned.

        Attempts that were left `attempting` by a worker whose lease has run out become `uncertain`.
        """
        ...

    def start_attempt(self, message_id: UUID, channel: str, now: datetime) -> UUID | None:
        """Commit an attempt in state `attempting` and return its id.

        None when the lease was lost or the message is no longer to be sent.
        """
        ...

    def finish_attempt(self, attempt_id: UUID, outcome: Outcome, retry_at: datetime | None) -> None:
        """Commit an outcome; with `retry_at` the message goes back to `queued`, due then."""
        ...

    def report(self, report: DeliveryReport, now: datetime) -> bool:
        """Apply a delivery report by rank; False when no attempt is known by it."""
        ...
