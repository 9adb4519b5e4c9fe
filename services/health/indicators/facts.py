"""Counts of a programme in a period, from the database.

A statement groups by all cuts at once, so it returns a few thousand rows at most, whatever the
number of people. Reasons and answers are sealed: their rows are read a chunk at a time, opened, and
counted by the same cuts.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Result, Select
from sqlalchemy.orm import Session

from services.health.courses.subscriptions import QuestionState, SubscriptionState
from services.health.format.model import Outcome, Programme
from services.health.indicators.disaggregation import Cell, Fact, Facts, Period
from services.health.indicators.fact_queries import (
    FactQuery,
    asked_questions,
    attempts,
    last_answers,
    people,
    reasons_of_ends,
)
from services.health.indicators.follow_up import Window, count_follow_up
from services.health.indicators.harms import count_harms
from services.health.indicators.text_queries import recalled_texts, texts
from services.health.versions.store import programme_by_id
from sms.local_time import local_day

NOT_TOLD = "not_told"
"""Reason of people who gave none."""

_ENDS = {
    SubscriptionState.OPTED_OUT: "opted_out",
    SubscriptionState.COMPLETED: "completed",
    SubscriptionState.LOST: "lost",
    SubscriptionState.INELIGIBLE: "excluded",
    SubscriptionState.FORGOTTEN: "forgotten",
    SubscriptionState.ENDED: "ended",
}
_ENDS_BEFORE_CONSENT = {SubscriptionState.OPTED_OUT: "declined", SubscriptionState.LOST: "silent"}
_CHUNK = 2_000
_CUTS = len(Cell._fields)


def count_facts(session: Session, code: str, period: Period, now: datetime) -> Facts:
    """Count a programme's facts in a period; nothing after `now` is counted."""
    query = FactQuery.of(code, period, now)
    facts: defaultdict[Cell, Counter[Fact]] = defaultdict(Counter)
    _subscriptions(facts, session.execute(people(query)))
    _reasons(facts, _opened(session, reasons_of_ends(query)))
    _add(facts, session.execute(texts(query)))
    _add(facts, session.execute(recalled_texts(query)))
    _add(facts, session.execute(attempts(query)))
    count_follow_up(session, facts, query, Window(period, local_day(now)))
    count_harms(session, facts, query)
    outcomes = _Outcomes(session)
    items = _questions(outcomes, facts, session.execute(asked_questions(query)))
    _successes(outcomes, facts, _opened(session, last_answers(query, items)))
    return {cell: +counted for cell, counted in facts.items()}


def _opened(
    session: Session, wanted: Select[*tuple[Any, ...]]
) -> Iterator[tuple[Cell, Sequence[Any], int]]:
    """Open rows a chunk at a time; yield each kind once: its cell, its values, and how many."""
    rows = session.execute(wanted.execution_options(yield_per=_CHUNK))
    counted = Counter(tuple(row) for row in rows)
    for values, count in counted.items():
        yield Cell(*values[:_CUTS]), values[_CUTS:], count


def _subscriptions(facts: defaultdict[Cell, Counter[Fact]], rows: Result[*tuple[Any, ...]]) -> None:
    plain = (
        "attempts",
        "eligible",
        "consented",
        "activated",
        "present",
        "members",
        "paused",
        "at_ceiling",
    )
    for row in rows:
        counted, counts = facts[Cell(*row[:_CUTS])], row._mapping  # noqa: SLF001 — its public name
        counted.update({(name,): int(counts[name]) for name in plain})
        if row.state == SubscriptionState.INELIGIBLE:
            counted[("screened_out",)] += row.attempts
        name = _ENDS.get(row.state)
        if name:
            counted[(name,)] += row.ended
        before = _ENDS_BEFORE_CONSENT.get(row.state)
        if before:
            counted[(before,)] += row.ended_before


def _reasons(
    facts: defaultdict[Cell, Counter[Fact]], opened: Iterable[tuple[Cell, Sequence[Any], int]]
) -> None:
    for cell, (state, reason), count in opened:
        name = "screened_out" if state == SubscriptionState.INELIGIBLE else _ENDS[state]
        facts[cell][name, reason or NOT_TOLD] += count


def _add(facts: defaultdict[Cell, Counter[Fact]], rows: Result[*tuple[Any, ...]]) -> None:
    for row in rows:
        counts = row._mapping  # noqa: SLF001 — as above
        names = [name for name in counts if name not in Cell._fields]
        facts[Cell(*row[:_CUTS])].update({(name,): int(counts[name]) for name in names})


class _Outcomes:
    """The outcomes and quizzes of each version: a subscription's own decides what is a success."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._versions: dict[int, Programme] = {}

    def of(self, version_id: int, item: str) -> list[Outcome]:
        """Return the outcomes that a question of a version assesses."""
        return [one for one in self._of(version_id).outcomes if item in one.assessments]

    def right(self, version_id: int, item: str) -> tuple[str, ...]:
        """Return the right answers of a quiz; none: the item is no quiz."""
        asked = (one.ask for one in self._of(version_id).entries() if one.id == item)
        return next((ask.right for ask in asked if ask), ())

    def _of(self, version_id: int) -> Programme:
        if version_id not in self._versions:
            self._versions[version_id] = programme_by_id(self._session, version_id)[1]
        return self._versions[version_id]


def _questions(
    outcomes: _Outcomes,
    facts: defaultdict[Cell, Counter[Fact]],
    rows: Result[*tuple[Any, ...]],
) -> set[str]:
    """Sum questions and answers; return the items that assess an outcome."""
    items = set()
    for row in rows:
        counted = facts[Cell(*row[:_CUTS])]
        counted[("asked",)] += row.asked
        answered = row.state == QuestionState.ANSWERED
        counted[("answered",)] += row.asked if answered else 0
        for outcome in outcomes.of(row.version_id, row.item) if row.people else ():
            items.add(row.item)
            place = outcome.code, row.item
            counted["outcome_asked", *place] += row.people
            counted["outcome_answered", *place] += row.people if answered else 0
        if outcomes.right(row.version_id, row.item):
            items.add(row.item)
            counted["quiz_asked", row.item] += row.people
            counted["quiz_answered", row.item] += row.people if answered else 0
    return items


def _successes(
    outcomes: _Outcomes,
    facts: defaultdict[Cell, Counter[Fact]],
    opened: Iterable[tuple[Cell, Sequence[Any], int]],
) -> None:
    for cell, (version_id, item, answer), count in opened:
        for outcome in outcomes.of(version_id, item):
            if answer in outcome.success:
                facts[cell]["success", outcome.code, item] += count
        if answer in outcomes.right(version_id, item):
            facts[cell]["quiz_right", item] += count
