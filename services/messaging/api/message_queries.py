"""Reading messages and what became of them."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from services.core.errors import Conflict, Invalid, NotFound
from services.storage.models import Attempt, Message
from services.storage.vault import NumberIndexes
from sms.message import MessageState
from sms.reasons import Reason


class MessageView(NamedTuple):
    """A message and its attempts, oldest first."""

    message: Message
    attempts: Sequence[Attempt]


class Page(NamedTuple):
    """Some of many messages, newest first; `next` is the cursor of those that follow."""

    messages: Sequence[MessageView]
    next: UUID | None


def search_messages(
    session: Session, indexes: NumberIndexes, limit: int, cursor: UUID | None
) -> Page:
    """Read messages to one number.

    `indexes`: the number's, since programmes' texts have an index of their own.

    Raises:
        Invalid: no message is at the cursor.
    """
    wanted = select(Message).where(Message.recipient_index.in_(indexes))
    if cursor is not None:
        wanted = wanted.where(Message.id < _place_of(session, cursor))
    rows = session.scalars(wanted.order_by(Message.id.desc()).limit(limit + 1)).all()
    shown = rows[:limit]
    more = shown[-1].public_id if len(rows) > limit else None
    return Page(_views(session, shown), more)


def read_message(session: Session, public_id: UUID) -> MessageView:
    """Read one message.

    Raises:
        NotFound: there is none.
    """
    return _views(session, [_found(session, select(Message), public_id)])[0]


def cancel_message(session: Session, public_id: UUID) -> MessageView:
    """Close one message that waits; whoever holds a lease on it finds that when it would send.

    Raises:
        NotFound: there is none.
        Conflict: it does not wait any more.
    """
    row = _found(session, select(Message).with_for_update(), public_id)
    if row.state != MessageState.QUEUED:
        raise Conflict(f"The message is {row.state}: only one that is queued can be cancelled")
    row.state, row.reason = MessageState.CANCELLED.value, Reason.CANCELLED.value
    row.leased_by, row.leased_until = None, None
    session.flush()
    return _views(session, [row])[0]


def _found(session: Session, wanted: Select[Message], public_id: UUID) -> Message:
    row = session.scalars(wanted.where(Message.public_id == public_id)).first()
    if row is None:
        raise NotFound("No message has this id")
    return row


def _place_of(session: Session, cursor: UUID) -> int:
    place = session.scalar(select(Message.id).where(Message.public_id == cursor))
    if place is None:
        raise Invalid(
            "No page follows this cursor", {"cursor": "Take it from `next` of the page before"}
        )
    return place


def _views(session: Session, rows: Iterable[Message]) -> list[MessageView]:
    rows = list(rows)
    attempts: defaultdict[int, list[Attempt]] = defaultdict(list)
    for attempt in session.scalars(
        select(Attempt).where(Attempt.message_id.in_([row.id for row in rows])).order_by(Attempt.id)
    ):
        attempts[attempt.message_id].append(attempt)
    # Read in full, they outlive the session.
    session.expunge_all()
    return [MessageView(row, attempts[row.id]) for row in rows]
