"""A village's box: it keeps what phones send for days, and hands it over when a link comes; pure.

The protocol is in docs/village.md. What the box says of times is a claim of its clock.
"""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from uuid import UUID

from gateway.devices import CLAIM_HEADERS
from gateway.envelope import Envelope, Relayed

SMS_CHANNEL = "village-sms"
SIGNED_CHANNEL = "village-signed"

LONGEST_KEPT = timedelta(days=60)
"""A clock that claims an older time is wrong: a box without a battery begins in 1970."""

CLOCK_AHEAD = timedelta(minutes=5)
"""A clock that a server has set is never ahead by more; what is within it means now."""

HEADERS = frozenset(CLAIM_HEADERS)
"""What a reader signs a request with, and a box keeps of it."""


def believed(at: str, now: datetime) -> datetime | None:
    """Return the instant that a box claims (UTC); None where it cannot be.

    `at`: as `gateway.devices.TIME`; it may name no time that there is.
    """
    try:
        claimed = datetime.fromisoformat(at).astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    if not now - LONGEST_KEPT <= claimed <= now + CLOCK_AHEAD:
        return None
    return min(claimed, now)


def item_key(box: UUID, seq: int) -> str:
    """Return the idempotency key of an item that a box kept."""
    return f"{box}:{seq}"


def read_sms(item: Mapping[str, str], key: str, relayed: Relayed, now: datetime) -> Envelope:
    """Return a text that a box kept.

    Args:
        item: `from`, `text` and `at`, as the protocol has them.
        key: see `item_key`.
        relayed: what the box tells of it.
        now: UTC; when it came here.
    """
    return Envelope(
        channel=SMS_CHANNEL,
        key=key,
        sender=item["from"],
        text=item["text"],
        received_at=now,
        claimed_at=item["at"],
        relayed=relayed,
    )
