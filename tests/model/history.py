"""Histories: what was reported, in the order in which it was told, and how a person would tell it.

Days are numbers, and so are animals, places and owners. Nothing here is shared with the program.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

BEGINNINGS = frozenset({"register", "birth"})
SIDES = frozenset({"depart", "arrive"})
SIGHTINGS = frozenset(
    {
        "treatment", "vaccination", "weight", "feed", "condition", "count", "sickness", "sample",
        "death", "slaughter", "birth",
    }
)  # fmt: skip
MAKERS = frozenset({"sickness", "death", "sample", "result", "status", "stolen", "recovered"})
ENDS = frozenset({"death", "slaughter"})
PAPER = frozenset({"void", "agree", "object", "permit"})
AFTER_DEATH = PAPER | {"check", "sample", "result", "status", "stolen", "recovered"}


@dataclass(frozen=True)
class Said:
    """One report. Its place in the history is the order in which it was told.

    `outcome` is of a result, or `begun` and `ended` of a `status` that an officer declares.
    `permit` is the number of a permit, which a report of that kind gives, from its day `until`
    another, for so many `heads`, or for the animal if there are none; a movement names it.
    `of` is the place of the report that it declares wrong, agrees with or objects to; `late`,
    `double` and `wrong` tell how it differs from what happened, for the statistics alone.
    """

    kind: str
    day: int
    animal: int
    place: int | None = None
    other: int | None = None
    owner: int | None = None
    heads: int | None = None
    taken: int | None = None
    added: int | None = None
    withdrawal: int | None = None
    part_of: int | None = None
    disease: str | None = None
    sample: int | None = None
    outcome: str | None = None
    status: str | None = None
    number: int | None = None
    permit: int | None = None
    until: int | None = None
    of: int | None = None
    evidence: bool = False
    late: bool = False
    double: bool = False
    wrong: bool = False


@dataclass(frozen=True)
class History:
    """Reports in the order in which they were told.

    `mobs` are the animals that are mobs, `pork` those that are consignments of pork.
    """

    said: tuple[Said, ...]
    mobs: frozenset[int] = frozenset()
    pork: frozenset[int] = frozenset()

    @property
    def animals(self) -> tuple[int, ...]:
        """Every animal that a report names; a permit for a count of pigs names none."""
        named = {one.animal for one in self.said if one.kind != "permit" or one.heads is None}
        return tuple(sorted(named))

    @property
    def days(self) -> range:
        """The days from before the first report to after the last presumption ends."""
        told = [one.day for one in self.said if one.kind not in PAPER]
        return range(min(told, default=0) - 2, max(told, default=0) + 34)

    @property
    def irregular(self) -> bool:
        """True if anything of it is late, doubled or contradictory, lost ones aside."""
        return any(one.late or one.double or one.wrong or one.of is not None for one in self.said)

    def without(self, places: Iterable[int]) -> History:
        """Return it without some reports, and without what points at them."""
        gone = set(places)
        for place, one in enumerate(self.said):
            if one.of in gone:
                gone.add(place)
        kept = [place for place in range(len(self.said)) if place not in gone]
        moved = {old: new for new, old in enumerate(kept)}
        said = tuple(
            replace(one, of=None if one.of is None else moved[one.of])
            for place in kept
            for one in [self.said[place]]
        )
        return replace(self, said=said)


def story(history: History) -> str:
    """Tell a history as a person would: one line a report, in the order in which it was told."""
    return "\n".join(f"  {place}. {_line(history, one)}" for place, one in enumerate(history.said))


def _line(history: History, one: Said) -> str:
    what = "mob" if one.animal in history.mobs else "pig"
    what = "pork" if one.animal in history.pork else what
    where = "" if one.place is None else f" at place {one.place}"
    if one.other is not None:
        where += f" from {one.other}" if one.kind == "arrive" else f" to {one.other}"
    shown = ("owner", "heads", "taken", "added", "withdrawal", "part_of", "of")
    shown += ("disease", "sample", "outcome", "status", "number", "permit", "until")
    more = [f"{name} {getattr(one, name)}" for name in shown if getattr(one, name) is not None]
    more += [name for name in ("evidence",) if getattr(one, name)]
    told = f" ({', '.join(more)})" if more else ""
    return f"day {one.day}: {one.kind} of {what} {one.animal}{where}{told}"


def written(history: History) -> str:
    """Write a history as the Python that makes it, to keep in a test."""
    lines = []
    for one in history.said:
        given = {
            field.name: getattr(one, field.name)
            for field in fields(one)
            if getattr(one, field.name) != field.default
            and field.name not in {"kind", "day", "animal"}
        }
        more = "".join(f", {name}={value!r}" for name, value in given.items())
        lines.append(f"    Said({one.kind!r}, {one.day}, {one.animal}{more}),")
    mobs = f"frozenset({set(history.mobs)!r})" if history.mobs else "frozenset()"
    pork = f", frozenset({set(history.pork)!r})" if history.pork else ""
    return "History((\n" + "\n".join(lines) + f"\n), {mobs}{pork})"
