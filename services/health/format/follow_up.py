"""Days on which the outcomes of a course are assessed, for one person; pure.

An assessment is an item of the course, or a question that an answer to one asks: it has that item's
day. The days count from the dates that a person had first, so that a new date moves nobody to
another period.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import date, timedelta
from itertools import chain
from typing import NamedTuple

from services.health.format.entries import Do, Entry
from services.health.format.items import Item, Phase
from services.health.format.model import ENROLMENT, Outcome, Programme

BASELINE = "baseline_"
"""Beginning of the id of a question that asks at the start what an outcome asks later."""


class Point(NamedTuple):
    """An assessment of an outcome, for the people of one cohort.

    Attributes:
        assessment: the name that it is counted under. Assessments of an outcome on one day, such as
            those of two cohorts, are one: the first that the outcome lists.
        items: ids of all of them; a person's last answer to any counts.
        anchor: the date that its day is counted from, and `dates` those of one of the calendar.
        own: whether the anchor is a date of the person's own, such as the quit date.
        wait: days ahead that a question for that date allows, at most.
        baseline: ids of the same question at the start.
    """

    outcome: str
    assessment: str
    items: tuple[str, ...]
    anchor: str
    dates: tuple[date, ...]
    day: int
    own: bool
    wait: int
    success: frozenset[str]
    baseline: tuple[str, ...]


class DuePoint(NamedTuple):
    """An assessment and its local day for one person."""

    point: Point
    on: date


def points_of(programme: Programme, cohort: str) -> tuple[Point, ...]:
    """Return the assessments of all outcomes that a cohort gets."""
    items = {item.id: (phase, item) for phase in programme.phases for item in phase.items}
    mine = {item.id for phase in programme.phases for item in phase.items_of(cohort)}
    asked_by = askers(programme)
    found = []
    for outcome in programme.outcomes:
        asked_at = {
            name: {name, *asked_by.get(name, ())} & items.keys() for name in outcome.assessments
        }
        day_of = {name: min(items[one][1].day for one in at) for name, at in asked_at.items() if at}
        for name, day in day_of.items():
            here = sorted(asked_at[name] & mine)
            if here:
                alike = tuple(other for other in day_of if day_of[other] == day)
                found.append(_point(programme, outcome, alike, items[here[0]]))
    return tuple(found)


def _point(
    programme: Programme, outcome: Outcome, alike: tuple[str, ...], placed: tuple[Phase, Item]
) -> Point:
    phase, item = placed
    calendar = {anchor.code: anchor.dates for anchor in programme.anchors}
    dates = tuple(sorted(calendar.get(phase.anchor, ())))
    asked = (entry.ask for entry in programme.entries())
    waits = [ask.most or 0 for ask in asked if ask is not None and ask.sets == phase.anchor]
    return Point(
        outcome=outcome.code,
        assessment=alike[0],
        items=alike,
        anchor=phase.anchor,
        dates=dates,
        day=item.day,
        own=phase.anchor != ENROLMENT and not dates,
        wait=max(waits, default=0),
        success=frozenset(outcome.success),
        baseline=baseline_of(programme, outcome),
    )


def baseline_of(programme: Programme, outcome: Outcome) -> tuple[str, ...]:
    """Return the questions at the start that ask for an outcome: named by it, or by their id."""
    usual = BASELINE + outcome.code
    there = any(entry.id == usual for entry in programme.entries())
    return outcome.baseline or ((usual,) if there else ())


def askers(programme: Programme) -> dict[str, set[str]]:
    """Return the assessments after which each question is asked, at once or by another question."""
    questions = {entry.id: entry for entry in programme.questions}
    found: defaultdict[str, set[str]] = defaultdict(set)
    for phase in programme.phases:
        for item in phase.items:
            ahead = list(_asks(item)) if item.assessment else []
            while ahead:
                name = ahead.pop()
                if item.id not in found[name]:
                    found[name].add(item.id)
                    ahead += _asks(questions[name]) if name in questions else ()
    return dict(found)


def _asks(entry: Entry) -> Iterator[str]:
    if entry.ask is None:
        return
    branches = (branch.actions for branch in entry.ask.branches)
    for action in chain(entry.ask.otherwise, *branches):
        if action.do is Do.ASK:
            yield action.target


def due_points(
    points: Iterable[Point], dates: Mapping[str, date], began: date, given_up: Collection[str] = ()
) -> Iterator[DuePoint]:
    """Yield the assessments of a person who began on a local day, each once with its day.

    `dates` are the first ones of each anchor; those of anchors that were given up count only where
    no other does. Without the date that all assessments of an outcome count from, they count from
    the last day that its question allowed on the day of beginning. An assessment of before that day
    is not the person's.
    """
    dated: defaultdict[tuple[str, str], list[tuple[bool, date, Point]]] = defaultdict(list)
    undated: dict[tuple[str, str], Point] = {}
    for point in points:
        place, on = (point.outcome, point.assessment), _day(point, dates, began)
        if on is None:
            undated.setdefault(place, point)
        else:
            dated[place].append((point.anchor not in given_up, on, point))
    for candidates in dated.values():
        _, on, point = max(candidates, key=lambda candidate: candidate[:2])
        if on >= began:
            yield DuePoint(point, on)
    reached = {outcome for outcome, _ in dated}
    for (outcome, _), point in undated.items():
        if outcome not in reached:
            yield DuePoint(point, max(began, began + timedelta(days=point.wait + point.day)))


def _day(point: Point, dates: Mapping[str, date], began: date) -> date | None:
    ahead = timedelta(days=point.day)
    if point.dates:
        return next((on + ahead for on in point.dates if on + ahead >= began), None)
    base = dates.get(point.anchor, began if point.anchor == ENROLMENT else None)
    return None if base is None else base + ahead
