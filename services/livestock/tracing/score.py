"""Standards of livestock tracing, measured: how long an answer takes, how often it is complete.

The first four are those of Australia's National Livestock Traceability Performance Standards
(2004); the last is what the World Organisation for Animal Health (WOAH) asks.
"""

import statistics
from collections.abc import Callable, Iterable, Sequence
from datetime import date, timedelta
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.livestock.tracing.animals import companions_of
from services.livestock.tracing.lives import EVER, Life, begins_at, has_no_gap, read_lives, within
from services.livestock.tracing.model import TraceWindow
from services.storage.models import Animal

Measure = Callable[[Session, Life, date], bool]

RECENT = timedelta(days=30)
_GOLDEN, _WORD = 2_654_435_761, 2**32


class Standard(NamedTuple):
    """Facts that must be known of an animal, and the time allowed for the answer."""

    asks: str
    limit: timedelta
    measure: Measure


class Score(NamedTuple):
    """Result of one standard.

    Attributes:
        median, worst: seconds that an answer took.
        complete: share of the animals, 0 to 1, for which the answer has no gap.
    """

    standard: Standard
    animals: int
    median: float
    worst: float
    complete: float


def score(
    session: Session, animals: Sequence[int], today: date, timer: Callable[[], float]
) -> list[Score]:
    """Measure every standard on some animals.

    Args:
        animals: database keys; at least one.
        timer: seconds of a clock that never goes back.
    """
    return [_score(session, animals, standard, today, timer) for standard in STANDARDS]


def sample(session: Session, size: int) -> list[int]:
    """Choose animals as if by chance, the same at each run; fewer where there are not so many."""
    # Multiplicative hashing (Knuth, The Art of Computer Programming, volume 3, section 6.4).
    scattered = Animal.id * _GOLDEN % _WORD
    return list(session.scalars(select(Animal.id).order_by(scattered, Animal.id).limit(size)))


def _score(
    session: Session,
    animals: Iterable[int],
    standard: Standard,
    today: date,
    timer: Callable[[], float],
) -> Score:
    seconds, complete = [], []
    for animal in animals:
        began = timer()
        (life,) = read_lives(session, [animal])
        complete.append(standard.measure(session, life, today))
        seconds.append(timer() - began)
    return Score(
        standard,
        len(seconds),
        statistics.median(seconds),
        max(seconds),
        sum(complete) / len(complete),
    )


def _recent(today: date) -> TraceWindow:
    return TraceWindow(today - RECENT, today)


def _located_recently(_session: Session, life: Life, today: date) -> bool:
    window = _recent(today)
    stays = within(life.stays, window)
    if not has_no_gap(stays, life.ended_on):
        return False
    began = stays[0].since
    return (began is not None and began <= window.first) or begins_at(stays, life.home)


def _located_ever(_session: Session, life: Life, _today: date) -> bool:
    return has_no_gap(life.stays, life.ended_on) and begins_at(life.stays, life.home)


def _met_recently(session: Session, life: Life, today: date) -> bool:
    met = companions_of(session, life, _recent(today))
    return _located_recently(session, life, today) and all(one.located for one in met)


def _met_ever(session: Session, life: Life, today: date) -> bool:
    met = companions_of(session, life, EVER)
    return _located_ever(session, life, today) and all(one.located for one in met)


STANDARDS = (
    Standard("locations of the last 30 days", timedelta(hours=24), _located_recently),
    Standard("animals met in the last 30 days", timedelta(hours=24), _met_recently),
    Standard("locations of its lifetime", timedelta(days=14), _located_ever),
    Standard("animals met in its lifetime", timedelta(days=21), _met_ever),
    Standard("back to the birth premises", timedelta(hours=48), _located_ever),
)
