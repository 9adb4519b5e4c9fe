"""Tables of indicators: everybody and each group of a cut, for people and machines."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy.orm import Session

from services.health.format.model import Programme
from services.health.indicators.disaggregation import (
    EVERYBODY,
    Cell,
    Cut,
    Fact,
    Facts,
    Group,
    added,
    grouped,
)
from services.health.indicators.errors import BadCut
from services.health.indicators.facts import count_facts
from services.health.indicators.measures import Figure, Measure, figure, measures
from services.health.indicators.periods import Period
from services.health.indicators.small_cell_suppression import NOTHING, Hidden, hide
from services.health.versions.store import find_version, programme_of

TOTAL = "total"
"""Stands where a group is not cut; `all` may be a cohort."""

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
"""Of the table that a spreadsheet opens: one row for each indicator of each group."""

_MOST_CUTS = 2


class Report(NamedTuple):
    """What was counted of a programme in a period.

    Attributes:
        programme: the newest version of it, for its words.
        period: local days.
        now: UTC; when it was counted.
        facts: by people who are alike.
        measures: all indicators that there are figures of.
    """

    programme: Programme
    period: Period
    now: datetime
    facts: Facts
    measures: list[Measure]


class Table(NamedTuple):
    """The groups of some cuts, and everybody first; what of it is hidden."""

    cuts: tuple[Cut, ...]
    groups: Mapping[Group, Counter[Fact]]
    hidden: Hidden


class Line(NamedTuple):
    """One indicator of one group; hidden: no figure."""

    cuts: tuple[Cut, ...]
    group: Group
    measure: Measure
    figure: Figure | None


def make_report(session: Session, code: str, period: Period, now: datetime) -> Report:
    """Count a programme's indicators.

    Args:
        session: of one state of the database.
        code: of the programme.
        period: local days.
        now: UTC.

    Raises:
        UnknownProgramme: there is none.
        AlteredProgramme: see `services.health.versions.store`.
    """
    programme = programme_of(find_version(session, code))
    facts = count_facts(session, code, period, now)
    return Report(programme, period, now, facts, measures(added(facts)))


def make_table(report: Report, cuts: Sequence[Cut], *, public: bool = False) -> Table:
    """Cut a report.

    Args:
        report: what was counted.
        cuts: at most two; none: everybody alone.
        public: whether small counts are hidden; then one cut is allowed.

    Raises:
        BadCut: too many, or one twice.
    """
    if len(set(cuts)) != len(cuts) or len(cuts) > _MOST_CUTS:
        raise BadCut("At most two different cuts make a table", {"by": ["At most two."]})
    if public and len(cuts) > 1:
        raise BadCut("A public table has one cut", {"by": ["One, where it is public."]})
    everybody = added(report.facts)
    groups = grouped(report.facts, cuts) if cuts else {}
    hidden = hide(groups, everybody, report.measures) if public else NOTHING
    return Table(tuple(cuts), {EVERYBODY: everybody, **groups}, hidden)


def lines(report: Report, table: Table) -> Iterator[Line]:
    """Yield every indicator of every group, everybody first."""
    for group, counted in table.groups.items():
        for measure in report.measures:
            shown = None if table.hidden.hides(measure, group) else figure(measure, counted)
            yield Line(table.cuts if group else (), group, measure, shown)


def all_lines(report: Report, cuts: Sequence[Cut], *, public: bool = False) -> Iterator[Line]:
    """Yield the lines of a table of some cuts; without any, of each cut, everybody once.

    Raises:
        BadCut: as for `make_table`.
    """
    if cuts:
        yield from lines(report, make_table(report, cuts, public=public))
        return
    yield from lines(report, make_table(report, (), public=public))
    for cut in Cut:
        table = make_table(report, (cut,), public=public)
        yield from (line for line in lines(report, table) if line.group != EVERYBODY)


def as_figure(line: Line) -> dict[str, object]:
    """Return a line by member: its groups, `total` where it is not cut, and its figures."""
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
    told = as_figure(line)
    return {
        "programme": report.programme.code,
        "from": report.period.first.isoformat(),
        "to": report.period.last.isoformat(),
        **{name: "" if value is None else str(value) for name, value in told.items()},
        "hidden": "yes" if told["hidden"] else "",
    }


def rows(
    report: Report, cuts: Sequence[Cut], *, public: bool = False
) -> Iterator[dict[str, object]]:
    """Yield the rows of a table: see `all_lines` and `as_row`."""
    return (as_row(report, line) for line in all_lines(report, cuts, public=public))
