"""Keepers of animals: their owners, else the keepers of where they were registered."""

from collections.abc import Iterable, Mapping

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from services.livestock.domain.model import AnimalRef
from services.messaging.offices import OfficeHolder, reachable_holders
from services.storage.models import Animal, Party, Premises
from services.storage.rowsets import keys


def keepers_of(session: Session, animals: Iterable[int]) -> Mapping[int, int]:
    """Return the keeper of each animal that has one, by database keys of both."""
    keeper = func.coalesce(Animal.owner_id, Premises.keeper_id)
    rows = session.execute(
        select(Animal.id, keeper)
        .outerjoin(Premises, Premises.id == Animal.registered_at_id)
        .where(Animal.id.in_(keys(session, animals)), keeper.is_not(None))
        .order_by(Animal.id)
    )
    return {row[0]: row[1] for row in rows}


def keepers_to_tell(
    session: Session, animals: Iterable[AnimalRef]
) -> list[tuple[OfficeHolder, list[AnimalRef]]]:
    """Return the keepers of animals whom a text reaches, each with those that are theirs."""
    found = {one.id: one for one in animals}
    theirs: dict[int, list[AnimalRef]] = {}
    for animal, keeper in keepers_of(session, found).items():
        theirs.setdefault(keeper, []).append(found[animal])
    holders = reachable_holders(session, Party.id.in_(keys(session, theirs))) if theirs else []
    return [(one, theirs[one.party_id]) for one in holders]
