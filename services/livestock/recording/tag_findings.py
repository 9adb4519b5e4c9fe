"""Findings on the numbers and parents that new events name, as they are when those are recorded."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.livestock.domain.consequences import Condition, Finding
from services.livestock.domain.events import BEGINNINGS
from services.livestock.domain.model import (
    EventType,
    Issue,
    Key,
    Origin,
    Report,
    ResolvedReferences,
    TagHolder,
    read_key,
)
from services.livestock.domain.parentage import PARENTS, Parent, is_impossible
from services.livestock.recording.authority import given_by
from services.livestock.recording.identity import find_animals
from services.livestock.recording.journal import Written
from services.storage.models import Animal, Party, Premises
from services.storage.rowsets import keys

Found = Mapping[tuple[int, int], list[Finding]]
"""By event and animal, both as database keys."""
Fitting = tuple[Key, Key | None]
"""A tag, and the place at which it is put into an ear."""


class KnownNumbers(NamedTuple):
    """Animals and premises of some reports, and to whom the tags were issued that they put in."""

    known: ResolvedReferences
    issued: Mapping[Key, Issue]


def look_at(
    session: Session, new: Sequence[Written], numbers: KnownNumbers, origin: Origin
) -> Found:
    """Find tags that were issued elsewhere, fitted twice or out of use, and impossible parents."""
    reports = [one.report for one in new]
    elsewhere = _issued_elsewhere(session, reports, numbers, origin) if numbers.issued else set()
    parents = _read_parents(session, reports)
    found = defaultdict[tuple[int, int], list[Finding]](list)
    for one in new:
        for key in one.report.animals:
            animal = numbers.known.animals[key].id
            found[one.journal_id, animal] += [
                *_of_numbers(one.report, key, numbers.known, elsewhere),
                *_of_parents(one.report, animal, parents),
            ]
    return found


def _of_numbers(
    report: Report, key: Key, known: ResolvedReferences, elsewhere: set[Fitting]
) -> Iterator[Finding]:
    day, ref = report.occurred.day, known.animals[key]
    if ref.lost_on is not None and day > ref.lost_on:
        yield Finding(Condition.TAG_GONE, {"tag": str(key), "day": ref.lost_on})
    for tag in _fitted(report, key):
        if tag in known.holders:
            yield from _worn(tag, ref.id, known.holders[tag], day)
        if (tag, report.premises) in elsewhere:
            yield Finding(Condition.TAG_ELSEWHERE, {"tag": str(tag)})


def _fitted(report: Report, key: Key) -> tuple[Key, ...]:
    """Return the number that a report puts into the ear of an animal, if it does."""
    return given_by(report) or ((key,) if report.type in BEGINNINGS else ())


def _worn(tag: Key, animal: int, holder: TagHolder, day: date) -> Iterator[Finding]:
    """Find what is wrong with a number that a retagging gives, and that an animal has already."""
    over = min((one for one in (holder.lost_on, holder.ended_on) if one), default=None)
    if over is not None and day > over:
        yield Finding(Condition.TAG_GONE, {"tag": str(tag), "day": over})
    elif holder.animal_id != animal:
        yield Finding(Condition.TAG_TAKEN, {"tag": str(tag)})


def _issued_elsewhere(
    session: Session, reports: Iterable[Report], numbers: KnownNumbers, origin: Origin
) -> set[Fitting]:
    """Return the tags that were issued for no place of who reports, or of where they are put in."""
    places, issued = numbers.known.premises, numbers.issued
    fitted = {
        (tag, one.premises)
        for one in reports
        for key in one.animals
        for tag in _fitted(one, key)
        if tag in issued
    }
    here = {place: places[place].id if place else 0 for _, place in fitted}
    odd = {one for one in fitted if issued[one[0]].premises_id != here[one[1]]}
    if not odd:
        return set()
    wanted = select(Premises.id, Premises.keeper_id).where(
        Premises.id.in_(keys(session, here.values()))
    )
    keepers = {row.id: row.keeper_id for row in session.execute(wanted)}
    reporter = session.scalar(select(Party.id).where(Party.public_id == origin.reporter))
    return {
        (tag, place)
        for tag, place in odd
        if issued[tag].keeper is None
        or issued[tag].keeper not in {reporter, keepers.get(here[place])}
    }


def _parents_of(report: Report) -> dict[str, Key]:
    """Return the parents that a report names, by their role."""
    if report.type not in BEGINNINGS:
        return {}
    return {name: read_key(report.details[name]) for name in PARENTS if name in report.details}


def _read_parents(session: Session, reports: Iterable[Report]) -> dict[Key, Parent]:
    named = {key for one in reports for key in _parents_of(one).values()}
    known = find_animals(session, named) if named else {}
    if not known:
        return {}
    rows = session.execute(
        select(Animal.id, Animal.kind, Animal.sex, Animal.born_on, Animal.ended_on).where(
            Animal.id.in_(keys(session, {ref.id for ref in known.values()}))
        )
    )
    parents = {row.id: Parent(*row) for row in rows}
    return {key: parents[ref.id] for key, ref in known.items()}


def _of_parents(report: Report, animal: int, parents: Mapping[Key, Parent]) -> Iterator[Finding]:
    born = _born(report)
    for role, key in sorted(_parents_of(report).items()):
        if key in parents and is_impossible(role, parents[key], animal, born):
            yield Finding(Condition.PARENT, {"tag": str(key)})


def _born(report: Report) -> date | None:
    if report.type is EventType.BIRTH:
        return report.occurred.day
    told = report.details.get("born")
    return date.fromisoformat(told) if told else None
