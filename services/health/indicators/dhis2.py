"""Values of a report for DHIS2, and the export of those that changed since the last one.

A value that vanished or became zero is deleted there: a zero would say that somebody was counted,
and DHIS2 ignores most zeros. Sending again is harmless: a value has one cell, and the last one
counts. So values that were not certainly accepted are sent again.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from hashlib import sha256
from typing import NamedTuple, TypeVar

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from services.health.errors import BadMapping
from services.health.indicators.dhis2_client import Dhis2Client
from services.health.indicators.dhis2_mapping import COUNTRY, Dhis2Mapping, Target
from services.health.indicators.disaggregation import (
    EVERYBODY,
    Cut,
    Fact,
    Group,
    iso_period,
)
from services.health.indicators.measure import Measure, Reading, figure
from services.health.indicators.measures import MISLEADING
from services.health.indicators.tables import Report
from services.storage.bulk import upsert
from services.storage.database import Database
from services.storage.models import Exported

T = TypeVar("T")

_CHUNK = 500
# DHIS2 reads the value of a deletion too, and ignores a zero.
_ANY_VALUE = "1"

_NO_COMBO = ""


class Changes(NamedTuple):
    """Values that DHIS2 lacks, cells whose value is gone, and the number of unchanged ones."""

    changed: "Mapping[Dhis2Cell, str]"
    gone: "Sequence[Dhis2Cell]"
    same: int


class Sent(NamedTuple):
    """Changes that DHIS2 accepted, and what it counted: values imported, updated, deleted."""

    changed: "Mapping[Dhis2Cell, str]"
    gone: "Sequence[Dhis2Cell]"
    same: int
    imported: int = 0
    updated: int = 0
    deleted: int = 0


def compare(session: Session, url: str, export: "Export") -> Changes:
    """Compare with the earlier export of this programme, data set and period.

    Only cells of this mapping can be gone: others belong to another mapping.
    """
    prefix = _prefix(url, export)
    before = {
        row.key.removeprefix(prefix): row.digest
        for row in session.execute(
            select(Exported.key, Exported.digest).where(
                Exported.key.startswith(prefix, autoescape=True)
            )
        )
    }
    changed = {
        place: value
        for place, value in export.values.items()
        if before.get("|".join(place)) != _digest(value)
    }
    here = {"|".join(place) for place in export.values}
    elsewhere = (Dhis2Cell(*key.split("|")) for key in sorted(before) if key not in here)
    gone = [place for place in elsewhere if export.mapping.has(place.unit, place.element)]
    return Changes(changed, gone, len(export.values) - len(changed))


def send_changes(
    database: Database,
    receiver: Dhis2Client,
    export: "Export",
    now: datetime,
    *,
    everything: bool = False,
) -> Sent:
    """Send the changes; note those accepted, so that only the rest is sent next time.

    No transaction is open while DHIS2 is called. `everything`: send what was accepted before too,
    for a DHIS2 that lost it.

    Raises:
        Dhis2Refused, Dhis2Unreachable: nothing of the failed request is noted as sent.
    """
    with database.read() as session:
        changes = compare(session, receiver.url, export)
    if everything:
        changes = Changes(export.values, changes.gone, 0)
    prefix = _prefix(receiver.url, export)
    done = Sent(*changes)
    if changes.changed:
        told = receiver.send(document(export, changes.changed))
        done = done._replace(imported=told.imported, updated=told.updated)
        with database.write(exclusive=False) as session:
            _note(session, prefix, changes.changed, now)
    if changes.gone:
        told = receiver.delete(document(export, dict.fromkeys(changes.gone, _ANY_VALUE)))
        done = done._replace(deleted=told.deleted)
        with database.write(exclusive=False) as session:
            keys = [prefix + "|".join(place) for place in changes.gone]
            for chunk in _chunks(keys):
                session.execute(delete(Exported).where(Exported.key.in_(chunk)))
    return done


def _note(session: Session, prefix: str, sent: "Mapping[Dhis2Cell, str]", now: datetime) -> None:
    rows = [
        {"key": prefix + "|".join(place), "digest": _digest(value), "at": now}
        for place, value in sent.items()
    ]
    for chunk in _chunks(rows):
        statement = upsert(session, Exported).values(chunk)
        session.execute(
            statement.on_conflict_do_update(
                index_elements=["key"],
                set_={"digest": statement.excluded.digest, "at": statement.excluded.at},
            )
        )


def _prefix(url: str, export: "Export") -> str:
    mapping = export.mapping
    names = ("dhis2", url, mapping.programme, mapping.data_set, export.period)
    return "|".join((*names, mapping.attributes or "", ""))


def _digest(value: str) -> bytes:
    return sha256(value.encode()).digest()


def _chunks(rows: Iterable[T]) -> Iterator[list[T]]:
    every = list(rows)
    for start in range(0, len(every), _CHUNK):
        yield every[start : start + _CHUNK]


class Dhis2Cell(NamedTuple):
    """The cell of a value in DHIS2; an empty `combo` is the default one."""

    unit: str
    element: str
    combo: str


class Export(NamedTuple):
    """Values of a report for DHIS2, and what the mapping leaves out.

    Attributes:
        period: as DHIS2 writes it.
        values: by cell.
        indicators: names of indicators without a target.
        places: provinces with people, but without an organisation unit.
        groups: groups with people, but without a combination, such as `sex m (attempts)`.
        idle: indicators of the file without a count.
    """

    mapping: Dhis2Mapping
    period: str
    values: Mapping[Dhis2Cell, str]
    indicators: Sequence[str]
    places: Sequence[str]
    groups: Sequence[str]
    idle: Sequence[str]

    @property
    def is_whole(self) -> bool:
        """True where every count has a cell."""
        return not (self.indicators or self.places or self.groups)


def make_export(report: Report, mapping: Dhis2Mapping) -> Export:
    """Make the values of a report, and list what has no cell.

    Raises:
        BadMapping: it is of another programme, or has a misleading figure alone.
        BadPeriod: DHIS2 has no such period.
    """
    if mapping.programme != report.programme.code:
        raise BadMapping(f"The mapping is of {mapping.programme}, not of {report.programme.code}")
    known = {one.name: one for one in report.measures}
    _refuse_misleading(mapping)
    mapped = {known[one.indicator].numerator for one in mapping.targets if one.indicator in known}
    values: dict[Dhis2Cell, str] = {}
    groups: dict[str, None] = {}
    for target in mapping.targets:
        if target.indicator in known:
            for place, value, missing in _values(report, target, known, mapping):
                values |= {place: value} if place else {}
                groups |= {missing: None} if missing else {}
    provinces = {name for (name,) in report.groups((Cut.PROVINCE,))}
    return Export(
        mapping,
        iso_period(report.period),
        values,
        [
            one.name
            for one in report.measures
            if one.numerator not in mapped and one.reading is not Reading.CAUTION
        ],
        sorted(provinces - set(mapping.places)),
        list(groups),
        [one.indicator for one in mapping.targets if one.indicator not in known],
    )


def _refuse_misleading(mapping: Dhis2Mapping) -> None:
    """Refuse a file that sends what those who were asked said, without all who began."""
    names = {one.indicator for one in mapping.targets}
    for name in sorted(names):
        code, _, detail = name.partition(".")
        beside = {f"due.{detail}", f"success_of_activated.{detail}"} - names
        if code in MISLEADING and beside:
            needed = " and ".join(sorted(beside))
            raise BadMapping(f"{name} misleads alone: it leaves out who left. Map {needed} too")


def document(export: Export, values: Mapping[Dhis2Cell, str]) -> dict[str, object]:
    """Return values as the body of DHIS2's `dataValueSets`."""
    attributes = export.mapping.attributes
    return {
        "dataSet": export.mapping.data_set,
        "dataValues": [
            {
                "dataElement": place.element,
                "period": export.period,
                "orgUnit": place.unit,
                **({"categoryOptionCombo": place.combo} if place.combo else {}),
                **({"attributeOptionCombo": attributes} if attributes else {}),
                "value": value,
            }
            for place, value in sorted(values.items())
        ],
    }


