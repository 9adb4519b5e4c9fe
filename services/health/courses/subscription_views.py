"""A subscription as staff see it: states, dates, questions and coming texts.

Phone numbers are masked. The caller records each reading: see `services.storage.read_log`.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.health.courses.compiled_course import compile_course
from services.health.courses.course_messages import dates, own_dates, position_of
from services.health.courses.schedule import Planned, due, local_date
from services.health.courses.subscriptions import SubscriptionState
from services.health.errors import UnknownSubscription
from services.health.versions.store import programme_by_id
from services.storage.models import AskedQuestion, Change, ProgrammeVersion, Subscription
from sms.numbers import mask

AHEAD_DAYS = 14
"""Days of the plan shown."""

_MOMENTS = (
    "invited_at",
    "screened_at",
    "consented_at",
    "activated_at",
    "paused_at",
    "resumes_on",
    "ended_at",
)


def find_subscription(session: Session, public_id: UUID) -> Subscription:
    """Return a subscription by its public id.

    Raises:
        UnknownSubscription: there is none.
    """
    wanted = select(Subscription).where(Subscription.public_id == public_id)
    found = session.scalars(wanted).first()
    if found is None:
        raise UnknownSubscription("No subscription has this id")
    return found


def subscriptions_of(session: Session, number_index: bytes) -> list[dict[str, Any]]:
    """Return summaries of a number's subscriptions, newest first."""
    wanted = (
        select(Subscription, ProgrammeVersion.number)
        .join(ProgrammeVersion, ProgrammeVersion.id == Subscription.version_id)
        .where(Subscription.number_index == number_index)
        .order_by(Subscription.id.desc())
    )
    return [summary(row, version) for row, version in session.execute(wanted)]


def summary(row: Subscription, version: int) -> dict[str, Any]:
    """Return a subscription in short; `version` is the number of its programme's version."""
    return {
        "id": row.public_id,
        "programme": row.programme,
        "version": version,
        "language": row.language,
        "cohort": row.cohort,
        "state": row.state,
        "reason": row.reason,
        "phone": mask(row.number) if row.number else None,
        "discreet": row.discreet,
        "source": row.source,
        "anchors": own_dates(dates(row.anchors)),
        **{name: getattr(row, name) for name in _MOMENTS},
    }


def full_view(session: Session, row: Subscription, now: datetime) -> dict[str, Any]:
    """Return a subscription in full."""
    version, programme = programme_by_id(session, row.version_id)
    plan: Iterable[Planned] = ()
    if row.state == SubscriptionState.ACTIVE:
        today = local_date(now, row.zone)
        coming = due(
            compile_course(programme), position_of(row), today, today + timedelta(days=AHEAD_DAYS)
        )
        plan = [planned for planned in coming if planned.at >= now]
    return summary(row, version.number) | {
        "place": row.place,
        "plan": planned_views(plan),
        "questions": _questions(session, row.id),
        "changes": _changes(session, row.id),
    }


def planned_views(plan: Iterable[Planned]) -> list[dict[str, Any]]:
    """Return texts of a plan: item, local day and instant (UTC)."""
    return [
        {"item": one.item.id, "on": one.on, "at": one.at, "assessment": one.item.assessment}
        for one in plan
    ]


def _questions(session: Session, subscription_id: int) -> list[dict[str, Any]]:
    wanted = select(AskedQuestion).where(AskedQuestion.subscription_id == subscription_id)
    return [
        {
            "item": one.item,
            "asked_at": one.asked_at,
            "closes_at": one.closes_at,
            "state": one.state,
            "answer": one.answer,
            "value": one.value,
            "answered_at": one.answered_at,
        }
        for one in session.scalars(wanted.order_by(AskedQuestion.asked_at, AskedQuestion.id))
    ]


def _changes(session: Session, subscription_id: int) -> list[dict[str, Any]]:
    wanted = select(Change).where(Change.subscription_id == subscription_id)
    return [
        {"at": one.at, "what": one.what, "details": one.details}
        for one in session.scalars(wanted.order_by(Change.id))
    ]
