"""States that an earlier version wrote, made again from the journal by today's rules."""

from collections.abc import Callable

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.livestock.domain.model import AnimalRef, EventType, Key
from services.livestock.recording.permit_uses import recount_uses
from services.livestock.recording.places import rebuild_places
from services.livestock.recording.rebuilding import rebuild
from services.storage.database import Database
from services.storage.models import Animal, Journal, LedgerLeaf, Permit, Premises
from services.storage.models.livestock import OUTDATED

_AT_ONCE = 500
# Whoever reports waits for them.
_PLACES_AT_ONCE = 20


def rebuild_outdated(
    database: Database, progress: Callable[[int], None] = lambda _animals: None
) -> int:
    """Make outdated states again, each portion in a transaction; run again, it goes on.

    The services may keep running: an event of an outdated animal brings it up to date as well.

    Args:
        progress: gets how many more are done.

    Returns:
        How many were outdated.
    """
    with database.read() as session:
        tested = _with_results(session)
    for first in range(0, len(tested), _PLACES_AT_ONCE):
        with database.write() as session:
            rebuild_places(session, tested[first : first + _PLACES_AT_ONCE])
    count = 0
    while done := _rebuild_some(database):
        count += done
        progress(done)
    if count:
        _recount(database)
    return count


def _recount(database: Database) -> None:
    """Count the uses of permits anew: an earlier version knew other heads of what arrived."""
    with database.read() as session:
        places = session.scalars(select(Permit.destination_id).distinct()).all()
    for place in places:
        with database.write() as session:
            recount_uses(session, place)


def _with_results(session: Session) -> list[int]:
    """Return the premises at which samples had results: an earlier version kept no status."""
    return list(
        session.scalars(
            select(Premises.id)
            .distinct()
            .join(LedgerLeaf, LedgerLeaf.subject == Premises.subject_key)
            .join(Journal, Journal.id == LedgerLeaf.journal_id)
            .where(Journal.type == EventType.RESULT.value)
        )
    )


def _rebuild_some(database: Database) -> int:
    with database.write() as session:
        rows = session.execute(
            select(Animal.id, Animal.scheme, Animal.value, Animal.kind)
            .where(Animal.last_on == OUTDATED)
            .order_by(Animal.id)
            .limit(_AT_ONCE)
        ).all()
        rebuild(session, [AnimalRef(row.id, Key(row.scheme, row.value), row.kind) for row in rows])
    return len(rows)
