"""Statements that read people who began a course, their answers, and how many texts they got."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import Select, and_, case, func, select

from services.health.courses.subscriptions import QuestionState
from services.health.indicators.fact_queries import FactQuery, cell_columns
from services.messaging.outbox import COURSE
from services.storage.models import AskedQuestion, Message, Person, Subscription
from sms.message import MessageState


def began(query: FactQuery) -> Select[*tuple[Any, ...]]:
    """Select the people who began a course, with their cuts, days and end.

    Whether they ever wrote is read of those alone who began in the period.
    """
    row = Subscription
    lately = row.activated_at >= query.start
    heard = (
        select(AskedQuestion.id)
        .where(
            AskedQuestion.subscription_id == row.id,
            AskedQuestion.answered_at > row.activated_at,
        )
        .correlate(Subscription)
        .exists()
    )
    return (
        select(
            *cell_columns(query),
            row.id,
            row.version_id,
            row.zone,
            row.state,
            row.activated_at,
            row.ended_at,
            row.anchors,
            row.first_dates,
            case((row.ended_at.is_not(None), row.reason)).label("reason"),
            case((lately, row.turns)).label("turns"),
            case((lately, heard)).label("heard"),
        )
        .outerjoin(Person, Person.id == row.person_id)
        .where(row.programme == query.code, row.activated_at < query.end)
    )


def answers_of(keys: Collection[int], items: Collection[str]) -> Select[*tuple[Any, ...]]:
    """Select the answers of some people to some questions, the last one last."""
    return (
        select(AskedQuestion.subscription_id, AskedQuestion.item, AskedQuestion.answer)
        .where(
            AskedQuestion.subscription_id.in_(keys),
            AskedQuestion.item.in_(items),
            AskedQuestion.state == QuestionState.ANSWERED,
        )
        .order_by(AskedQuestion.asked_at, AskedQuestion.id)
    )


def delivered_to(keys: Collection[int], until: datetime) -> Select[*tuple[Any, ...]]:
    """Select how many texts of the course each of some people got, of those planned by then."""
    return (
        select(Message.subscription_id, func.count().label("delivered"))
        .where(
            and_(Message.subscription_id.in_(keys), Message.purpose == COURSE),
            Message.state == MessageState.DELIVERED,
            Message.planned_at < until,
        )
        .group_by(Message.subscription_id)
    )
