"""Tables of indicators: everybody and each group of a cut, for people and machines."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy.orm import Session

from services.health.errors import BadCut
from services.health.format.model import Programme
from services.health.indicators.disaggregation import (
    EVERYBODY,
    Cell,
    Cut,
    Fact,
    Facts,
    Group,
    Period,
    grouped,
    total_of,
)
from services.health.indicators.facts import count_facts
from services.health.indicators.measures import Figure, Measure, figure, measures
from services.health.indicators.small_cell_suppression import NO_SUPPRESSION, Suppression, suppress
from services.health.versions.store import find_version, programme_of

TOTAL = "total"
"""Marks a dimension without a cut; `all` may be a cohort."""

COLUMNS = (
    "programme",
    "from",
    "to",
    *Cell._fields,
    "indicator",
    "detail",
    "numerator",
    "denominator",
    "value",
    "unit",
    "hidden",
)
"""Columns of the CSV table: one row for each indicator of each group."""

_MOST_CUTS = 2


class Report(NamedTuple):
    """Counts of a programme in a period; its newest version gives titles and labels."""

    programme: Programme
    period: Period
    now: datetime
    facts: Facts
    measures: list[Measure]


class Table(NamedTuple):
    """The groups of some cuts, everybody first, and what is hidden."""

    cuts: tuple[Cut, ...]
    groups: Mapping[Group, Counter[Fact]]
    hidden: Suppression


class Line(NamedTuple):
    """An indicator of a group; no figure: hidden."""

    cuts: tuple[Cut, ...]
    group: Group
    measure: Measure
    figure: Figure | None


def make_report(session: Session, code: str, period: Period, now: datetime) -> Report:
    """Count a programme's indicators, in a session with one snapshot of the database.

    Raises:
        UnknownProgramme, AlteredProgramme: see `services.health.versions.store`.
    """
    programme = programme_of(find_version(session, code))
    facts = count_facts(session, code, period, now)
    return Report(programme, period, now, facts, measures(total_of(facts)))


def make_table(report: Report, cuts: Sequence[Cut], *, public: bool = False) -> Table:
    """Group a report by at most two cuts; none: everybody alone.

    `public` hides small counts, and allows one cut.

    Raises:
        BadCut: too many cuts, or one twice.
    """
    if len(set(cuts)) != len(cuts) or len(cuts) > _MOST_CUTS:
        raise BadCut("At most two different cuts make a table", {"by": ["At most two."]})
    if public and len(cuts) > 1:
        raise BadCut("A public table has one cut", {"by": ["One, where it is public."]})
    everybody = total_of(report.facts)
    groups = grouped(report.facts, cuts) if cuts else {}
    hidden = suppress(groups, everybody, report.measures) if public else NO_SUPPRESSION
    return Table(tuple(cuts), {EVERYBODY: everybody, **groups}, hidden)


def lines(report: Report, table: Table) -> Iterator[Line]:
    """Yield every indicator of every group, everybody first."""
    for group, counted in table.groups.items():
        for measure in report.measures:
            shown = None if table.hidden.hides(measure, group) else figure(measure, counted)
            yield Line(table.cuts if group else (), group, measure, shown)


def all_lines(report: Report, cuts: Sequence[Cut], *, public: bool = False) -> Iterator[Line]:
    """Yield the lines of a table of some cuts; without any, of each cut, everybody once."""
    if cuts:
        yield from lines(report, make_table(report, cuts, public=public))
        return
    yield from lines(report, make_table(report, (), public=public))
    for cut in Cut:
        table = make_table(report, (cut,), public=public)
        yield from (line for line in lines(report, table) if line.group != EVERYBODY)


def as_figure(line: Line) -> dict[str, object]:
    """Return a line as a mapping: its groups, `total` where it is not cut, and its figures."""
    groups = {cut.value: name for cut, name in zip(line.cuts, line.group, strict=True)}
    numerator, denominator, value = line.figure or (None, None, None)
    return {
        **{name: groups.get(name, TOTAL) for name in Cell._fields},
        "indicator": line.measure.code,
        "detail": line.measure.detail,
        "numerator": numerator,
        "denominator": denominator,
        "value": value,
        "unit": line.measure.unit,
        "hidden": line.figure is None,
    }


def as_row(report: Report, line: Line) -> dict[str, object]:
    """Return a line as a row of `COLUMNS`."""
    members = as_figure(line)
    return {
        "programme": report.programme.code,
        "from": report.period.first.isoformat(),
        "to": report.period.last.isoformat(),
        **{name: "" if value is None else str(value) for name, value in members.items()},
        "hidden": "yes" if members["hidden"] else "",
    }


def rows(
    report: Report, cuts: Sequence[Cut], *, public: bool = False
) -> Iterator[dict[str, object]]:
    """Yield the rows of a table: see `all_lines` and `as_row`."""
    return (as_row(report, line) for line in all_lines(report, cuts, public=public))
