"""Collecting a passport from the journal, the state, the orders and the ledger."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.orm import Session, aliased

from chain.canonical import receipt_code
from chain.proof import Proof
from services.audit.proofs import not_disclosed, prove
from services.core.errors import NoRecords, NothingRecorded
from services.ledger.journal import gives_commitment, instant, read_content
from services.ledger.lost_records import subjects_of_lost
from services.livestock.domain.model import Key
from services.livestock.queries.animals import AnimalHistory, JournalEntry, animal_history
from services.livestock.queries.premises import read_places
from services.livestock.queries.tags import last_steps
from services.livestock.recording.decision_context import orders_since, whereabouts
from services.livestock.recording.lookup import require_animal
from services.passport.model import (
    Event,
    Order,
    Passport,
    Point,
    PublicPlace,
    Status,
    Stay,
    Tag,
)
from services.storage.models import Correction, Journal, LedgerLeaf, Premises

_ROLES = ("from", "at", "to")
# Who it belongs to is nobody's business but theirs.
_PARTIES = frozenset({"owner", "giver", "receiver"})
_DECIMALS = 2


class _KnownPlaces(NamedTuple):
    """Premises of a history, by their public id."""

    id: int
    place: PublicPlace
    point: Point | None


class _Evidence(NamedTuple):
    """An event's row in the ledger's outbox, and the event that corrects it."""

    salt: bytes | None
    commitment: bytes
    corrected_by: UUID | None


def collect(session: Session, key: Key, today: date) -> Passport:
    """Collect the passport of what a number stands for; orders and withdrawal are those of `today`.

    Raises:
        UnknownNumber: nothing has the number.
    """
    history = animal_history(session, key)
    evidence = _evidence(session, history.subject)
    records = {
        entry.event_id: _as_recorded(entry, evidence[entry.event_id]) for entry in history.entries
    }
    known = _premises(session, history, filter(None, records.values()))
    state = history.state
    return Passport(
        number=history.short_number or str(key),
        numbers=history.numbers,
        # They are replayed from every event: one that cannot be read would end the passport.
        tags=tuple(_tags(session, key)) if None not in records.values() else (),
        kind=history.kind,
        found=history.found,
        sex=state.sex,
        breed=state.breed,
        colour=state.colour,
        born_on=state.born_on,
        registered_on=state.registered_on,
        head_count=state.head_count,
        kilograms=state.kilograms,
        ended_on=state.ended_on,
        withdrawal_until=_from(today, state.withdrawal_until),
        stays=tuple(_stays(history, known)),
        point=_point(history, known),
        statuses=tuple(
            Status(one.kind.value, one.disease, one.since)
            for one in state.statuses
            if one.holds_on(today)
        ),
        orders=tuple(_orders(session, history, known, today)),
        flags=tuple(dict.fromkeys(history.flags)),
        events=tuple(
            _event(entry, records[entry.event_id], known, evidence[entry.event_id])
            for entry in history.entries
        ),
        proof=_proof(session, history.subject),
        not_disclosed=not_disclosed(session, history.subject),
        record_lost=bool(subjects_of_lost(session, [history.subject])),
        made_on=today,
    )


def _tags(session: Session, key: Key) -> Iterable[Tag]:
    """Yield the last step of each tag that the animal wears or wore."""
    for number, step in last_steps(session, require_animal(session, key)).items():
        yield Tag(number.value, step.state.value, step.on)


def _from(today: date, until: date | None) -> date | None:
    return until if until is not None and until >= today else None


def _premises(
    session: Session, history: AnimalHistory, records: Iterable[Mapping[str, Any]]
) -> dict[UUID, _KnownPlaces]:
    named = {
        UUID(record[role]["premises"]) for record in records for role in _ROLES if role in record
    }
    named |= {stay.place.public_id for stay in history.stays if stay.place}
    named |= {place.public_id for place in history.places}
    home = history.state.registered_at_id
    columns = (Premises.id, Premises.public_id, Premises.kind, Premises.province, Premises.district)
    rows = session.execute(
        select(*columns, Premises.latitude, Premises.longitude).where(
            or_(Premises.public_id.in_(named), Premises.id == home)
        )
    ).all()
    numbered = read_places(session, [row.id for row in rows])
    found = {}
    for row in rows:
        place = PublicPlace(numbered[row.id].number, row.kind, row.province, row.district)
        found[row.public_id] = _KnownPlaces(
            row.id, place, _rounded(place, row.latitude, row.longitude)
        )
    return found


def _rounded(place: PublicPlace, latitude: float | None, longitude: float | None) -> Point | None:
    if latitude is None or longitude is None:
        return None
    return Point(place, round(latitude, _DECIMALS), round(longitude, _DECIMALS))


def _stays(history: AnimalHistory, known: Mapping[UUID, _KnownPlaces]) -> Iterable[Stay]:
    for stay in history.stays:
        place = known[stay.place.public_id].place if stay.place else None
        yield Stay(place, stay.since, stay.until)


def _point(history: AnimalHistory, known: Mapping[UUID, _KnownPlaces]) -> Point | None:
    here = [known[place.public_id].point for place in history.places]
    home = [one.point for one in known.values() if one.id == history.state.registered_at_id]
    return next((point for point in (*here, *home) if point), None)


def _orders(
    session: Session, history: AnimalHistory, known: Mapping[UUID, _KnownPlaces], today: date
) -> Iterable[Order]:
    if history.state.ended_on is not None:
        return
    here = whereabouts(session, [known[place.public_id].id for place in history.places]).values()
    for order in orders_since(session, today):
        if order.in_force(today) and any(order.area.binds(where) for where in here):
            status = order.status and order.status.value
            yield Order(order.number, order.kind.value, status, order.disease, order.since)


def _as_recorded(entry: JournalEntry, evidence: _Evidence) -> Mapping[str, Any] | None:
    """Return the record of an event, an empty one if it is erased; None: it is not as recorded."""
    if entry.content is None:
        return {} if evidence.salt is None else None
    if not gives_commitment(entry.content, evidence.salt, evidence.commitment):
        return None
    record = read_content(entry.content)
    told = (record.get("event"), record.get("type"), record.get("recorded"))
    filed = (str(entry.event_id), entry.type, instant(entry.recorded_at))
    day = record.get("occurred", {}).get("at", "")[:10]
    return record if (told, day) == (filed, entry.occurred_on.isoformat()) else None


def _event(
    entry: JournalEntry,
    record: Mapping[str, Any] | None,
    known: Mapping[UUID, _KnownPlaces],
    evidence: _Evidence,
) -> Event:
    shown = record or {}
    told = shown.get("details", {}).items()
    return Event(
        event_id=entry.event_id,
        type=entry.type,
        occurred_on=entry.occurred_on,
        recorded_at=entry.recorded_at,
        places={
            role: known[UUID(shown[role]["premises"])].place for role in _ROLES if role in shown
        },
        details={name: value for name, value in told if name not in _PARTIES},
        corrected_by=evidence.corrected_by,
        receipt=receipt_code(evidence.commitment),
        index=entry.index,
        on_ledger=entry.on_chain,
        erased=entry.erased and record is not None,
        altered=record is None,
    )


def _evidence(session: Session, subject: bytes) -> dict[UUID, _Evidence]:
    correcting = aliased(Journal)
    rows: Sequence[Any] = session.execute(
        select(
            Journal.event_id,
            LedgerLeaf.salt,
            LedgerLeaf.commitment,
            correcting.event_id.label("corrected_by"),
        )
        .join(LedgerLeaf, LedgerLeaf.journal_id == Journal.id)
        .outerjoin(Correction, Correction.journal_id == Journal.id)
        .outerjoin(correcting, correcting.id == Correction.corrected_by_id)
        .where(LedgerLeaf.subject == subject)
    ).all()
    return {row.event_id: _Evidence(*row[1:]) for row in rows}


def _proof(session: Session, subject: bytes) -> Proof | None:
    try:
        return prove(session, subject)
    except (NoRecords, NothingRecorded):
        return None
