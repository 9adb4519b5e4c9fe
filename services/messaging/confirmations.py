"""Claims of every service: the states that they go through, and the codes that confirm them.

A code is kept as a keyed digest. Wrong ones are counted, and the last of `MOST_TRIES` ends a claim.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID, uuid4

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from services.messaging.outbox import comes_after, dedupe_key, went_by
from services.storage.models import Contact, Message, PendingConfirmation
from services.storage.vault import Vault

FORGET = "forget"
"""The kind that is of messages themselves; all others are of livestock."""

OF_LIVESTOCK = PendingConfirmation.kind != FORGET
BY_CODE = PendingConfirmation.code_digest.is_not(None)
MOST_TRIES = 5
QUESTION = "question"
"""What is told of a claim by the text that asks its answerer for a choice; see `letter_of`."""
# An old code is explained for so long; then it is a wrong one.
_REMEMBERED = timedelta(days=1)
_COMPARED = 50


class ConfirmationState(StrEnum):
    """State of a pending confirmation; all but OPEN are final."""

    OPEN = "open"
    DONE = "done"
    REFUSED = "refused"
    EXPIRED = "expired"
    REPLACED = "replaced"
    SPENT = "spent"


def new_confirmation(
    kind: str, parties: tuple[int, int], now: datetime, life: timedelta, command: str = "{}"
) -> PendingConfirmation:
    """Return an open claim that is not stored yet, and has no code.

    Args:
        kind: its name.
        parties: database keys of who claims it and of who answers.
        now: UTC.
        life: how long it waits.
        command: JSON of what will be done.
    """
    claimant, answerer = parties
    return PendingConfirmation(
        public_id=uuid4(),
        kind=kind,
        claimant_id=claimant,
        answerer_id=answerer,
        command=command,
        ask_again=False,
        state=ConfirmationState.OPEN.value,
        tries=0,
        made_at=now,
        expires_at=now + life,
    )


def give_code(
    session: Session, vault: Vault, claim: PendingConfirmation, draw: Callable[[], str]
) -> str:
    """Give a new claim a code, none that its answerer has had lately, and return it.

    Two claims with one code would be confirmed by each other's.

    Args:
        session: an open writing session that is the one writer.
        vault: of the digest.
        claim: not in the session yet.
        draw: a random code.
    """
    # So many that there are always others left.
    others = session.scalars(recent_codes(claim.answerer_id, claim.made_at).limit(_COMPARED)).all()
    while True:
        code = draw()
        if not any(confirms(vault, other, code) for other in others):
            claim.code_digest = _digest(vault, claim, code)
            return code


def recent_codes(answerer_id: int, now: datetime) -> Select[PendingConfirmation]:
    """Select the claims whose codes a party was told lately, newest first; some have ended."""
    lately = PendingConfirmation.made_at > now - _REMEMBERED
    mine = select(PendingConfirmation).where(
        PendingConfirmation.answerer_id == answerer_id, BY_CODE, lately
    )
    return mine.order_by(PendingConfirmation.id.desc())


def confirms(vault: Vault, claim: PendingConfirmation, code: str) -> bool:
    """Tell whether a code is the claim's."""
    return hmac.compare_digest(claim.code_digest or b"", _digest(vault, claim, code))


def count_wrong(claim: PendingConfirmation) -> int:
    """Count a wrong code against an open claim; return how many tries are left, 0: it has ended."""
    claim.tries += 1
    if claim.tries >= MOST_TRIES:
        claim.state = ConfirmationState.SPENT.value
    return MOST_TRIES - claim.tries


def asked(
    session: Session, answerer_id: int, at: datetime, read_by: datetime | None
) -> Iterator[PendingConfirmation]:
    """Yield what a party was asked and may answer, newest first: by a code, a digit, YES or NO.

    Args:
        session: an open session.
        answerer_id: database key of the party.
        at: UTC; when the answer was said.
        read_by: leave out questions of others that are still to reach his phone, or did so later,
            since a box brings texts hours later; what he began himself he may answer in advance.
    """
    waiting = session.scalars(
        select(PendingConfirmation)
        .where(
            PendingConfirmation.answerer_id == answerer_id,
            PendingConfirmation.state == ConfirmationState.OPEN,
            PendingConfirmation.expires_at > at,
            OF_LIVESTOCK,
        )
        .order_by(PendingConfirmation.id.desc())
    )
    return (one for one in waiting if read_by is None or _was_read(session, one, read_by))


def letter_of(claim: PendingConfirmation, what: str, contact_id: int) -> str:
    """Return what a text of a claim to one number is the only one for; `what` is told of it."""
    return f"claim\0{claim.public_id}\0{what}\0{contact_id}"


def is_open(session: Session, public_id: UUID) -> bool:
    """Tell whether a claim still waits for its answer."""
    found = select(PendingConfirmation.id).where(
        PendingConfirmation.public_id == public_id,
        PendingConfirmation.state == ConfirmationState.OPEN,
    )
    return session.scalar(found) is not None


def is_of_livestock(session: Session, public_id: UUID) -> bool:
    """Tell whether a claim, if there is one, is a question of livestock."""
    found = select(PendingConfirmation.id).where(
        PendingConfirmation.public_id == public_id, ~OF_LIVESTOCK
    )
    return session.scalar(found) is None


def _digest(vault: Vault, claim: PendingConfirmation, code: str) -> bytes:
    """Return what is kept of a code: without the data key nobody can try the codes on it."""
    return vault.digest(claim.public_id.bytes + code.encode())


def _was_read(session: Session, claim: PendingConfirmation, by: datetime) -> bool:
    contacts = session.scalars(select(Contact.id).where(Contact.party_id == claim.answerer_id))
    letters = [dedupe_key(letter_of(claim, QUESTION, contact)) for contact in contacts]
    of_it = select(Message.id).where(Message.dedupe_key.in_(letters))
    # What a reply asked has no letter; of a letter that never went, he may know otherwise.
    coming = session.scalar(of_it.where(comes_after(by)).limit(1))
    return coming is None or session.scalar(of_it.where(went_by(by)).limit(1)) is not None
