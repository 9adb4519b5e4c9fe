"""Ports of dispatch: a durable store and carriers."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import NamedTuple, Protocol, runtime_checkable
from uuid import UUID

from sms.message import DeliveryReport, Outcome, Outgoing, UncertainAttempt


class Carrier(Protocol):
    """One way to a phone. Workers share it between threads.

    Neither method raises for what the carrier or the network does: that is an Outcome.
    """

    @property
    def name(self) -> str:
        """Name of its channel."""
        ...

    def send(self, message: Outgoing, attempt_id: UUID) -> Outcome:
        """Send once."""
        ...

    def look_up(self, attempt: UncertainAttempt) -> Outcome:
        """Ask what became of an attempt; it is never sent by this.

        SENT, DELIVERED, UNDELIVERED or FAILED as the carrier knows it, with its reference; FAILED
        with the code `sms.message.ABSENT` where the carrier knows no such message; UNCERTAIN
        where it cannot be asked, or does not answer.
        """
        ...


class ReceivedText(NamedTuple):
    """A text that a carrier lists as come in: its own id of it, both numbers, when it took it."""

    key: str
    sender: str
    to: str
    text: str
    sent_at: datetime


@runtime_checkable
class ListsReceived(Protocol):
    """A carrier that lists what it took in, and does not repeat what we could not take."""

    def received(self, since: datetime) -> Sequence[ReceivedText]:
        """Return what came in since then (UTC), the oldest first.

        Raises:
            CarrierError: it cannot be asked, or its answer cannot be read.
        """
        ...


class Started(NamedTuple):
    """A message whose attempt is committed: the carrier may be called."""

    message: Outgoing
    attempt_id: UUID
    channel: str


class Finished(NamedTuple):
    """Result of the call for an attempt."""

    started: Started
    outcome: Outcome


class CarrierQuery(NamedTuple):
    """An uncertain attempt that a worker has taken, and the channel to ask."""

    attempt: UncertainAttempt
    channel: str


class DispatchStore(Protocol):
    """The durable side of dispatching. Each method is one committed transaction."""

    def claim(
        self, worker: str, limit: int, now: datetime, *, answers_only: bool = False
    ) -> Sequence[Outgoing]:
        """Lease up to `limit` due messages to `worker`, answers first, then by priority.

        What has expired is closed, not returned. Attempts that were left `attempting` by a worker
        whose lease has run out become `uncertain`.
        """
        ...

    def start(
        self,
        worker: str,
        messages: Sequence[Outgoing],
        now: datetime,
        attempts: Mapping[UUID, UUID] | None = None,
    ) -> Sequence[Started]:
        """Commit an attempt in state `attempting` for each message that may go now.

        The rest is no longer this worker's: it waits for its channel's rate or until a later time,
        or was closed with its reason, or the lease was lost.

        `attempts`: the id of each message's attempt, by that of the message; others are drawn.
        """
        ...

    def not_called(self, attempts: Mapping[UUID, UUID], now: datetime) -> None:
        """Keep that no carrier was called for the attempts of a `start` that failed.

        Those that it has not committed are passed over, as is one that somebody knows more of: who
        looked meanwhile may have found the message at the carrier. The others fail, and their
        messages are tried again. A `start` that is still on its way is waited for.
        """
        ...

    def finish(self, finished: Sequence[Finished], now: datetime) -> None:
        """Commit outcomes; a message that is to be tried again goes back to `queued`."""
        ...

    def release(self, worker: str) -> None:
        """Let go of every lease of a worker that ends in good order."""
        ...

    def report(self, report: DeliveryReport, now: datetime) -> bool:
        """Apply a delivery report by rank; False when no attempt is known by it."""
        ...

    def match_early(self, now: datetime) -> None:
        """Apply reports that came before their attempt's reference was kept."""
        ...

    def uncertain(self, limit: int, now: datetime) -> Sequence[CarrierQuery]:
        """Take up to `limit` uncertain attempts whose look-up is due; others get them later."""
        ...

    def resolve(self, attempt_id: UUID, found: Outcome, now: datetime) -> None:
        """Commit what a look-up told: proven absent twice, the message goes back to `queued`."""
        ...
