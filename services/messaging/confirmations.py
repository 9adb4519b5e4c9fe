"""Pending confirmations of every service: their states, and which of them may be answered."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NamedTuple
from uuid import UUID, uuid4

from sqlalchemy import bindparam, select, update
from sqlalchemy.orm import Session

from services.messaging.outbox import MAY_STILL_COME, dedupe_key, went_by
from services.storage.models import Contact, Message, PendingConfirmation

FORGET, SET_PIN = "forget", "set_pin"
"""The kinds of FORGET and of setting a PIN; all others belong to livestock."""

OF_OTHERS = frozenset({FORGET, SET_PIN})
OF_LIVESTOCK = PendingConfirmation.kind.not_in(sorted(OF_OTHERS))
BY_CODE = PendingConfirmation.code_digest.is_not(None)

QUESTION = "question"
"""The message that asks an answerer for a choice; see `message_name`."""


class ConfirmationState(StrEnum):
    """State of a pending confirmation; all but OPEN are final."""

    OPEN = "open"
    DONE = "done"
    REFUSED = "refused"
    EXPIRED = "expired"
    REPLACED = "replaced"
    SPENT = "spent"
    PASSED_ON = "passed_on"
    LAPSED = "lapsed"


class OpenQuestion(NamedTuple):
    """A question that a handler left open until the sender answers; its public id.

    `secret`: whether a code confirms it; else the number of a choice answers it.
    """

    confirmation: UUID
    secret: bool


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


def replace_older(session: Session, confirmation: PendingConfirmation) -> None:
    """End the open codes of the same act and person: the newest alone counts."""
    session.execute(
        update(PendingConfirmation)
        .where(
            PendingConfirmation.answerer_id == confirmation.answerer_id,
            PendingConfirmation.kind == confirmation.kind,
            PendingConfirmation.state == ConfirmationState.OPEN,
            BY_CODE,
        )
        .values(state=ConfirmationState.REPLACED.value)
    )


# Made once: it is asked of each text that is no command.
_OPEN_TO = (
    select(PendingConfirmation)
    .where(
        PendingConfirmation.answerer_id == bindparam("answerer"),
        PendingConfirmation.state == ConfirmationState.OPEN,
        PendingConfirmation.expires_at > bindparam("at"),
    )
    .order_by(PendingConfirmation.id.desc())
)


def newest_open(
    session: Session, answerer_id: int, kind: str, now: datetime
) -> PendingConfirmation | None:
    """Return a person's newest confirmation of a kind, if it is open."""
    found = select(PendingConfirmation).where(
        PendingConfirmation.answerer_id == answerer_id,
        PendingConfirmation.kind == kind,
        PendingConfirmation.state == ConfirmationState.OPEN,
        PendingConfirmation.expires_at > now,
    )
    return session.scalars(found.order_by(PendingConfirmation.id.desc()).limit(1)).first()


def answerable(
    session: Session, answerer_id: int, at: datetime, read_by: datetime | None
) -> Iterator[PendingConfirmation]:
    """Yield the open confirmations that a party may answer now, newest first.

    `at` and `read_by` are those of the answer: see `open_to`. Questions whose texts all failed are
    left out, and those that had not reached the phone by `read_by`.
    """
    waiting = open_to(session, answerer_id, at, read_by)
    mine = (one for one in waiting if one.kind not in OF_OTHERS)
    return (one for one in mine if _was_read(session, one, read_by))


def open_to(
    session: Session, answerer_id: int, at: datetime, read_by: datetime | None
) -> Sequence[PendingConfirmation]:
    """Return the open confirmations of every kind that wait for a party, newest first.

    `at` (UTC) is when the answer was written. A text that comes late answers nothing that was made
    after `read_by`; a choice that the answerer began themselves is made when they wrote of it, so
    that a box may bring both at once.
    """
    waiting = session.scalars(_OPEN_TO, {"answerer": answerer_id, "at": at}).all()
    return [one for one in waiting if read_by is None or one.made_at <= read_by]


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


def _was_read(session: Session, confirmation: PendingConfirmation, by: datetime | None) -> bool:
    """Tell whether a question may have been read by an instant; None: by now."""
    answerer = Contact.party_id == confirmation.answerer_id
    contacts = session.scalars(select(Contact.id).where(answerer))
    keys = [dedupe_key(message_name(confirmation, QUESTION, contact)) for contact in contacts]
    may_have = went_by(by) if by is not None else MAY_STILL_COME
    found = session.execute(select(Message.id, may_have).where(Message.dedupe_key.in_(keys))).all()
    # Questions asked in a reply have no outbox row.
    return not found or any(came for _, came in found)
