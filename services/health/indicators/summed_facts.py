"""Facts summed by every cut and every two of them, which is what pages and tables show; pure.

Of a million people nearly each is alike to nobody in all cuts, so their facts would fill a
gigabyte; the sums by two cuts are some thousand groups, whatever the number of people.
"""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from itertools import combinations
from typing import Any, NamedTuple

from services.health.indicators.disaggregation import (
    EVERYBODY,
    Cell,
    Cut,
    Fact,
    Facts,
    Group,
    Groups,
    ordered,
)

_PAIRS = tuple(combinations(Cut, 2))


class SummedFacts(NamedTuple):
    """Sums of facts by each pair of cuts, in the order of `Cut`."""

    pairs: Mapping[tuple[Cut, ...], Groups]

    def groups(self, cuts: Sequence[Cut]) -> dict[Group, Counter[Fact]]:
        """Return the sums by at most two cuts, in the order of their names."""
        asked = tuple(cuts)
        kept = asked if asked in self.pairs else self._pair_with(asked)
        places = [kept.index(cut) for cut in asked]
        found: defaultdict[Group, Counter[Fact]] = defaultdict(Counter)
        for group, counted in self.pairs[kept].items():
            found[tuple(group[place] for place in places)].update(counted)
        if not asked:
            found[EVERYBODY].update({})
        return ordered(found)

    def _pair_with(self, asked: tuple[Cut, ...]) -> tuple[Cut, ...]:
        return next(pair for pair in self.pairs if set(asked) <= set(pair))


def sum_facts(facts: Facts) -> SummedFacts:
    """Sum facts by every two cuts."""
    places = [tuple(Cell._fields.index(cut.value) for cut in pair) for pair in _PAIRS]
    found: list[defaultdict[Group, Counter[Fact]]] = [defaultdict(Counter) for _ in _PAIRS]
    for cell, counted in facts.items():
        told = list(counted.items())
        for groups, (one, two) in zip(found, places, strict=True):
            group = groups[cell[one], cell[two]]
            for fact, count in told:
                group[fact] += count
    return SummedFacts(dict(zip(_PAIRS, map(dict, found), strict=True)))


def as_document(sums: SummedFacts) -> dict[str, Any]:
    """Write sums as JSON: each fact once, and then by its place."""
    facts = sorted(
        {fact for groups in sums.pairs.values() for one in groups.values() for fact in one}
    )
    place = {fact: index for index, fact in enumerate(facts)}
    return {
        "facts": facts,
        "pairs": [
            [
                [
                    *group,
                    *(number for fact, count in one.items() for number in (place[fact], count)),
                ]
                for group, one in sums.pairs[pair].items()
            ]
            for pair in _PAIRS
        ],
    }


def read_document(document: Mapping[str, Any]) -> SummedFacts:
    """Read what `as_document` wrote."""
    facts: list[Fact] = [tuple(one) for one in document["facts"]]
    return SummedFacts(
        {
            pair: {
                (row[0], row[1]): Counter(
                    {facts[at]: count for at, count in zip(row[2::2], row[3::2], strict=True)}
                )
                for row in rows
            }
            for pair, rows in zip(_PAIRS, document["pairs"], strict=True)
        }
    )
