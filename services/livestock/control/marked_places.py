"""Places of an outbreak that have a status of its disease, or whose pigs have one, on a day."""

import json
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from datetime import date
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from services.livestock.control.affected import premises_in
from services.livestock.domain.areas import Area
from services.livestock.domain.statuses import OF_DISEASE, Status, StatusKind, holding
from services.livestock.recording.decision_context import premises_keys
from services.livestock.tracing.model import TracedPlace
from services.livestock.tracing.movement_records import read_places
from services.storage.models import Journal, Outbreak, Premises
from services.storage.models import Status as StatusRow
from services.storage.rowsets import keys


class MarkedPlace(NamedTuple):
    """A place with a status, the gravest one of it and of its pigs.

    Attributes:
        until: first local day on which it no longer holds; None: open.
        animals: animals and mobs with a status that an event at the place began.
    """

    site: TracedPlace
    kind: StatusKind
    since: date
    until: date | None
    animals: int


class _Mark(NamedTuple):
    """A status, whose it is, and the public ids of the places that its event names."""

    status: Status
    premises: int | None
    at: str | None
    root: str | None


def marked_places(
    session: Session, outbreak: Outbreak, on: date, areas: Collection[Area]
) -> list[MarkedPlace]:
    """Return the places of an outbreak that are infected, suspect or in contact on a local day.

    Its places are its index premises and those in the areas of its orders, and the places that a
    trace from one of them declared to be in contact, wherever they lie.

    Args:
        areas: of the orders.
    """
    marks = _marks(session, outbreak.disease, on)
    named = {one for mark in marks for one in (mark.at, mark.root) if one}
    known = premises_keys(session, map(UUID, named))
    places = {*known.values(), *(one.premises for one in marks)} - {None}
    here = Premises.id.in_(keys(session, places))
    inside = {outbreak.index_premises_id, *premises_in(session, areas, here)}
    groups: dict[int, list[_Mark]] = defaultdict(list)
    for mark in marks:
        place = mark.premises or known.get(mark.at or "")
        if place is not None and (place in inside or known.get(mark.root or "") in inside):
            groups[place].append(mark)
    sites = read_places(session, groups)
    found = [_marked(sites[place], of, on) for place, of in groups.items()]
    return sorted(found, key=lambda one: (list(StatusKind).index(one.kind), one.site.number))


def _marked(site: TracedPlace, marks: Iterable[_Mark], on: date) -> MarkedPlace:
    of = list(marks)
    gravest = holding((one.status for one in of), on)[0]
    animals = sum(one.premises is None for one in of)
    return MarkedPlace(site, gravest.kind, gravest.since, gravest.until, animals)


def _marks(session: Session, disease: str, on: date) -> list[_Mark]:
    rows = session.execute(
        select(StatusRow, Journal.content)
        .join(Journal, Journal.id == StatusRow.source_id)
        .where(
            StatusRow.kind.in_([one.value for one in OF_DISEASE]),
            or_(StatusRow.disease.is_(None), StatusRow.disease == disease),
            StatusRow.since <= on,
            or_(StatusRow.until.is_(None), StatusRow.until > on),
        )
        .order_by(StatusRow.id)
    )
    records: dict[int, Mapping[str, Any]] = {}
    found = []
    for row, content in rows:
        # One event may mark all pigs of a place.
        if row.source_id not in records:
            records[row.source_id] = json.loads(content or "{}")
        found.append(_mark(row, records[row.source_id]))
    return found


def _mark(row: StatusRow, record: Mapping[str, Any]) -> _Mark:
    status = Status(
        StatusKind(row.kind), row.since, row.source_id, row.disease, row.until, row.ended_by_id
    )
    at, root = record.get("at", {}).get("premises"), record.get("details", {}).get("root")
    return _Mark(status, row.premises_id, at, root)
