"""Statements that count the texts of courses in a period, and those that were wrong."""

from typing import Any

from sqlalchemy import Select, exists, func, literal, or_, select
from sqlalchemy.orm import aliased

from services.health.indicators.fact_queries import FactQuery, by_cell, summed, within
from services.messaging.outbox import COURSE
from services.storage.models import Message, RecalledText
from sms.message import MessageState
from sms.states import MAY_HAVE_COME

# As a literal: with a parameter, PostgreSQL could not know that its partial index serves.
OF_COURSE = Message.purpose == literal(COURSE, literal_execute=True)

_LATER = aliased(Message)
_COUNTED = or_(
    Message.part_of.is_(None),
    ~exists().where(_LATER.part_of == Message.part_of, _LATER.id > Message.id),
)
"""The condition on texts that count: of one that went in parts, the last."""

_NOT_DELIVERED = (
    MessageState.UNDELIVERED,
    MessageState.FAILED,
    MessageState.EXPIRED,
    MessageState.SUPPRESSED,
    MessageState.UNCERTAIN,
)


def texts(query: FactQuery) -> Select[*tuple[Any, ...]]:
    """Select the texts of courses, without those cancelled by a change of plan or an end."""
    state = Message.state
    each = (
        select(
            Message.subscription_id,
            func.count().label("expected"),
            summed(state == MessageState.DELIVERED, "delivered"),
            summed(state == MessageState.SENT, "unreported"),
            summed(state.in_(_NOT_DELIVERED), "not_delivered"),
            summed(state.in_((MessageState.QUEUED, MessageState.ATTEMPTING)), "waiting"),
        )
        .where(
            Message.subscription_id.is_not(None),
            Message.scope == query.code,
            OF_COURSE,
            state != MessageState.CANCELLED,
            _COUNTED,
            within(Message.planned_at, query),
        )
        .group_by(Message.subscription_id)
        .subquery()
    )
    names = ("expected", "delivered", "unreported", "not_delivered", "waiting")
    sums = [func.sum(each.c[name]).label(name) for name in names]
    reached = summed(each.c.delivered > 0, "reached")
    return by_cell(query, each, *sums, func.count().label("addressed"), reached)


def recalled_texts(query: FactQuery) -> Select[*tuple[Any, ...]]:
    """Select the texts of courses that may have come, and whose text was recalled."""
    holds = exists().where(
        RecalledText.version_id == Message.version_id,
        RecalledText.text_id == Message.item,
        RecalledText.language == Message.language,
        RecalledText.until.is_(None),
    )
    one = func.coalesce(Message.part_of, Message.id)
    each = (
        select(Message.subscription_id, func.count(one.distinct()).label("recalled"))
        .where(
            Message.subscription_id.is_not(None),
            Message.scope == query.code,
            OF_COURSE,
            Message.state.in_(MAY_HAVE_COME),
            within(Message.planned_at, query),
            holds,
        )
        .group_by(Message.subscription_id)
        .subquery()
    )
    return by_cell(query, each, func.sum(each.c.recalled).label("recalled"))
