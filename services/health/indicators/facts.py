"""Counts of a programme in a period, from the database: one statement for each table.

Each statement groups by all cuts at once, so it returns a few thousand rows at most, whatever the
number of people.
"""

from collections import Counter, defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Result, Select, Subquery, and_, case, func, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from services.health.courses.subscriptions import NEVER_ASKED, QuestionState, SubscriptionState
from services.health.format.model import Outcome
from services.health.indicators.disaggregation import (
    BANDS,
    OLDEST,
    UNKNOWN,
    Cell,
    Fact,
    Facts,
    Period,
)
from services.health.versions.store import programme_by_id
from services.messaging.outbox import COURSE
from services.storage.models import AskedQuestion, Attempt, Message, Person, Subscription
from sms.message import AttemptState, MessageState

NOT_TOLD = "not_told"
"""Reason of people who gave none."""

_NOT_DELIVERED = (
    MessageState.UNDELIVERED,
    MessageState.FAILED,
    MessageState.EXPIRED,
    MessageState.SUPPRESSED,
    MessageState.UNCERTAIN,
)
_WENT = (MessageState.SENT, MessageState.DELIVERED)
_ENDS = {
    SubscriptionState.OPTED_OUT: "opted_out",
    SubscriptionState.COMPLETED: "completed",
    SubscriptionState.LOST: "lost",
    SubscriptionState.INELIGIBLE: "excluded",
    SubscriptionState.FORGOTTEN: "forgotten",
}
_ENDS_BEFORE_CONSENT = {SubscriptionState.OPTED_OUT: "declined", SubscriptionState.LOST: "silent"}
_REASONED = {"opted_out"}


class FactQuery(NamedTuple):
    """A programme's code, the period (UTC, end excluded), and the year for ages."""

    code: str
    start: datetime
    end: datetime
    year: int


def count_facts(session: Session, code: str, period: Period, now: datetime) -> Facts:
    """Count a programme's facts in a period; nothing after `now` is counted."""
    query = FactQuery(code, *period.bounds(now), period.last.year)
    facts: defaultdict[Cell, Counter[Fact]] = defaultdict(Counter)
    _subscriptions(facts, session.execute(_people(query)))
    _add(facts, session.execute(_texts(query)))
    _add(facts, session.execute(_attempts(query)))
    _questions(session, facts, session.execute(_asked_questions(query)))
    return {cell: +counted for cell, counted in facts.items()}


def cell_columns(year: int) -> list[ColumnElement[str]]:
    """Return the columns of `Cell` from `Subscription` and `Person`; ages at the end of a year."""
    age = year - Person.birth_year
    bands = [(age >= begin, name) for begin, name in reversed(BANDS)]
    known = or_(Person.birth_year.is_(None), age < 0, age > OLDEST)
    return [
        func.coalesce(Person.province, UNKNOWN).label("province"),
        func.coalesce(Person.sex, UNKNOWN).label("sex"),
        case((known, UNKNOWN), *bands, else_=UNKNOWN).label("age"),
        Subscription.language.label("language"),
        Subscription.cohort.label("cohort"),
    ]


def _sum(condition: ColumnElement[bool], label: str) -> ColumnElement[int]:
    return func.sum(case((condition, 1), else_=0)).label(label)


def _within(column: Any, query: FactQuery) -> ColumnElement[bool]:  # noqa: ANN401 — a column of times
    return and_(column >= query.start, column < query.end)


def _people(query: FactQuery) -> Select[*tuple[Any, ...]]:
    row = Subscription
    came, agreed = _within(row.invited_at, query), row.consented_at.is_not(None)
    open_still = or_(row.ended_at.is_(None), row.ended_at >= query.start)
    member = and_(row.consented_at < query.end, open_still)
    ended = _within(row.ended_at, query)
    paused = and_(row.state == SubscriptionState.PAUSED, row.paused_at < query.end)
    cells = cell_columns(query.year)
    return (
        select(
            *cells,
            row.state,
            row.reason,
            _sum(came, "attempts"),
            _sum(and_(came, row.screened_at.is_not(None)), "eligible"),
            _sum(and_(came, agreed), "consented"),
            _sum(and_(came, row.activated_at.is_not(None)), "activated"),
            _sum(and_(row.invited_at < query.end, open_still), "present"),
            _sum(member, "members"),
            _sum(and_(member, paused), "paused"),
            _sum(and_(ended, agreed), "ended"),
            _sum(and_(ended, row.consented_at.is_(None)), "ended_before"),
        )
        .outerjoin(Person, Person.party_id == row.party_id)
        .where(row.programme == query.code, row.reason.is_distinct_from(NEVER_ASKED))
        .group_by(*cells, row.state, row.reason)
    )


def _texts(query: FactQuery) -> Select[*tuple[Any, ...]]:
    """Select the texts of courses, without those cancelled by a change of plan or an end."""
    state = Message.state
    each = (
        select(
            Message.subscription_id,
            func.count().label("expected"),
            _sum(state == MessageState.DELIVERED, "delivered"),
            _sum(state == MessageState.SENT, "unreported"),
            _sum(state.in_(_NOT_DELIVERED), "not_delivered"),
            _sum(state.in_((MessageState.QUEUED, MessageState.ATTEMPTING)), "waiting"),
        )
        .where(
            Message.subscription_id.is_not(None),
            Message.scope == query.code,
            Message.purpose == COURSE,
            state != MessageState.CANCELLED,
            _within(Message.planned_at, query),
        )
        .group_by(Message.subscription_id)
        .subquery()
    )
    names = ("expected", "delivered", "unreported", "not_delivered", "waiting")
    sums = [func.sum(each.c[name]).label(name) for name in names]
    reached = _sum(each.c.delivered > 0, "reached")
    return _by_cell(query, each, *sums, func.count().label("addressed"), reached)


