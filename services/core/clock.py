"""Clocks, and the written form of an instant.

`utc_now` is the one place that reads the clock; everything else is handed a `Clock`.
"""

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

Clock = Callable[[], datetime]

_EARLIEST = datetime(2026, 1, 1, tzinfo=UTC)
_ASKED_EVERY, _TRIED_EVERY, _WAS_SET = 30.0, 5.0, 1.0
_SET_BACK = timedelta(seconds=10)
_SLEPT = 600.0


def utc_now() -> datetime:
    """Return the present instant, UTC, with microseconds."""
    return datetime.now(UTC)  # noqa: TID251 — this is the clock


def seconds_passed() -> float:
    """Return the seconds since this machine started, which nobody sets; those asleep count."""
    if hasattr(time, "CLOCK_BOOTTIME"):
        return time.clock_gettime(time.CLOCK_BOOTTIME)
    return time.monotonic()


class _Anchor(NamedTuple):
    at: datetime
    passed: float
    own: datetime = _EARLIEST


class SharedClock:
    """Tells a server's time, UTC, on every host that asks it: one time for one installation.

    Between two answers of the server the seconds that pass are counted by what nobody sets. So a
    host whose clock is wrong, or is set while it works, tells the same time as the others. Until
    the server answers, the host's own clock is believed. Threads share it.

    Args:
        own: the host's clock.
        passed: seconds since the host started, which never jump.

    Attributes:
        own: as above.
        ask: asks the server, which comes back to `told`; called while nothing was told.
        was_set_back: whether the server's clock was found to be set back; who acts on it resets it.
    """

    def __init__(self, own: Clock = utc_now, passed: Callable[[], float] = seconds_passed) -> None:
        self.own, self._passed = own, passed
        self.ask: Callable[[], object] = lambda: None
        self.was_set_back = False
        self._anchor: _Anchor | None = None
        self._tried: float | None = None

    def __call__(self) -> datetime:
        """Return the server's time; where it does not answer, the host's."""
        if self._anchor is None and self._may_try():
            self.ask()
        if self._anchor is None:
            return self.own()
        return self._anchor.at + timedelta(seconds=self._passed() - self._anchor.passed)

    @property
    def is_due(self) -> bool:
        """True if the server is to be asked: it is long ago, or the host's clock was set."""
        if self._anchor is None:
            return True
        passed = self._passed() - self._anchor.passed
        moved = (self.own() - self._anchor.own).total_seconds()
        return passed >= _ASKED_EVERY or abs(moved - passed) >= _WAS_SET

    @property
    def ahead(self) -> timedelta:
        """Time that the host's clock is ahead of the server's; 0 until the server has answered."""
        return timedelta() if self._anchor is None else self.own() - self()

    def begin(self) -> float:
        """Return what `told` needs to know of the moment when the server is asked."""
        return self._passed()

    def told(self, at: datetime, begun: float) -> None:
        """Believe what a server answered; on average, it read its clock half-way."""
        passed = self._passed()
        at += timedelta(seconds=(passed - begun) / 2)
        if self._anchor is not None and self() - at > _SET_BACK:
            self.was_set_back = True
        self._anchor = _Anchor(at, passed, self.own())

    def _may_try(self) -> bool:
        # A server that is away keeps nobody waiting twice within seconds.
        now = self._passed()
        if self._tried is not None and now - self._tried < _TRIED_EVERY:
            return False
        self._tried = now
        return True


class Stamp(NamedTuple):
    """Moment of a box that did not know the time: seconds since it started, and which start."""

    boot: str
    passed: float


class BoxClock:
    """Tells the time, UTC, on a box without a battery, whose own clock may show 1970, or jump.

    While the box is on, the server's time and the time that has passed since are believed. Before
    the first sync it guesses, by the box's own clock and never less than what a server told once.
    A guess is good enough for what ends or waits. What happened gets no date by it: see `stamp`.
    Threads share it.

    Args:
        own: the box's clock.
        passed: seconds since the box started, which never jump.
        told: what a server told last, before the program started.
        boot: name of the box's start, another one after each.
    """

    def __init__(
        self,
        own: Clock,
        passed: Callable[[], float],
        told: datetime | None = None,
        boot: str = "",
    ) -> None:
        self._own, self._passed, self._boot = own, passed, boot
        self._floor = told or _EARLIEST
        self._anchor: _Anchor | None = None

    def __call__(self) -> datetime:
        """Return the best guess of the present instant."""
        if self._anchor is None:
            return max(self._own(), self._floor)
        return self._anchor.at + timedelta(seconds=self._passed() - self._anchor.passed)

    @property
    def is_set(self) -> bool:
        """True once a server has told the time."""
        return self._anchor is not None

    def stamp(self) -> datetime | Stamp:
        """Return the present instant; before the first sync, what tells it after that."""
        return Stamp(self._boot, self._passed()) if self._anchor is None else self()

    def date(self, stamp: Stamp) -> datetime | None:
        """Return when a stamp was made; None: it was at an earlier start, or no server told."""
        if self._anchor is None or stamp.boot != self._boot:
            return None
        return self._anchor.at - timedelta(seconds=self._anchor.passed - stamp.passed)

    def begin(self) -> float:
        """Return what `told` needs to know of the moment when a server is asked."""
        return self._passed()

    def told(self, at: datetime, begun: float | None) -> float | None:
        """Believe a server's answer from now on, if it is of now.

        Args:
            at: what the server told; on average, it read its clock half-way.
            begun: from `begin`; None: the server was asked before, and may have answered then.

        Returns:
            By how many seconds the box's clock is ahead; None: the answer may be old, as is one
            that waited in a box that slept.
        """
        passed = self._passed()
        if begun is None or passed - begun > _SLEPT:
            return None
        at += timedelta(seconds=(passed - begun) / 2)
        self._anchor = _Anchor(at, passed)
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
