"""The end of courses whose last day is past."""

import logging
from collections.abc import Collection, Sequence
from datetime import datetime
from functools import partial

from sqlalchemy import ColumnElement, exists, literal, select, tuple_
from sqlalchemy.orm import Session

from services.core.error_logging import isolated
from services.health.courses.compiled import compile_course, event_in
from services.health.courses.course_messages import dates
from services.health.courses.plan_changes import end
from services.health.courses.schedule import last_date
from services.health.courses.subscriptions import QuestionState, SubscriptionState
from services.health.format.model import Programme
from services.health.format.trials import group_of
from services.health.versions.store import approved_languages, programme_by_id, readable
from services.storage.models import AskedQuestion, Message, ProgrammeApproval, Subscription
from sms.local_time import local_day
from sms.message import Kind, MessageState

_LOG = logging.getLogger(__name__)
_NOTHING_UNDERWAY = (
    # As a literal: with a parameter, PostgreSQL could not know that its partial index serves.
    Subscription.state == literal(SubscriptionState.ACTIVE.value, literal_execute=True),
    ~exists().where(
        AskedQuestion.subscription_id == Subscription.id,
        AskedQuestion.state == QuestionState.OPEN.value,
    ),
    ~exists().where(
        Message.subscription_id == Subscription.id,
        Message.kind == Kind.PROGRAMME.value,
        Message.state.in_((MessageState.QUEUED.value, MessageState.ATTEMPTING.value)),
    ),
)
LOST, WITHDRAWN = "no_answer", "withdrawn"
"""Reasons of a lost subscription: an unanswered last assessment, or a withdrawn approval."""


def finish(session: Session, now: datetime, limit: int) -> int:
    """End up to `limit` active courses without a text, open question or day left; return how many.

    A person who answered the last assessment, or had none, has completed the course. Everyone else
    is lost, as is a member of a version that was withdrawn.
    """
    return sum(
        _end_all(session, now, which, _over(session, now, which, limit))
        for which in _no_day_left(session)
    )


def _end_all(
    session: Session, now: datetime, which: ColumnElement[bool], over: Sequence[int]
) -> int:
    rows = session.scalars(
        select(Subscription)
        .where(Subscription.id.in_(over), which, *_NOTHING_UNDERWAY)
        .order_by(Subscription.id)
        .with_for_update(skip_locked=True)
        .execution_options(populate_existing=True)
    ).all()
    approved = approved_languages(session) if rows else frozenset()
    return sum(
        isolated(
            session,
            _LOG,
            f"subscription {row.id} cannot end",
            partial(_end, session, row, now, approved),
        )
        for row in rows
    )


def _end(
    session: Session, row: Subscription, now: datetime, approved: Collection[tuple[int, str]]
) -> None:
    if (row.version_id, row.language) not in approved:
        end(session, row, SubscriptionState.LOST, WITHDRAWN, now)
    elif event := event_in(row.anchors):
        end(session, row, SubscriptionState.ENDED, event, now)
    elif _is_lost(session, row):
        end(session, row, SubscriptionState.LOST, LOST, now)
    else:
        end(session, row, SubscriptionState.COMPLETED, None, now)


def _no_day_left(session: Session) -> list[ColumnElement[bool]]:
    """Return the conditions of a course without days to come: none is left, or it was withdrawn."""
    withdrawn = session.execute(
        select(ProgrammeApproval.version_id, ProgrammeApproval.language).where(
            ProgrammeApproval.withdrawn_at.is_not(None)
        )
    )
    # Of a join PostgreSQL could not know that hardly anybody has such a version.
    versions = [tuple(row) for row in withdrawn]
    member = tuple_(Subscription.version_id, Subscription.language).in_(versions)
    return [Subscription.next_on.is_(None), *([member] if versions else [])]


def _over(session: Session, now: datetime, which: ColumnElement[bool], limit: int) -> list[int]:
    """Return the keys of subscriptions whose last day is past in their own zone."""
    found = session.execute(
        select(
            Subscription.id, Subscription.version_id, Subscription.anchors, Subscription.zone
        ).where(which, *_NOTHING_UNDERWAY)
    ).yield_per(limit)
    over: list[int] = []
    programmes: dict[int, Programme | None] = {}
    for row in found:
        if row.version_id not in programmes:
            programmes[row.version_id] = readable(session, row.version_id)
        programme = programmes[row.version_id]
        if programme is None:
            continue
        last = last_date(compile_course(programme), dates(row.anchors))
        if last is not None and last < local_day(now, row.zone):
            over.append(row.id)
        if len(over) == limit:
            break
    found.close()
    return over


def _is_lost(session: Session, row: Subscription) -> bool:
    course = compile_course(programme_by_id(session, row.version_id)[1])
    assessments = [item.id for item in course.items.values() if item.assessment]
    last = session.scalars(
        select(AskedQuestion.state)
        .where(
            AskedQuestion.subscription_id == row.id,
            AskedQuestion.item.in_(assessments),
            AskedQuestion.state != QuestionState.DROPPED.value,
        )
        .order_by(AskedQuestion.asked_at.desc())
        .limit(1)
    ).first()
    if last is None:
        return bool(course.assessments(group_of(row.cohort, row.arm)))
    return last != QuestionState.ANSWERED
