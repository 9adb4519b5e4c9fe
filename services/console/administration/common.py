"""Common parts of the administrator's pages: the guard, acts, and people by what is typed."""

from uuid import UUID

from flask import g, request
from sqlalchemy import select
from sqlalchemy.orm import Session

from services.api.context import context
from services.api.idempotency import Work
from services.console.guards import SignedIn
from services.console.sessions import CHANNEL
from services.core.roles import Role
from services.ledger.party_log import PartyAct
from services.storage.models import Party
from services.storage.read_log import owner_of
from sms.errors import NumberError
from sms.numbers import normalise

CHIEFS = (Role.ADMINISTRATOR,)
ADMINISTRATORS = SignedIn(*CHIEFS)


def own(change: str, work: Work) -> PartyAct:
    """Return a change that whoever is signed in makes."""
    return PartyAct(change, g.party_public_id, CHANNEL, work.now)


def typed(name: str, most: int = 200) -> str:
    """Return a field of the form in one line, cut, without what no person types."""
    text = request.form.get(name, "")
    return " ".join("".join(one if one.isprintable() else " " for one in text).split())[:most]


def party_of_text(session: Session, text: str) -> Party | None:
    """Return the party of an id or a phone number as it is typed; None: nobody has it."""
    try:
        wanted = select(Party).where(Party.public_id == UUID(text))
        return session.scalars(wanted).first()
    except ValueError:
        pass
    try:
        index = context().database.vault.index(normalise(text))
    except NumberError:
        return None
    key = owner_of(session, index)
    return session.get(Party, key) if key else None
