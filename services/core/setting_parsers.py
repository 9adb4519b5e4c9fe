"""Reading one setting from text; each raises ValueError for what it cannot be."""

from __future__ import annotations

from collections.abc import Callable
from datetime import time
from ipaddress import ip_network
from math import inf
from typing import TypeVar

from gateway.settings import Network
from services.core.keyring import KeyRing, read_ring
from sms.routing import Route

T = TypeVar("T")

_LAST_PORT = 65_535
_ADDRESS_LENGTH = 42
_SHORTEST_SECRET = 16


def key(text: str) -> KeyRing:
    """Read a data key: 64 hexadecimal digits, or a ring of keys."""
    return read_ring(text)


def port(text: str) -> int:
    """Read a port."""
    port = int(text)
    if not 1 <= port <= _LAST_PORT:
        raise ValueError
    return port


def switch(text: str) -> bool:
    """Read whether something is on: 1 or 0."""
    if text not in {"0", "1"}:
        raise ValueError
    return text == "1"


def natural(text: str) -> int:
    """Read a whole number from 1."""
    number = int(text)
    if number < 1:
        raise ValueError
    return number


def days(text: str) -> int:
    """Read a whole number from 0."""
    number = int(text)
    if number < 0:
        raise ValueError
    return number


def names(text: str) -> tuple[str, ...]:
    """Read names with commas between."""
    return tuple(name.strip() for name in text.split(",") if name.strip())


def seconds(text: str) -> float:
    """Read a number of seconds."""
    seconds = float(text)
    if not 0 <= seconds < inf:
        raise ValueError
    return seconds


def url(text: str) -> str:
    """Read an http or https address."""
    if not text.startswith(("http://", "https://")):
        raise ValueError
    return text.rstrip("/")


def broker(text: str) -> str:
    """Read an amqp or amqps address."""
    if not text.startswith(("amqp://", "amqps://")):
        raise ValueError
    return text


def address(text: str) -> str:
    """Read a contract's address."""
    if len(text) != _ADDRESS_LENGTH or not text.startswith("0x"):
        raise ValueError
    bytes.fromhex(text[2:])
    return text


def secret(text: str) -> str:
    """Read a secret of at least 16 characters."""
    if len(text) < _SHORTEST_SECRET:
        raise ValueError
    return text


def networks(text: str) -> tuple[Network, ...]:
    """Read addresses or networks with commas between."""
    return tuple(ip_network(name) for name in names(text))


def routes(text: str) -> tuple[Route, ...]:
    """Read the routing table: `+675 kannel twilio, + twilio`."""
    rows = [row.split() for row in names(text)]
    if not all(len(row) > 1 and row[0].startswith("+") for row in rows):
        raise ValueError
    return tuple(Route(row[0], tuple(row[1:])) for row in rows)


def by_channel(read: Callable[[str], T]) -> Callable[[str], dict[str, T]]:
    """Make what reads a value for each channel: `kannel 12, twilio 60`."""

    def by_channel(text: str) -> dict[str, T]:
        pairs = (row.split() for row in names(text))
        return {channel: read(value) for channel, value in pairs}

    return by_channel


def rate(text: str) -> float:
    """Read a number above 0."""
    rate = float(text)
    if not 0 < rate < inf:
        raise ValueError
    return rate


def hours(text: str) -> tuple[time, time]:
    """Read two times of day: `21:00-07:00`."""
    start, end = text.split("-")
    return time.fromisoformat(start.strip()), time.fromisoformat(end.strip())
