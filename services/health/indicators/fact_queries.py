"""Statements that count a programme's facts in a period, and those that read what is sealed."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import (
    ColumnElement,
    Select,
    SQLColumnExpression,
    Subquery,
    and_,
    case,
    func,
    not_,
    or_,
    select,
)
from sqlalchemy.orm import InstrumentedAttribute

from services.health.courses.subscriptions import QuestionState, SubscriptionState
from services.health.indicators.disaggregation import (
    BANDS,
    EARLIER,
    LATER,
    NOT_BEGUN,
    OLDEST,
    UNKNOWN,
    Month,
    Period,
)
from services.messaging.outbox import COURSE
from services.storage.models import (
    AskedQuestion,
    Attempt,
    Message,
    Person,
    Subscription,
)
from sms.message import AttemptState, MessageState

_WENT = (MessageState.SENT, MessageState.DELIVERED)
# An uncertain text may have come.
_FAILED = (
    MessageState.UNDELIVERED,
    MessageState.FAILED,
    MessageState.EXPIRED,
    MessageState.SUPPRESSED,
    MessageState.CANCELLED,
)


_SOURCES = {"sms": "word", "import": "list", "campaign": "invitation"}


class FactQuery(NamedTuple):
    """A programme's code, the period (UTC, end excluded), the year for ages, months of joining."""

    code: str
    start: datetime
    end: datetime
    year: int
    months: tuple[Month, ...]

    @classmethod
    def of(cls, code: str, period: Period, now: datetime) -> "FactQuery":
        """Return the query of a period; nothing after `now` is counted."""
        return cls(code, *period.bounds(now), period.last.year, period.months())


def cell_columns(query: FactQuery) -> list[ColumnElement[str]]:
    """Return the columns of `Cell` from `Subscription` and `Person`."""
    return [*_of_person(query.year), *_of_joining(query.months), *_of_phone()]


def _of_person(year: int) -> list[ColumnElement[str]]:
    """Return province, sex, age at the end of a year, language and cohort."""
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


def _of_joining(months: Sequence[Month]) -> list[ColumnElement[str]]:
    began = Subscription.activated_at
    named = [(began >= month.start, month.name) for month in months]
    edges = (began.is_(None), NOT_BEGUN), (began >= months[0].end, LATER)
    sources = [(Subscription.source == source, name) for source, name in _SOURCES.items()]
    return [
        case(*edges, *named, else_=EARLIER).label("joined"),
        case(*sources, else_=Subscription.source).label("source"),
    ]


def _of_phone() -> list[ColumnElement[str]]:
    shared = Person.phone_shared
    return [
        func.coalesce(Person.distance, UNKNOWN).label("distance"),
        case((shared.is_(True), "shared"), (shared.is_(False), "own"), else_=UNKNOWN).label(
            "phone"
        ),
    ]


def summed(condition: ColumnElement[bool], label: str) -> ColumnElement[int]:
    """Return the count of rows with a condition."""
    return func.sum(case((condition, 1), else_=0)).label(label)


def within(column: Any, query: FactQuery) -> ColumnElement[bool]:  # noqa: ANN401 — a column of times
    """Return the condition on times in the period."""
    return and_(column >= query.start, column < query.end)


def people(query: FactQuery) -> Select[*tuple[Any, ...]]:
    """Select counts of subscriptions by cell and state."""
    row = Subscription
    came, agreed = within(row.invited_at, query), row.consented_at.is_not(None)
    open_still = or_(row.ended_at.is_(None), row.ended_at >= query.start)
    member = and_(row.consented_at < query.end, open_still)
    ended = within(row.ended_at, query)
    paused = and_(row.state == SubscriptionState.PAUSED, row.paused_at < query.end)
    cells = cell_columns(query)
    return (
        select(
            *cells,
            row.state,
            summed(came, "attempts"),
            summed(and_(came, row.screened_at.is_not(None)), "eligible"),
            summed(and_(came, agreed), "consented"),
            summed(and_(came, row.activated_at.is_not(None)), "activated"),
            summed(and_(row.invited_at < query.end, open_still), "present"),
            summed(member, "members"),
            summed(and_(member, paused), "paused"),
            summed(within(row.capped_at, query), "at_ceiling"),
            summed(and_(ended, agreed), "ended"),
            summed(and_(ended, row.consented_at.is_(None)), "ended_before"),
        )
        .outerjoin(Person, Person.id == row.person_id)
        .where(row.programme == query.code, not_(row.never_asked))
        .group_by(*cells, row.state)
    )


def reasons_of_ends(query: FactQuery) -> Select[*tuple[Any, ...]]:
    """Select the state and the reason of each person who was not eligible, opted out, or ended."""
    row = Subscription
    screened_out = and_(row.state == SubscriptionState.INELIGIBLE, within(row.invited_at, query))
    ended = and_(within(row.ended_at, query), row.consented_at.is_not(None))
    opted_out = and_(row.state.in_((SubscriptionState.OPTED_OUT, SubscriptionState.ENDED)), ended)
    return (
        select(*cell_columns(query), row.state, row.reason)
        .outerjoin(Person, Person.id == row.person_id)
        .where(row.programme == query.code, not_(row.never_asked), or_(screened_out, opted_out))
    )


