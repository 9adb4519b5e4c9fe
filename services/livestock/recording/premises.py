"""Descriptions of premises, and their ranges of official tags, which never overlap: events.

A registration outside the ranges of its premises still counts as evidence.
"""

from collections.abc import Mapping
from typing import Any, TypeVar

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.core.geography import zone_of
from services.livestock.domain.errors import BadRange, RangeOverlaps
from services.livestock.domain.model import (
    Act,
    EventType,
    Key,
    Occurred,
    Origin,
    Recorded,
    Report,
    event_id,
)
from services.livestock.recording.boundaries import fill_districts
from services.livestock.recording.identity import find_premises
from services.livestock.recording.record import record_one
from services.livestock.recording.short_numbers import name_premises
from services.storage.locks import require_one_writer
from services.storage.models import Premises, TagOrder, TagRange
from sms.local_time import local_day

KINDS = (
    "household", "village_herd", "piggery", "market", "ceremony_ground", "abattoir", "quarantine",
    "port", "vehicle", "roadblock",
)  # fmt: skip

_CODE_DIGITS = 3
Range = TypeVar("Range", TagRange, TagOrder)


def describe(session: Session, row: Premises, told: Mapping[str, Any], act: Act) -> Recorded:
    """Change the description of premises, and record that it was changed.

    Args:
        told: columns and their new values; the others stay.
        act: the event; its record holds nothing of `told`, which may name a person or a home.
    """
    require_one_writer(session)
    for name, value in told.items():
        setattr(row, name, value)
    row.found = False
    session.flush()
    fill_districts(session, Premises.id == row.id)
    report = Report(
        event_id=act.event_id,
        type=EventType.PREMISES,
        animals=(),
        premises=name_premises(session, row.id),
        other=None,
        occurred=Occurred.on(act.day, zone_of(row.province)),
    )
    return record_one(session, report, act.origin)


def allocate(session: Session, first: str, last: str, premises: Key, origin: Origin) -> Recorded:
    """Give the official numbers from `first` to `last` to premises.

    Args:
        session: an open writing session; nothing is committed here.
        first: 15 digits.
        last: 15 digits; it is given too.
        premises: known, or made as *found*.
        origin: by whom, how and when.

    Raises:
        BadRange: the ends are of two countries or makers, or the last comes before the first.
        RangeOverlaps: some of it was given before, be it to the same premises.
        UnknownNumber, WrongKind: see `services.livestock.recording.identity`.
    """
    return _record_range(session, TagRange, (first, last), premises, origin)


def order_tags(session: Session, first: str, last: str, premises: Key, origin: Origin) -> Recorded:
    """Note that premises, such as a provincial office, ordered the official numbers of a range.

    An order gives nobody a number: whoever has them is told by `allocate`. See it for the rest.
    """
    return _record_range(session, TagOrder, (first, last), premises, origin)


def _record_range(
    session: Session,
    table: type[Range],
    ends: tuple[str, str],
    premises: Key,
    origin: Origin,
) -> Recorded:
    first, last = ends
    if first[:_CODE_DIGITS] != last[:_CODE_DIGITS] or last < first:
        raise BadRange(first=first, last=last)
    require_one_writer(session)
    given = _overlapping(session, first, last, table)
    if given is not None:
        raise RangeOverlaps(first=given.first, last=given.last)
    report = _allocation(ends, premises, origin, ordered=table is TagOrder)
    done = record_one(session, report, origin)
    owner = done.known.premises[premises]
    session.add(table(first=first, last=last, premises_id=owner.id, journal_id=done.journal_id))
    session.flush()
    return done


def range_of(session: Session, number: str) -> TagRange | None:
    """Return the range that an official number of 15 digits is in, None where it was not given."""
    return _overlapping(session, number, number, TagRange)


def order_of(session: Session, number: str) -> TagOrder | None:
    """Return the order that an official number of 15 digits was part of, None if there is none."""
    return _overlapping(session, number, number, TagOrder)


def is_allocated(
    session: Session, first: str, last: str, premises: Key, *, ordered: bool = False
) -> bool:
    """Return whether just this range was given to just these premises, or ordered by them."""
    given = order_of(session, first) if ordered else range_of(session, first)
    if given is None or (given.first, given.last) != (first, last):
        return False
    known = find_premises(session, [premises]).get(premises)
    return known is not None and known.id == given.premises_id


def _allocation(ends: tuple[str, str], premises: Key, origin: Origin, *, ordered: bool) -> Report:
    # The id of an issue is as it was before there were orders.
    named = ("ordered", *ends) if ordered else ends
    return Report(
        event_id(origin.channel, "\0".join(("allocation", *named)), 0),
        EventType.ALLOCATION,
        (),
        premises,
        None,
        Occurred.on(local_day(origin.recorded_at)),
        dict(zip(("first", "last"), ends, strict=True))
        | ({"action": "ordered"} if ordered else {}),
    )


def _overlapping(session: Session, first: str, last: str, table: type[Range]) -> Range | None:
    # Ranges never overlap, so only the last one that begins before the end can matter.
    nearest = session.scalars(
        select(table).where(table.first <= last).order_by(table.first.desc()).limit(1)
    ).first()
    return nearest if nearest is not None and nearest.last >= first else None
