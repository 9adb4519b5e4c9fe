"""The statement that counts questions and answers."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Protocol

from sqlalchemy import ColumnElement, Select, and_, case, func, or_, select

from services.health.courses.open_questions import QuestionState
from services.messaging.outbox import COURSE
from services.storage.models import AskedQuestion, Message, Person, Subscription
from sms.message import MessageState

_WENT = (MessageState.SENT, MessageState.DELIVERED)


class Wanted(Protocol):
    """What is asked: a programme, from when and before when (UTC)."""

    @property
    def code(self) -> str:
        """Code of the programme."""
        ...

    @property
    def start(self) -> datetime:
        """From when."""
        ...

    @property
    def end(self) -> datetime:
        """Before when."""
        ...


def questions(wanted: Wanted, cells: Sequence[ColumnElement[str]]) -> Select[*tuple[Any, ...]]:
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
            Subscription.programme == wanted.code,
            and_(AskedQuestion.asked_at >= wanted.start, AskedQuestion.asked_at < wanted.end),
            or_(AskedQuestion.state != QuestionState.DROPPED, text_went),
        )
        .subquery()
    )
    what = (Subscription.version_id, each.c.item, each.c.state, each.c.answer)
    return (
        select(
            *cells,
            *what,
            func.count().label("asked"),
            func.sum(case((each.c.rank == 1, 1), else_=0)).label("people"),
        )
        .select_from(each)
        .join(Subscription, Subscription.id == each.c.subscription_id)
        .outerjoin(Person, Person.party_id == Subscription.party_id)
        .group_by(*cells, *what)
    )
