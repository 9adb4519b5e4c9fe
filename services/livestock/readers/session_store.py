"""Sessions in the database: begun by their first scans, read as a whole, confirmed once."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from operator import itemgetter
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from gateway.readers.scans import Readings, Scan
from services.devices.calls import FieldCall
from services.livestock.domain.model import Key, Scheme
from services.livestock.readers.errors import NoSession, SessionConfirmed, TooManyScans
from services.storage.bulk import insert_rows, upsert
from services.storage.models import ReaderScan, ReaderSession

_COLUMNS = ("place", "line", "tag", "fault", "count", "at", "kilograms", "said")


@dataclass(slots=True)
class Scanned:
    """One animal of a session, by its first reading.

    Attributes:
        key: its official number.
        scan: the first reading; `said` is the JSON of its keyed-in values.
        times: how often it was read.
        kilograms: the last weight that was taken.
    """

    key: Key
    scan: ReaderScan
    times: int = 0
    kilograms: float | None = None
    said: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Kept:
    """A session with all that was scanned, in order; `keys`: of its animals."""

    row: ReaderSession
    animals: tuple[Scanned, ...]
    keys: frozenset[Key]
    faults: tuple[ReaderScan, ...]
    scans: int


def begin_session(call: FieldCall, public_id: UUID) -> ReaderSession:
    """Return the device's open session, locked; it is made where there is none.

    Raises:
        SessionConfirmed: it is not open any more.
    """
    session = call.unit.session
    session.execute(
        upsert(session, ReaderSession)
        .values(device_id=call.device.id, public_id=public_id, begun_at=call.now, parts=0)
        .on_conflict_do_nothing()
    )
    return open_session(call, public_id)


def open_session(call: FieldCall, public_id: UUID) -> ReaderSession:
    """Return the device's open session, locked.

    Raises:
        NoSession: nothing of it has come.
        SessionConfirmed: it is not open any more.
    """
    row = call.unit.session.scalars(
        select(ReaderSession)
        .where(ReaderSession.device_id == call.device.id, ReaderSession.public_id == public_id)
        .with_for_update()
    ).first()
    if row is None:
        raise NoSession
    if row.confirmed_as is not None:
        raise SessionConfirmed(kind=row.confirmed_as)
    return row


def keep_readings(session: Session, row: ReaderSession, readings: Readings, most: int) -> None:
    """Add an upload to a session.

    Raises:
        TooManyScans: the session would hold more lines than `most`.
    """
    kept = select(func.count()).where(ReaderScan.session_id == row.id)
    place = session.scalar(kept) or 0
    lines = _lines(readings)
    if place + len(lines) > most:
        raise TooManyScans(most=most)
    row.parts += 1
    rows = [(number, *line) for number, line in enumerate(lines, start=place + 1)]
    insert_rows(session, ReaderScan, _COLUMNS, rows, session_id=row.id, part=row.parts)


def read_session(session: Session, row: ReaderSession) -> Kept:
    """Return all of a session."""
    lines = session.scalars(
        select(ReaderScan).where(ReaderScan.session_id == row.id).order_by(ReaderScan.place)
    ).all()
    animals: dict[str, Scanned] = {}
    for line in lines:
        if line.tag is None:
            continue
        first = animals.get(line.tag)
        if first is None:
            key, said = Key(Scheme.OFFICIAL, line.tag), json.loads(line.said or "{}")
            first = animals[line.tag] = Scanned(key, line, said=said)
        first.times += 1
        first.kilograms = line.kilograms or first.kilograms
    faults = tuple(line for line in lines if line.tag is None)
    keys = frozenset(one.key for one in animals.values())
    return Kept(row, tuple(animals.values()), keys, faults, len(lines) - len(faults))


def _lines(readings: Readings) -> Sequence[tuple[Any, ...]]:
    """Return scans and faults together, in the order of their lines."""
    scans = [
        (scan.line, scan.tag, None, None, scan.at, scan.kilograms, _said(scan))
        for scan in readings.scans
    ]
    faults = [
        (one.line, None, one.fault.value, one.count, None, None, None) for one in readings.faults
    ]
    return sorted([*scans, *faults], key=itemgetter(0))


def _said(scan: Scan) -> str | None:
    told = {"visual": scan.visual, "note": scan.note, "written": scan.written}
    said = {name: value for name, value in told.items() if value}
    return json.dumps(said, ensure_ascii=False) if said else None
