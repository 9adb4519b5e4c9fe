"""Changes of one person's course: start, moved dates, pause, end.

Each change locks the subscription, then the waiting messages; the planner continues from there.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import NamedTuple

from sqlalchemy import and_
from sqlalchemy.orm import Session

from services.health.courses.compiled_course import compile_course
from services.health.courses.course_messages import position_of
from services.health.courses.open_questions import drop_questions
from services.health.courses.plan_rows import lock, note_difference
from services.health.courses.plans import Replan
from services.health.courses.schedule import Difference, local_date, next_day
from services.health.courses.subscriptions import OPEN, RUNNING, SubscriptionState, note_change
from services.health.format.model import ENROLMENT, Programme
from services.messaging.outbox import close_waiting
from services.storage.models import AskedQuestion, Message, Subscription
from sms.message import Kind, MessageState
from sms.reasons import Reason

_DAY = timedelta(days=1)
# Texts that notify a clinician about the person are urgent, and are still sent.
_TO_HIM = (Kind.PROGRAMME.value, Kind.SERVICE.value)
_CLOSED = {
    SubscriptionState.OPTED_OUT: (MessageState.SUPPRESSED, Reason.STOPPED),
    SubscriptionState.FORGOTTEN: (MessageState.CANCELLED, Reason.FORGOTTEN),
}


def start_course(
    session: Session, subscription: Subscription, programme: Programme, now: datetime
) -> None:
    """Start a course: days count from today, unless a day of enrolment is set."""
    lock(session, subscription)
    today = local_date(now, subscription.zone)
    subscription.anchors = {ENROLMENT: today.isoformat()} | subscription.anchors
    subscription.state = SubscriptionState.ACTIVE.value
    subscription.activated_at = subscription.since = now
    subscription.next_on = next_day(
        compile_course(programme), position_of(subscription), today - _DAY
    )
    session.flush()


class PlanChange(NamedTuple):
    """A change of a plan; None: unchanged. `anchors`: dates by code; None removes one."""

    anchors: Mapping[str, date | None] = {}
    cohort: str | None = None
    discreet: bool | None = None

    def apply(self, row: Subscription) -> None:
        """Store the change in a subscription's row."""
        kept = {code: on for code, on in row.anchors.items() if code not in self.anchors}
        row.anchors = kept | {code: on.isoformat() for code, on in self.anchors.items() if on}
        row.cohort = self.cohort or row.cohort
        row.discreet = row.discreet if self.discreet is None else self.discreet


def change_plan(
    session: Session,
    subscription: Subscription,
    programme: Programme,
    now: datetime,
    change: PlanChange,
) -> Difference:
    """Change a person's plan and return the texts it cancels and creates, to the end of the course.

    Waiting texts that are not in the new plan are cancelled. Nothing before `now` is planned anew.
    Before the course begins, the change is only stored.
    """
    lock(session, subscription)
    running = subscription.state in RUNNING
    replan = Replan(session, subscription, programme, now) if running else None
    change.apply(subscription)
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
    """End an open subscription in a state: cancel its waiting texts, drop its questions.

    `reason` is a code; None leaves the stored one.
    """
    lock(session, subscription)
    if subscription.state not in OPEN:
        return
    ending = _CLOSED.get(state, (MessageState.CANCELLED, Reason.CANCELLED))
    mine = and_(Message.subscription_id == subscription.id, Message.kind.in_(_TO_HIM))
    close_waiting(session, mine, *ending)
    drop_questions(session, AskedQuestion.subscription_id == subscription.id)
    subscription.state = state.value
    subscription.reason = reason or subscription.reason
    subscription.ended_at = now
    subscription.next_on = subscription.resumes_on = None
    note_change(session, subscription, "end", now, {"state": state.value})
    session.flush()
