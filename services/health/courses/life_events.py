"""Courses of a person in whose life something has happened: the end, care, or a pause.

A course in care keeps its cohort and its dates. The day of the event among them, under a mark of
its own, says that only the event's messages follow: see `services.health.courses.schedule`.
"""

from datetime import datetime, timedelta

from sqlalchemy import and_, select
from sqlalchemy.orm import Session

from services.health.courses.compiled import compile_course, event_in
from services.health.courses.course_messages import dates, own_dates, position_of
from services.health.courses.course_outbox import REPLANNED
from services.health.courses.plan_changes import end, pause
from services.health.courses.plans import lock
from services.health.courses.schedule import next_day
from services.health.courses.subscriptions import (
    OPEN,
    RUNNING,
    SubscriptionState,
    drop_questions,
    note_change,
)
from services.health.format.life_events import EVENT, EVERYWHERE, LifeEvent, Then
from services.health.format.model import Programme
from services.messaging.consent import refuse
from services.messaging.outbox import call_off
from services.storage.models import AskedQuestion, Message, Subscription
from services.storage.vault import vault_of
from sms.consent import GONE
from sms.local_time import local_day
from sms.message import Kind, MessageState
from sms.reasons import Reason

BY_EVENT = "event"
"""Source of a refusal that follows from an event: no text of the programme comes after it."""

_DAY = timedelta(days=1)


def take_in(
    session: Session, row: Subscription, programme: Programme, event: LifeEvent, now: datetime
) -> None:
    """Change a person's course as its programme says of an event.

    A course that has not begun ends instead of turning to care or pausing.
    """
    lock(session, row)
    if row.state not in OPEN or event_in(row.anchors) == event.code or event.then is Then.GO_ON:
        return
    if event.then is Then.STOP or row.state not in RUNNING:
        end_by_event(session, row, event.code, now)
    elif event.then is Then.CARE:
        _turn_to_care(session, row, programme, event, now)
    elif row.state == SubscriptionState.ACTIVE:
        pause(session, row, programme, now)


def end_by_event(session: Session, row: Subscription, reason: str, now: datetime) -> None:
    """End a course by an event; after a death or a lost phone, all courses of the person."""
    courses = [row]
    if reason in EVERYWHERE:
        others = and_(
            Subscription.person_id == row.person_id,
            Subscription.id != row.id,
            Subscription.state.in_([state.value for state in OPEN]),
        )
        courses += session.scalars(select(Subscription).where(others).order_by(Subscription.id))
    for one in courses:
        end(session, one, SubscriptionState.ENDED, reason, now)
        refuse(session, one.number_index, one.programme, BY_EVENT, now)
    if reason in EVERYWHERE:
        for number in {one.number for one in courses if one.number}:
            _leave_alone(session, number, now)


def _leave_alone(session: Session, number: str, now: datetime) -> None:
    """Keep lists and campaigns from a number, and close what waits of them."""
    indexes = vault_of(session).indexes(number)
    refuse(session, indexes.ordinary, GONE, BY_EVENT, now)
    campaigns = and_(Message.recipient_index.in_(indexes), Message.campaign_id.is_not(None))
    call_off(session, campaigns, (MessageState.CANCELLED, Reason.CANCELLED), now)


def _turn_to_care(
    session: Session, row: Subscription, programme: Programme, event: LifeEvent, now: datetime
) -> None:
    mine = and_(Message.subscription_id == row.id, Message.kind == Kind.PROGRAMME.value)
    call_off(session, mine, REPLANNED, now)
    drop_questions(session, AskedQuestion.subscription_id == row.id)
    today = local_day(now, row.zone)
    kept = own_dates(dates(row.anchors)) | {EVENT + event.code: today}
    row.anchors = {code: on.isoformat() for code, on in kept.items()}
    row.state = SubscriptionState.ACTIVE.value
    row.paused_at = row.resumes_on = row.rests_until = None
    # The planner takes a plan whose `since` is the activation for one that never changed.
    row.since = now if now != row.activated_at else now + timedelta(microseconds=1)
    row.next_on = next_day(compile_course(programme), position_of(row), today)
    note_change(session, row, "event", now, {"event": event.code})
    session.flush()