def _values(
    report: Report, target: Target, known: Mapping[str, Measure], mapping: Dhis2Mapping
) -> Iterator[tuple[Dhis2Cell | None, str, str | None]]:
    """Yield cells with values; for a group without a combination, its name instead."""
    measure, cuts = known[target.indicator], (target.cut,) if target.cut else ()
    for unit, counted in _units(report, mapping, cuts):
        for group, row in counted.items():
            number = figure(measure, row).numerator
            combo = target.combos.get(group[0]) if group else target.combo or _NO_COMBO
            if not number:
                continue
            if combo is None:
                yield None, "", f"{target.cut} {group[0]} ({target.indicator})"
            else:
                yield Dhis2Cell(unit, target.element, combo), str(number), None


def _units(
    report: Report, mapping: Dhis2Mapping, cuts: Sequence[Cut]
) -> Iterator[tuple[str, Mapping[Group, Counter[Fact]]]]:
    by_province = report.groups((Cut.PROVINCE, *(cut for cut in cuts if cut != Cut.PROVINCE)))
    for name, unit in mapping.places.items():
        if name == COUNTRY:
            yield unit, report.groups(cuts)
        else:
            mine = {group: row for group, row in by_province.items() if group[0] == name}
            yield unit, {_of_cuts(group, cuts): row for group, row in mine.items()}


def _of_cuts(group: Group, cuts: Sequence[Cut]) -> Group:
    """Return a group of a province as one of the cuts alone."""
    if not cuts:
        return EVERYBODY
    return group if cuts[0] == Cut.PROVINCE else group[1:]
