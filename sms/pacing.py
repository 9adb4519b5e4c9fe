"""A channel's rate, shared by all workers: the generic cell rate algorithm; pure.

ITU-T I.371, annex A: one instant a channel, its theoretical arrival time, is all the state.
"""

from datetime import datetime, timedelta
from math import ceil

BURST = timedelta(seconds=1)
"""How far ahead of its rate a channel may be: one second's worth goes at once."""


def pace(
    paced_until: datetime | None, rate: float, segments: int, now: datetime
) -> datetime | None:
    """Return the channel's next theoretical arrival time when a message goes now, None if not.

    Args:
        paced_until: the present one; None: nothing was ever sent.
        rate: segments a second, above 0.
        segments: of the message.
        now: UTC.
    """
    arrival = max(paced_until or now, now)
    if arrival - now >= BURST:
        return None
    # Rounded up: a microsecond short, and one more would fit into the burst.
    return arrival + timedelta(microseconds=ceil(segments * 1_000_000 / rate))


def room(paced_until: datetime | None, rate: float, now: datetime) -> int:
    """Return how many messages of one segment may go now."""
    ahead = max(paced_until or now, now) - now
    return max(0, ceil((BURST - ahead).total_seconds() * rate))
