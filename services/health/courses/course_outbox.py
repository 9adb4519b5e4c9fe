"""The texts of a person's course in the outbox: those that wait, and those that may wait again."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from services.health.courses.subscriptions import QuestionState
from services.messaging.outbox import COURSE
from services.storage.models import AskedQuestion, Message, Subscription
from sms.message import MessageState
from sms.reasons import Reason
from sms.states import IN_FLIGHT

REPLANNED = MessageState.CANCELLED, Reason.REPLANNED
"""State and reason of texts that left the plan."""


def course_texts(session: Session, row: Subscription, now: datetime) -> Sequence[Message]:
    """Lock and return the planned texts of a person that wait, or were sent and may fail yet."""
    waits = Message.state == MessageState.QUEUED.value
    return session.scalars(
        select(Message)
        .where(
            Message.subscription_id == row.id,
            Message.purpose == COURSE,
            Message.state.in_({MessageState.QUEUED, *IN_FLIGHT}),
            or_(waits, Message.expires_at > now),
        )
        .order_by(Message.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).all()


def cancel_messages(session: Session, messages: Sequence[Message]) -> None:
    """Cancel waiting messages that left the plan, and drop the questions they would ask."""
    if not messages:
        return
    openly = session.scalars(
        select(AskedQuestion)
        .where(
            AskedQuestion.subscription_id == messages[0].subscription_id,
            AskedQuestion.state == QuestionState.OPEN.value,
        )
        .order_by(AskedQuestion.asked_at)
    ).all()
    for one in messages:
        one.state, one.reason = (told.value for told in REPLANNED)
        one.leased_by = one.leased_until = None
        # Postponing a text does not move its question's time.
        questions = [a for a in openly if a.item == one.item and a.asked_at <= one.planned_at]
        for question_row in questions[-1:]:
            question_row.state, question_row.remind_at = QuestionState.DROPPED.value, None
    session.flush()
