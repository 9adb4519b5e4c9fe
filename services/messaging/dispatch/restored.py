"""Texts of a restored copy that the old database may have sent, since nobody can look there."""

from datetime import datetime

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import Session

from services.messaging.dispatch.claim import QUEUED
from services.messaging.outbox import close_waiting
from services.storage.models import Message
from sms.message import Kind, MessageState
from sms.reasons import Reason

MOST_COUNTED = 10_000


def count_doubtful(session: Session, since: datetime, now: datetime) -> int:
    """Count the texts in doubt, up to `MOST_COUNTED` and one; see `close_doubtful`."""
    some = select(Message.id).where(_doubtful(since, now)).limit(MOST_COUNTED + 1).subquery()
    return session.scalar(select(func.count()).select_from(some)) or 0


def close_doubtful(session: Session, since: datetime, now: datetime) -> int:
    """Close texts that are due as uncertain, which are never sent again; return how many.

    Those of courses and campaigns that this copy planned are of the same days as the old one's.
    What answers a text that this copy took in, since then, is its own.
    """
    doubtful = _doubtful(since, now)
    return close_waiting(session, doubtful, MessageState.UNCERTAIN, Reason.UNCERTAIN)


def _doubtful(since: datetime, now: datetime) -> ColumnElement[bool]:
    planned = Message.kind.not_in([Kind.ANSWER.value, Kind.URGENT.value])
    return and_(QUEUED, Message.due_at <= now, or_(planned, Message.created_at < since))
