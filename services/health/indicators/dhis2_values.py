"""Values for DHIS2, made from a report and a mapping; pure.

Only counts above zero are made: DHIS2 ignores a zero unless its element says that zeros matter.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from services.health.indicators.dhis2_mapping import COUNTRY, Dhis2Mapping, Target
from services.health.indicators.disaggregation import (
    EVERYBODY,
    Cut,
    Fact,
    Facts,
    Group,
    grouped,
    total_of,
)
from services.health.indicators.errors import BadMapping
from services.health.indicators.measures import Measure, figure
from services.health.indicators.periods import iso_period
from services.health.indicators.tables import Report

_NO_COMBO = ""


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
        BadMapping: it is of another programme.
        BadPeriod: DHIS2 has no such period.
    """
    if mapping.programme != report.programme.code:
        raise BadMapping(f"The mapping is of {mapping.programme}, not of {report.programme.code}")
    known = {one.name: one for one in report.measures}
    mapped = {known[one.indicator].numerator for one in mapping.targets if one.indicator in known}
    values: dict[Dhis2Cell, str] = {}
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
    facts: Facts, target: Target, known: Mapping[str, Measure], mapping: Dhis2Mapping
) -> Iterator[tuple[Dhis2Cell | None, str, str | None]]:
    """Yield cells with values; for a group without a combination, its name instead."""
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
                yield Dhis2Cell(unit, target.element, combo), str(number), None


def _units(
    facts: Facts, mapping: Dhis2Mapping, cuts: Sequence[Cut]
) -> Iterator[tuple[str, Mapping[Group, Counter[Fact]]]]:
    for name, unit in mapping.places.items():
        mine = {
            cell: counted for cell, counted in facts.items() if name in {COUNTRY, cell.province}
        }
        yield unit, grouped(mine, cuts) if cuts else {EVERYBODY: total_of(mine)}
