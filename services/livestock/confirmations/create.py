"""Confirmations: a code drawn or a choice asked, texted to their people, recorded once.

Who must confirm follows from the owners of the animals.
"""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.livestock.control.thefts import tell_sights
from services.livestock.domain.errors import (
    AlreadyDone,
    UnknownNumber,
    Unreached,
    WrongKind,
)
from services.livestock.domain.model import (
    AnimalRef,
    Key,
    Origin,
    Recorded,
    Report,
    Scheme,
    event_id,
    read_key,
    write_key,
)
from services.livestock.recording.identity import find_animals
from services.livestock.recording.record import record_events
from services.messaging.codes import CODE_LIFE, close_to_codes, give_code
from services.messaging.command_router import CommandContext, Reply
from services.messaging.confirmations import (
    QUESTION,
    ConfirmationState,
    OpenQuestion,
    message_name,
    new_confirmation,
)
from services.messaging.offices import can_text, is_office
from services.messaging.outbox import REPLY_LIFE, OutboundMessage, SendOptions, enqueue_messages
from services.storage.locks import require_one_writer
from services.storage.models import Contact, Party, PendingConfirmation
from sms.message import Kind

_CHANNEL = "claim"
_YES_OR_NO = 2
CODE = "code"
"""The subject of a text with a code: see `text_party`."""

Executor = Callable[[CommandContext, PendingConfirmation, Mapping[str, Any], int], Reply]
"""Handler of an answered confirmation: context, confirmation, its command, choice (1 for a code).

It returns the reply, and may set the confirmation's state to refused.
"""


@dataclass(frozen=True, slots=True)
class OpenedConfirmation:
    """Confirmation that waits for its answer.

    Attributes:
        code: to be sent to the answerer alone; empty where choices are offered.
        replaced: True if it ended an older one.
    """

    confirmation: PendingConfirmation
    code: str = field(repr=False)
    replaced: bool


def open_confirmation(
    context: CommandContext, kind: "ConfirmationKind", answerer: Party, command: Mapping[str, Any]
) -> OpenedConfirmation:
    """Keep a command until it is confirmed; end older confirmations of the same animals.

    Args:
        answerer: whose answer counts.
        command: JSON of what will be done; `animals`, if it is about any, holds their keys: see
            `write_animals`.

    Raises:
        TooManyCodes: the answerer got many codes of this act within the hour.
    """
    session = context.unit.session
    require_one_writer(session)
    replaced = _end_older(context, kind, read_animals(command))
    parties = context.party.id, answerer.id
    confirmation = new_confirmation(kind.name, parties, context.now, kind.life, json.dumps(command))
    code = _give_code(context, kind, confirmation)
    own = answerer.id == context.party.id
    if own and kind.options:
        # Who writes to a box may choose before it has brought what asks.
        confirmation.made_at = context.written_at
    session.add(confirmation)
    session.flush()
    if own:
        context.waiting.append(OpenQuestion(confirmation.public_id, secret=not kind.options))
    return OpenedConfirmation(confirmation, code, replaced)


def text_party(
    context: CommandContext, party: Party, text: str, about: tuple[PendingConfirmation, str]
) -> None:
    """Queue a text for each phone of another person.

    Args:
        text: in their language.
        about: the confirmation, and a word for the text's subject: each is sent once.

    Raises:
        Unreached: they must answer, and no text of ours reaches them.
    """
    confirmation, what = about
    if what in {CODE, QUESTION} and not can_text(context.unit.session, party):
        raise Unreached
    contacts = select(Contact).where(Contact.party_id == party.id).order_by(Contact.id)
    messages: list[OutboundMessage] = []
    for contact in context.unit.session.scalars(contacts):
        dedupe = message_name(confirmation, what, contact.id)
        messages.append(OutboundMessage(contact.number, contact.number_index, text, dedupe))
    until, office = context.now + REPLY_LIFE, is_office(party.role)
    options = SendOptions(
        "claim", context.now, until, Kind.URGENT, office=office, direct=what == CODE
    )
    enqueue_messages(context.unit.session, messages, options)


