"""Phones that an officer adds to somebody, once that person, or a second officer, agrees.

Who gets a phone into another's party speaks for them from then on, and gets their codes.
"""

import json
from collections.abc import Iterable
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.core.errors import Conflict, Forbidden
from services.ledger.party_log import PartyAct, record_party
from services.messaging.confirmations import (
    QUESTION,
    ConfirmationState,
    message_name,
    new_confirmation,
)
from services.messaging.outbox import OutboundMessage, SendOptions, enqueue_messages
from services.storage.bulk import add_new
from services.storage.locks import require_one_writer
from services.storage.models import Contact, Party, PendingConfirmation
from services.storage.vault import Vault
from services.texts.catalogue import language_of, say
from sms.message import Kind
from sms.numbers import local

BY_PERSON, BY_OFFICER = "own_phone", "officers_phone"
"""Kinds of the pending confirmations: the person's, and a second officer's."""
LIFE = timedelta(days=7)


class PhoneState(StrEnum):
    """State of a phone that an officer adds."""

    ADDED = "added"
    ASKED = "asked"
    WAITS = "waits"


class PhoneAct(NamedTuple):
    """A phone that an officer adds: to whom, which number (E.164), and the officer's party.

    `officer` is a database key, None of a token that belongs to nobody; `by` is its public id.
    """

    party: Party
    number: str
    officer: int | None
    by: UUID | None
    now: datetime


def add_phone(session: Session, vault: Vault, act: PhoneAct) -> PhoneState:
    """Add the first phone of a new party; else ask the person, or wait for a second officer.

    Raises:
        Conflict: the phone is somebody's already.
        Forbidden: a second officer is needed, and the token belongs to no person.
    """
    require_one_writer(session)
    require_free(session, vault, act.number)
    known = session.scalars(
        select(Contact).where(Contact.party_id == act.party.id).order_by(Contact.id)
    ).all()
    if known:
        _ask(session, act, known)
        return PhoneState.ASKED
    first = _waiting(session, act)
    if first is None:
        _wait(session, act)
        return PhoneState.WAITS
    first.state = ConfirmationState.DONE.value
    keep_phone(session, vault, act.party, act.number)
    return PhoneState.ADDED


def keep_phone(session: Session, vault: Vault, party: Party, number: str) -> None:
    """Add a phone to a party; the caller writes the party to the journal.

    Raises:
        Conflict: the phone is somebody's by now, such as a stranger's whose first text came.
    """
    contact = {"party_id": party.id, "number": number, "number_index": vault.index(number)}
    if not add_new(session, Contact, contact):
        raise _taken()


def require_free(session: Session, vault: Vault, number: str) -> None:
    """Refuse a phone that is somebody's already.

    Raises:
        Conflict: it is.
    """
    taken = select(Contact.id).where(Contact.number_index == vault.index(number))
    if session.scalar(taken.limit(1)) is not None:
        raise _taken()


def _taken() -> Conflict:
    return Conflict("The phone belongs to a party already: change that one")


def agree(session: Session, vault: Vault, party: Party, number: str, act: PartyAct) -> None:
    """Add the phone that the person agreed to, and write it to the journal.

    Raises:
        Conflict: it is somebody's by now.
    """
    require_free(session, vault, number)
    keep_phone(session, vault, party, number)
    record_party(session, party, act)


def _ask(session: Session, act: PhoneAct, phones: Iterable[Contact]) -> None:
    row = _pending(act, BY_PERSON)
    language = language_of(act.party.language)
    row.question = say("phone_added.ask", language, other=local(act.number))
    session.add(row)
    session.flush()
    messages = [
        OutboundMessage(
            one.number, one.number_index, row.question, message_name(row, QUESTION, one.id)
        )
        for one in phones
    ]
    options = SendOptions("claim", act.now, act.now + LIFE, Kind.URGENT)
    enqueue_messages(session, messages, options)


def _wait(session: Session, act: PhoneAct) -> None:
    session.add(_pending(act, BY_OFFICER))
    session.flush()


def _waiting(session: Session, act: PhoneAct) -> PendingConfirmation | None:
    """Return the request of another officer for the same phone; None: this is the first.

    Raises:
        Forbidden: the token belongs to no person, so that nobody could tell two officers apart.
    """
    if act.officer is None:
        raise Forbidden(
            "This person has no phone to ask, so a second officer must add it too: both need a "
            "token of their own"
        )
    rows = session.scalars(
        select(PendingConfirmation).where(
            PendingConfirmation.answerer_id == act.party.id,
            PendingConfirmation.kind == BY_OFFICER,
            PendingConfirmation.state == ConfirmationState.OPEN,
            PendingConfirmation.expires_at > act.now,
            PendingConfirmation.claimant_id != act.officer,
        )
    )
    same = (one for one in rows if json.loads(one.command)["number"] == act.number)
    return next(same, None)


def _pending(act: PhoneAct, kind: str) -> PendingConfirmation:
    parties = (act.party.id if act.officer is None else act.officer, act.party.id)
    command = json.dumps({"animals": [], "number": act.number})
    return new_confirmation(kind, parties, act.now, LIFE, command)