def attempts(query: FactQuery) -> Select[*tuple[Any, ...]]:
    """Select the cost: each attempt that may have gone, answers and reminders included."""
    tried = (
        select(Attempt.message_id, Attempt.cost)
        .where(Attempt.state != AttemptState.FAILED, within(Attempt.started_at, query))
        .cte("tried")
    )
    key = tried.c.message_id
    # Without these edges, PostgreSQL may read the messages of all years to join them.
    first, last = (select(edge(key)).scalar_subquery() for edge in (func.min, func.max))
    each = (
        select(Message.subscription_id, func.sum(tried.c.cost).label("cost"))
        .join(tried, key == Message.id)
        .where(Message.subscription_id.is_not(None), Message.id.between(first, last))
        .group_by(Message.subscription_id)
        .subquery()
    )
    cost = func.sum(each.c.cost).label("cost")
    return by_cell(query, each, cost, func.count().label("texted"))


def asked_questions(query: FactQuery) -> Select[*tuple[Any, ...]]:
    """Select questions that were asked, by cell, version, item and state.

    `asked` counts questions; `people` counts each person once for each item, as answered if there
    is an answer. A question whose text failed was not asked. One dropped by a change or an end
    counts only if its text had gone out by then: people who leave without an answer stay in the
    denominator.
    """
    its_text = select(Message.id).where(
        Message.subscription_id == AskedQuestion.subscription_id,
        Message.item == AskedQuestion.item,
        Message.planned_at == AskedQuestion.asked_at,
        Message.purpose == COURSE,
    )
    text_went = its_text.where(Message.state.in_(_WENT)).exists()
    text_failed = its_text.where(Message.state.in_(_FAILED)).exists()
    answered = AskedQuestion.state == QuestionState.ANSWERED
    dropped = AskedQuestion.state == QuestionState.DROPPED
    best = (case((answered, 0), else_=1), AskedQuestion.asked_at.desc(), AskedQuestion.id.desc())
    rank = func.row_number().over(
        partition_by=(AskedQuestion.subscription_id, AskedQuestion.item), order_by=best
    )
    each = (
        select(
            AskedQuestion.subscription_id,
            AskedQuestion.item,
            AskedQuestion.state,
            rank.label("rank"),
        )
        .join(Subscription, Subscription.id == AskedQuestion.subscription_id)
        .where(
            Subscription.programme == query.code,
            within(AskedQuestion.asked_at, query),
            or_(answered, text_went, not_(or_(dropped, text_failed))),
        )
        .subquery()
    )
    people = func.sum(case((each.c.rank == 1, 1), else_=0)).label("people")
    what = (Subscription.version_id, each.c.item, each.c.state)
    return by_cell(query, each, func.count().label("asked"), people, by=what)


def last_answers(query: FactQuery, items: Collection[str]) -> Select[*tuple[Any, ...]]:
    """Select the version, item and last answer of each person who answered one of some items."""
    last = func.row_number().over(
        partition_by=(AskedQuestion.subscription_id, AskedQuestion.item),
        order_by=(AskedQuestion.asked_at.desc(), AskedQuestion.id.desc()),
    )
    each = (
        select(
            AskedQuestion.subscription_id,
            AskedQuestion.item,
            AskedQuestion.answer,
            last.label("last"),
        )
        .join(Subscription, Subscription.id == AskedQuestion.subscription_id)
        .where(
            Subscription.programme == query.code,
            within(AskedQuestion.asked_at, query),
            AskedQuestion.state == QuestionState.ANSWERED,
            AskedQuestion.item.in_(items),
        )
        .subquery()
    )
    columns = (*cell_columns(query), Subscription.version_id, each.c.item, each.c.answer)
    return _with_people(each, *columns).where(each.c.last == 1)


def by_cell(
    query: FactQuery,
    each: Subquery,
    *sums: ColumnElement[Any],
    by: Sequence[ColumnElement[Any] | InstrumentedAttribute[Any]] = (),
) -> Select[*tuple[Any, ...]]:
    """Sum rows of subscriptions by cell, and by further columns."""
    cells = cell_columns(query)
    found = _with_people(each, *cells, *by, *sums)
    return found.where(Subscription.programme == query.code).group_by(*cells, *by)


def _with_people(each: Subquery, *columns: SQLColumnExpression[Any]) -> Select[*tuple[Any, ...]]:
    """Select columns of rows of subscriptions, beside what is known of their people."""
    return (
        select(*columns)
        .select_from(each)
        .join(Subscription, Subscription.id == each.c.subscription_id)
        .outerjoin(Person, Person.id == Subscription.person_id)
    )
