from __future__ import annotations

from datetime import UTC, datetime

import pytest

from sms.carriers.base import classify, failed, retry_after
from sms.message import AttemptState, FailureClass

NOW = datetime(2026, 3, 2, 4, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("status", "failure"),
    [
        (200, FailureClass.UNKNOWN),
        (302, FailureClass.CHANNEL_DOWN),
        (400, FailureClass.NEVER),
        (401, FailureClass.CHANNEL_DOWN),
        (402, FailureClass.CHANNEL_DOWN),
        (404, FailureClass.CHANNEL_DOWN),
        (408, FailureClass.UNKNOWN),
        (429, FailureClass.TRANSIENT),
        (499, FailureClass.NEVER),
        (500, FailureClass.UNKNOWN),
        (503, FailureClass.UNKNOWN),
        (999, FailureClass.UNKNOWN),
    ],
)
def test_classify__http_status__has_its_class(status, failure):
    assert classify(status) is failure


@pytest.mark.parametrize("failure", FailureClass)
def test_failed__each_class__only_unknown_is_uncertain(failure):
    uncertain = failed(failure, "1").state is AttemptState.UNCERTAIN
    assert uncertain == (failure is FailureClass.UNKNOWN)


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        (None, None),
        ("7", 7.0),
        ("0", 0.0),
        ("Mon, 02 Mar 2026 04:01:00 GMT", 60.0),
        ("Mon, 02 Mar 2026 04:01:00 -0000", 60.0),
        ("Mon, 02 Mar 2026 03:00:00 GMT", 0.0),
        ("soon", None),
        ("nan", None),
        ("-5", None),
        ("\u0667", None),
        ("", None),
    ],
)
def test_retry_after__header__is_seconds_or_nothing(value, seconds):
    assert retry_after(value, NOW) == seconds
