"""Time of the next try of a message, or the reason that there is none; pure."""

from datetime import datetime, timedelta

from sms.message import AttemptState, FailureClass, Outcome
from sms.reasons import Reason

FIRST_BACK_OFF = timedelta(seconds=30)
LONGEST_BACK_OFF = timedelta(hours=1)
LONGEST_ASKED_WAIT = timedelta(days=1)
UNREACHABLE_WAIT = timedelta(days=1)
UNREACHABLE_TRIES = 2

# What the next admission decides on: whether another channel is left for this number.
_ELSEWHERE = frozenset({FailureClass.ROUTE, FailureClass.CHANNEL_DOWN, FailureClass.OPTED_OUT})

# Neither says that the text can never come: a phone that is off for a week gets both.
_ANOTHER_DAY = frozenset({FailureClass.UNREACHABLE, FailureClass.DOUBTFUL_NUMBER})

_REASONS = {
    FailureClass.OPTED_OUT: Reason.OPTED_OUT,
    FailureClass.DEAD_NUMBER: Reason.DEAD_NUMBER,
    FailureClass.DOUBTFUL_NUMBER: Reason.DEAD_NUMBER,
    FailureClass.ROUTE: Reason.NO_ROUTE,
    FailureClass.UNREACHABLE: Reason.UNREACHABLE,
}


def retry_at(outcome: Outcome, tries: int, now: datetime) -> datetime | None:
    """Return the time of the next try; None: never, as for every uncertain outcome.

    What another channel could carry is due at once; admission knows whether there is one.

    Args:
        outcome: what the attempt came to, or what a delivery report said of it.
        tries: attempts made so far, this one included.
        now: UTC.
    """
    if outcome.state not in {AttemptState.FAILED, AttemptState.UNDELIVERED}:
        return None
    if outcome.failure in _ELSEWHERE:
        return now
    if outcome.failure is FailureClass.TRANSIENT:
        return now + max(_back_off(tries), asked_wait(outcome))
    if outcome.failure in _ANOTHER_DAY and tries <= UNREACHABLE_TRIES:
        return now + UNREACHABLE_WAIT
    return None


def reason_of(failure: FailureClass | None) -> Reason:
    """Return the reason that a message failed for good, from its last failure."""
    return _REASONS.get(failure, Reason.REFUSED) if failure else Reason.REFUSED


def is_dead(outcome: Outcome, tries: int, now: datetime) -> bool:
    """Tell whether an outcome says that its number no longer exists.

    One report of an unknown handset is a doubt; the one that ends the last try is believed.
    Arguments are those of `retry_at`.
    """
    if outcome.failure is FailureClass.DOUBTFUL_NUMBER:
        return retry_at(outcome, tries, now) is None
    return outcome.failure is FailureClass.DEAD_NUMBER


def asked_wait(outcome: Outcome) -> timedelta:
    """Return how long the carrier asked to wait, within a day."""
    return timedelta(seconds=min(outcome.retry_after or 0.0, LONGEST_ASKED_WAIT.total_seconds()))


def _back_off(tries: int) -> timedelta:
    doublings = min(max(tries - 1, 0), 16)
    return min(FIRST_BACK_OFF * (1 << doublings), LONGEST_BACK_OFF)
