"""Ends of thefts: whoever heard of one is told, and the animal's keeper if another ended it."""

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from chain.canonical import public_subject
from services.livestock.control.affected import officers_of, police_of
from services.livestock.control.animal_keepers import keepers_to_tell
from services.livestock.control.thefts import home_province, send, sight_name, theft_name
from services.livestock.domain.model import AnimalRef, EventType, Origin, Recorded
from services.livestock.domain.statuses import StatusKind
from services.livestock.recording.identity import find_animals
from services.livestock.recording.journal import HAS_CONTENT, OURS, subjects_in
from services.messaging.offices import OfficeHolder, texted_about
from services.storage.models import Journal, LedgerLeaf, Premises, Status
from services.storage.rowsets import digests, keys, public_ids
from services.texts.catalogue import Listing, language_of, say

_THEFTS = frozenset({EventType.STOLEN, EventType.AGREE})


class _NamedEvent(NamedTuple):
    """An event of which people may have been told: its row, and what the record holds."""

    row: Journal
    record: Mapping[str, Any]

    @property
    def place(self) -> UUID | None:
        """The public id of its place."""
        near = self.record.get("at") or self.record.get("from")
        return UUID(near["premises"]) if near else None


def tell_ends(session: Session, events: Iterable[Recorded], origin: Origin) -> None:
    """Tell of the thefts that events ended which a program reported: see `tell_recovered`."""
    for done in events:
        if done.report.type is EventType.RECOVERED and not done.report.evidence:
            tell_recovered(session, done, origin)


def tell_recovered(session: Session, done: Recorded, origin: Origin) -> None:
    """Tell whoever heard of a theft that it is over, and its keeper, if that is somebody else.

    Args:
        done: the report that animals are back, or the agreement with it.
    """
    since = _thefts_ended(session, done)
    back = [one for one in done.animals if one.id in since]
    if not back:
        return
    numbers = {one.id: str(key) for key, one in zip(done.report.animals, done.animals, strict=True)}
    about, now = f"theft over\0{done.report.event_id}", origin.recorded_at

    def tell(holders: Iterable[OfficeHolder], code: str, animals: Iterable[AnimalRef]) -> None:
        words = {"pigs": _listed(numbers[one.id] for one in animals), "receipt": done.receipt}
        others = [one for one in holders if one.public_id != origin.reporter]
        send(session, others, about, partial(_say, code, words), now)

    tell(_heard(session, back, min(since.values())), "theft.over", back)
    for keeper, theirs in keepers_to_tell(session, back):
        tell([keeper], "theft.over_keeper", theirs)


def _thefts_ended(session: Session, done: Recorded) -> dict[int, int]:
    """Return the journal keys of the thefts that a report ended, by the animal's database key."""
    told = done.report.details.get("evidence")
    agreed = select(Journal.id).where(Journal.event_id == UUID(told)) if told else None
    ending = done.journal_id if agreed is None else session.scalar(agreed)
    rows = session.execute(
        select(Status.animal_id, Status.source_id).where(
            Status.animal_id.in_(keys(session, (one.id for one in done.animals))),
            Status.kind == StatusKind.STOLEN.value,
            Status.ended_by_id == ending,
        )
    )
    return {row.animal_id: row.source_id for row in rows}


def tell_no_theft(session: Session, wrong: tuple[int, str], done: Recorded, origin: Origin) -> None:
    """Tell whoever heard of a theft that its report was declared wrong.

    Args:
        wrong: journal key and receipt of the report.
        done: the declaration.
    """
    since, receipt = wrong
    held = select(Status.animal_id).where(
        Status.animal_id.in_(keys(session, (one.id for one in done.animals))),
        Status.kind == StatusKind.STOLEN.value,
        Status.until.is_(None),
    )
    still = set(session.scalars(held))
    free = [one for one in done.animals if one.id not in still]
    heard = _heard(session, free, since) if free else []
    words = {"wrong": receipt, "pigs": _listed(str(one.key) for one in free)}
    others = [one for one in heard if one.public_id != origin.reporter]
    about = f"no theft\0{done.report.event_id}"
    send(session, others, about, partial(_say, "theft.wrong", words), origin.recorded_at)


def _say(code: str, words: Mapping[str, object], holder: OfficeHolder) -> str:
    return say(code, language_of(holder.language), **words)


def _listed(numbers: Iterable[str]) -> Listing:
    return Listing(tuple(numbers), tight=" ")


def _heard(session: Session, animals: Sequence[AnimalRef], since: int) -> list[OfficeHolder]:
    """Return the officers and police who were texted about a theft, or a sight since.

    Args:
        since: journal key of the report of the theft.
    """
    homes = {home_province(session, one.id) for one in animals}
    heard = dict[int, OfficeHolder]()
    for province, names in _names(session, animals, _events_since(session, animals, since)).items():
        there = [*officers_of(session, province).holders, *police_of(session, {province, *homes})]
        heard |= {one.party_id: one for one in texted_about(session, there, *names)}
    return list(heard.values())


def _events_since(session: Session, animals: Sequence[AnimalRef], since: int) -> list[_NamedEvent]:
    subjects = digests(session, [public_subject(*one.key) for one in animals])
    about = select(LedgerLeaf.journal_id).where(LedgerLeaf.subject.in_(subjects))
    wanted = select(Journal).where(Journal.id.in_(about), Journal.id >= since, OURS, HAS_CONTENT)
    return [_NamedEvent(row, json.loads(row.content or b"{}")) for row in session.scalars(wanted)]


def _names(
    session: Session, animals: Sequence[AnimalRef], events: Sequence[_NamedEvent]
) -> dict[str | None, set[str]]:
    """Return what the texts about events may be named by, by the province where they were."""
    places = _places(session, {one.place for one in events if one.place is not None})
    thefts = [one for one in events if one.row.type in _THEFTS]
    known = find_animals(session, {key for one in thefts for key in subjects_in(one.record)})
    names: dict[str | None, set[str]] = defaultdict(set)
    for one in events:
        at, province = places.get(one.place, (None, None)) if one.place else (None, None)
        found, when = names[province], one.row.recorded_at
        found |= {sight_name(animal.id, at, when) for animal in animals}
        if one.row.type in _THEFTS:
            found.add(theft_name((known[key].id for key in subjects_in(one.record)), at, when))
    return names


def _places(session: Session, wanted: Iterable[UUID]) -> dict[UUID, tuple[int, str | None]]:
    rows = session.execute(
        select(Premises.public_id, Premises.id, Premises.province).where(
            Premises.public_id.in_(public_ids(session, wanted))
        )
    )
    return {row.public_id: (row.id, row.province) for row in rows}
