from __future__ import annotations

import re

import pytest

from sms.reasons import SENTENCES, Reason

WAITS = {
    Reason.QUIET_HOURS,
    Reason.DAILY_CAP,
    Reason.BUDGET,
    Reason.SHIFTED,
    Reason.CHANNEL_DOWN,
    Reason.RATE,
    Reason.VILLAGE,
    Reason.RETRY,
    Reason.UNREADABLE,
    Reason.PAUSED,
}
OTHERWISE = {Reason.SPLIT: "It went as several texts", Reason.UNCERTAIN: "Nobody knows"}


def test_sentences__every_reason__has_one_of_its_own():
    assert set(SENTENCES) == set(Reason)
    assert len(set(SENTENCES.values())) == len(Reason)


@pytest.mark.parametrize("reason", Reason)
def test_sentences__reason__tells_first_what_became_of_the_message(reason):
    sentence = SENTENCES[reason]
    start = "It waits" if reason in WAITS else OTHERWISE.get(reason, "Not sent: ")
    assert sentence.startswith(start)
    assert sentence.endswith(".")
    assert re.fullmatch(r"[A-Za-z ,:;.]+", sentence), "plain words, nothing of the receiver"


def test_reason__codes__are_stable():
    assert {reason.value for reason in Reason} == {reason.name.lower() for reason in Reason}
