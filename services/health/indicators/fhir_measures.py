"""Indicators as FHIR R4 MeasureReports, each stratified by every cut; pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from services.health.indicators.disaggregation import EVERYBODY, Cut
from services.health.indicators.measures import Figure, Measure
from services.health.indicators.tables import Line, Report, lines, make_table

_POPULATION = "http://terminology.hl7.org/CodeSystem/measure-population"
_MONEY = "urn:iso:std:iso:4217"
_INDICATOR = "urn:bilum:indicator"
_CUT = "urn:bilum:cut"


def measure_reports(report: Report, *, public: bool = False) -> Iterator[dict[str, Any]]:
    """Yield the indicators of a report as MeasureReports.

    `public`: strata with small counts have no figures.
    """
    whole = {line.measure: line for line in lines(report, make_table(report, (), public=public))}
    strata: dict[Measure, dict[Cut, list[Line]]] = {}
    for cut in Cut:
        for line in lines(report, make_table(report, (cut,), public=public)):
            if line.group != EVERYBODY:
                strata.setdefault(line.measure, {}).setdefault(cut, []).append(line)
    for measure in report.measures:
        yield _report(report, whole[measure], strata.get(measure, {}))


def concept(system: str, code: str, text: str | None = None) -> dict[str, Any]:
    """Return a CodeableConcept."""
    return {"coding": [{"system": system, "code": code}], **({"text": text} if text else {})}


def _report(report: Report, line: Line, strata: Mapping[Cut, Iterable[Line]]) -> dict[str, Any]:
    name = f"{report.programme.code}:{line.measure.name}"
    first, last = (day.isoformat() for day in report.period)
    stratifiers = [_stratifier(cut, below) for cut, below in strata.items()]
    return {
        "resourceType": "MeasureReport",
        "id": str(uuid5(NAMESPACE_URL, f"{_INDICATOR}:{name}:{first}:{last}")),
        "status": "complete",
        "type": "summary",
        "measure": f"{_INDICATOR}:{name}",
        "date": report.now.isoformat(),
        "period": {"start": first, "end": last},
        "group": [
            {
                "code": concept(_INDICATOR, line.measure.name),
                **_figures(line.measure, line.figure),
                **({"stratifier": stratifiers} if stratifiers else {}),
            }
        ],
    }


def _stratifier(cut: Cut, below: Iterable[Line]) -> dict[str, Any]:
    return {
        "code": [concept(_CUT, cut.value)],
        "stratum": [
            {"value": {"text": line.group[0]}, **_figures(line.measure, line.figure)}
            for line in below
        ],
    }


def _figures(measure: Measure, shown: Figure | None) -> dict[str, Any]:
    """Return populations and score; money is no population, but the score's numerator."""
    if shown is None:
        return {}
    populations = []
    if not measure.is_money:
        populations.append(_population("numerator", int(shown.numerator)))
    if shown.denominator is not None:
        populations.append(_population("denominator", shown.denominator))
    found: dict[str, Any] = {"population": populations} if populations else {}
    if shown.value is not None:
        found["measureScore"] = _quantity(shown.value, money=measure.is_money)
    return found


def _population(code: str, count: int) -> dict[str, Any]:
    return {"code": concept(_POPULATION, code), "count": count}


def _quantity(value: Decimal, *, money: bool) -> dict[str, Any]:
    unit = {"unit": "kina", "system": _MONEY, "code": "PGK"} if money else {}
    # JSON has one kind of number; these have at most four places.
    return {"value": float(value), **unit}
