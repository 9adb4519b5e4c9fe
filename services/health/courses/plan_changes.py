"""Changes of one person's course: start, moved dates, pause, resumption, end.

Each change locks the subscription, then the waiting messages; the planner continues from there.
"""

import logging
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from functools import partial
from typing import NamedTuple

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session

from services.core.error_logging import isolated
from services.health.courses.compiled import compile_course
from services.health.courses.course_messages import dates, position_of
from services.health.courses.plans import (
    Replan,
    lock,
    not_yet_written,
    note_difference,
)
from services.health.courses.schedule import (
    EXTRA,
    SKIPPED,
    CoursePosition,
    Difference,
    due,
    next_day,
)
from services.health.courses.subscriptions import (
    OPEN,
    RUNNING,
    SubscriptionState,
    drop_questions,
    note_change,
)
from services.health.format.model import ENROLMENT, Programme, Resume
from services.health.format.trials import group_of
from services.health.versions.store import programme_by_id
from services.messaging.outbox import call_off
from services.storage.models import AskedQuestion, Message, Subscription
from sms.local_time import local_day
from sms.message import Kind, MessageState
from sms.reasons import Reason

_DAY = timedelta(days=1)
# Texts that notify a clinician about the person are urgent, and are still sent.
_TO_HIM = (Kind.PROGRAMME.value, Kind.SERVICE.value)
_CLOSED = {
    SubscriptionState.OPTED_OUT: (MessageState.SUPPRESSED, Reason.STOPPED),
    SubscriptionState.FORGOTTEN: (MessageState.CANCELLED, Reason.FORGOTTEN),
}

_LOG = logging.getLogger(__name__)
_FIRST_ZONE = "Pacific/Kiritimati"
"""The zone where a day begins first; each person's own zone is checked after the query."""


def start_course(
    session: Session, subscription: Subscription, programme: Programme, now: datetime
) -> None:
    """Start a course: days count from today, unless a day of enrolment is set."""
    lock(session, subscription)
    today = local_day(now, subscription.zone)
    subscription.anchors = {ENROLMENT: today.isoformat()} | subscription.anchors
    subscription.state = SubscriptionState.ACTIVE.value
    subscription.activated_at = subscription.since = now
    subscription.next_on = next_day(
        compile_course(programme), position_of(subscription), today - _DAY
    )
    session.flush()


class PlanChange(NamedTuple):
    """A change of a plan; None: unchanged. `anchors`: dates by code; None removes one.

    `hour`: that of the texts that move; 0: as the course has them. `zone`: by whose clock they go.
    """

    anchors: Mapping[str, date | None] = {}
    cohort: str | None = None
    discreet: bool | None = None
    hour: int | None = None
    zone: str | None = None

    def apply(self, row: Subscription) -> None:
        """Store the change in a subscription's row."""
        kept = {code: on for code, on in row.anchors.items() if code not in self.anchors}
        row.anchors = kept | {code: on.isoformat() for code, on in self.anchors.items() if on}
        row.cohort = self.cohort or row.cohort
        row.discreet = row.discreet if self.discreet is None else self.discreet
        row.hour = row.hour if self.hour is None else self.hour or None
        row.zone = self.zone or row.zone


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
    before = dict(subscription.anchors)
    change.apply(subscription)
    if replan is None:
        session.flush()
        return Difference((), ())
    _keep_first_dates(subscription, before)
    found = replan.settle()
    note_difference(session, subscription, "change", now, found)
    return found


def _keep_first_dates(row: Subscription, before: Mapping[str, str]) -> None:
    """Keep the first date of each anchor that was moved or removed: outcomes count from it."""
    moved = {
        code: on
        for code, on in before.items()
        if not code.startswith(EXTRA) and row.anchors.get(code) != on
    }
    if moved:
        row.first_dates = moved | (row.first_dates or {})


def end(
    session: Session,
    subscription: Subscription,
    state: SubscriptionState,
    reason: str | None,
    now: datetime,
) -> None:
    """End an open subscription: cancel its texts, drop its questions; `reason` is a code."""
    lock(session, subscription)
    if subscription.state not in OPEN:
        return
    ending = _CLOSED.get(state, (MessageState.CANCELLED, Reason.CANCELLED))
    leave_nothing(session, subscription, ending, now)
    subscription.state = state.value
    subscription.reason = reason or subscription.reason
    subscription.ended_at = now
    subscription.next_on = subscription.resumes_on = subscription.rests_until = None
    note_change(session, subscription, "end", now, {"state": state.value})
    session.flush()


def leave_nothing(
    session: Session, row: Subscription, ending: tuple[MessageState, Reason], now: datetime
) -> None:
    """Cancel the texts of a locked subscription, and drop its questions."""
    mine = and_(Message.subscription_id == row.id, Message.kind.in_(_TO_HIM))
    call_off(session, mine, ending, now)
    drop_questions(session, AskedQuestion.subscription_id == row.id)


