"""A circuit breaker for each channel: after failures nothing goes, then one message tries; pure.

The pattern: M. Nygard, "Release It!", chapter "Stability Patterns".
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from sms.message import AttemptState, FailureClass, Outcome
from sms.retrying import asked_wait

FAILURES = 5
"""Failures in a row after which a channel is closed that does not say itself that it is down."""
SHORT_WAIT = timedelta(seconds=30)
DOWN_WAIT = timedelta(minutes=5)
LONGEST_WAIT = timedelta(hours=1)
PROBE_LIFE = timedelta(minutes=1)


class CircuitState(StrEnum):
    """Closed: messages flow. Open: none does. Half open: one may try."""

    CLOSED = "closed"
    OPEN = "open"
    HALF_OPEN = "half-open"


@dataclass(frozen=True, slots=True)
class Circuit:
    """Circuit breaker of one channel.

    Attributes:
        failures: in a row.
        trips: how often it opened in a row.
        code: the carrier's, of the failure that opened it.
        opened_at: UTC, when it opened first in a row.
        open_until: UTC.
        probed_until: UTC; until when the one that tries is waited for.
    """

    failures: int = 0
    trips: int = 0
    code: str | None = None
    opened_at: datetime | None = None
    open_until: datetime | None = None
    probed_until: datetime | None = None

    def state(self, now: datetime) -> CircuitState:
        """Return its state; one that waits for its probe counts as open."""
        if self.open_until is None:
            return CircuitState.CLOSED
        if self.open_until > now or (self.probed_until is not None and self.probed_until > now):
            return CircuitState.OPEN
        return CircuitState.HALF_OPEN

    def reopens_at(self) -> datetime | None:
        """Return when an open one lets something through again, None for a closed one."""
        return max(filter(None, (self.open_until, self.probed_until)), default=None)

    def may_probe(self, now: datetime, *, closed_it: bool) -> bool:
        """Tell whether a message may try a half-open one.

        What has found the channel down may be what is wrong, so another message tries first. It
        tries again itself once none has come for the longest wait.

        Args:
            now: UTC.
            closed_it: whether the message found the channel down before.
        """
        return not closed_it or self.open_until is None or self.open_until + LONGEST_WAIT <= now

    def probed(self, now: datetime) -> "Circuit":
        """Return it with one message on its way."""
        return replace(self, probed_until=now + PROBE_LIFE)

    def after(self, outcome: Outcome, now: datetime) -> "Circuit":
        """Return it after a call of its carrier."""
        if outcome.state is AttemptState.SENT or outcome.failure not in _COUNTED:
            return Circuit()
        if outcome.retry_after is not None and outcome.failure is FailureClass.TRANSIENT:
            # Throttled, so it works: `pacing` waits as long as it asked.
            return self
        if self.open_until is not None and self.open_until > now:
            return self
        failed = replace(self, failures=self.failures + 1, probed_until=None)
        down = outcome.failure is FailureClass.CHANNEL_DOWN
        if not down and not self.trips and failed.failures < FAILURES:
            return failed
        first = DOWN_WAIT if down else SHORT_WAIT
        wait = max(min(first * 2 ** min(self.trips, 10), LONGEST_WAIT), asked_wait(outcome))
        return replace(
            failed,
            trips=self.trips + 1,
            code=outcome.code,
            opened_at=self.opened_at or now,
            open_until=now + wait,
        )


_COUNTED = frozenset({FailureClass.CHANNEL_DOWN, FailureClass.TRANSIENT, FailureClass.UNKNOWN})
