from __future__ import annotations

from datetime import timedelta

import pytest

from sms.message import AttemptState, FailureClass, Outcome
from sms.reasons import Reason
from sms.retrying import asked_wait, reason_of, retry_at
from tests.fakes.carriers import Clock, refused

NOW = Clock()()
DAY = 86_400


@pytest.mark.parametrize("state", [AttemptState.FAILED, AttemptState.UNDELIVERED])
@pytest.mark.parametrize(
    ("failure", "tries", "asked", "seconds"),
    [
        (FailureClass.TRANSIENT, 1, None, 30),
        (FailureClass.TRANSIENT, 2, None, 60),
        (FailureClass.TRANSIENT, 3, None, 120),
        (FailureClass.TRANSIENT, 7, None, 1920),
        (FailureClass.TRANSIENT, 8, None, 3600),
        (FailureClass.TRANSIENT, 10**6, None, 3600),
        (FailureClass.TRANSIENT, 1, 0, 30),
        (FailureClass.TRANSIENT, 1, 5.0, 30),
        (FailureClass.TRANSIENT, 1, 400.0, 400),
        (FailureClass.TRANSIENT, 1, 1e300, DAY),
        (FailureClass.TRANSIENT, 1, float("inf"), DAY),
        (FailureClass.UNREACHABLE, 1, None, DAY),
        (FailureClass.UNREACHABLE, 2, None, DAY),
        (FailureClass.UNREACHABLE, 3, None, None),
        (FailureClass.DOUBTFUL_NUMBER, 2, None, DAY),
        (FailureClass.DOUBTFUL_NUMBER, 3, None, None),
        # Another channel may do: admission tells, and an open circuit makes it wait.
        (FailureClass.ROUTE, 1, None, 0),
        (FailureClass.CHANNEL_DOWN, 9, 900.0, 0),
        (FailureClass.OPTED_OUT, 1, 9.0, 0),
        (FailureClass.DEAD_NUMBER, 1, 9.0, None),
        (FailureClass.NEVER, 1, 9.0, None),
        (FailureClass.UNKNOWN, 1, 9.0, None),
        (None, 1, 9.0, None),
    ],
)
def test_retry_at__each_failure_class__waits_as_the_table_says(
    state, failure, tries, asked, seconds
):
    due = retry_at(Outcome(state, failure=failure, retry_after=asked), tries, NOW)
    assert due == (None if seconds is None else NOW + timedelta(seconds=seconds))


@pytest.mark.parametrize(
    "state",
    [
        AttemptState.ATTEMPTING,
        AttemptState.UNCERTAIN,
        AttemptState.SENT,
        AttemptState.DELIVERED,
    ],
)
@pytest.mark.parametrize("failure", [None, *FailureClass])
def test_retry_at__it_may_have_arrived__is_never_repeated(state, failure):
    assert retry_at(Outcome(state, failure=failure), 1, NOW) is None


@pytest.mark.parametrize(
    ("failure", "reason"),
    [
        (FailureClass.OPTED_OUT, Reason.OPTED_OUT),
        (FailureClass.DEAD_NUMBER, Reason.DEAD_NUMBER),
        (FailureClass.DOUBTFUL_NUMBER, Reason.DEAD_NUMBER),
        (FailureClass.ROUTE, Reason.NO_ROUTE),
        (FailureClass.UNREACHABLE, Reason.UNREACHABLE),
        (FailureClass.NEVER, Reason.REFUSED),
        (FailureClass.UNKNOWN, Reason.REFUSED),
        (None, Reason.REFUSED),
    ],
)
def test_reason_of__failure_for_good__is_what_a_ministry_reads(failure, reason):
    assert reason_of(failure) is reason


@pytest.mark.parametrize(("asked", "seconds"), [(None, 0), (0, 0), (1.5, 1.5), (1e9, DAY)])
def test_asked_wait__any__is_within_a_day(asked, seconds):
    outcome = refused(FailureClass.TRANSIENT, asked)
    assert asked_wait(outcome) == timedelta(seconds=seconds)
