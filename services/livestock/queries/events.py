"""Events of the journal, and flags, as a viewer may see them."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Select, select, tuple_
from sqlalchemy.orm import Session

from services.ledger.journal import read_content
from services.livestock.domain.access import RULES, Sight, Viewer, sight_of_place
from services.livestock.domain.model import Key, Precision
from services.livestock.recording.journal import OURS
from services.livestock.recording.ownership import visible_animals, visible_premises
from services.livestock.recording.short_numbers import numbers_of
from services.storage.models import (
    Animal,
    Correction,
    Flag,
    Identifier,
    Journal,
    LedgerLeaf,
    Premises,
)
from sms.local_time import DEFAULT_ZONE

_NEAR, _FAR = ("at", "from", "to"), ("to", "from")


def events_wanted(
    viewer: Viewer, kind: str | None, subject: bytes | None, since: date | None, until: date | None
) -> Select[Journal]:
    """Select events by type, ledger subject and local days; None: any.

    Of no subject in particular, those at premises that `viewer` sees.
    """
    found = select(Journal).where(OURS)
    if kind is not None:
        found = found.where(Journal.type == kind)
    if since is not None:
        found = found.where(Journal.occurred_on >= since)
    if until is not None:
        found = found.where(Journal.occurred_on <= until)
    if subject is not None:
        return found.where(_about(LedgerLeaf.subject == subject))
    if RULES[viewer.role].anything >= Sight.NUMBERS:
        return found
    keys = select(Premises.subject_key).where(visible_premises(viewer))
    return found.where(_about(LedgerLeaf.subject.in_(keys)))


def event_views(session: Session, viewer: Viewer, rows: Sequence[Journal]) -> list[dict[str, Any]]:
    """Return events as `viewer` may see them: numbers of other premises are None.

    Of one that was erased, or cannot be read any more, only type, day and instant are left.
    """
    records = [_told(row) for row in rows]
    seen = _seen(session, viewer, records)
    corrections = dict(
        session.execute(
            select(Correction.journal_id, Journal.event_id)
            .join(Journal, Journal.id == Correction.corrected_by_id)
            .where(Correction.journal_id.in_([row.id for row in rows]))
        ).all()
    )
    return [
        _view(row, record, seen, corrections.get(row.id))
        for row, record in zip(rows, records, strict=True)
    ]


def is_seen(session: Session, viewer: Viewer, row: Journal) -> bool:
    """Tell whether `viewer` sees an animal or premises that an event is about."""
    if RULES[viewer.role].anything >= Sight.NUMBERS:
        return True
    subjects = select(LedgerLeaf.subject).where(LedgerLeaf.journal_id == row.id)
    place = select(Premises.id).where(Premises.subject_key.in_(subjects), visible_premises(viewer))
    if session.scalar(place.limit(1)) is not None:
        return True
    named = [(one["scheme"], one["value"]) for one in _told(row)["subjects"] if "scheme" in one]
    animal = select(Animal.id).where(
        tuple_(Animal.scheme, Animal.value).in_(named), visible_animals(viewer)
    )
    return session.scalar(animal.limit(1)) is not None


def flags_wanted(viewer: Viewer, code: str | None, *, undecided: bool) -> Select[*tuple[Any, ...]]:
    """Select flags of the animals that `viewer` sees, with their events.

    `undecided`: only those of evidence with which nobody agreed or objected yet.
    """
    wanted: Select[*tuple[Any, ...]] = (
        select(
            Flag.journal_id,
            Flag.animal_id,
            Flag.code,
            Journal.event_id,
            Journal.type,
            Journal.occurred_on,
            Journal.recorded_at,
        )
        .join(Journal, Journal.id == Flag.journal_id)
        .join(Animal, Animal.id == Flag.animal_id)
        .where(visible_animals(viewer))
    )
    if undecided:
        itself = Correction.corrected_by_id == Journal.id
        wanted = wanted.join(Correction, Correction.journal_id == Journal.id).where(itself)
    return wanted if code is None else wanted.where(Flag.code == code)


def flag_views(session: Session, rows: Sequence[Any]) -> list[dict[str, Any]]:
    """Return flags as they are shown."""
    numbers = numbers_of(session, Identifier.animal_id, {row.animal_id for row in rows})
    return [{**row._asdict(), "animal": numbers[row.animal_id][0]} for row in rows]


def _about(subject: Any) -> Any:  # noqa: ANN401 — a condition of SQLAlchemy's
    # From the subject, of which there is an index, and not from each event.
    return Journal.id.in_(select(LedgerLeaf.journal_id).where(subject))


def _told(row: Journal) -> dict[str, Any]:
    return read_content(row.content) or _left(row.occurred_on)


def _left(day: date) -> dict[str, Any]:
    occurred = {"at": day.isoformat(), "precision": Precision.DAY.value, "zone": DEFAULT_ZONE}
    return {"occurred": occurred, "channel": None, "subjects": []}


def _seen(
    session: Session, viewer: Viewer, records: Iterable[Mapping[str, Any]]
) -> Mapping[str, bool]:
    """Tell of each premises in the records whether `viewer` sees its number, by public id."""
    named = {
        UUID(record[role]["premises"])
        for record in records
        for role in ("at", "from", "to")
        if role in record
    }
    rows = session.execute(
        select(Premises.public_id, Premises.keeper_id, Premises.province).where(
            Premises.public_id.in_(named)
        )
    )
    return {
        str(row.public_id): sight_of_place(viewer, row.keeper_id, row.province) >= Sight.NUMBERS
        for row in rows
    }


def _view(
    row: Journal, record: Mapping[str, Any], seen: Mapping[str, bool], corrected_by: UUID | None
) -> dict[str, Any]:
    near = next((role for role in _NEAR if role in record), None)
    far = next((role for role in _FAR if role in record and role != near), None)
    premises, other = (
        record[role]["number"] if role and seen.get(record[role]["premises"]) else None
        for role in (near, far)
    )
    return {
        "event_id": row.event_id,
        "type": row.type,
        "occurred": record["occurred"],
        "recorded_at": row.recorded_at,
        "channel": record["channel"],
        "animals": [
            str(Key(one["scheme"], one["value"])) for one in record["subjects"] if "scheme" in one
        ],
        "premises": premises,
        "other": other,
        "details": record.get("details", {}),
        "corrected_by": corrected_by,
        "erased": row.content is None,
    }
