"""Outcomes of everybody who began a course, whoever left it, was silent or was lost.

A person belongs to the period in which the day of the assessment falls, by the dates that they set
first. Who died before that day is counted apart. The answer counts whenever it came.
"""

from bisect import bisect_left, bisect_right
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from itertools import accumulate, islice
from typing import Any, NamedTuple

from sqlalchemy import Row
from sqlalchemy.orm import Session

from services.health.courses.course_messages import dates, own_dates
from services.health.courses.subscriptions import DIED, SubscriptionState
from services.health.format.follow_up import DuePoint, Point, due_points, points_of
from services.health.indicators.disaggregation import Cell, Fact, Period
from services.health.indicators.fact_queries import FactQuery
from services.health.indicators.follow_up_queries import answers_of, began, delivered_to
from services.health.versions.store import programme_by_id
from sms.local_time import local_day

KEPT_DAYS = (30, 90, 180)
"""Days after which is counted who was still in the course."""

_EVENT = "@"
_CHUNK = 2_000
_CUTS = len(Cell._fields)
_QUARTERS = 4

Facts = defaultdict[Cell, Counter[Fact]]


class Due(NamedTuple):
    """An assessment of one person, due in the period.

    Attributes:
        key: of the subscription.
        dated: whether the person set a date of their own, from which it counts.
        moved: whether that date was given up or moved since.
    """

    key: int
    cell: Cell
    at: DuePoint
    dated: bool
    moved: bool


class Dose(NamedTuple):
    """An assessment due, as its dose counts it: how many texts its person got, and whether it won.

    Attributes:
        place: outcome and assessment.
    """

    cell: Cell
    place: tuple[str, str]
    texts: int
    won: bool


class Window(NamedTuple):
    """The period, and the local day of counting: no later day has come."""

    period: Period
    today: date

    def has(self, on: date) -> bool:
        """Return whether a day is of the period and has come."""
        return self.period.first <= on <= min(self.period.last, self.today)


def count_follow_up(session: Session, facts: Facts, query: FactQuery, window: Window) -> None:
    """Count outcomes of the people who began, and how long those who began in the period stayed."""
    doses = Counter[Dose]()
    due = _count_people(session, facts, query, window)
    while some := list(islice(due, _CHUNK)):
        won = _count_due(session, facts, some)
        doses.update(_doses(session, some, won, query.end))
    _count_dose(facts, doses)


def _count_people(
    session: Session, facts: Facts, query: FactQuery, window: Window
) -> Iterator[Due]:
    """Count how long people stayed, events and deaths; yield the assessments that were due."""
    courses = CourseAssessments(session)
    for row in session.execute(began(query).execution_options(yield_per=_CHUNK)):
        cell = Cell(*row[:_CUTS])
        if query.start <= row.activated_at:
            _count_stay(facts[cell], row, window)
        for event in events_of(row, window):
            facts[cell]["life_events",] += 1
            facts[cell]["life_events", event] += 1
        for at in courses.due(row):
            if window.has(at.on):
                if died_before(row, at.on):
                    facts[cell]["died", at.point.outcome, at.point.assessment] += 1
                else:
                    yield _due(row, cell, at)


def people_due(
    session: Session, query: FactQuery, window: Window
) -> Iterator[tuple[Row[*tuple[Any, ...]], DuePoint]]:
    """Yield the people alive of whom the day of an assessment came in the period, with each."""
    courses = CourseAssessments(session)
    for row in session.execute(began(query).execution_options(yield_per=_CHUNK)):
        for at in courses.due(row):
            if window.has(at.on) and not died_before(row, at.on):
                yield row, at


def _due(row: Row[*tuple[Any, ...]], cell: Cell, at: DuePoint) -> Due:
    anchor = at.point.anchor
    first = _first_dates(row).get(anchor)
    dated = at.point.own and first is not None
    moved = anchor in (row.first_dates or {}) and dates(row.anchors).get(anchor) != first
    return Due(row.id, cell, at, dated, moved)


class CourseAssessments:
    """The assessments of each version and cohort."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._points: dict[tuple[int, str], tuple[Point, ...]] = {}

    def due(self, row: Row[*tuple[Any, ...]]) -> Iterator[DuePoint]:
        """Yield the assessments of a person who began, each with its day."""
        key = row.version_id, row.cohort
        if key not in self._points:
            programme = programme_by_id(self._session, row.version_id)[1]
            self._points[key] = points_of(programme, row.cohort)
        began_on, given_up = local_day(row.activated_at, row.zone), _given_up(row)
        return due_points(self._points[key], _first_dates(row), began_on, given_up)


def _first_dates(row: Row[*tuple[Any, ...]]) -> dict[str, date]:
    return own_dates(dates(row.anchors)) | dates(row.first_dates or {})


def _given_up(row: Row[*tuple[Any, ...]]) -> set[str]:
    return set(row.first_dates or {}) - set(row.anchors)


def _ended_on(row: Row[*tuple[Any, ...]]) -> date | None:
    return None if row.ended_at is None else local_day(row.ended_at, row.zone)


def events_of(row: Row[*tuple[Any, ...]], window: Window) -> set[str]:
    """Return the events of a person's life that fell into the period, such as a death."""
    found = {
        code.removeprefix(_EVENT)
        for code, on in dates(row.anchors).items()
        if code.startswith(_EVENT) and window.has(on)
    }
    ended = _ended_on(row)
    if (
        row.state == SubscriptionState.ENDED
        and row.reason
        and ended is not None
        and window.has(ended)
    ):
        found.add(row.reason)
    return found