def _attempts(query: FactQuery) -> Select[*tuple[Any, ...]]:
    """Select the cost: each attempt that may have gone, answers and reminders included."""
    each = (
        select(Message.subscription_id, func.sum(Attempt.cost).label("cost"))
        .join(Message, Message.id == Attempt.message_id)
        .where(
            Message.subscription_id.is_not(None),
            Attempt.state != AttemptState.FAILED,
            _within(Attempt.started_at, query),
        )
        .group_by(Message.subscription_id)
        .subquery()
    )
    cost = func.sum(each.c.cost).label("cost")
    return _by_cell(query, each, cost, func.count().label("texted"))


def _asked_questions(query: FactQuery) -> Select[*tuple[Any, ...]]:
    """Select questions that were asked, by cell, version, item, state and answer.

    `asked` counts questions; `people` counts each person once for each item, by the answer if there
    is one. A question dropped by a change or an end counts only if its text had gone out by then:
    people who leave without an answer stay in the denominator.
    """
    text_went = (
        select(Message.id)
        .where(
            Message.subscription_id == AskedQuestion.subscription_id,
            Message.item == AskedQuestion.item,
            Message.planned_at == AskedQuestion.asked_at,
            Message.purpose == COURSE,
            Message.state.in_(_WENT),
        )
        .exists()
    )
    answered = AskedQuestion.state == QuestionState.ANSWERED
    best = (case((answered, 0), else_=1), AskedQuestion.asked_at.desc(), AskedQuestion.id.desc())
    rank = func.row_number().over(
        partition_by=(AskedQuestion.subscription_id, AskedQuestion.item), order_by=best
    )
    each = (
        select(
            AskedQuestion.subscription_id,
            AskedQuestion.item,
            AskedQuestion.state,
            AskedQuestion.answer,
            rank.label("rank"),
        )
        .join(Subscription, Subscription.id == AskedQuestion.subscription_id)
        .where(
            Subscription.programme == query.code,
            _within(AskedQuestion.asked_at, query),
            or_(AskedQuestion.state != QuestionState.DROPPED, text_went),
        )
        .subquery()
    )
    people = func.sum(case((each.c.rank == 1, 1), else_=0)).label("people")
    what = (Subscription.version_id, each.c.item, each.c.state, each.c.answer)
    return _by_cell(query, each, func.count().label("asked"), people, by=what)


def _by_cell(
    query: FactQuery,
    each: Subquery,
    *sums: ColumnElement[Any],
    by: Sequence[ColumnElement[Any] | InstrumentedAttribute[Any]] = (),
) -> Select[*tuple[Any, ...]]:
    """Sum rows of subscriptions by cell, and by further columns."""
    cells = cell_columns(query.year)
    return (
        select(*cells, *by, *sums)
        .select_from(each)
        .join(Subscription, Subscription.id == each.c.subscription_id)
        .outerjoin(Person, Person.party_id == Subscription.party_id)
        .where(Subscription.programme == query.code)
        .group_by(*cells, *by)
    )


def _subscriptions(facts: defaultdict[Cell, Counter[Fact]], rows: Result[*tuple[Any, ...]]) -> None:
    plain = ("attempts", "eligible", "consented", "activated", "present", "members", "paused")
    for row in rows:
        counted, counts = facts[Cell(*row[:5])], row._mapping  # noqa: SLF001 — its public name
        counted.update({(name,): int(counts[name]) for name in plain})
        reason = row.reason or NOT_TOLD
        if row.state == SubscriptionState.INELIGIBLE:
            counted.update(
                {("screened_out",): row.attempts, ("screened_out", reason): row.attempts}
            )
        name = _ENDS.get(row.state)
        if name:
            counted[(name,)] += row.ended
        if name in _REASONED:
            counted[name, reason] += row.ended
        before = _ENDS_BEFORE_CONSENT.get(row.state)
        if before:
            counted[(before,)] += row.ended_before


def _add(facts: defaultdict[Cell, Counter[Fact]], rows: Result[*tuple[Any, ...]]) -> None:
    for row in rows:
        counts = row._mapping  # noqa: SLF001 — as above
        names = [name for name in counts if name not in Cell._fields]
        facts[Cell(*row[:5])].update({(name,): int(counts[name]) for name in names})


def _questions(
    session: Session, facts: defaultdict[Cell, Counter[Fact]], rows: Result[*tuple[Any, ...]]
) -> None:
    """Sum questions and answers; the subscription's version decides which answers are a success."""
    versions: dict[int, tuple[Outcome, ...]] = {}
    for row in rows:
        counted = facts[Cell(*row[:5])]
        counted[("asked",)] += row.asked
        answered = row.state == QuestionState.ANSWERED
        counted[("answered",)] += row.asked if answered else 0
        if not row.people:
            continue
        if row.version_id not in versions:
            versions[row.version_id] = programme_by_id(session, row.version_id)[1].outcomes
        for outcome in versions[row.version_id]:
            if row.item in outcome.assessments:
                place = outcome.code, row.item
                counted["outcome_asked", *place] += row.people
                counted["outcome_answered", *place] += row.people if answered else 0
                good = answered and row.answer in outcome.success
                counted["success", *place] += row.people if good else 0
