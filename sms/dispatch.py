"""Sending each message once: claim, commit the attempt, call the carrier, commit the outcome.

No transaction is open while a carrier is called. A worker that dies after `start_attempt` leaves
an attempt that a later claim turns to UNCERTAIN; one that dies before leaves a lease that runs out.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING

from sms.errors import RouteError
from sms.message import AttemptState, FailureClass, MessageState, Outcome
from sms.routing import candidates

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence
    from datetime import datetime

    from sms.message import Outgoing
    from sms.ports import Carrier, DispatchStore
    from sms.routing import Route

_LOG = logging.getLogger(__name__)

FIRST_BACK_OFF = timedelta(seconds=30)
LONGEST_BACK_OFF = timedelta(hours=1)
LONGEST_ASKED_WAIT = timedelta(days=1)
CHANNEL_WAIT = timedelta(minutes=5)
UNREACHABLE_WAIT = timedelta(days=1)
UNREACHABLE_TRIES = 2
NO_CHANNEL = "none"

_RANKS = {
    AttemptState.ATTEMPTING: 0,
    AttemptState.UNCERTAIN: 1,
    AttemptState.SENT: 2,
    AttemptState.FAILED: 3,
    AttemptState.UNDELIVERED: 4,
    AttemptState.DELIVERED: 5,
}


def may_become(old: AttemptState, new: AttemptState) -> bool:
    """Whether an attempt may go from `old` to `new`: only to a higher rank.

    A carrier may accept a message and fail it later, so FAILED ranks above SENT; what a handset
    confirmed ranks above everything. A repeated or late report thus changes nothing.
    """
    return _RANKS[new] > _RANKS[old]


def message_state(attempts: Collection[AttemptState], *, retry: bool = False) -> MessageState:
    """Derive a message's state from its attempts.

    Args:
        attempts: state of each.
        retry: whether another attempt is due; it counts when none before may have arrived.
    """
    for state in (
        AttemptState.DELIVERED,
        AttemptState.ATTEMPTING,
        AttemptState.UNCERTAIN,
        AttemptState.SENT,
    ):
        if state in attempts:
            return MessageState(state)
    if retry or not attempts:
        return MessageState.QUEUED
    return MessageState(max(attempts, key=_RANKS.__getitem__))


def retry_at(outcome: Outcome, attempts: int, now: datetime) -> datetime | None:
    """Return when to try again, None for never; an uncertain attempt is never repeated.

    A ROUTE problem is due at once, on another channel; the caller knows whether there is one.

    Args:
        outcome: what the attempt came to, or what a delivery report said of it, as FAILED.
        attempts: attempts made so far, this one included.
        now: UTC.
    """
    if outcome.state is not AttemptState.FAILED:
        return None
    match outcome.failure:
        case FailureClass.TRANSIENT:
            return now + max(_back_off(attempts), _asked(outcome))
        case FailureClass.CHANNEL_DOWN:
            return now + max(CHANNEL_WAIT, _asked(outcome))
        case FailureClass.UNREACHABLE if attempts <= UNREACHABLE_TRIES:
            return now + UNREACHABLE_WAIT
        case FailureClass.ROUTE:
            return now
        case _:
            return None


def _back_off(attempts: int) -> timedelta:
    doublings = min(max(attempts - 1, 0), 16)
    return min(FIRST_BACK_OFF * (1 << doublings), LONGEST_BACK_OFF)


def _asked(outcome: Outcome) -> timedelta:
    return timedelta(seconds=min(outcome.retry_after or 0.0, LONGEST_ASKED_WAIT.total_seconds()))


@dataclass(slots=True)
class Dispatcher:
    """One worker's loop over the messages that are due.

    Attributes:
        store: the durable side; each call of it is one transaction.
        carriers: by the name of their channel.
        routes: which channel serves which numbers, best first.
        clock: UTC.
        worker: name that leases are held under; unique to a process.
        batch: messages to claim at once.
        stopped: asked before each message; once true, what is leased is left to others.

    Raises:
        RouteError: a route names a channel that has no carrier.
    """

    store: DispatchStore
    carriers: Mapping[str, Carrier]
    routes: Sequence[Route]
    clock: Callable[[], datetime]
    worker: str
    batch: int = 100
    stopped: Callable[[], bool] = lambda: False
    _closed_until: dict[str, datetime] = field(default_factory=dict, init=False, repr=False)

    def __post_init__(self) -> None:
        missing = {route.channel for route in self.routes} - self.carriers.keys()
        if missing:
            raise RouteError(f"Routes name channels without a carrier: {sorted(missing)}.")

    def step(self) -> int:
        """Claim a batch and send it; return the number of attempts, 0 when there is no work.

        While a channel's circuit is open its messages wait: their leases run out unused.
        """
        now = self.clock()
        if not any(self._is_open(channel, now) for channel in self.carriers):
            return 0
        leases = self.store.claim(self.worker, self.batch, now)
        return sum(self._deliver(message) for message in leases if not self.stopped())

    def _deliver(self, message: Outgoing) -> bool:
        channels = candidates(self.routes, message.to, message.refused_by)
        channel = channels[0] if channels else NO_CHANNEL
        if not self._is_open(channel, self.clock()):
            return False
        attempt_id = self.store.start_attempt(message.id, channel, self.clock())
        if attempt_id is None:
            return False
        if channels:
            outcome = self.carriers[channel].send(message, attempt_id)
        else:
            outcome = Outcome(AttemptState.FAILED, failure=FailureClass.ROUTE, code="no_route")
        due = self._due(outcome, message, elsewhere=len(channels) > 1)
        self.store.finish_attempt(attempt_id, outcome, due)
        self._watch(channel, outcome)
        return True

    def _due(self, outcome: Outcome, message: Outgoing, *, elsewhere: bool) -> datetime | None:
        if outcome.failure is FailureClass.ROUTE and not elsewhere:
            return None
        return retry_at(outcome, message.attempts + 1, self.clock())

    def _watch(self, channel: str, outcome: Outcome) -> None:
        if outcome.failure is not FailureClass.CHANNEL_DOWN:
            return
        self._closed_until[channel] = self.clock() + max(CHANNEL_WAIT, _asked(outcome))
        _LOG.error("channel %s is down (%s); its messages wait", channel, outcome.code)

    def _is_open(self, channel: str, now: datetime) -> bool:
        until = self._closed_until.get(channel)
        return until is None or until <= now
