"""Scopes of consent: what a number may refuse or agree to; pure.

A programme's own code is a scope. The others are here, and no programme may have their names.
"""

from collections.abc import Mapping

EVERYTHING = "*"
"""Refused by STOP ALL: nothing goes but answers to what the person sends, and an office's texts."""

REACHABLE = "number"
"""Refused when a carrier says that the number is dead; granted again by a text from it."""

GONE = "*gone"
"""Refused when a programme is told that the number's person died, or lost the phone: no list and
no campaign reaches it; granted again when the phone joins a programme or sends START."""

ERASING = "*erasing"
"""Mark in the health domain of a number whose person is erased, until nothing of it is left."""

_CHANNEL = "channel:"


def channel_scope(channel: str) -> str:
    """Return the scope that is refused when a carrier says that the number opted out there."""
    return f"{_CHANNEL}{channel}"


def is_programme(scope: str) -> bool:
    """Tell whether a scope is a programme."""
    return scope not in {EVERYTHING, REACHABLE, GONE, ERASING} and not scope.startswith(_CHANNEL)


def opted_out_of(consents: Mapping[str, bool]) -> frozenset[str]:
    """Return the channels that a number opted out of at the carrier's.

    Args:
        consents: newest word of each scope; True: granted.
    """
    return frozenset(
        scope.removeprefix(_CHANNEL)
        for scope, granted in consents.items()
        if scope.startswith(_CHANNEL) and not granted
    )


def may_reach(consents: Mapping[str, bool]) -> bool:
    """Tell whether a text of an office can reach a number: it is not dead, and nowhere opted out.

    Args:
        consents: newest word of each scope; True: granted.
    """
    return consents.get(REACHABLE, True) and not opted_out_of(consents)
