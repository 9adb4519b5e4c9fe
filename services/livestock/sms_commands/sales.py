"""Sales and gifts, from the first message to their events."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any, cast
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from gateway.tags import Identifier
from services.livestock.confirmations.create import animals_of as animals_asked
from services.livestock.confirmations.create import (
    identities,
    read_animals,
    write_animals,
)
from services.livestock.domain.acts import CommandAct
from services.livestock.domain.animal_state import AnimalState
from services.livestock.domain.errors import (
    NoPhone,
    OfferOpen,
    OffersSpent,
    SamePlace,
    UnknownNumber,
)
from services.livestock.domain.model import (
    EventType,
    Key,
    Occurred,
    Report,
    Scheme,
    read_key,
    write_key,
)
from services.livestock.domain.movements import places_on
from services.livestock.recording.identity import find_animals, find_premises
from services.livestock.recording.projection import read_states
from services.livestock.sms_commands.common import (
    Home,
    animals_of,
    claimed_day,
    home_of,
    key_of,
    premises_at,
)
from services.livestock.sms_commands.places import place_of_animals
from services.livestock.sms_commands.wording import list_numbers
from services.messaging.command_router import CommandContext
from services.messaging.confirmations import ConfirmationState
from services.storage.models import Contact, Party, PendingConfirmation, Premises
from services.storage.parties import party_of
from services.texts.catalogue import day_and_month
from sms.numbers import local

SOLD, GIVEN = "sold", "given"
OFFER = "take"
"""Kind of the confirmation that asks a receiver."""


@dataclass(frozen=True, slots=True)
class Sale:
    """Animals that shall belong to somebody else.

    Attributes:
        animals: as they were written.
        at, to: premises of the seller and of the receiver.
        on: local day on which they leave.
        taker: public id of the receiver.
        shown: the receiver as the seller wrote them, maybe a phone number: for the seller alone.
        terms: sold or given; None: not asked yet.
        proven: whether their owner's code or PIN stands behind it already.
        clean: the seller's declaration: see `Declaration`; None: they said nothing.
        denied: flags of that declaration, by what the book says against it.
    """

    animals: tuple[Key, ...]
    at: Key
    to: Key
    on: date
    taker: UUID
    shown: str = field(repr=False)
    terms: str | None
    proven: bool = False
    clean: bool | None = None
    denied: tuple[str, ...] = ()

    @property
    def act(self) -> CommandAct:
        """The act by whose row it is decided who must agree."""
        return CommandAct.GIVE if self.terms == GIVEN else CommandAct.SELL

    def command(self) -> dict[str, object]:
        """Write it as a claim keeps it."""
        return {
            "animals": write_animals(self.animals),
            "at": write_key(self.at),
            "to": write_key(self.to),
            "on": self.on.isoformat(),
            "taker": str(self.taker),
            "shown": self.shown,
            "terms": self.terms,
            "proven": self.proven,
            "clean": self.clean,
            "denied": self.denied,
        }

    @classmethod
    def read(cls, command: Mapping[str, Any]) -> "Sale":
        """Read it from a claim."""
        return cls(
            read_animals(command),
            read_key(command["at"]),
            read_key(command["to"]),
            date.fromisoformat(command["on"]),
            UUID(command["taker"]),
            command["shown"],
            command["terms"],
            command.get("proven", False),
            command.get("clean"),
            tuple(command.get("denied", ())),
        )

    def receiver(self, session: Session) -> Party:
        """Return the receiver."""
        return session.scalars(select(Party).where(Party.public_id == self.taker)).one()

    def words(self, language: str) -> dict[str, object]:
        """Return the values of sentences to the seller."""
        return {
            "pigs": list_numbers(self.animals),
            "place": self.at,
            "other": self.shown,
            "day": day_and_month(self.on, language),
        }

    def still_here(self, session: Session) -> tuple[Key, ...]:
        """Return the animals that are neither at the receiver's nor reported on their way there."""
        found = find_animals(session, self.animals)
        states = read_states(session, {ref.id for ref in found.values()})
        there = find_premises(session, [self.to])[self.to].id
        return tuple(
            key
            for key in self.animals
            if key not in found or not _has_gone(states[found[key].id], there, self.on)
        )

    def departure(self, context: CommandContext, event: UUID, animals: tuple[Key, ...]) -> Report:
        """Make the event of their leaving."""
        occurred = Occurred.on(self.on, premises_at(context, self.at).zone)
        return Report(event, EventType.DEPART, animals, self.at, self.to, occurred)

    def transfer(self, context: CommandContext, event: UUID, giver: Party, on: date) -> Report:
        """Make the transfer, on the day of the receiver's answer."""
        details = {
            "giver": str(giver.public_id),
            "receiver": str(self.taker),
            "terms": self.terms,
        }
        occurred = Occurred.on(on, premises_at(context, self.to).zone)
        return Report(event, EventType.TRANSFER, self.animals, self.to, None, occurred, details)


