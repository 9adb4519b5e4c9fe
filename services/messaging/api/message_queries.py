"""Reading messages and what became of them."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from enum import StrEnum
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from services.core.errors import Conflict, Invalid, NotFound
from services.messaging.outbox import CONCERN
from services.storage.models import Attempt, Message
from services.storage.vault import NumberIndexes, Vault, vault_of
from sms.message import MessageState
from sms.reasons import Reason


class Withheld(StrEnum):
    """Reasons why the text of a message is shown to nobody."""

    SECRET = "secret"  # noqa: S105 — a reason, not a password
    """It may hold a code, a PIN's code or a part of an invitation."""
    HEALTH = "health"
    """It belongs to a health programme, or tells a clinician of somebody."""


class MessageView(NamedTuple):
    """A message and its attempts, oldest first; `withheld`: why its text is not shown, if so."""

    message: Message
    attempts: Sequence[Attempt]
    withheld: Withheld | None

    @property
    def body(self) -> str | None:
        """The text; None: it is not shown."""
        return None if self.withheld else self.message.body


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
    vault = vault_of(session)
    return [MessageView(row, attempts[row.id], _withheld(vault, row)) for row in rows]


def _withheld(vault: Vault, row: Message) -> Withheld | None:
    """Tell why a text is not shown: its reader would hold the code, or the diagnosis."""
    if row.direct:
        return Withheld.SECRET
    # The ordinary index finds all texts but those of programmes; a forgotten number has neither.
    of_programme = bool(row.recipient) and row.recipient_index != vault.index(row.recipient)
    return Withheld.HEALTH if of_programme or row.purpose == CONCERN else None
