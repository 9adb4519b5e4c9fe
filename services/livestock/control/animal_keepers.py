"""Keepers of animals whom a text reaches: owners, else keepers of where they were registered."""

from collections.abc import Iterable

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from services.livestock.domain.model import AnimalRef
from services.messaging.offices import OfficeHolder, reachable_holders
from services.storage.models import Animal, Party, Premises
from services.storage.rowsets import keys


def keepers_to_tell(
    session: Session, animals: Iterable[AnimalRef]
) -> list[tuple[OfficeHolder, list[AnimalRef]]]:
    """Return the keepers of animals whom a text reaches, each with those that are theirs."""
    found = {one.id: one for one in animals}
    keeper = func.coalesce(Animal.owner_id, Premises.keeper_id)
    rows = session.execute(
        select(Animal.id, keeper.label("keeper"))
        .outerjoin(Premises, Premises.id == Animal.registered_at_id)
        .where(Animal.id.in_(keys(session, found)), keeper.is_not(None))
        .order_by(Animal.id)
    )
    theirs: dict[int, list[AnimalRef]] = {}
    for row in rows:
        theirs.setdefault(row.keeper, []).append(found[row.id])
    holders = reachable_holders(session, Party.id.in_(keys(session, theirs))) if theirs else []
    return [(one, theirs[one.party_id]) for one in holders]