def write_animals(animals: Iterable[Key]) -> list[str]:
    """Write the animals of a command."""
    return [write_key(key) for key in animals]


def read_animals(command: Mapping[str, Any]) -> tuple[Key, ...]:
    """Read the animals of a command; it may be about none."""
    return tuple(map(read_key, command.get("animals", ())))


def animals_of(confirmation: PendingConfirmation) -> tuple[Key, ...]:
    """Read the animals of a confirmation."""
    return read_animals(json.loads(confirmation.command))


def event_id_of(confirmation: PendingConfirmation) -> UUID:
    """Return the id of the event that a confirmation causes, by whatever channel it is answered."""
    return event_id(_CHANNEL, str(confirmation.public_id), 0)


def record_once(session: Session, report: Report, origin: Origin) -> Recorded:
    """Record a confirmed report, and tell of the stolen animals that it saw.

    Raises:
        AlreadyDone: it is recorded.
    """
    done = record_events(session, [report], origin)
    if not done:
        raise AlreadyDone
    tell_sights(session, done, origin)
    return done[0]


def _end_older(context: CommandContext, kind: "ConfirmationKind", animals: Sequence[Key]) -> bool:
    """End the sender's open confirmations of the animals; return True if one still waited."""
    session, kinds = context.unit.session, {kind.name, *kind.ends}
    wanted = identities(session, animals)
    # Expired ones too: a box may still bring the answer.
    rows = session.scalars(
        select(PendingConfirmation).where(
            PendingConfirmation.claimant_id == context.party.id,
            PendingConfirmation.state == ConfirmationState.OPEN,
            PendingConfirmation.kind.in_(kinds),
        )
    ).all()
    older = [row for row in rows if wanted & identities(session, animals_of(row))]
    for confirmation in older:
        confirmation.state = ConfirmationState.REPLACED.value
    return any(confirmation.expires_at > context.now for confirmation in older)


def _give_code(
    context: CommandContext, kind: "ConfirmationKind", confirmation: PendingConfirmation
) -> str:
    if kind.options:
        return ""
    if context.by_pin and confirmation.answerer_id == context.party.id:
        close_to_codes(confirmation)
        return ""
    return give_code(context.unit.session, context.unit.vault, confirmation)


@dataclass(frozen=True, slots=True)
class ConfirmationKind:
    """Kind of confirmation.

    Attributes:
        name: stored with each confirmation.
        execute: called at most once.
        options: number of choices, counted from 1; 0: a code confirms.
        life: time in which an answer counts.
        ends: other kinds that a new one of the same sender and animals replaces.
        objects: whether NO is an answer of its own though a code confirms.
        declares: whether a word of the seller's declaration may follow the code.
    """

    name: str
    execute: Executor
    options: int = 0
    life: timedelta = CODE_LIFE
    ends: frozenset[str] = frozenset()
    objects: bool = False
    declares: bool = False

    @property
    def no(self) -> int:
        """Number of the choice that NO is; 0: NO ends the question, and nothing follows."""
        return _YES_OR_NO if self.objects or self.options == _YES_OR_NO else 0


def known_animals(session: Session, keys: Sequence[Key]) -> dict[Key, AnimalRef]:
    """Look animals up, and refuse what recording would refuse; nothing is made yet.

    Raises:
        UnknownNumber: a short number that was never issued.
        WrongKind: a number of premises.
    """
    found = find_animals(session, keys)
    for key in keys:
        if key not in found and key.scheme == Scheme.SHORT:
            raise UnknownNumber(number=key)
        if key not in found and key.scheme == Scheme.PREMISES:
            raise WrongKind(key, "an animal")
    return found


def identities(session: Session, keys: Sequence[Key]) -> set[Key]:
    """Return one key for each animal, whichever of its numbers was written."""
    found = find_animals(session, keys)
    return {found[key].key if key in found else key for key in keys}
