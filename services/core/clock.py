"""Clocks, and the written form of an instant.

`utc_now` is the one place that reads the clock; everything else is handed a `Clock`.
"""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

Clock = Callable[[], datetime]

_EARLIEST = datetime(2026, 1, 1, tzinfo=UTC)


def utc_now() -> datetime:
    """Return the present instant, UTC, with microseconds."""
    return datetime.now(UTC)  # noqa: TID251 — this is the clock


class _Anchor(NamedTuple):
    at: datetime
    passed: float


class BoxClock:
    """Tells the time, UTC, on a box without a battery, whose own clock may show 1970, or jump.

    While the program runs, the server's time and the time that has passed since are believed.
    Before the first sync the box's own clock is, but never less than what a server told once.
    Threads share it.

    Args:
        own: the box's clock.
        passed: seconds since some moment, which never jump.
        told: what a server told last, before the program started.
    """

    def __init__(
        self, own: Clock, passed: Callable[[], float], told: datetime | None = None
    ) -> None:
        self._own, self._passed = own, passed
        self._floor = told or _EARLIEST
        self._anchor: _Anchor | None = None

    def __call__(self) -> datetime:
        """Return the best guess of the present instant."""
        if self._anchor is None:
            return max(self._own(), self._floor)
        return self._anchor.at + timedelta(seconds=self._passed() - self._anchor.passed)

    def told(self, at: datetime) -> float:
        """Believe a server from now on; return by how many seconds the box's clock is ahead."""
        self._anchor = _Anchor(at, self._passed())
        return (self._own() - at).total_seconds()


def next_second(at: datetime) -> datetime:
    """Return an instant, rounded up to the second."""
    return at + timedelta(microseconds=-at.microsecond % 1_000_000)


def write_time(at: datetime) -> str:
    """Write an instant to the second: `2026-11-25T01:02:03Z`."""
    return at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def read_time(text: str) -> datetime:
    """Read an instant with its zone.

    Raises:
        ValueError: it is none.
    """
    at = datetime.fromisoformat(text)
    if at.tzinfo is None:
        raise ValueError
    return at.astimezone(UTC)
