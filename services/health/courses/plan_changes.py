"""Changes of one person's course: it begins, its days move, it waits, goes on, and ends.

Each locks the subscription, then the messages that wait; planning goes on from what it leaves.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta

from sqlalchemy import and_
from sqlalchemy.orm import Session

from services.health.courses.course_messages import dates
from services.health.courses.open_questions import drop
from services.health.courses.pauses import pause, resume, resume_due
from services.health.courses.plan_rows import lock, note_difference
from services.health.courses.plans import Replan
from services.health.courses.schedule import (
    CoursePosition,
    Difference,
    compile_course,
    local_date,
    next_day,
)
from services.health.courses.subscriptions import OPEN, SubscriptionState, note_change
from services.health.format.model import ENROLMENT, Programme
from services.messaging.outbox import close_waiting
from services.storage.models import Asking, Message, Subscription
from sms.message import Kind, MessageState
from sms.reasons import Reason

__all__ = ["change_plan", "end", "pause", "resume", "resume_due", "start_course"]

_DAY = timedelta(days=1)
# What tells a clinician of him is urgent, and goes on.
_TO_HIM = (Kind.PROGRAMME.value, Kind.SERVICE.value)
_RUNNING = frozenset({SubscriptionState.ACTIVE, SubscriptionState.PAUSED})
_CLOSED = {
    SubscriptionState.OPTED_OUT: (MessageState.SUPPRESSED, Reason.STOPPED),
    SubscriptionState.FORGOTTEN: (MessageState.CANCELLED, Reason.FORGOTTEN),
}


def start_course(
    session: Session, subscription: Subscription, programme: Programme, now: datetime
) -> None:
    """Begin a course: days count from today, unless a day of enrolment was given.

    Args:
        session: an open writing session.
        subscription: consented.
        programme: of its version.
        now: UTC.
    """
    lock(session, subscription)
    today = local_date(now, subscription.zone)
    subscription.anchors = {ENROLMENT: today.isoformat()} | subscription.anchors
    subscription.state = SubscriptionState.ACTIVE.value
    subscription.activated_at = subscription.since = now
    subscription.next_on = next_day(
        compile_course(programme), _standing(subscription), today - _DAY
    )
    session.flush()


def change_plan(  # noqa: PLR0913 — what may be changed of a plan
    session: Session,
    subscription: Subscription,
    programme: Programme,
    now: datetime,
    *,
    anchors: Mapping[str, date | None] = {},
    cohort: str | None = None,
    discreet: bool | None = None,
) -> Difference:
    """Change the plan of a person: what waits and is not in the new plan is taken back.

    Args:
        session: an open writing session.
        subscription: before its course nothing waits; it is only noted.
        programme: of its version.
        now: UTC; nothing before it is planned anew.
        anchors: new dates; None: the anchor goes.
        cohort: to which the person moves.
        discreet: whether the phone is a shared one.

    Returns:
        What the change cancels and creates, to the end of the course.
    """
    lock(session, subscription)
    running = subscription.state in _RUNNING
    replan = Replan(session, subscription, programme, now) if running else None
    kept = {code: on for code, on in subscription.anchors.items() if code not in anchors}
    subscription.anchors = kept | {code: on.isoformat() for code, on in anchors.items() if on}
    subscription.cohort = cohort or subscription.cohort
    subscription.discreet = subscription.discreet if discreet is None else discreet
    if replan is None:
        session.flush()
        return Difference((), ())
    found = replan.settle()
    note_difference(session, subscription, "change", now, found)
    return found


def end(
    session: Session,
    subscription: Subscription,
    state: SubscriptionState,
    reason: str | None,
    now: datetime,
) -> None:
    """End a subscription, however far it is: nothing of it waits any more, no question is open.

    Args:
        session: an open writing session.
        subscription: one that has ended stays as it is.
        state: in which it ends.
        reason: why, in a word; None: the one that is there stays.
        now: UTC.
    """
    lock(session, subscription)
    if subscription.state not in OPEN:
        return
    ending = _CLOSED.get(state, (MessageState.CANCELLED, Reason.CANCELLED))
    mine = and_(Message.subscription_id == subscription.id, Message.kind.in_(_TO_HIM))
    close_waiting(session, mine, *ending)
    drop(session, Asking.subscription_id == subscription.id)
    subscription.state = state.value
    subscription.reason = reason or subscription.reason
    subscription.ended_at = now
    subscription.next_on = subscription.resumes_on = None
    note_change(session, subscription, "end", now, {"state": state.value})
    session.flush()


def _standing(row: Subscription) -> CoursePosition:
    return CoursePosition(row.cohort, dates(row.anchors), row.since, row.zone)
