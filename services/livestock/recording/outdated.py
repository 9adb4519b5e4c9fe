"""States that an earlier version wrote, made again from the journal by today's rules."""

from collections.abc import Callable, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.livestock.domain.model import AnimalRef, EventType, Key
from services.livestock.recording.permit_uses import recount_uses
from services.livestock.recording.places import rebuild_places
from services.livestock.recording.projection import read_states, save_moves
from services.livestock.recording.rebuilding import rebuild
from services.storage.database import Database
from services.storage.models import Animal, Journal, LedgerLeaf, Movement, Permit, Premises
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
    count += _fill_origins(database, progress)
    if count:
        _recount(database)
    return count


def _fill_origins(database: Database, progress: Callable[[int], None]) -> int:
    """Note where movements began of which nobody told it, from rows alone: no journal is read.

    An earlier version did not, and goes on not to where it still runs.
    """
    after, count = 0, 0
    while animals := _untold(database, after):
        after = animals[-1]
        with database.write() as session:
            states = read_states(session, animals)
            changed = [one for one, state in states.items() if state.derive_origins()]
            save_moves(session, {one: states[one].moves for one in changed})
        count += len(changed)
        progress(len(changed))
    return count


def _untold(database: Database, after: int) -> Sequence[int]:
    """Return the next animals with a movement of which nothing tells where it began."""
    with database.read() as session:
        return session.scalars(
            select(Movement.animal_id)
            .distinct()
            .where(
                Movement.animal_id > after,
                Movement.origin_id.is_(None),
                Movement.derived_origin_id.is_(None),
            )
            .order_by(Movement.animal_id)
            .limit(_AT_ONCE)
        ).all()


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
