"""Opening a claim, and writing to the people whom it concerns."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from services.livestock.confirmations.codes import draw_code
from services.livestock.confirmations.errors import TooManyCodes
from services.livestock.confirmations.kinds import ClaimKind
from services.livestock.confirmations.owners import identities
from services.livestock.domain.model import Key, read_key, write_key
from services.messaging.command_router import CommandContext, OpenQuestion
from services.messaging.confirmations import (
    OF_LIVESTOCK,
    ClaimState,
    give_code,
    letter_of,
    new_claim,
)
from services.messaging.outbox import REPLY_LIFE, OutboundMessage, SendOptions, enqueue_messages
from services.storage.locks import one_writer
from services.storage.models import Contact, Party, PendingConfirmation
from sms.message import Kind

# Five tries at a code, and a new code for each message: without an end, somebody would hit one.
MOST_WRONG_A_DAY = 15
_A_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Opened:
    """A claim that waits.

    Attributes:
        claim: it.
        code: what confirms it, to be sent to its answerer alone; empty where choices are offered.
        replaced: whether an older claim ended by it.
    """

    claim: PendingConfirmation
    code: str = field(repr=False)
    replaced: bool


def open_claim(
    context: CommandContext, kind: ClaimKind, answerer: Party, command: Mapping[str, Any]
) -> Opened:
    """Keep a command until its answerer answers; older claims of the same animals end.

    Args:
        context: the message that claims it.
        kind: of claim.
        answerer: whose answer counts.
        command: JSON of what will be done; `animals` holds their keys, see `write_animals`.

    Raises:
        TooManyCodes: wrong codes came from the answerer's phone all day.
    """
    session = context.unit.session
    one_writer(session)
    replaced = _end_older(context, kind, read_animals(command))
    parties = context.party.id, answerer.id
    claim = new_claim(kind.name, parties, context.now, kind.life, json.dumps(command))
    code = "" if kind.options else _give_code(context, claim)
    session.add(claim)
    session.flush()
    if answerer.id == context.party.id:
        context.waiting.append(OpenQuestion(claim.public_id, secret=not kind.options))
    return Opened(claim, code, replaced)


def tell(
    context: CommandContext, party: Party, text: str, about: tuple[PendingConfirmation, str]
) -> None:
    """Put a text to another person into the outbox, for each of his phones.

    Args:
        context: the message that causes it.
        party: to whom.
        text: in `language_of` him.
        about: the claim, and a word for what is told of it: each is told once.
    """
    claim, what = about
    contacts = select(Contact).where(Contact.party_id == party.id).order_by(Contact.id)
    letters: list[OutboundMessage] = []
    for contact in context.unit.session.scalars(contacts):
        dedupe = letter_of(claim, what, contact.id)
        letters.append(OutboundMessage(contact.number, contact.number_index, text, dedupe))
    mailing = SendOptions("claim", context.now, context.now + REPLY_LIFE, Kind.URGENT)
    enqueue_messages(context.unit.session, letters, mailing)


def write_animals(animals: Iterable[Key]) -> list[str]:
    """Write the animals of a command."""
    return [write_key(key) for key in animals]


def read_animals(command: Mapping[str, Any]) -> tuple[Key, ...]:
    """Read the animals of a command."""
    return tuple(map(read_key, command["animals"]))


def animals_of(claim: PendingConfirmation) -> tuple[Key, ...]:
    """Read the animals of a claim."""
    return read_animals(json.loads(claim.command))


def _end_older(context: CommandContext, kind: ClaimKind, animals: Sequence[Key]) -> bool:
    """End the sender's open claims of the animals; tell whether one of them still waited."""
    session, kinds = context.unit.session, {kind.name, *kind.ends}
    wanted = identities(session, animals)
    # Of those that have expired too: a box may still bring the answer.
    rows = session.scalars(
        select(PendingConfirmation).where(
            PendingConfirmation.claimant_id == context.party.id,
            PendingConfirmation.state == ClaimState.OPEN,
            PendingConfirmation.kind.in_(kinds),
        )
    ).all()
    older = [row for row in rows if wanted & identities(session, animals_of(row))]
    for claim in older:
        claim.state = ClaimState.REPLACED.value
    return any(claim.expires_at > context.now for claim in older)


def _give_code(context: CommandContext, claim: PendingConfirmation) -> str:
    if _wrong_today(context.unit.session, claim) >= MOST_WRONG_A_DAY:
        raise TooManyCodes
    return give_code(context.unit.session, context.unit.vault, claim, draw_code)


def _wrong_today(session: Session, claim: PendingConfirmation) -> int:
    tries = session.scalar(
        select(func.sum(PendingConfirmation.tries)).where(
            PendingConfirmation.answerer_id == claim.answerer_id,
            PendingConfirmation.made_at > claim.made_at - _A_DAY,
            OF_LIVESTOCK,
        )
    )
    return int(tries or 0)
