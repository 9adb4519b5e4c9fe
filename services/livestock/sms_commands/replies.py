"""Parts of replies that must fit a phone's screen; pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from services.livestock.domain.model import Key
from services.livestock.queries.animals import StayAt
from services.livestock.queries.premises import PremisesSummary
from services.texts.catalogue import day_and_month, say
from sms.encoding import plain, units

_SHOWN = 2


def list_numbers(keys: Sequence[Key]) -> str:
    """Write numbers so that they fit: the first ones, and how many more."""
    shown = ", ".join(str(key) for key in keys[:_SHOWN])
    more = len(keys) - _SHOWN
    return f"{shown} +{more}" if more > 0 else shown


def stays_text(
    stays: Sequence[StayAt], language: str, *, sees: Callable[[PremisesSummary], bool], room: int
) -> str:
    """Write where an animal has been, newest last; older stays are left out where room ends.

    The newest one is kept whatever its length: its sentence shortens it.

    Args:
        stays: oldest first.
        sees: the reader's access to premises; of others, the province only.
        room: septets of GSM-7.
    """
    if not stays:
        return say("trace.nowhere", language)
    text = ""
    for stay in reversed(stays):
        part = _stay(stay, language, sees)
        longer = f"{part}; {text}" if text else part
        if text and units(longer) > room:
            return f"...{text}" if units(text) + 3 <= room else text
        text = longer
    return text


def _stay(stay: StayAt, language: str, sees: Callable[[PremisesSummary], bool]) -> str:
    where = _where(stay.place, language, sees)
    if stay.until is not None:
        return say("trace.until", language, place=where, day=day_and_month(stay.until, language))
    if stay.since is not None:
        return say("trace.now", language, place=where, day=day_and_month(stay.since, language))
    return plain(where)


def _where(
    place: PremisesSummary | None, language: str, sees: Callable[[PremisesSummary], bool]
) -> str:
    if place is None:
        return say("trace.unknown_place", language)
    if not sees(place):
        return place.province or say("trace.unknown_place", language)
    return f"{place.number} {place.name}" if place.name else place.number
