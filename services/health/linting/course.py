"""Lint rules for the course itself, and its weekly overview; pure."""

import re
from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from itertools import pairwise
from typing import NamedTuple

from services.health.format.entries import Question
from services.health.format.follow_up import askers, baseline_of, points_of
from services.health.format.items import ALL, Item
from services.health.format.model import ENROLMENT, Outcome, Programme
from services.health.linting.findings import (
    Finding,
    LintSettings,
    fault,
    items_with_places,
    warning,
)
from services.health.linting.flow import anchors_set
from services.health.linting.questions import codes_of

FIRST, LAST = time(7), time(21)
APART = timedelta(hours=2)

_WEEK = 7
# Words of a time of day, in English and Tok Pisin.
_MOMENT = re.compile(
    r"\b(?:mornings?|tonight|evenings?|afternoons?|noon|midday|lunch|breakfast|supper|dinner|bedtime"
    r"|midnight|sunset|sunrise|dawn|dusk|(?:to|before|after|go to) (?:bed|sleep)|o'clock|klok"
    r"|moning|tunait|apinun|belo|biknait|san i go daun|(?:pastaim|paslain) long slip"
    r"|bihain slip)\b",
    re.IGNORECASE,
)


def lint_course(programme: Programme, settings: LintSettings, today: date) -> Iterator[Finding]:
    """Yield faults in days, times and assessments."""
    for where, _, item in items_with_places(programme):
        yield from _moment(where, item)
        if not FIRST <= item.at < LAST:
            message = f"goes at {item.at:%H:%M}; from {FIRST:%H:%M} on it may, before {LAST:%H:%M}"
            yield fault("quiet_hours", where, message)
    for group in programme.groups():
        yield from _days(programme, group, settings.daily_cap)
    yield from _last_day(programme)
    yield from _assessments(programme)
    yield from _outcomes(programme)
    for anchor in programme.anchors:
        if anchor.dates and max(anchor.dates) < today:
            message = "all its dates are in the past"
            yield fault("dates_past", f"anchors.{anchor.code}", message)


def _moment(where: str, item: Item) -> Iterator[Finding]:
    """Yield texts that may come at any hour, and speak of one."""
    for language, said in item.text.say.items() if item.moves else ():
        text = f"{said} {item.text.discreet.get(language, '')}"
        if found := _MOMENT.search(text):
            message = f"moves to any hour, and says {found[0]}: set `moves: false`"
            yield fault("moment_moves", where, message, language)


def items_of(programme: Programme, group: str) -> list[tuple[str, Item]]:
    """Return the items that a cohort gets, in a trial in one arm, with the anchor of each."""
    cohort, arm = programme.groups().get(group, (group, None))
    phases = programme.phases_of(arm)
    return [(phase.anchor, item) for phase in phases for item in phase.items_of(cohort)]


def _days(programme: Programme, cohort: str, cap: int) -> Iterator[Finding]:
    days: defaultdict[tuple[str, int], list[Item]] = defaultdict(list)
    for anchor, item in items_of(programme, cohort):
        days[anchor, item.day].append(item)
    yield from _together(days, cohort, cap)
    for (anchor, day), items in days.items():
        where = f"{cohort}.{anchor}{day:+}"
        if len(items) > cap:
            message = f"has {len(items)} texts; the daily cap is {cap}"
            yield fault("daily_cap", where, message)
        ordered = sorted(items, key=lambda item: item.at)
        for first, second in pairwise(ordered):
            if _at(second.at) - _at(first.at) < APART:
                message = f"{first.id} and {second.id} are less than two hours apart"
                yield fault("overlapping_times", where, message)


def _together(
    days: Mapping[tuple[str, int], Sequence[Item]], cohort: str, cap: int
) -> Iterator[Finding]:
    """Yield days that may have too many texts because days of several anchors coincide."""
    busiest: dict[str, int] = {}
    for (anchor, _), items in days.items():
        busiest[anchor] = max(busiest.get(anchor, 0), len(items))
    total = sum(busiest.values())
    if total > cap and max(busiest.values()) <= cap:
        message = f"up to {total} texts fall on one day, where days of {' and '.join(busiest)} do"
        yield warning("daily_cap_together", cohort, message)


def _at(clock: time) -> datetime:
    return datetime.combine(date.min, clock)


def _last_day(programme: Programme) -> Iterator[Finding]:
    for anchor, last in (programme.last_day, *programme.later):
        yield from _end(programme, anchor, last)


