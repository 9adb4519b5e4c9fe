"""Suppression of small counts in public tables, so that none can be read or computed; pure.

Figures that can be computed from each other form a family: the parts of the expected texts, or the
people asked, answering and succeeding. A group with a small count anywhere in a family is hidden in
the whole family, and so are further groups, the smallest first, until the hidden groups together
have no small count. So each hidden figure could move between two hidden groups without changing any
shown figure: nothing can be computed by subtraction. Reasons are shown of everybody alone.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from itertools import groupby
from typing import NamedTuple

from services.health.indicators.disaggregation import EVERYBODY, Fact, Group
from services.health.indicators.measures import REMAINDERS, Family, Measure

SMALL = 5
"""Counts from 1 to below it are small."""


class Suppression(NamedTuple):
    """Hidden figures: families of groups, reasons of everybody, and any reason of a group."""

    families: frozenset[tuple[Group, Family]]
    reasons: frozenset[Fact]
    any_of_group: bool = True

    def hides(self, measure: Measure, group: Group) -> bool:
        """Return whether an indicator of a group is hidden."""
        of_a_group = self.any_of_group and group != EVERYBODY
        if measure.is_reason and (of_a_group or measure.numerator in self.reasons):
            return True
        return any((group, family) in self.families for family in measure.families)


NO_SUPPRESSION = Suppression(frozenset(), frozenset(), any_of_group=False)


def suppress(
    groups: Mapping[Group, Counter[Fact]], everybody: Counter[Fact], wanted: Sequence[Measure]
) -> Suppression:
    """Decide what a public table hides.

    `groups` are of one cut; the total `everybody` is shown too.
    """
    families = set()
    for family in Family:
        measures = [one for one in wanted if one.families[0] is family and not one.is_reason]
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


def _is_small(counts: Counter[Fact]) -> bool:
    return any(0 < count < SMALL for count in counts.values())


def _sum(rows: Mapping[Fact, Counter[Fact]], chosen: Iterable[Fact]) -> Counter[Fact]:
    return sum((rows[one] for one in chosen), Counter[Fact]())
