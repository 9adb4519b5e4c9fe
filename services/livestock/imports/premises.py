"""Premises of another system's register, with location and keeper."""

from collections.abc import Sequence
from datetime import date
from typing import Any, NamedTuple

from sqlalchemy import update

from services.core.errors import RowFault
from services.core.geography import split_province, zone_of
from services.core.table_files import Cells, cell_text
from services.livestock.domain.model import EventType, Key, Occurred, Origin, Report, event_id
from services.livestock.imports.rows import CHANNEL, Kind, choice, place, text
from services.livestock.recording.boundaries import fill_districts
from services.livestock.recording.identity import find_premises
from services.livestock.recording.premises import KINDS
from services.livestock.recording.record import record_events
from services.storage.models import Premises as Row
from services.storage.parties import party_of
from services.storage.rowsets import keys
from services.storage.unit_of_work import Unit
from sms.errors import NumberError
from sms.numbers import normalise

_WORDS = ("district", "llg", "ward", "village", "name")
_POINT = {"latitude": 90, "longitude": 180}


class Described(NamedTuple):
    """Premises, their known columns, and their keeper's phone (E.164)."""

    key: Key
    told: dict[str, Any]
    phone: str | None

    def digested(self) -> bytes:
        """Serialise the whole description, for a digest."""
        said = sorted((name, str(value)) for name, value in self.told.items())
        return repr((*self.key, said, self.phone)).encode()


class Premises(Kind[Described]):
    """Columns: `number` (the source's own), `kind`, `province`.

    Where known: `district`, `llg`, `ward`, `village`, `latitude`, `longitude` (degrees of WGS 84),
    `name`, and `phone`, the keeper's. An empty cell changes nothing.

    Args:
        today: local day of the recorded events.
    """

    columns = ("number", "kind", "province")

    def __init__(self, today: date) -> None:
        self._today = today

    def read(self, cells: Cells) -> Described:
        """Read the description of one place."""
        kind = choice(cells, "kind", KINDS)
        if kind is None:
            raise RowFault("kind", "is empty")
        told = {"kind": kind, "province": _province(cells)}
        told |= {name: cell_text(cells, name) for name in _WORDS}
        known = {name: value for name, value in told.items() if value} | _point(cells)
        return Described(place(cells, "number"), known, _phone(cells))

    def take(self, unit: Unit, rows: Sequence[Described], origin: Origin) -> int:
        """Record descriptions, each as an event that holds nothing of it."""
        # Keyed: without a key anybody could try phone numbers on the id, which is no secret.
        by_event = {
            event_id(CHANNEL, unit.vault.digest(row.digested()).hex(), 0): row for row in rows
        }
        reports = [
            Report(
                event,
                EventType.PREMISES,
                (),
                row.key,
                None,
                Occurred.on(self._today, zone_of(row.told.get("province"))),
            )
            for event, row in by_event.items()
        ]
        new = [
            by_event[one.report.event_id] for one in record_events(unit.session, reports, origin)
        ]
        known = find_premises(unit.session, {row.key for row in new})
        changed = [{"id": known[row.key].id, "found": False, **row.told} for row in new]
        for row, columns in zip(new, changed, strict=True):
            if row.phone:
                columns["keeper_id"] = party_of(unit, row.phone).id
        if changed:
            unit.session.execute(update(Row), changed)
            measured = keys(unit.session, [one["id"] for one in changed])
            fill_districts(unit.session, Row.id.in_(measured))
        return len(new)


def _province(cells: Cells) -> str | None:
    value = cell_text(cells, "province")
    if value is None:
        return None
    rest, province = split_province(value)
    if rest != province:
        raise RowFault("province", f"is none of Papua New Guinea: {value}")
    return province


def _point(cells: Cells) -> dict[str, float]:
    given = {name: cell_text(cells, name) for name in _POINT}
    if not any(given.values()):
        return {}
    return {name: _degrees(name, text(cells, name)) for name in given}


def _degrees(column: str, value: str) -> float:
    most = _POINT[column]
    try:
        degrees = float(value)
    except ValueError:
        degrees = most + 1.0
    # NaN fails this comparison, too.
    if -most <= degrees <= most:
        return degrees
    raise RowFault(column, f"is not a number of degrees from -{most} to {most}: {value}")


def _phone(cells: Cells) -> str | None:
    value = cell_text(cells, "phone")
    try:
        return normalise(value) if value else None
    except NumberError:
        raise RowFault("phone", "is no phone number with its country code") from None
