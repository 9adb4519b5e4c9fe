from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sms.message import AttemptState, MessageState
from sms.states import may_become, message_state

ATTEMPTING, UNCERTAIN, FAILED, SENT, UNDELIVERED, DELIVERED = AttemptState
ORDER = [ATTEMPTING, UNCERTAIN, SENT, FAILED, UNDELIVERED, DELIVERED]

any_state = st.sampled_from(AttemptState)


@pytest.mark.parametrize("old", AttemptState)
@pytest.mark.parametrize("new", AttemptState)
def test_may_become__any_pair__only_rises(old, new):
    assert may_become(old, new) is (ORDER.index(new) > ORDER.index(old))


@given(st.lists(any_state, max_size=20))
def test_may_become__any_sequence_in_any_order__ends_at_the_highest(told):
    state = ATTEMPTING
    for new in told:
        if may_become(state, new):
            state = new
    assert state is max([ATTEMPTING, *told], key=ORDER.index)


@pytest.mark.parametrize(
    ("attempts", "retry", "state"),
    [
        ([], False, MessageState.QUEUED),
        ([], True, MessageState.QUEUED),
        ([ATTEMPTING], False, MessageState.ATTEMPTING),
        ([FAILED], False, MessageState.FAILED),
        ([FAILED], True, MessageState.QUEUED),
        ([UNDELIVERED], False, MessageState.UNDELIVERED),
        ([UNDELIVERED], True, MessageState.QUEUED),
        ([FAILED, UNDELIVERED], False, MessageState.UNDELIVERED),
        ([UNDELIVERED, FAILED], False, MessageState.UNDELIVERED),
        ([UNCERTAIN, FAILED], True, MessageState.UNCERTAIN),
        ([SENT, UNCERTAIN], False, MessageState.UNCERTAIN),
        ([FAILED, ATTEMPTING], True, MessageState.ATTEMPTING),
        ([UNDELIVERED, SENT], False, MessageState.SENT),
        ([SENT, FAILED], True, MessageState.SENT),
        ([DELIVERED, FAILED], True, MessageState.DELIVERED),
        ([DELIVERED, ATTEMPTING], False, MessageState.DELIVERED),
    ],
)
def test_message_state__attempts__derive_it(attempts, retry, state):
    assert message_state(attempts, retry=retry) is state


def test_message_state__nothing_said_of_another_try__has_none():
    assert message_state([FAILED]) is MessageState.FAILED


@given(st.lists(any_state, min_size=1, max_size=6), st.booleans())
def test_message_state__an_attempt_that_may_have_arrived__is_never_queued(attempts, retry):
    queued = message_state(attempts, retry=retry) is MessageState.QUEUED
    assert queued == (retry and set(attempts) <= {FAILED, UNDELIVERED})
