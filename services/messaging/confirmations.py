"""Pending confirmations of every service: states, wrong tries, digests of their codes.

A code is kept as a keyed digest. Wrong ones are counted, and the last of `MOST_TRIES` ends a
confirmation.
"""

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
"""The kind of the FORGET command; all others belong to livestock."""

OF_LIVESTOCK = PendingConfirmation.kind != FORGET
BY_CODE = PendingConfirmation.code_digest.is_not(None)
MOST_TRIES = 5
QUESTION = "question"
"""The message that asks an answerer for a choice; see `message_name`."""
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
    """Return an open confirmation that is not stored yet, and has no code.

    `parties` are the database keys of claimant and answerer; `command` is JSON of the command.
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
    session: Session, vault: Vault, confirmation: PendingConfirmation, draw: Callable[[], str]
) -> str:
    """Give a new confirmation a code, none that its answerer has had lately, and return it.

    Two confirmations with one code would be confirmed by each other's. The session is exclusive,
    and `confirmation` not in it yet; `draw` returns a random code.
    """
    # So many that there are always others left.
    recent = recent_codes(confirmation.answerer_id, confirmation.made_at)
    others = session.scalars(recent.limit(_COMPARED)).all()
    while True:
        code = draw()
        if not any(confirms(vault, other, code) for other in others):
            confirmation.code_digest = _digest(vault, confirmation, code)
            return code


def recent_codes(answerer_id: int, now: datetime) -> Select[PendingConfirmation]:
    """Select the confirmations whose codes a party got lately, newest first, ended ones too."""
    lately = PendingConfirmation.made_at > now - _REMEMBERED
    mine = select(PendingConfirmation).where(
        PendingConfirmation.answerer_id == answerer_id, BY_CODE, lately
    )
    return mine.order_by(PendingConfirmation.id.desc())


def confirms(vault: Vault, confirmation: PendingConfirmation, code: str) -> bool:
    """Tell whether a code is the confirmation's."""
    return hmac.compare_digest(confirmation.code_digest or b"", _digest(vault, confirmation, code))


def count_wrong(confirmation: PendingConfirmation) -> int:
    """Count a wrong code against an open confirmation; return the tries left, 0: it has ended."""
    confirmation.tries += 1
    if confirmation.tries >= MOST_TRIES:
        confirmation.state = ConfirmationState.SPENT.value
    return MOST_TRIES - confirmation.tries


def answerable(
    session: Session, answerer_id: int, at: datetime, read_by: datetime | None
) -> Iterator[PendingConfirmation]:
    """Yield the open confirmations that a party may answer now, newest first.

    `at` (UTC) is when the answer was written. Questions that had not reached the phone by `read_by`
    are left out, since a box brings texts hours later; a confirmation that the answerer began
    themselves may be answered in advance.
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


def message_name(confirmation: PendingConfirmation, what: str, contact_id: int) -> str:
    """Return the `dedupe` of the message of kind `what` about a confirmation to one number."""
    return f"claim\0{confirmation.public_id}\0{what}\0{contact_id}"


def is_open(session: Session, public_id: UUID) -> bool:
    """Tell whether a confirmation still waits for its answer."""
    found = select(PendingConfirmation.id).where(
        PendingConfirmation.public_id == public_id,
        PendingConfirmation.state == ConfirmationState.OPEN,
    )
    return session.scalar(found) is not None


def is_of_livestock(session: Session, public_id: UUID) -> bool:
    """Tell whether a confirmation, if there is one, is a question of livestock."""
    found = select(PendingConfirmation.id).where(
        PendingConfirmation.public_id == public_id, ~OF_LIVESTOCK
    )
    return session.scalar(found) is None


def _digest(vault: Vault, confirmation: PendingConfirmation, code: str) -> bytes:
    """Return the keyed digest of a code, which nobody can brute-force without the data key."""
    return vault.digest(confirmation.public_id.bytes + code.encode())


def _was_read(session: Session, confirmation: PendingConfirmation, by: datetime) -> bool:
    answerer = Contact.party_id == confirmation.answerer_id
    contacts = session.scalars(select(Contact.id).where(answerer))
    keys = [dedupe_key(message_name(confirmation, QUESTION, contact)) for contact in contacts]
    of_it = select(Message.id).where(Message.dedupe_key.in_(keys))
    # Questions asked in a reply have no outbox row. If the row was never sent, the person may still
    # know the question another way.
    coming = session.scalar(of_it.where(comes_after(by)).limit(1))
    return coming is None or session.scalar(of_it.where(went_by(by)).limit(1)) is not None