def pause(
    session: Session, subscription: Subscription, programme: Programme, now: datetime
) -> date:
    """Pause an active course and return the local day on which it resumes.

    Waiting assessments are still sent, unless their day moves with the pause. A paused course stays
    as it is. One that rests after a red flag goes on resting, and until that day at least.
    """
    lock(session, subscription)
    if subscription.state == SubscriptionState.PAUSED:
        return subscription.resumes_on or _rest(session, subscription, programme, now)
    replan = Replan(session, subscription, programme, now)
    closed = [one for one in replan.waiting if not _goes_out(replan, one, programme, now)]
    assessments = [item.id for item in replan.course.items.values() if item.assessment]
    others = or_(Message.item.is_(None), Message.item.not_in(assessments))
    replan.take_back(closed, others)
    until = replan.today + timedelta(days=programme.pause_days)
    subscription.paused_at, subscription.resumes_on = now, until
    session.flush()
    found = Difference(tuple(replan.placed(closed)), ())
    note_difference(session, subscription, "pause", now, found)
    return until


def _rest(session: Session, row: Subscription, programme: Programme, now: datetime) -> date:
    row.rests_until = local_day(now, row.zone) + timedelta(days=programme.pause_days)
    session.flush()
    return row.rests_until


def resume(
    session: Session, subscription: Subscription, programme: Programme, now: datetime
) -> None:
    """Resume a paused course; an assessment that fell into the pause is asked now.

    The programme says whether the days of the pause count. Any other course stays as it is.
    """
    lock(session, subscription)
    if subscription.state != SubscriptionState.PAUSED:
        return
    replan = Replan(session, subscription, programme, now)
    before = dict(subscription.anchors)
    if programme.resume is Resume.SHIFT:
        _shift(session, subscription, replan)
    _keep_first_dates(subscription, before)
    subscription.state = SubscriptionState.ACTIVE.value
    subscription.paused_at = subscription.resumes_on = subscription.rests_until = None
    found = replan.settle()
    note_difference(session, subscription, "resume", now, found)


def resume_due(session: Session, now: datetime, limit: int) -> int:
    """Resume paused courses whose day has come in their own zone; return how many."""
    rows = session.scalars(
        select(Subscription)
        .where(
            Subscription.resumes_on <= local_day(now, _FIRST_ZONE),
            Subscription.state == SubscriptionState.PAUSED.value,
        )
        .order_by(Subscription.resumes_on, Subscription.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
        .execution_options(populate_existing=True)
    ).all()
    due_now = [row for row in rows if row.resumes_on and row.resumes_on <= local_day(now, row.zone)]
    return resume_all(session, due_now, now)


def resume_all(session: Session, rows: Sequence[Subscription], now: datetime) -> int:
    """Resume paused courses, each by itself; return how many."""

    def go_on(row: Subscription) -> None:
        resume(session, row, programme_by_id(session, row.version_id)[1], now)

    return sum(
        isolated(session, _LOG, f"subscription {row.id} cannot go on", partial(go_on, row))
        for row in rows
    )


def _goes_out(replan: Replan, one: Message, programme: Programme, now: datetime) -> bool:
    """Return whether a waiting text is sent during a pause: an assessment whose day stays."""
    item = replan.course.items.get(one.item or "")
    if item is None or not item.assessment:
        return False
    moves = programme.resume is Resume.SHIFT and replan.course.counted_from[item.id] == ENROLMENT
    return not moves or one.planned_at < now


def _shift(session: Session, row: Subscription, replan: Replan) -> None:
    """Move the days counted from enrolment by the length of the pause.

    Today takes the place of the day on which the pause began; texts sent on that day are not sent
    again.
    """
    anchors = dates(row.anchors)
    if row.paused_at is None or ENROLMENT not in anchors:
        return
    paused_on = local_day(row.paused_at, row.zone)
    moved = replan.today - paused_on
    if moved <= timedelta(0):
        return
    group = group_of(row.cohort, row.arm)
    position = CoursePosition(group, {ENROLMENT: anchors[ENROLMENT]}, None, row.zone)
    that_day = [
        planned
        for planned in due(replan.course, position, paused_on, paused_on)
        if replan.course.counted_from[planned.item.id] == ENROLMENT
    ]
    left = {planned.item.id for planned in not_yet_written(session, row, that_day)}
    skipped = {SKIPPED + planned.item.id for planned in that_day if planned.item.id not in left}
    # Texts skipped on that day itself were sent before an earlier pause.
    skipped |= {
        code for code, on in anchors.items() if code.startswith(SKIPPED) and on == paused_on
    }
    row.anchors = (
        row.anchors
        | {ENROLMENT: (anchors[ENROLMENT] + moved).isoformat()}
        | dict.fromkeys(skipped, replan.today.isoformat())
    )
