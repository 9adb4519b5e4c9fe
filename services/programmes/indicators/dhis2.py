"""Figures for DHIS2: what a mapping makes of a report, what of it has changed, and sending that.

Only counts above nothing are sent. DHIS2 ignores a zero unless an element says that it means
something; so a figure that has vanished, or became nothing, is deleted there, which is what it has
for a value that is not. Sending is harmless to repeat: a value has one place, and the last holds.
"""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING, NamedTuple, Protocol, TypeVar

from sqlalchemy import delete, select

from services.programmes.indicators.cuts import EVERYBODY, Cut, Group, added, grouped
from services.programmes.indicators.dhis2_mapping import COUNTRY
from services.programmes.indicators.errors import BadMapping
from services.programmes.indicators.measures import figure
from services.programmes.indicators.periods import iso_period
from services.storage.models import Exported
from services.storage.upsert import upsert

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from datetime import datetime

    from sqlalchemy.orm import Session

    from services.programmes.indicators.cuts import Fact, Facts
    from services.programmes.indicators.dhis2_mapping import Dhis2Mapping, Target
    from services.programmes.indicators.measures import Measure
    from services.programmes.indicators.tables import Report
    from services.storage.database import Database

T = TypeVar("T")

_NO_COMBO = ""
_CHUNK = 500
# DHIS2 looks at a value though it deletes it, and passes over a zero.
_ANY_VALUE = "1"


class Place(NamedTuple):
    """Where a value stands in DHIS2; `combo` is empty where it is the default one."""

    unit: str
    element: str
    combo: str


class Export(NamedTuple):
    """What a mapping makes of a report.

    Attributes:
        mapping: the file.
        period: as DHIS2 writes it.
        values: by place.
        indicators: names of those that no value is made of.
        places: provinces with people, but without an organisation unit.
        groups: groups with people, but without a combination, such as `sex m (attempts)`.
        idle: what the file names, and nothing was counted of.
    """

    mapping: Dhis2Mapping
    period: str
    values: Mapping[Place, str]
    indicators: Sequence[str]
    places: Sequence[str]
    groups: Sequence[str]
    idle: Sequence[str]

    @property
    def is_whole(self) -> bool:
        """Whether everything that was counted has a place."""
        return not (self.indicators or self.places or self.groups)


class Changes(NamedTuple):
    """What is to be sent: values that DHIS2 has not, places whose value is gone, and the rest."""

    changed: Mapping[Place, str]
    gone: Sequence[Place]
    same: int


class Receiver(Protocol):
    """DHIS2, as far as it is needed."""

    @property
    def url(self) -> str:
        """Where it is, which tells one system from another."""
        ...

    def send(self, values: Mapping[str, object]) -> None:
        """Store values; raise unless all were taken."""
        ...

    def delete(self, values: Mapping[str, object]) -> None:
        """Delete values; raise unless none is left."""
        ...


def make_export(report: Report, mapping: Dhis2Mapping) -> Export:
    """Make the values of a report, and name what has no place.

    Raises:
        BadMapping: it is of another programme.
        BadPeriod: DHIS2 has no such period.
    """
    if mapping.programme != report.programme.code:
        raise BadMapping(f"The mapping is of {mapping.programme}, not of {report.programme.code}")
    known = {one.name: one for one in report.measures}
    mapped = {known[one.indicator].numerator for one in mapping.targets if one.indicator in known}
    values: dict[Place, str] = {}
    groups: dict[str, None] = {}
    for target in mapping.targets:
        if target.indicator in known:
            for place, value, missing in _values(report.facts, target, known, mapping):
                values |= {place: value} if place else {}
                groups |= {missing: None} if missing else {}
    provinces = {name for (name,) in grouped(report.facts, (Cut.PROVINCE,))}
    return Export(
        mapping,
        iso_period(report.period),
        values,
        [one.name for one in report.measures if one.numerator not in mapped],
        sorted(provinces - set(mapping.places)),
        list(groups),
        [one.indicator for one in mapping.targets if one.indicator not in known],
    )


def compare(session: Session, url: str, export: Export) -> Changes:
    """Compare with what was sent before, of this programme, data set and period."""
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
    gone = [Place(*key.split("|")) for key in sorted(before) if key not in here]
    return Changes(changed, gone, len(export.values) - len(changed))


def send_changes(database: Database, receiver: Receiver, export: Export, now: datetime) -> Changes:
    """Send what has changed; what was taken is noted, what was not is sent the next time.

    Args:
        database: no transaction is open while DHIS2 is called.
        receiver: DHIS2.
        export: the values.
        now: UTC.

    Raises:
        Dhis2Refused: nothing of that request is noted as sent.
        Dhis2Unreachable: as above.
    """
    with database.read() as session:
        changes = compare(session, receiver.url, export)
    prefix = _prefix(receiver.url, export)
    if changes.changed:
        receiver.send(document(export, changes.changed))
        with database.write() as session:
            _note(session, prefix, changes.changed, now)
    if changes.gone:
        receiver.delete(document(export, dict.fromkeys(changes.gone, _ANY_VALUE)))
        with database.write() as session:
            keys = [prefix + "|".join(place) for place in changes.gone]
            for chunk in _chunks(keys):
                session.execute(delete(Exported).where(Exported.key.in_(chunk)))
    return changes


def document(export: Export, values: Mapping[Place, str]) -> dict[str, object]:
    """Return values as DHIS2 reads them: the body of `dataValueSets`."""
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
    facts: Facts, target: Target, known: Mapping[str, Measure], mapping: Dhis2Mapping
) -> Iterator[tuple[Place | None, str, str | None]]:
    """Yield places with values; of a group without a combination its name instead."""
    measure, cuts = known[target.indicator], (target.cut,) if target.cut else ()
    for unit, counted in _units(facts, mapping, cuts):
        for group, row in counted.items():
            number = figure(measure, row).numerator
            combo = target.combos.get(group[0]) if group else target.combo or _NO_COMBO
            if not number:
                continue
            if combo is None:
                yield None, "", f"{target.cut} {group[0]} ({target.indicator})"
            else:
                yield Place(unit, target.element, combo), str(number), None


def _units(
    facts: Facts, mapping: Dhis2Mapping, cuts: Sequence[Cut]
) -> Iterator[tuple[str, Mapping[Group, Counter[Fact]]]]:
    for name, unit in mapping.places.items():
        mine = {
            cell: counted for cell, counted in facts.items() if name in {COUNTRY, cell.province}
        }
        yield unit, grouped(mine, cuts) if cuts else {EVERYBODY: added(mine)}


def _note(session: Session, prefix: str, sent: Mapping[Place, str], now: datetime) -> None:
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


def _prefix(url: str, export: Export) -> str:
    mapping = export.mapping
    names = ("dhis2", url, mapping.programme, mapping.data_set, export.period)
    return "|".join((*names, mapping.attributes or "", ""))


def _digest(value: str) -> bytes:
    return sha256(value.encode()).digest()


def _chunks(rows: Iterable[T]) -> Iterator[list[T]]:
    every = list(rows)
    for start in range(0, len(every), _CHUNK):
        yield every[start : start + _CHUNK]
