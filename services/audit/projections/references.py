"""Rows that events name: animals, premises, permits, orders, outbreaks, censuses, numbers."""

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any
from uuid import UUID

from sqlalchemy import Select, and_, or_, select
from sqlalchemy.orm import Session, aliased

from services.audit.findings import AuditReport
from services.audit.projections.common import each_apart, portions, wrong
from services.ledger.content_erasure import ERASURE
from services.livestock.domain.model import EventType, Key, read_key
from services.livestock.recording.journal import OURS
from services.storage.models import (
    Animal,
    Census,
    ControlOrder,
    Erasure,
    Identifier,
    Journal,
    LedgerLeaf,
    Outbreak,
    Permit,
    Premises,
)

_EVENTS = 2_000
_SECRET: Mapping[str, type[Premises | Permit | ControlOrder | Outbreak | Census]] = {
    "premises": Premises,
    "permit": Permit,
    "order": ControlOrder,
    "outbreak": Outbreak,
    "census": Census,
}


@dataclass(slots=True)
class _Named:
    """Names in some events.

    Attributes:
        animals: first number and kind.
        secrets: by kind: public id and ledger key.
        numbers: of premises: public id and number.
    """

    animals: set[tuple[Key, str]] = field(default_factory=set)
    secrets: defaultdict[str, set[tuple[UUID, bytes]]] = field(
        default_factory=lambda: defaultdict(set)
    )
    numbers: set[tuple[UUID, Key]] = field(default_factory=set)


def compare_named(session: Session, report: AuditReport) -> None:
    """Look for what events name and the database does not have, or has otherwise."""
    told: set[str] = set()
    # An erasure names its event's subjects; for a retagging, that may be the number that it gave.
    gone = aliased(Journal)
    retagging = (
        select(Erasure.index)
        .join(gone, gone.id == Erasure.journal_id)
        .where(Erasure.erased_by_id == Journal.id, gone.type == EventType.RETAG)
        .exists()
    )
    erasure = and_(Journal.type == ERASURE, ~retagging)
    events = select(Journal.id, Journal.content).where(or_(OURS, erasure))
    some = portions(session, events, Journal.id, _EVENTS)
    each_apart(session, report, some, partial(_compare, told))


def _compare(told: set[str], session: Session, rows: Sequence[Any], report: AuditReport) -> None:
    named = _read(session, rows)
    for what, how in [
        *_animals(session, named.animals),
        *(one for kind, some in named.secrets.items() for one in _secrets(session, kind, some)),
        *_numbers(session, named.numbers),
    ]:
        # Report once: every event of one animal would add the same finding.
        if what not in told:
            told.add(what)
            wrong(report, what, how)


def _read(session: Session, rows: Sequence[Any]) -> _Named:
    leaves: defaultdict[int, dict[int, bytes]] = defaultdict(dict)
    found = session.execute(
        select(LedgerLeaf.journal_id, LedgerLeaf.position, LedgerLeaf.subject).where(
            LedgerLeaf.journal_id.between(rows[0].id, rows[-1].id)
        )
    )
    for journal_id, position, subject in found:
        if journal_id is not None and position is not None:
            leaves[journal_id][position] = subject
    named = _Named()
    for row in rows:
        if row.content is not None:
            _note(named, json.loads(row.content), leaves[row.id])
    return named


def _note(named: _Named, record: Mapping[str, Any], leaves: Mapping[int, bytes]) -> None:
    subjects = record["subjects"]
    # The number that a retagging gives may be taken back: `services.audit.projections.numbers`.
    given = record["details"]["new"] if record["type"] == EventType.RETAG else None
    new = read_key(given) if given is not None and len(subjects) > 1 else None
    for position, subject in enumerate(subjects):
        if "scheme" in subject:
            key = Key(subject["scheme"], subject["value"])
            if key != new:
                named.animals.add((key, subject["kind"]))
        elif position in leaves:
            named.secrets[subject["kind"]].add((UUID(subject["id"]), leaves[position]))
    for role in ("at", "from", "to"):
        if role in record:
            place = record[role]
            named.numbers.add((UUID(place["premises"]), read_key(place["number"])))


def _animals(session: Session, named: set[tuple[Key, str]]) -> list[tuple[str, str]]:
    rows = select(Animal.scheme, Animal.value, Animal.kind)
    there = _by_number(session, rows, Animal, {key for key, _ in named})
    return [
        (f"animal {':'.join(key)}", "kind" if key in there else "events name it, and it is missing")
        for key, kind in sorted(named)
        if there.get(key) != kind
    ]


def _secrets(session: Session, kind: str, named: set[tuple[UUID, bytes]]) -> list[tuple[str, str]]:
    table = _SECRET[kind]
    rows = session.execute(
        select(table.public_id, table.subject_key).where(
            table.public_id.in_({public_id for public_id, _ in named})
        )
    )
    there = dict(rows.all())
    return [
        (
            f"{kind} {public_id}",
            "subject_key" if public_id in there else "events name it, and it is missing",
        )
        for public_id, key in sorted(named)
        if there.get(public_id) != key
    ]


def _numbers(session: Session, named: set[tuple[UUID, Key]]) -> list[tuple[str, str]]:
    rows = select(Identifier.scheme, Identifier.value, Premises.public_id).join(
        Premises, Premises.id == Identifier.premises_id
    )
    there = _by_number(session, rows, Identifier, {key for _, key in named})
    return [
        (f"identifier {':'.join(key)}", f"premises_id: events give it to {public_id}")
        for public_id, key in sorted(named)
        if there.get(key) != public_id
    ]


def _by_number(
    session: Session,
    rows: Select[*tuple[Any, ...]],
    table: type[Animal | Identifier],
    wanted: set[Key],
) -> dict[Key, Any]:
    """Read rows of scheme, value and one more, by number."""
    by_scheme = defaultdict(list)
    for scheme, value in wanted:
        by_scheme[scheme].append(value)
    return {
        Key(found[0], found[1]): found[2]
        for scheme, values in by_scheme.items()
        # One scheme at a time, so that its index serves.
        for found in session.execute(rows.where(table.scheme == scheme, table.value.in_(values)))
    }
