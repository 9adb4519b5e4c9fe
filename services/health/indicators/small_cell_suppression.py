"""What a public table leaves out, so that no small count can be read or computed from it; pure.

Figures that can be computed from each other make a family: the parts of the expected texts, or how
many were asked, answered and succeeded. A group with a small count anywhere in a family is hidden
in the whole family, and so are further groups, the smallest first, until what is hidden makes no
small count together. So each hidden figure could be moved between two hidden groups without any
shown figure being another: nothing can be subtracted. Reasons are shown of everybody alone.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from itertools import groupby
from typing import NamedTuple

from services.health.indicators.disaggregation import EVERYBODY, Fact, Group
from services.health.indicators.measures import LEFT, Family, Measure

SMALL = 5
"""Counts below it, but nothing at all, are small."""


class Hidden(NamedTuple):
    """What is not shown: families of groups, reasons of everybody, and any reason of a group."""

    families: frozenset[tuple[Group, Family]]
    reasons: frozenset[Fact]
    any_of_group: bool = True

    def hides(self, measure: Measure, group: Group) -> bool:
        """Tell whether an indicator of a group is not shown."""
        of_a_group = self.any_of_group and group != EVERYBODY
        if measure.is_reason and (of_a_group or measure.numerator in self.reasons):
            return True
        return any((group, family) in self.families for family in measure.families)


NOTHING = Hidden(frozenset(), frozenset(), any_of_group=False)


def hide(
    groups: Mapping[Group, Counter[Fact]], everybody: Counter[Fact], wanted: Sequence[Measure]
) -> Hidden:
    """Decide what a public table hides.

    Args:
        groups: of one cut.
        everybody: all of them together, which is shown too.
        wanted: the indicators of the table.
    """
    families = set()
    for family in Family:
        measures = [one for one in wanted if one.families[0] is family and not one.is_reason]
        rows = {group: _told(counted, family, measures) for group, counted in groups.items()}
        found = _hidden(rows, _told(everybody, family, measures))
        families |= {(group, family) for group in found}
    reasons: set[Fact] = set()
    by_code = groupby((one for one in wanted if one.is_reason), lambda one: one.code)
    for code, of_code in by_code:
        reasons |= _hidden_reasons(code, list(of_code), everybody, frozenset(families))
    return Hidden(frozenset(families), frozenset(reasons))


def _hidden_reasons(
    code: str,
    wanted: Sequence[Measure],
    everybody: Counter[Fact],
    families: Collection[tuple[Group, Family]],
) -> set[Fact]:
    """Return the reasons of everybody that are hidden."""
    whole: Fact = (code,)
    parts = {one.numerator: Counter({whole: everybody[one.numerator]}) for one in wanted}
    found = _hidden(parts, Counter({whole: everybody[whole]}))
    # They add up to a figure of everybody, which may be hidden for another one's sake.
    every = EVERYBODY in found or (EVERYBODY, wanted[0].families[0]) in families
    return set(parts) if every else found


def _hidden(rows: Mapping[Fact, Counter[Fact]], total: Counter[Fact]) -> set[Fact]:
    """Return the rows that are hidden; EVERYBODY among them: the total is too."""
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


def _told(counted: Counter[Fact], family: Family, measures: Iterable[Measure]) -> Counter[Fact]:
    """Return the counts that a family tells of a group, by subtraction too."""
    found = _counts(counted, measures)
    for whole, parts in LEFT.get(family, ()):
        gone = sum(counted[part,] for part in parts)
        found["left", whole, *parts] = counted[whole,] - gone
    return found


def _counts(counted: Counter[Fact], measures: Iterable[Measure]) -> Counter[Fact]:
    """Return the counts that a family tells of a group, and those who are left of a whole.

    A denominator of another family is looked at there.
    """
    found: Counter[Fact] = Counter()
    for one in measures:
        below = one.denominator
        if below and len(one.families) == 1:
            found[below] = counted[below]
        if not one.is_money:
            found[one.numerator] = counted[one.numerator]
        if below and not one.is_money:
            found["left", *one.numerator, *below] = counted[below] - counted[one.numerator]
    return found


def _is_small(counts: Counter[Fact]) -> bool:
    return any(0 < count < SMALL for count in counts.values())


def _sum(rows: Mapping[Fact, Counter[Fact]], chosen: Iterable[Fact]) -> Counter[Fact]:
    return sum((rows[one] for one in chosen), Counter[Fact]())
