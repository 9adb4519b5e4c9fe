"""Messages of the inbox with what was said to them, and the tasks that they are."""

from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.messaging.inbox import Inbox, InboxMessage, answers_to
from services.messaging.tasks.reading import TaskReader, visible
from services.storage.models import Arrival, Task, TaskSource

_MOST = 20


class Exchange(NamedTuple):
    """A message with what was said to it; None: nothing, or it is no longer kept.

    Attributes:
        reply: by the program, at once.
        answer: by a person.
    """

    message: InboxMessage
    reply: str | None
    answer: str | None


def exchanges(session: Session, messages: Sequence[InboxMessage]) -> list[Exchange]:
    """Return messages with what was said to each, in their order."""
    keys = [bytes.fromhex(one.id) for one in messages]
    replies = select(Arrival.key_digest, Arrival.answer).where(Arrival.key_digest.in_(keys))
    said = {row.key_digest: row.answer for row in session.execute(replies)}
    answers = answers_to(session, keys)
    return [
        Exchange(one, said.get(key) or None, answers.get(key))
        for one, key in zip(messages, keys, strict=True)
    ]


def exchanges_of(session: Session, inbox: Inbox, row: Task) -> list[Exchange]:
    """Return the newest messages of a task that the reader of an inbox may see, newest first."""
    mine = select(TaskSource.arrival).where(
        TaskSource.task_id == row.id, TaskSource.arrival.is_not(None)
    )
    newest = session.scalars(mine.order_by(TaskSource.id.desc()).limit(_MOST))
    return exchanges(session, inbox.among([key for key in newest if key]))


def task_of(session: Session, reader: TaskReader, message: InboxMessage) -> Task | None:
    """Return the task of a message, if the reader sees it."""
    mine = select(Task).join(TaskSource, TaskSource.task_id == Task.id)
    key = bytes.fromhex(message.id)
    return session.scalars(mine.where(TaskSource.arrival == key, visible(session, reader))).first()
