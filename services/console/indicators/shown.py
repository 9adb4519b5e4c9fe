"""Figures as their pages show them: rows, steps of joining, groups, tiles and months."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from services.console.indicators.wording import (
    HEADINGS,
    NONE,
    goal_in_words,
    group_name,
    measure_name,
    short,
    whole,
)
from services.health.indicators.disaggregation import EVERYBODY, Cut, Period
from services.health.indicators.kept_reports import KeptReport
from services.health.indicators.measure import Figure, Measure, Reading, figure
from services.health.indicators.tables import Report, Table
from services.health.indicators.targets import goal_in
from services.health.indicators.tiles import MapTile, map_tiles

_STEPS = ("attempts", "consented", "activated", "completed")
_HUNDRED = 100


class FigureRow(NamedTuple):
    """An indicator of everybody; `met`: whether it reached its target, None: it has none."""

    name: str
    now: str
    before: str
    goal: str
    met: bool | None


class FigureBlock(NamedTuple):
    """Indicators under one heading; `heading`: code of a sentence."""

    heading: str
    rows: Sequence[FigureRow]


class FunnelStep(NamedTuple):
    """A step from asking to the end of the course; `share`: per cent of the first, for its bar."""

    code: str
    people: str
    share: int | None


class GroupRow(NamedTuple):
    """A group of one or two cuts, and its figure in words; `bar`: per cent of the longest."""

    names: Sequence[str]
    value: str
    bar: int | None


class MonthPoint(NamedTuple):
    """A month of a trend; `value`: to draw, None: hidden, or nothing to compare with."""

    days: Period
    text: str
    value: float | None


def blocks(
    kept: KeptReport, before: KeptReport, targets: Mapping[str, int], *, public: bool
) -> tuple[list[FigureBlock], FigureBlock | None]:
    """Return the indicators under their headings, and those that mislead alone."""
    now = kept.report
    tables = kept.table((), public=public), before.table((), public=public)
    rows = [
        (one, _row(one, now, tables, targets))
        for one in now.measures
        if one.reading is not Reading.CAUTION
    ]
    found = [
        FigureBlock(heading, [row for one, row in rows if one.families[0] is family])
        for family, heading in HEADINGS
    ]
    alone = [
        _row(one, now, tables, targets)
        for one in now.measures
        if one.reading is Reading.CAUTION and not public
    ]
    careful = FigureBlock("indicators_careful", alone) if alone else None
    return [one for one in found if one.rows], careful


def _row(
    measure: Measure, now: Report, tables: tuple[Table, Table], targets: Mapping[str, int]
) -> FigureRow:
    shown, earlier = (_of_everybody(measure, table) for table in tables)
    goal = goal_in(targets, measure, now.period)
    return FigureRow(
        measure_name(measure, now.programme),
        whole(measure, shown),
        short(measure, earlier),
        goal_in_words(measure, goal),
        _is_met(measure, shown, goal),
    )


def _is_met(measure: Measure, shown: Figure | None, goal: int | None) -> bool | None:
    if goal is None or shown is None or shown.value is None:
        return None
    if measure.denominator is None:
        return shown.numerator >= goal
    return shown.value * _HUNDRED >= goal


def _of_everybody(measure: Measure, table: Table) -> Figure | None:
    hidden = table.hidden.hides(measure, EVERYBODY)
    return None if hidden else figure(measure, table.groups[EVERYBODY])


def funnel(kept: KeptReport, *, public: bool) -> list[FunnelStep]:
    """Return the steps from asking to the end of the course."""
    table, found = kept.table((), public=public), []
    known = {one.name: one for one in kept.report.measures}
    shown = {code: _of_everybody(known[code], table) for code in _STEPS}
    first = shown[_STEPS[0]]
    for code, one in shown.items():
        part = None
        if first and one and first.numerator and code != _STEPS[-1]:
            part = round(one.numerator / first.numerator * _HUNDRED)
        people = short(known[code]._replace(denominator=None), one)
        found.append(FunnelStep(code, people, part))
    return found


def shown_measure(report: Report, name: str) -> Measure:
    """Return the indicator of a name; of an unknown one, the people in the course."""
    known = {one.name: one for one in report.measures}
    return known.get(name) or known["members"]


def groups(
    kept: KeptReport, measure: Measure, cuts: Sequence[Cut], *, public: bool
) -> list[GroupRow]:
    """Return the figure of each group."""
    table = kept.table(cuts, public=public)
    found = {
        group: None if table.hidden.hides(measure, group) else figure(measure, counted)
        for group, counted in table.groups.items()
        if group != EVERYBODY
    }
    most = max((float(one.value) for one in found.values() if one and one.value), default=0.0)
    return [
        GroupRow(
            [group_name(cut, name) for cut, name in zip(table.cuts, group, strict=True)],
            whole(measure, one),
            int(float(one.value) / most * _HUNDRED) if one and one.value and most else None,
        )
        for group, one in found.items()
    ]


def tiles(kept: KeptReport, measure: Measure, *, public: bool) -> list[tuple[MapTile, str, str]]:
    """Return each province with its figure, as short as a tile needs and in whole."""
    table = kept.table((Cut.PROVINCE,), public=public)
    shown: dict[str, Figure | None] = {
        name: None if table.hidden.hides(measure, (name,)) else figure(measure, counted)
        for (name, *_), counted in ((one or ("",), two) for one, two in table.groups.items())
        if name
    }
    values = {
        name: None if one is None or one.value is None else float(one.value)
        for name, one in shown.items()
    }
    return [(tile, *_of_tile(measure, shown, tile.name)) for tile in map_tiles(values)]


def _of_tile(measure: Measure, shown: Mapping[str, Figure | None], name: str) -> tuple[str, str]:
    if name not in shown:
        nobody = "0" if measure.denominator is None else NONE
        return nobody, nobody
    return short(measure, shown[name]), whole(measure, shown[name])


def month_point(kept: KeptReport, name: str, *, public: bool) -> MonthPoint:
    """Return a month of a trend; an indicator that a month does not have counts as none there."""
    report = kept.report
    measure = next((one for one in report.measures if one.name == name), None)
    if measure is None:
        return MonthPoint(report.period, NONE, None)
    one = _of_everybody(measure, kept.table((), public=public))
    value = None if one is None or one.value is None else float(one.value)
    share = measure.denominator is not None and not measure.is_money
    drawn = value * _HUNDRED if value is not None and share else value
    return MonthPoint(report.period, whole(measure, one), drawn)
