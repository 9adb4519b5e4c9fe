"""Courses at rest after a red flag, until a clinician has written a note."""

from datetime import datetime

from sqlalchemy import exists, select, text, true
from sqlalchemy.orm import Session

from services.health.courses.plan_changes import resume_all
from services.health.courses.plans import Replan, lock, note_difference
from services.health.courses.schedule import Difference
from services.health.courses.subscriptions import SubscriptionState
from services.health.format.model import Programme
from services.storage.models import Concern, Subscription
from services.storage.models.programmes import HELD
from sms.local_time import local_day


def hold(session: Session, subscription: Subscription, programme: Programme, now: datetime) -> None:
    """Pause a running course until `release_held` resumes it; no assessment to come goes out.

    A course that the person paused rests on, and beyond the day on which it would have resumed.
    """
    lock(session, subscription)
    if subscription.state == SubscriptionState.PAUSED:
        subscription.rests_until = subscription.resumes_on or subscription.rests_until
        subscription.resumes_on = None
        session.flush()
        return
    if subscription.state != SubscriptionState.ACTIVE:
        return
    replan = Replan(session, subscription, programme, now)
    # What should have gone before is on its way: no change of plan drops an assessment.
    assessments = {item.id for item in replan.course.items.values() if item.assessment}
    closed = [one for one in replan.waiting if one.item not in assessments or one.planned_at >= now]
    replan.take_back(closed, true())
    subscription.paused_at, subscription.resumes_on = now, None
    session.flush()
    found = Difference(tuple(replan.placed(closed)), ())
    note_difference(session, subscription, "hold", now, found)


def is_held(subscription: Subscription) -> bool:
    """Tell whether a course rests until a clinician has written a note."""
    return subscription.state == SubscriptionState.PAUSED and subscription.resumes_on is None


def release_held(session: Session, now: datetime, limit: int) -> int:
    """Let courses go on of people of whom no concern is open any more; return how many.

    One that the person paused before rests until the day of that pause, where it is to come.
    """
    waits = exists().where(
        Concern.person_id == Subscription.person_id, Concern.handled_at.is_(None)
    )
    rows = session.scalars(
        select(Subscription)
        .where(text(HELD), ~waits)
        .order_by(Subscription.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
        .execution_options(populate_existing=True)
    ).all()
    own = [row for row in rows if row.rests_until and row.rests_until > local_day(now, row.zone)]
    for row in own:
        row.resumes_on, row.rests_until = row.rests_until, None
    return len(own) + resume_all(session, [row for row in rows if row not in own], now)
