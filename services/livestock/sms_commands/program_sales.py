"""Sales and gifts that programs ask for: SELL and GIVE without the questions to the seller."""

from datetime import date

from sqlalchemy import select

from services.core.errors import Conflict
from services.livestock.confirmations.owners import other_owner
from services.livestock.domain.errors import FutureDay
from services.livestock.domain.model import Key, event_id
from services.livestock.sms_commands.common import today_at
from services.livestock.sms_commands.ownership import CONSENT, TAKE, ask_owner, make_offer
from services.livestock.sms_commands.places import place_of_animals
from services.livestock.sms_commands.sales import Sale, require_other
from services.messaging.command_router import CommandContext
from services.storage.models import Party, PendingConfirmation

ASKING = frozenset({CONSENT.name, TAKE.name})
"""Kinds of what waits for another owner, and for the receiver."""


def sale_of(
    context: CommandContext,
    animals: tuple[Key, ...],
    receiver: tuple[Party, Key],
    terms: str,
    on: date | None,
) -> Sale:
    """Make a sale or gift of what a program asks for.

    Args:
        receiver: with the number of their premises.
        on: local day on which the animals leave; None: today.

    Raises:
        SamePlace: the receiver is the sender.
        FutureDay: the day has not come.
    """
    home, (party, to) = place_of_animals(context, animals), receiver
    require_other(context, home, party, to)
    today = today_at(context, home)
    if on is not None and on > today:
        raise FutureDay
    return Sale(animals, home.key, to, on or today, party.public_id, str(to), terms, proven=True)


def offer(context: CommandContext, sale: Sale) -> PendingConfirmation:
    """Offer the sender's own animals, which a program wants; ask the owner of others first.

    Returns:
        What waits: for the receiver, or for the owner.

    Raises:
        Conflict: the receiver owns them already.
        MixedOwners, NobodyToAsk, NotYourRole: see `other_owner`.
        OfferOpen, OffersSpent, TooManyCodes, Unreached: whoever must agree cannot be asked.
    """
    owner = other_owner(context.unit.session, sale.animals, context.party, sale.act)
    if owner is None:
        make_offer(context, sale, event_id(context.channel, context.key, 0))
    elif owner.public_id == sale.taker:
        raise Conflict("They belong to the receiver already: report that they move")
    else:
        ask_owner(context, sale, owner)
    newest = select(PendingConfirmation).where(
        PendingConfirmation.claimant_id == context.party.id,
        PendingConfirmation.kind.in_(ASKING),
    )
    return context.unit.session.scalars(
        newest.order_by(PendingConfirmation.id.desc()).limit(1)
    ).one()
