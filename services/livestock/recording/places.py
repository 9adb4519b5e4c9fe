"""Statuses of premises, made again from the events there."""

from collections.abc import Iterable

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.livestock.domain.statuses import statuses_of_place
from services.livestock.recording.replay import place_events
from services.livestock.recording.statuses import save_statuses
from services.storage.models import Premises, Status
from services.storage.rowsets import keys


def rebuild_places(session: Session, premises: Iterable[int]) -> None:
    """Make the statuses of some premises again, by database key."""
    rows = session.execute(
        select(Premises.id, Premises.subject_key).where(
            Premises.id.in_(keys(session, set(premises)))
        )
    ).all()
    told = place_events(session, [row.subject_key for row in rows])
    made = {row.id: statuses_of_place(told.get(row.subject_key, ())).statuses for row in rows}
    save_statuses(session, Status.premises_id, made)