def _end(programme: Programme, anchor: str, last: int) -> Iterator[Finding]:
    known = {ENROLMENT, *(one.code for one in programme.anchors)}
    if anchor not in known:
        yield fault("unknown_anchor", "last_day", f"there is no anchor {anchor}")
        return
    for where, phase, item in items_with_places(programme):
        if phase.anchor != anchor:
            continue
        close = item.day + (item.ask.close_days if item.ask else 0)
        if item.day > last:
            rule = "assessment_unreached" if item.assessment else "after_the_end"
            yield fault(rule, where, f"is on day {item.day}; the course ends on day {last}")
        elif item.assessment and close > last:
            message = f"an answer counts until day {close}; the course ends on day {last}"
            yield warning("closes_late", where, message)


def _assessments(programme: Programme) -> Iterator[Finding]:
    reached = anchors_set(programme)
    for where, phase, item in items_with_places(programme):
        if item.assessment and item.ask is None:
            yield fault("assessment_asks_nothing", where, "has no question")
        if item.assessment and phase.anchor not in reached:
            message = f"nothing sets {phase.anchor}, so no schedule reaches it"
            yield fault("assessment_unreached", where, message)


def _outcomes(programme: Programme) -> Iterator[Finding]:
    cohorts = programme.cohorts or (ALL,)
    assessed = {
        item.id: where for where, _, item in items_with_places(programme) if item.assessment
    }
    asked_by = askers(programme)
    used = {
        name
        for outcome in programme.outcomes
        for name in (*outcome.assessments, *baseline_of(programme, outcome))
    }
    for name in sorted(assessed.keys() - used):
        yield warning("assessment_unused", assessed[name], "no outcome counts its answers")
    for outcome in programme.outcomes:
        for name in outcome.assessments:
            yield from _assessed(programme, outcome, name, {name} & assessed.keys(), asked_by)
        yield from _baseline(programme, outcome)
    for cohort in cohorts:
        got = {point.outcome for point in points_of(programme, cohort)}
        for outcome in programme.outcomes:
            if outcome.code not in got:
                message = f"none of its assessments reaches the cohort {cohort}"
                yield fault("assessment_unreached", f"outcomes.{outcome.code}", message)


def _assessed(
    programme: Programme,
    outcome: Outcome,
    name: str,
    itself: Collection[str],
    asked_by: Mapping[str, Collection[str]],
) -> Iterator[Finding]:
    where, after = f"outcomes.{outcome.code}", asked_by.get(name, ())
    question = _question(programme, name)
    if question is None or not (itself or after):
        yield fault("unknown_assessment", where, f"there is no assessment {name}")
        return
    days = {item.day for _, _, item in items_with_places(programme) if item.id in after}
    if len(days) > 1:
        message = f"{name} is asked after {', '.join(sorted(after))}: ask each its own question"
        yield fault("assessed_twice", where, message)
    missing = set(outcome.success) - codes_of(question)
    if missing:
        message = f"{name} has no answer {', '.join(sorted(missing))}"
        yield fault("unknown_answer", where, message)


def _baseline(programme: Programme, outcome: Outcome) -> Iterator[Finding]:
    """Yield baselines that are no question, or can never be a success: no change would show."""
    for name in baseline_of(programme, outcome):
        question = _question(programme, name)
        if question is None or not set(outcome.success) & codes_of(question):
            message = f"its baseline {name} must be a question with an answer of `success`"
            yield fault("unknown_baseline", f"outcomes.{outcome.code}", message)


def _question(programme: Programme, name: str) -> Question | None:
    return next((entry.ask for entry in programme.entries() if entry.id == name), None)


class Week(NamedTuple):
    """Seven days from an anchor; week 0 begins on the anchor's day; `days`: number of texts."""

    anchor: str
    number: int
    days: tuple[int, ...]

    @property
    def total(self) -> int:
        """Texts of the whole week."""
        return sum(self.days)


def weeks_of(programme: Programme, cohort: str) -> list[Week]:
    """Return the weeks in which a cohort gets texts, by anchor, in order."""
    counted = Counter((anchor, item.day) for anchor, item in items_of(programme, cohort))
    weeks = sorted({(anchor, day // _WEEK) for anchor, day in counted})
    return [
        Week(anchor, week, tuple(counted[anchor, week * _WEEK + day] for day in range(_WEEK)))
        for anchor, week in weeks
    ]
