"""Channel of a message by the prefix of its number, with fallbacks; pure."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Route:
    """One line of the routing table.

    Attributes:
        prefix: start of the E.164 numbers that it serves; `+` serves all.
        channels: names of carriers, best first.
    """

    prefix: str
    channels: tuple[str, ...]


def candidates(
    routes: Iterable[Route],
    number: str,
    refused_by: Collection[str] = (),
    via: str | None = None,
) -> tuple[str, ...]:
    """Return the channels that serve an E.164 `number`, best first, each once.

    Args:
        routes: the table; the longest prefix that fits serves the number, alone.
        number: E.164.
        refused_by: channels that had a problem with their route to this number; left out.
        via: goes first where it is one of them.
    """
    fitting = [route for route in routes if number.startswith(route.prefix)]
    if not fitting:
        return ()
    channels = max(fitting, key=lambda route: len(route.prefix)).channels
    left = [channel for channel in dict.fromkeys(channels) if channel not in refused_by]
    return tuple(sorted(left, key=lambda channel: channel != via))


def channels_of(routes: Iterable[Route]) -> tuple[str, ...]:
    """Return every channel of a table, each once."""
    return tuple(dict.fromkeys(channel for route in routes for channel in route.channels))
