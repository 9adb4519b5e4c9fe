"""Letting go, after the server's clock was set back, of what waits for the time it had shown."""

from datetime import datetime, timedelta

from sqlalchemy import Interval, literal, or_, update
from sqlalchemy.orm import Session

from services.messaging.dispatch.claim import QUEUED
from services.storage.models import Attempt, Channel, Message
from sms.admission import PRIORITIES
from sms.circuit import LONGEST_WAIT as LONGEST_CLOSED
from sms.message import Kind
from sms.reconciliation import FIRST_LOOK, LONGEST_WAIT

_AT_ONCE = timedelta(minutes=1)


def resume(session: Session, now: datetime) -> int:
    """Let go answers, urgent texts, channels and looks that an hour ahead held; count the texts.

    Done twice it changes nothing more. What was planned for an hour of the day stays for it. A
    carrier that had asked to wait says so again.
    """
    session.execute(update(Channel).where(Channel.paced_until > now).values(paced_until=now))
    for column in (Channel.open_until, Channel.probed_until):
        session.execute(
            update(Channel)
            .where(column > now + LONGEST_CLOSED)
            .values({column: now + LONGEST_CLOSED})
        )
    session.execute(
        update(Attempt).where(Attempt.look_at > now + LONGEST_WAIT).values(look_at=now + FIRST_LOOK)
    )
    held = (
        update(Message)
        .where(
            QUEUED,
            Message.priority <= PRIORITIES[Kind.URGENT],
            Message.created_at > now,
            Message.due_at > now,
            or_(
                Message.due_at <= Message.created_at + literal(_AT_ONCE, Interval()),
                Message.tries > 0,
            ),
        )
        .values(due_at=now.replace(microsecond=0))
        .returning(Message.id)
    )
    return len(session.execute(held).all())
