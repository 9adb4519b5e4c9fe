"""Which channel a message takes: the first configured route whose prefix fits; pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable


@dataclass(frozen=True, slots=True)
class Route:
    """One line of the routing table.

    Attributes:
        channel: name of the carrier.
        prefix: start of the E.164 numbers that it serves; `+` serves all.
    """

    channel: str
    prefix: str = "+"


def candidates(
    routes: Iterable[Route], number: str, refused_by: Collection[str] = ()
) -> tuple[str, ...]:
    """Return the channels that serve an E.164 `number`, best first, each once.

    Channels in `refused_by` had a problem with their route to this number and are left out.
    """
    fitting = (route.channel for route in routes if number.startswith(route.prefix))
    return tuple(dict.fromkeys(channel for channel in fitting if channel not in refused_by))
