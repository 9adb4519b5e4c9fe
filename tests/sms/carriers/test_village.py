"""What a box's reports mean."""

from __future__ import annotations

from uuid import uuid4

import pytest

from sms.carriers.village import STATES, report_from_box
from sms.message import AttemptState, FailureClass


@pytest.mark.parametrize(
    ("state", "failure"),
    [
        ("sent", None),
        ("delivered", None),
        ("undelivered", FailureClass.NEVER),
        ("failed", FailureClass.TRANSIENT),
        ("uncertain", FailureClass.UNKNOWN),
    ],
)
def test_report__each_state__has_its_meaning(state, failure):
    attempt = uuid4()
    report = report_from_box(attempt, state, "x")
    assert (report.attempt_id, report.channel, report.code) == (attempt, "village", "x")
    assert (report.state, report.failure) == (AttemptState(state), failure)


def test_states__of_a_box__are_five():
    assert {state.value for state in STATES} == {
        "sent", "delivered", "undelivered", "failed", "uncertain",
    }  # fmt: skip
