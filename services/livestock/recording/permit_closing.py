"""Permits that are used up: closed, and open again after a correction."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import NamedTuple

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from services.livestock.domain.model import Act, Origin, Report, event_id
from services.livestock.domain.permits import PermitState
from services.livestock.recording.permit_subjects import permit_report
from services.storage.models import Animal, Journal, Permit, PermitAnimal
from services.storage.rowsets import keys
from sms.local_time import local_day


class Use(NamedTuple):
    """An arrival that used a permit, and its heads then."""

    journal_id: int
    animal: int
    permit: int
    heads: int


def close_used(
    session: Session,
    rows: Mapping[int, Permit],
    uses: Sequence[tuple[Use, date]],
    origin: Origin,
) -> list[Report]:
    """Close what is used up, and open again what is no longer; return the events."""
    ended, own = _ended(session, rows), defaultdict[int, list[tuple[Use, date]]](list)
    for use, day in uses:
        own[use.permit].append((use, day))
    events = []
    for key, row in rows.items():
        closed_on = _closed_on(row, own[key], ended.get(key))
        if closed_on == row.closed_on:
            continue
        closes = closed_on is not None
        row.state = PermitState.CLOSED.value if closes else PermitState.ISSUED.value
        row.closed_on = closed_on
        # It may close and open again: each time after another event.
        after = session.scalar(select(func.max(Journal.id)))
        told = event_id("permit", f"{row.public_id}\0{row.state}\0{after}", 0)
        act = Act(told, closed_on or local_day(origin.recorded_at), origin)
        session.flush()
        events.append(permit_report(session, row, "closed" if closes else "issued", act))
    return events


def _closed_on(
    row: Permit, own: Sequence[tuple[Use, date]], named: Mapping[int, date | None] | None
) -> date | None:
    """Return the day on which a permit was used up; None: it is open."""
    if named:
        came = {use.animal: day for use, day in own}
        days = [came.get(animal, ended_on) for animal, ended_on in named.items()]
        return max(day for day in days if day) if all(days) else None
    left = row.head_count or 0
    for use, day in own:
        left -= use.heads
        if left <= 0:
            return day
    return None


def _ended(session: Session, rows: Iterable[int]) -> dict[int, dict[int, date | None]]:
    """Return the animals that permits name, each with the day on which its life ended."""
    found: dict[int, dict[int, date | None]] = {}
    for permit, animal, ended_on in session.execute(
        select(PermitAnimal.permit_id, Animal.id, Animal.ended_on)
        .join(Animal, Animal.id == PermitAnimal.animal_id)
        .where(PermitAnimal.permit_id.in_(keys(session, rows)))
    ):
        found.setdefault(permit, {})[animal] = ended_on
    return found
