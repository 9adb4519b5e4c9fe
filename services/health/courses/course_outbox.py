"""The texts of a person's course in the outbox: those that wait, and those that may wait again."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from services.health.courses.subscriptions import QuestionState
from services.messaging.outbox import COURSE
from services.messaging.parts import begun, join
from services.storage.models import AskedQuestion, Message, Subscription
from sms.message import MessageState
from sms.reasons import Reason
from sms.states import IN_FLIGHT

REPLANNED = MessageState.CANCELLED, Reason.REPLANNED
"""State and reason of texts that left the plan."""


class CourseTexts(NamedTuple):
    """The planned texts of a person: those that wait, and those that were sent and may fail yet.

    One that waits in parts is among them as one, unless a part has gone: then the others follow.
    `wholes`: the texts whose parts were sent, by key.
    """

    waiting: Sequence[Message]
    in_flight: Sequence[Message]
    wholes: Mapping[int, Message]

    def whole(self, one: Message) -> Message:
        """Return the text that a message is a part of, or the message."""
        return self.wholes.get(one.part_of or one.id, one)


def course_texts(session: Session, row: Subscription, now: datetime) -> CourseTexts:
    """Lock and return the planned texts of a person that wait, or may wait again."""
    waits = Message.state == MessageState.QUEUED.value
    found = session.scalars(
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
    waiting = [one for one in found if one.state == MessageState.QUEUED]
    in_flight = [one for one in found if one.state != MessageState.QUEUED]
    in_parts = {one.part_of for one in waiting if one.part_of}
    joined = join(session, in_parts - begun(session, in_parts), now)
    alone = [one for one in waiting if one.part_of is None]
    return CourseTexts([*alone, *joined], in_flight, _wholes(session, in_flight))


def _wholes(session: Session, parts: Sequence[Message]) -> dict[int, Message]:
    keys = {one.part_of for one in parts if one.part_of}
    if not keys:
        return {}
    return {one.id: one for one in session.scalars(select(Message).where(Message.id.in_(keys)))}


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