MOST_OFFERS = 3
"""Offers of one seller to one receiver in a day: each is a text that nobody asked for."""
_A_DAY = timedelta(days=1)


def require_may_offer(context: CommandContext, sale: Sale, receiver: Party) -> None:
    """Refuse an offer while the receiver has another, or after too many of one seller.

    An offer of the same animals by the same seller takes the place of the one before.

    Raises:
        OfferOpen, OffersSpent: as above.
    """
    session, to_them = context.unit.session, PendingConfirmation.answerer_id == receiver.id
    offers = (PendingConfirmation.kind == OFFER, to_them)
    waiting = select(PendingConfirmation).where(
        *offers,
        PendingConfirmation.state == ConfirmationState.OPEN,
        PendingConfirmation.expires_at > context.now,
    )
    wanted = identities(session, sale.animals)
    for one in session.scalars(waiting):
        if one.claimant_id != context.party.id or not wanted & identities(
            session, animals_asked(one)
        ):
            raise OfferOpen(other=sale.shown)
    asked = select(func.count()).where(
        *offers,
        PendingConfirmation.claimant_id == context.party.id,
        PendingConfirmation.made_at > context.now - _A_DAY,
    )
    if (session.scalar(asked) or 0) >= MOST_OFFERS:
        raise OffersSpent(other=sale.shown, count=MOST_OFFERS)


def read_sale(context: CommandContext, terms: str | None) -> Sale:
    """Read a message of SELL or GIVE.

    Raises:
        NoPhone: the receiver has no phone to ask.
        SamePlace: the receiver is the sender.
        UnknownNumber, WrongKind, OnlyAnExample, TooMany, FutureDay: of the message.
    """
    animals = animals_of(context, "tags")
    home = place_of_animals(context, animals)
    told = context.arguments["place"]
    if isinstance(told, str):
        receiver, to, shown = _by_phone(context, told)
    else:
        receiver, to, shown = _by_place(context, cast("Identifier", told))
    require_other(context, home, receiver, to)
    day = claimed_day(context, home)
    clean = cast("bool | None", context.arguments.get("declared"))
    return Sale(animals, home.key, to, day, receiver.public_id, shown, terms, clean=clean)


def keeper_at(session: Session, key: Key) -> Party:
    """Return the keeper of premises; raise UnknownNumber, or NoPhone if nobody can be asked."""
    place = find_premises(session, [key]).get(key)
    if place is None and key.scheme == Scheme.SHORT:
        raise UnknownNumber(number=key)
    keeper = session.scalars(
        select(Party)
        .join(Premises, Premises.keeper_id == Party.id)
        .join(Contact, Contact.party_id == Party.id)
        .where(Premises.id == (place.id if place else None))
    ).first()
    if keeper is None:
        raise NoPhone(number=key)
    return keeper


def require_other(context: CommandContext, home: Home, receiver: Party, to: Key) -> None:
    """Refuse the sender as the receiver: raise SamePlace."""
    here = find_premises(context.unit.session, [to])[to].id == home.row.id
    if here or receiver.id == context.party.id:
        raise SamePlace(number=to)


def _by_phone(context: CommandContext, number: str) -> tuple[Party, Key, str]:
    receiver = party_of(context.unit, number)
    return receiver, home_of(context, receiver).key, local(number)


def _by_place(context: CommandContext, told: Identifier) -> tuple[Party, Key, str]:
    key = key_of(told, "premises")
    return keeper_at(context.unit.session, key), key, str(key)


def _has_gone(state: AnimalState, there: int, on: date) -> bool:
    under_way = any(
        move.destination == there and move.departed_on is not None and move.arrived_on is None
        for move in state.moves
    )
    return under_way or there in places_on(on, state.home, state.moves)
