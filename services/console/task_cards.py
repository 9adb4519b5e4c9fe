"""Cards of tasks: what a list shows of one, and the reading of its person's record noted."""

from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from flask import g
from sqlalchemy.orm import Session

from services.api.context import context
from services.api.guards import note_read
from services.console.words import language, role_name
from services.core.roles import Role
from services.health.care.concern_stories import is_quiet
from services.messaging.tasks.model import TaskKind
from services.messaging.tasks.reading import phone_of, place_of, subject_of
from services.messaging.tasks.wording import subject_in_words
from services.storage.models import Party, Task
from sms.numbers import local


class TaskCard(NamedTuple):
    """A task as a list shows it.

    Attributes:
        owner: name or office of who took it; None: nobody did.
        mine: whether it is the reader's own.
        quiet: nobody may call unasked: others may hear.
        phone: to call, as people write it; `dial`: as a telephone wants it.
    """

    id: UUID
    number: str
    province: str | None
    made_at: datetime
    due_at: datetime
    outcome: str | None
    what: str
    place: str
    name: str | None
    phone: str | None
    dial: str | None
    owner: str | None
    mine: bool
    quiet: bool


def card_of(session: Session, row: Task) -> TaskCard:
    """Return a task as a list shows it, and note that its person's record is read."""
    subject = subject_of(session, context().database.vault, row)
    if subject is not None:
        note_read(session, subject)
    number, about = phone_of(session, row), session.get(Party, row.party_id or 0)
    owner = session.get(Party, row.owner_id or 0)
    return TaskCard(
        *(row.public_id, row.number, row.province, row.made_at, row.due_at, row.outcome),
        str(subject_in_words(session, row, language())),
        place_of(session, row).label,
        about.name if about else None,
        local(number) if number else None,
        number,
        (owner.name or role_name(Role(owner.role))) if owner else None,
        row.owner_id is not None and row.owner_id == g.party_id,
        row.kind == TaskKind.CONCERN and is_quiet(session, row),
    )
