"""Stays of animals against each other and against a window of days; pure.

An unknown beginning counts as long before, and an unreported end as still there: for tracing,
a contact too many is better than one missed.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date

from services.livestock.domain.movements import Stay
from services.livestock.tracing.model import TraceWindow

EVER = TraceWindow(date.min, date.max)


def days_of(stay: Stay) -> TraceWindow:
    """Return the days that a stay may have had."""
    return TraceWindow(stay.since or date.min, stay.until or date.max)


def within(stays: Iterable[Stay], window: TraceWindow) -> list[Stay]:
    """Return the stays that have a day in a window, as they are."""
    return [stay for stay in stays if _overlap(days_of(stay), window)]


def ended(stays: Sequence[Stay], on: date | None) -> list[Stay]:
    """Return stays of which the last, if it is open, ends with the animal's life."""
    if on is None or not stays or stays[-1].until is not None:
        return list(stays)
    return [*stays[:-1], stays[-1]._replace(until=on)]


def shared(one: Iterable[Stay], other: Iterable[Stay], window: TraceWindow = EVER) -> list[Stay]:
    """Return when and where two animals were at the same premises, both days counted."""
    theirs = list(other)
    found = []
    for mine in one:
        for stay in theirs:
            if mine.premises is None or stay.premises != mine.premises:
                continue
            days = _overlap(days_of(mine), days_of(stay))
            if days and (days := _overlap(days, window)):
                found.append(Stay(mine.premises, _known(days.first), _known(days.last)))
    return found


def has_no_gap(stays: Sequence[Stay], ended_on: date | None) -> bool:
    """Tell whether stays follow each other without a gap, to now or to the end of the life.

    A gap: a place that nothing says how it came to, a way to a place not known, or a departure
    after which it was not seen. The days of a journey between two known places are none.
    """
    return bool(stays) and not any(
        stay.premises is None
        or stay.since is None
        or (stay.until is None) != (place == len(stays) and ended_on is None)
        for place, stay in enumerate(stays, start=1)
    )


def begins_at(stays: Sequence[Stay], home: tuple[int, date] | None) -> bool:
    """Tell whether stays go back to where the animal was born or registered."""
    return bool(stays) and home is not None and (stays[0].premises, stays[0].since) == home


def _overlap(one: TraceWindow, other: TraceWindow) -> TraceWindow | None:
    first, last = max(one.first, other.first), min(one.last, other.last)
    return TraceWindow(first, last) if first <= last else None


def _known(day: date) -> date | None:
    return None if day in EVER else day
