"""Tables of indicators: everybody and each group of a cut, with small counts hidden in public.

Figures that can be computed from each other form a family: the parts of the expected texts, or the
people asked, answering and succeeding. A group with a small count anywhere in a family is hidden in
the whole family, and so are further groups, the smallest first, until the hidden groups together
have no small count. So each hidden figure could move between two hidden groups without changing any
shown figure: nothing can be computed by subtraction. Reasons are shown of everybody alone.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import groupby
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
    Groups,
    Period,
    grouped,
    total_of,
)
from services.health.indicators.facts import count_facts
from services.health.indicators.measure import Family, Figure, Measure, Reading, figure
from services.health.indicators.measures import REMAINDERS, measures
from services.health.indicators.summed_facts import SummedFacts
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
    "reading",
    "hidden",
)
"""Columns of the CSV table: one row for each indicator of each group."""

_MOST_CUTS = 2

SMALL = 5
"""Counts from 1 to below it are small."""


class Report(NamedTuple):
    """Counts of a programme in a period; its newest version gives titles and labels.

    Attributes:
        facts: of each cell; empty where only their sums were kept.
        sums: see `SummedFacts`; None: the facts are there.
    """

    programme: Programme
    period: Period
    now: datetime
    facts: Facts
    measures: list[Measure]
    sums: SummedFacts | None = None

    def total(self) -> Counter[Fact]:
        """Return the facts of everybody."""
        return total_of(self.facts) if self.sums is None else self.sums.groups(())[EVERYBODY]

    def groups(self, cuts: Sequence[Cut]) -> Groups:
        """Return the facts of each group of one or two cuts."""
        return grouped(self.facts, cuts) if self.sums is None else self.sums.groups(cuts)


class Table(NamedTuple):
    """The groups of some cuts, everybody first, and what is hidden."""

    cuts: tuple[Cut, ...]
    groups: Mapping[Group, Counter[Fact]]
    hidden: "Suppression"


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
    everybody = report.total()
    groups = report.groups(cuts) if cuts else {}
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
        "reading": line.measure.reading.value,
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


class Suppression(NamedTuple):
    """Hidden figures: families of groups, and reasons of everybody.

    `public`: any reason of a group too, and whatever misleads those who read it alone.
    """

    families: frozenset[tuple[Group, Family]]
    reasons: frozenset[Fact]
    public: bool = True

    def hides(self, measure: Measure, group: Group) -> bool:
        """Return whether an indicator of a group is hidden."""
        if self.public and measure.reading is Reading.CAUTION:
            return True
        of_a_group = self.public and group != EVERYBODY
        if measure.is_reason and (of_a_group or measure.numerator in self.reasons):
            return True
        return any((group, family) in self.families for family in measure.families)


NO_SUPPRESSION = Suppression(frozenset(), frozenset(), public=False)


def suppress(
    groups: Mapping[Group, Counter[Fact]], everybody: Counter[Fact], wanted: Sequence[Measure]
) -> Suppression:
    """Decide what a public table of one cut hides; the total `everybody` is shown too."""
    families = set()
    for family in Family:
        measures = [one for one in wanted if one.families[0] is family and _is_shown(one)]
        rows = {group: _revealed(counted, family, measures) for group, counted in groups.items()}
        found = _hidden(rows, _revealed(everybody, family, measures))
        families |= {(group, family) for group in found}
    reasons: set[Fact] = set()
    by_code = groupby((one for one in wanted if one.is_reason), lambda one: one.code)
    for code, of_code in by_code:
        reasons |= _hidden_reasons(code, list(of_code), everybody, frozenset(families))
    return Suppression(frozenset(families), frozenset(reasons))


def _hidden_reasons(
    code: str,
    wanted: Sequence[Measure],
    everybody: Counter[Fact],
    families: Collection[tuple[Group, Family]],
) -> set[Fact]:
    """Return the hidden reasons of everybody."""
    whole: Fact = (code,)
    parts = {one.numerator: Counter({whole: everybody[one.numerator]}) for one in wanted}
    found = _hidden(parts, Counter({whole: everybody[whole]}))
    # Their sum is a figure of everybody, which another group may have hidden.
    every = EVERYBODY in found or (EVERYBODY, wanted[0].families[0]) in families
    return set(parts) if every else found


def _hidden(rows: Mapping[Fact, Counter[Fact]], total: Counter[Fact]) -> set[Fact]:
    """Return the hidden rows; EVERYBODY among them hides the total too."""
    hidden = {group for group, row in rows.items() if _is_small(row)}
    if _is_small(total):
        return hidden | {EVERYBODY}
    others = sorted(
        (group for group, row in rows.items() if group not in hidden and any(row.values())),
        key=lambda group: (sum(rows[group].values()), group),
    )
    while others and hidden and (len(hidden) == 1 or _is_small(_sum(rows, hidden))):
        hidden.add(others.pop(0))
    return hidden


def _revealed(counted: Counter[Fact], family: Family, measures: Iterable[Measure]) -> Counter[Fact]:
    """Return the counts that a family reveals of a group, and by subtraction its remainders.

    A denominator of another family is checked there.
    """
    found: Counter[Fact] = Counter()
    for whole, parts in REMAINDERS.get(family, ()):
        gone = sum(counted[part,] for part in parts)
        found["left", whole, *parts] = counted[whole,] - gone
    for one in measures:
        below = one.denominator
        if below and len(one.families) == 1:
            found[below] = counted[below]
        if not one.is_money:
            found[one.numerator] = counted[one.numerator]
        if below and not one.is_money:
            found["left", *one.numerator, *below] = counted[below] - counted[one.numerator]
    return found


def _is_shown(measure: Measure) -> bool:
    return not measure.is_reason and measure.reading is not Reading.CAUTION


def _is_small(counts: Counter[Fact]) -> bool:
    return any(0 < count < SMALL for count in counts.values())


def _sum(rows: Mapping[Fact, Counter[Fact]], chosen: Iterable[Fact]) -> Counter[Fact]:
    return sum((rows[one] for one in chosen), Counter[Fact]())
