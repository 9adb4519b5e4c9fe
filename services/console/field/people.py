"""People behind animals and places: named to officers alone, and each reading is noted."""

from collections.abc import Sequence
from typing import NamedTuple

from flask import g
from sqlalchemy import select
from sqlalchemy.orm import Session

from services.api.guards import note_read
from services.console.words import role_name
from services.core.roles import OFFICERS, Role, Scope
from services.messaging.tasks.one_health import first_number
from services.storage.models import Party
from services.storage.read_log import ReadSubject
from sms.numbers import local


class PersonLine(NamedTuple):
    """A person as officers see them: name or office, and the phone, as written and as dialled."""

    name: str
    phone: str | None
    dial: str | None


def may_see_people() -> bool:
    """Tell whether the reader may read names and phones, as the API lets them."""
    return g.holder.role in OFFICERS and Scope.PEOPLE in g.holder.scopes


def people(session: Session, keys: Sequence[int | None]) -> dict[int, PersonLine]:
    """Return parties by database key, and note that they are read; nobody, to others."""
    wanted = {key for key in keys if key is not None}
    if not wanted or not may_see_people():
        return {}
    rows = session.scalars(select(Party).where(Party.id.in_(wanted))).all()
    note_read(session, *(ReadSubject(row.id) for row in rows))
    return {row.id: _line(session, row) for row in rows}


def _line(session: Session, row: Party) -> PersonLine:
    number = first_number(session, row.id)
    name = row.name or role_name(Role(row.role))
    return PersonLine(name, local(number) if number else None, number)
