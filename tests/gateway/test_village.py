"""What a box claims, and what of it is believed."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

import pytest

from gateway.channels.senders import E164
from gateway.channels.village import believed, item_key, read_sms
from gateway.envelope import Relayed

NOW = datetime(2026, 11, 25, 1, 2, 3, tzinfo=UTC)
BOX = UUID(int=7)


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        ("2026-11-25T01:02:03Z", NOW),
        ("2026-11-24T01:02:03Z", NOW.replace(day=24)),
        ("2026-09-26T01:02:03Z", datetime(2026, 9, 26, 1, 2, 3, tzinfo=UTC)),
        ("2026-09-26T01:02:02Z", None),
        ("2026-11-25T01:07:03Z", NOW),
        ("2026-11-25T01:07:04Z", None),
        ("1970-01-01T00:00:00Z", None),
        ("9999-12-31T23:59:59Z", None),
        ("0001-01-01T00:00:00Z", None),
        ("0000-00-00T00:00:00Z", None),
        ("2026-02-30T25:61:61Z", None),
    ],
)
def test_believed__any_claim__is_an_instant_that_may_be_or_none(at, expected):
    assert believed(at, NOW) == expected


@pytest.mark.parametrize(
    "number", ["70000001", "+0675", "+675 7000", "+६७५७००००००", "+6757000000x"]
)
def test_number__that_is_not_e164__does_not_match(number):
    assert not E164.fullmatch(number)


def test_read_sms__of_a_box__is_the_senders_envelope():
    item = {"from": "+67570000001", "text": "HELP", "at": "1970-01-01T00:00:00Z"}
    envelope = read_sms(item, item_key(BOX, 815), Relayed(3), NOW)
    assert (envelope.channel, envelope.key) == ("village-sms", f"{BOX}:815")
    assert (envelope.sender, envelope.text) == ("+67570000001", "HELP")
    assert (envelope.received_at, envelope.claimed_at) == (NOW, "1970-01-01T00:00:00Z")
    assert "+675" not in repr(envelope)
