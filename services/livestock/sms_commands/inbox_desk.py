"""Messages of pigs among those that a person must read: by their words and by their sender."""

from sqlalchemy import bindparam, literal, select, union_all

from services.core.roles import OFFICERS, Role
from services.livestock.domain.whose_pigs import speaks_of_pigs
from services.messaging.command_router import DISEASE, CommandContext
from services.messaging.inbox_rules import InboxDesk, KnownSender, Service
from services.storage.models import Animal, Premises

_WORKS = OFFICERS | {Role.RECORDER, Role.ABATTOIR}
_PLACES = union_all(
    select(literal(0).label("rank"), Premises.id, Premises.province).where(
        Premises.keeper_id == bindparam("party")
    ),
    select(literal(1).label("rank"), Premises.id, Premises.province)
    .join(Animal, Animal.registered_at_id == Premises.id)
    .where(Animal.owner_id == bindparam("party")),
).subquery()
# Their own places before those of their animals, the oldest first.
_PLACE = select(_PLACES.c.province).order_by(_PLACES.c.rank, _PLACES.c.id).limit(1)


def _sender(context: CommandContext) -> KnownSender | None:
    """Look up whether a sender keeps pigs or works with them, and where."""
    party = context.party
    place = context.unit.session.connection().execute(_PLACE, {"party": party.id}).first()
    if place is not None:
        return KnownSender(place.province)
    return KnownSender(party.province) if party.role in _WORKS else None


LIVESTOCK_DESK = InboxDesk(Service.LIVESTOCK, speaks_of_pigs, _sender, frozenset({DISEASE}))