def died_before(row: Row[*tuple[Any, ...]], on: date) -> bool:
    """Return whether a person's course ended with their death by a local day."""
    ended = _ended_on(row)
    return row.reason == DIED and ended is not None and ended <= on


def _count_stay(counted: Counter[Fact], row: Row[*tuple[Any, ...]], window: Window) -> None:
    """Count a person who began in the period; one who died counts until then."""
    counted["began",] += 1
    counted["unheard",] += not row.heard and not row.turns
    began_on, ended = local_day(row.activated_at, row.zone), _ended_on(row)
    for days in KEPT_DAYS:
        until = began_on + timedelta(days=days)
        if until <= window.today and not died_before(row, until):
            whole = row.state == SubscriptionState.COMPLETED
            counted["keepable", f"d{days}"] += 1
            counted["kept", f"d{days}"] += whole or ended is None or ended >= until


def _count_due(session: Session, facts: Facts, due: Sequence[Due]) -> set[Due]:
    """Count outcomes and changes; return those with a success."""
    won = set()
    points = {one.at.point for one in due}
    items = {item for point in points for item in (*point.items, *point.baseline)}
    given = _last_answers(session, {one.key for one in due}, items)
    for one in due:
        counted, point = facts[one.cell], one.at.point
        answer = _newest(given, one.key, point.items)
        counted.update(_outcome(one, answer))
        if answer in point.success:
            won.add(one)
        first = _newest(given, one.key, point.baseline)
        if answer is not None and first is not None:
            counted.update(_change(point, first in point.success, answer in point.success))
    return won


Answers = dict[tuple[int, str], tuple[int, str | None]]


def _last_answers(session: Session, keys: Collection[int], items: Collection[str]) -> Answers:
    """Return the last answer of each person to each question, with its place in time."""
    rows = session.execute(answers_of(keys, items))
    return {(row.subscription_id, row.item): (place, row.answer) for place, row in enumerate(rows)}


def _newest(given: Answers, key: int, items: Iterable[str]) -> str | None:
    found = [given[key, item] for item in items if (key, item) in given]
    return max(found)[1] if found else None


def _outcome(one: Due, answer: str | None) -> Iterator[Fact]:
    point = one.at.point
    place, success = (point.outcome, point.assessment), answer in point.success
    yield "due", *place
    if answer is not None:
        yield "due_answered", *place
        yield "due_success" if success else "due_failed", *place
    if not point.own:
        return
    if one.dated:
        yield "dated", *place, point.anchor
    if success:
        fixed = one.dated and not one.moved
        yield "dated_success" if fixed else "floating", *place, point.anchor


def _change(point: Point, before: bool, after: bool) -> Iterator[Fact]:  # noqa: FBT001 — two alike
    place = point.outcome, point.assessment
    yield "paired", *place
    yield "before" if before else "not_before", *place
    if after:
        yield "after", *place
    if before != after:
        yield "improved" if after else "worsened", *place


def _doses(
    session: Session, due: Sequence[Due], won: Collection[Due], until: datetime
) -> Iterator[Dose]:
    rows = session.execute(delivered_to({one.key for one in due}, until))
    delivered = {row.subscription_id: row.delivered for row in rows}
    for one in due:
        place = one.at.point.outcome, one.at.point.assessment
        yield Dose(one.cell, place, delivered.get(one.key, 0), one in won)


def _count_dose(facts: Facts, doses: Mapping[Dose, int]) -> None:
    """Count outcomes by quarters of the people of an assessment, by delivered texts."""
    by_place: defaultdict[tuple[str, str], Counter[int]] = defaultdict(Counter)
    for one, many in doses.items():
        by_place[one.place][one.texts] += many
    edges = {place: _edges(counted) for place, counted in by_place.items()}
    for one, many in doses.items():
        here = (*one.place, f"q{bisect_left(edges[one.place], one.texts) + 1}")
        counted = facts[one.cell]
        counted["dose", *here] += many
        counted["dose_texts", *here] += one.texts * many
        counted["dose_success", *here] += many if one.won else 0


def _edges(counted: Mapping[int, int]) -> list[int]:
    """Return the largest dose of each quarter but the last; people with one dose stay together."""
    doses = sorted(counted)
    people = list(accumulate(counted[dose] for dose in doses))
    ranks = ((people[-1] * part - 1) // _QUARTERS for part in range(1, _QUARTERS))
    return [doses[bisect_right(people, rank)] for rank in ranks]
