"""Parties as officers, or they themselves, may see them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from services.storage.models import Contact, Party

_SHOWN = ("public_id", "role", "language", "province", "name")


def parties_wanted(role: str | None) -> Select[Party]:
    """Select the parties of a role, None: of any."""
    wanted = select(Party)
    return wanted if role is None else wanted.where(Party.role == role)


def party_views(
    session: Session, rows: Sequence[Party], *, phones: bool
) -> list[dict[str, object]]:
    """Return parties, with their phone numbers where these may be seen."""
    shown = [{name: getattr(row, name) for name in _SHOWN} for row in rows]
    if not phones:
        return shown
    numbers: defaultdict[int, list[str]] = defaultdict(list)
    contacts = select(Contact).where(Contact.party_id.in_([row.id for row in rows]))
    for contact in session.scalars(contacts.order_by(Contact.id)):
        numbers[contact.party_id].append(contact.number)
    return [view | {"phones": numbers[row.id]} for view, row in zip(shown, rows, strict=True)]
