"""Replay of an animal's state from its events, without void or erased ones, or as once known.

A part of a mob inherits what happened to the mob before it left, reported before or after.
"""

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from chain.canonical import public_subject
from services.livestock.domain.animal_state import STANDSTILL_DAYS, AnimalState
from services.livestock.domain.events import INHERITED, Event, owner_of, registration_of
from services.livestock.domain.model import AnimalKind, EventType, FlagCode, Key, read_key
from services.livestock.domain.statuses import OF_PLACES, statuses_of, told_on
from services.livestock.recording.identity import find_animals
from services.livestock.recording.journal import EVIDENCE, OURS
from services.storage.models import Correction, Journal, LedgerLeaf, Party, Permit, Premises
from services.storage.rowsets import keys

_NEAR = {EventType.DEPART: "from", EventType.PERMIT: "from", EventType.DECISION: "from"}
_FAR = {EventType.ARRIVE: "from"}
_AT_ONCE = 10_000


class History(NamedTuple):
    """The events of one animal in the journal's order, void ones left out.

    Attributes:
        events: those that can be read, with evidence among them, marked.
        leads: journal keys of those that name it first.
        erased: types of those without content: only the numbers that they gave still count.
        inherited: those of the mob that it is a part of, from before it left.
    """

    events: list[Event]
    leads: frozenset[int]
    erased: frozenset[str]
    inherited: tuple[Event, ...] = ()

    @property
    def in_force(self) -> list[Event]:
        """The events that have their effect."""
        return [event for event in self.events if not event.evidence]


class _Row(NamedTuple):
    """An event as the journal has it, found by one subject; `content` is None once erased."""

    subject: bytes
    journal_id: int
    type: str
    content: bytes | None


def events_of(session: Session, key: Key, *, known_at: datetime | None = None) -> list[Event]:
    """Read the events of an animal in the journal's order, void and erased ones left out.

    Args:
        key: its first official identifier.
        known_at: UTC; only what was recorded by then counts, corrections included.
    """
    return histories(session, [key], known_at=known_at)[key].events


def histories(
    session: Session, animals: Iterable[Key], *, known_at: datetime | None = None
) -> dict[Key, History]:
    """Read the events of some animals at once: see `events_of`. `animals`: their first numbers."""
    wanted = set(animals)
    found = _histories(session, wanted, known_at)
    parts = _parts(session, found)
    while missing := {part.source for part in parts.values()} - found.keys():
        more = _histories(session, missing, known_at)
        found |= more
        parts |= _parts(session, more)
    return {key: found[key]._replace(inherited=_inherited(key, found, parts)) for key in wanted}


def replay(
    history: History,
    kind: str = AnimalKind.ANIMAL,
    *,
    standstill_days: int = STANDSTILL_DAYS,
    until: date = date.max,
) -> tuple[AnimalState, list[tuple[int, FlagCode]]]:
    """Fold the events of one of a kind into a state.

    Args:
        until: last day that counts.

    Returns:
        It, and each flag with the journal key of its event.
    """
    state = AnimalState(kind=kind, standstill_days=standstill_days)
    events = [*history.inherited, *history.events]
    made = statuses_of(one for one in events if one.day <= until)
    state.statuses = made.statuses
    own = {event.journal_id for event in history.events}
    flags = state.fold(events, until) + [flag for flag in made.flags if flag[0] in own]
    return state, flags


class _Part(NamedTuple):
    """A part of a mob: the mob's first number, and the part's registration in force."""

    source: Key
    registration: Event


def _parts(session: Session, found: Mapping[Key, History]) -> dict[Key, _Part]:
    """Return those of some animals that are parts of a mob."""
    begun = {key: registration_of(history.events) for key, history in found.items()}
    told = {
        key: (read_key(event.details["part_of"]), event)
        for key, event in begun.items()
        if event and "part_of" in event.details
    }
    if not told:
        return {}
    known = find_animals(session, {number for number, _ in told.values()})
    return {
        key: _Part(known[number].key, event)
        for key, (number, event) in told.items()
        if number in known and known[number].kind == AnimalKind.MOB
    }


def _inherited(
    key: Key, found: Mapping[Key, History], parts: Mapping[Key, _Part]
) -> tuple[Event, ...]:
    """Return what the mobs before a part had when it left them, each up to the one after it."""
    events: list[Event] = []
    before, passed = (date.max, 0), {key}
    while (part := parts.get(key)) and part.source not in passed:
        key, before = part.source, min(before, part.registration.order)
        passed.add(key)
        begun = registration_of(found[key].events)
        events += [
            replace(event, inherited=True)
            for event in found[key].in_force
            if (event.order < before and (event.type in INHERITED or event == begun))
            or _is_of_samples(event, found[key].in_force, before)
        ]
    return tuple(events)


def _is_of_samples(event: Event, events: Iterable[Event], before: tuple[date, int]) -> bool:
    """Tell whether an event is a result of a sample that a mob gave before its part left it."""
    return event.type is EventType.RESULT and any(
        one.type is EventType.SAMPLE
        and one.order < before
        and one.details["sample"] == event.details["sample"]
        for one in events
    )


