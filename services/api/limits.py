"""Limits of requests by token and address, in the memory of one web process.

Carriers with their proof and field devices with their signature are not limited: none of them
repeats what it is refused with 429, but Kannel and our own, and a text must not be lost.
"""

import time
from collections import Counter
from collections.abc import Callable
from ipaddress import IPv4Address, IPv6Network, ip_address
from math import ceil
from threading import Lock

from services.core.errors import RateExceeded
from services.core.settings import is_loopback

_MINUTE = 60
# What an office of many people behind one address may do, in shares of one token.
_ADDRESS_SHARES = 5
_REFUSALS, _REFUSED_SECONDS = 30, 600
# Of callers in one window. More of them share what one has.
_MOST_CALLERS = 100_000
_GUESSES, _GUESS_SECONDS = 10, 900
_PREFIX = 64
"""Bits of an IPv6 address that one customer has; the others they choose."""


class FixedWindow:
    """Counts of callers within one window of time; with the next, all begin again from 0."""

    def __init__(self, most: int, seconds: int, clock: Callable[[], float]) -> None:
        self._most, self._seconds, self._clock = most, seconds, clock
        self._lock, self._window = Lock(), 0
        self._counts: Counter[str] = Counter()

    def count(self, caller: str) -> int:
        """Count one; return the seconds until the caller may go on, 0: they may now."""
        now = self._clock()
        window = int(now // self._seconds)
        with self._lock:
            if window != self._window:
                self._window = window
                self._counts.clear()
            known = caller in self._counts or len(self._counts) < _MOST_CALLERS
            key = caller if known else ""
            self._counts[key] += 1
            if self._counts[key] <= self._most:
                return 0
        return max(1, ceil((window + 1) * self._seconds - now))


class RateLimits:
    """Limits of one web process.

    Args:
        rate: requests of one token in a minute.
        clock: seconds that only grow.
    """

    def __init__(self, rate: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._tokens = FixedWindow(rate, _MINUTE, clock)
        self._addresses = FixedWindow(rate * _ADDRESS_SHARES, _MINUTE, clock)
        self._refusals = FixedWindow(_REFUSALS, _REFUSED_SECONDS, clock)
        self._guesses = FixedWindow(_GUESSES, _GUESS_SECONDS, clock)

    def admit_token(self, token_id: int) -> None:
        """Count a request of a token.

        Raises:
            RateExceeded: it made too many.
        """
        _require(self._tokens.count(str(token_id)))

    def admit_address(self, address: str | None) -> None:
        """Count a request of an address, before it is known whose it is; not of this machine's.

        Raises:
            RateExceeded: it made too many.
        """
        if address and not is_loopback(address):
            _require(self._addresses.count(_customer(address)))

    def note_refusal(self, address: str | None) -> None:
        """Count a request that could not prove whose it is.

        Raises:
            RateExceeded: the address guesses.
        """
        if address and not is_loopback(address):
            _require(self._refusals.count(_customer(address)))

    def admit_guess(self, name: str) -> None:
        """Count an attempt to sign in under a name, whether anybody has it or not.

        Raises:
            RateExceeded: there were too many.
        """
        _require(self._guesses.count(name))


def _require(seconds: int) -> None:
    if seconds:
        raise RateExceeded(seconds)


def _customer(address: str) -> str:
    try:
        found = ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if isinstance(found, IPv4Address):
        return address
    return str(IPv6Network((found, _PREFIX), strict=False))