def place_events(session: Session, subjects: Iterable[bytes]) -> dict[bytes, list[Event]]:
    """Read the events of premises that make statuses, void and erased ones left out.

    Args:
        subjects: ledger keys of the premises.
    """
    rows = session.execute(
        select(LedgerLeaf.subject, Journal.id, Journal.content)
        .join(Journal, Journal.id == LedgerLeaf.journal_id)
        .where(
            LedgerLeaf.subject.in_(set(subjects)),
            Journal.type.in_([one.value for one in OF_PLACES]),
            Journal.content.is_not(None),
        )
        .order_by(Journal.id)
    ).all()
    void = _void(session, {row.id for row in rows}, None)
    right = {row.id: json.loads(row.content) for row in rows if row.id not in void}
    events = {event.journal_id: event for event in _events(session, list(right.items()))}
    found = defaultdict[bytes, list[Event]](list)
    for row in rows:
        if row.id in events:
            found[row.subject].append(events[row.id])
    return found


def _histories(
    session: Session, animals: Iterable[Key], known_at: datetime | None
) -> dict[Key, History]:
    by_subject = {public_subject(*key): key for key in animals}
    rows = session.execute(
        select(LedgerLeaf.subject, Journal.id, Journal.type, Journal.content)
        .join(Journal, Journal.id == LedgerLeaf.journal_id)
        .where(LedgerLeaf.subject.in_(by_subject), OURS, *_known(known_at))
        .order_by(Journal.id)
    )
    found = [_Row._make(row) for row in rows]
    void = _void(session, {row.journal_id for row in found}, known_at)
    records = {
        row.journal_id: json.loads(row.content)
        for row in found
        if row.journal_id not in void and row.content is not None
    }
    events = {event.journal_id: event for event in _events(session, list(records.items()))}
    rows_of = defaultdict(list)
    for row in found:
        rows_of[row.subject].append(row)
    return {
        key: _history(key, rows_of[subject], records, events) for subject, key in by_subject.items()
    }


def _history(
    key: Key,
    rows: Sequence[_Row],
    records: Mapping[int, Mapping[str, Any]],
    events: Mapping[int, Event],
) -> History:
    readable = [row for row in rows if row.journal_id in records]
    leads = frozenset(
        one.journal_id for one in readable if _names_first(records[one.journal_id], key)
    )
    # A retagging with this number, which stayed this animal's, says nothing of it.
    own = [
        row.journal_id for row in readable if row.type != EventType.RETAG or row.journal_id in leads
    ]
    erased = frozenset(row.type for row in rows if row.content is None)
    return History([events[one] for one in own], leads, erased)


def _names_first(record: Mapping[str, Any], key: Key) -> bool:
    first = record["subjects"][0]
    return (first.get("scheme"), first.get("value")) == key


def _known(known_at: datetime | None) -> tuple[Any, ...]:
    return () if known_at is None else (Journal.recorded_at <= known_at,)


def _void(session: Session, events: Iterable[int], known_at: datetime | None) -> set[int]:
    return set(
        session.scalars(
            select(Correction.journal_id)
            .join(Journal, Journal.id == Correction.corrected_by_id)
            .where(Correction.journal_id.in_(keys(session, events)), *_known(known_at))
            # Whether evidence has its effect is read from the records themselves.
            .where(Journal.type == EventType.VOID.value)
        )
    )


def _events(session: Session, contents: Sequence[tuple[int, Mapping[str, Any]]]) -> list[Event]:
    found = [(journal_id, record, _named(record)) for journal_id, record in contents]
    ids = sorted({public_id for _, _, named in found for public_id in named.values()})
    keys = {
        row.public_id: row.id
        for table in (Premises, Party, Permit)
        for start in range(0, len(ids), _AT_ONCE)
        for row in session.execute(
            select(table.public_id, table.id).where(
                table.public_id.in_(ids[start : start + _AT_ONCE])
            )
        )
    }
    agreed = {one["details"]["evidence"] for _, one in contents if one["type"] == EventType.AGREE}
    there = {None, *(record["event"] for _, record in contents)}
    return [
        Event(
            journal_id,
            EventType(record["type"]),
            _day(record),
            details=record.get("details", {}),
            evidence=record.get("standing") == EVIDENCE and record["event"] not in agreed,
            # An agreement has none once what it agrees with is wrong.
            standing=record.get("standing") if agreement in there else None,
            reporter=record.get("reporter"),
            told=told_on(record["type"], record["recorded"], record["occurred"]["zone"]),
            **{role: keys.get(public_id) for role, public_id in named.items()},  # type: ignore[arg-type]  # four roles
        )
        for journal_id, record, named in found
        for agreement in [record.get("details", {}).get("evidence")]
    ]


def _day(record: Mapping[str, Any]) -> date:
    return date.fromisoformat(record["occurred"]["at"][:10])


def _named(record: Mapping[str, Any]) -> dict[str, UUID]:
    """Return the public ids of what a record names, by the role that they have in an `Event`."""
    kind, details = EventType(record["type"]), record.get("details", {})
    near = record.get(_NEAR.get(kind, "at"), {}).get("premises")
    far = record.get(_FAR.get(kind, "to"), {}).get("premises")
    party = owner_of(details)
    permit = next((one["id"] for one in record["subjects"] if one["kind"] == "permit"), None)
    named = {"premises": near, "other": far, "party": party, "permit": permit}
    return {role: UUID(public_id) for role, public_id in named.items() if public_id}
