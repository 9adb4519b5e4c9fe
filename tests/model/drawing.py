"""Random histories: what happened to some pigs and mobs, and what people reported of it.

One source of numbers draws them: `random.Random(seed)` for many, or Hypothesis's, which shrinks.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from random import Random
from typing import TYPE_CHECKING

from tests.model.history import ENDS, PAPER, History, Said

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

PLACES, OWNERS = range(4), range(3)
_MOST_ACTS = 9
DISEASES = ("african_swine_fever", "classical_swine_fever")
DECLARED = ("contact", "infected", "suspect", "permit_required")
_AWAY = -1
# How often a report is not as it should be, where a history is not told well.
_LATE, _LOST, _DOUBLE, _WRONG, _VOID, _EVIDENCE = 0.35, 0.08, 0.12, 0.15, 0.07, 0.06
# What a stranger may say, and a keeper agree to.
EVIDENCE = frozenset(
    {
        "register", "birth", "depart", "arrive", "treatment", "transfer", "death", "slaughter",
        "count", "weight", "vaccination", "sickness", "check", "stolen", "recovered", "retag",
    }
)  # fmt: skip
_SEEN = ("weight", "vaccination", "sickness", "check")


@dataclass
class _Beast:
    """An animal as it truly is: where, since the day that it was parted from a mob."""

    place: int
    heads: int | None = None
    alive: bool = True
    ways: dict[int, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Drawn:
    """A history and the truth behind it: by animal and day its place; -1: on the way."""

    history: History
    truth: dict[int, dict[int, int]]
    well_told: bool


class _World:
    """What happens, day by day, and the report that each act deserves."""

    def __init__(self, random: Random) -> None:
        self._random = random
        self._day = 0
        self._beasts: dict[int, _Beast] = {}
        self._busy: dict[int, int] = {}
        self.mobs: set[int] = set()
        self.pork: set[int] = set()
        self.samples = self.tags = self.permits = 0
        self.reports: list[list[Said]] = []
        self.truth: dict[int, dict[int, int]] = {}

    def live(self) -> None:
        random = self._random
        for _ in range(random.randint(1, 2)):
            self._begin(mob=random.random() < 0.5)
        for _ in range(random.randint(1, _MOST_ACTS)):
            self._wait(random.choice((0, 1, 1, 2, 3, 5, 9, 18)))
            free = [one for one in sorted(self._beasts) if self._is_free(one)]
            if free:
                self._act(random.choice(free))
                self._note()

    def _is_free(self, animal: int) -> bool:
        return self._beasts[animal].alive and self._busy.get(animal, 0) <= self._day

    def _wait(self, days: int) -> None:
        for _ in range(days):
            self._note()
            self._day += 1
        self._note()

    def _note(self) -> None:
        for animal, beast in self._beasts.items():
            if beast.alive:
                away = self._busy.get(animal, 0) > self._day
                self.truth[animal][self._day] = _AWAY if away else beast.place

    def _say(self, *said: Said) -> None:
        self.reports.append(list(said))

    def _begin(self, *, mob: bool) -> None:
        animal, place = len(self._beasts), self._random.choice(PLACES)
        heads = self._random.randint(2, 9) if mob else None
        self._beasts[animal] = _Beast(place, heads)
        self.truth[animal] = {}
        if mob:
            self.mobs.add(animal)
        kind = self._random.choice(("register", "register", "birth"))
        told = None if self._random.random() < 0.2 else heads
        owner = self._random.choice((None, *OWNERS))
        self._say(Said(kind, self._day, animal, place, owner=owner, heads=told))

    def _act(self, animal: int) -> None:
        acts: list[Callable[[int, _Beast], None]] = [self._move] * 4 + [self._see] * 2
        if animal in self.pork:
            acts += [self._give]
            self._random.choice(acts)(animal, self._beasts[animal])
            return
        acts += [self._treat, self._treat, self._give, self._die]
        acts += [self._tag, self._suspect, self._steal, self._declare]
        if animal in self.mobs:
            acts += [self._split] * 3 + [self._count, self._lose]
        self._random.choice(acts)(animal, self._beasts[animal])

    def _move(self, animal: int, beast: _Beast) -> None:
        random = self._random
        goal = random.choice([place for place in PLACES if place != beast.place])
        days = random.choice((0, 0, 1, 1, 2, 5, 14))
        told = None if random.random() < 0.15 else goal
        origin = beast.place if random.random() < 0.4 else None
        permit = self._permit(animal, beast, goal) if random.random() < 0.15 else None
        named = permit if random.random() < 0.3 else None
        self._say(Said("depart", self._day, animal, beast.place, told, permit=named))
        named = permit if random.random() < 0.3 else None
        self._say(Said("arrive", self._day + days, animal, goal, origin, permit=named))
        beast.place = goal
        self._busy[animal] = self._day + days

    def _permit(self, animal: int, beast: _Beast, goal: int) -> int:
        """Let an officer give leave for a journey: to the animal, or to so many heads."""
        random = self._random
        self.permits += 1
        first = max(0, self._day - random.choice((0, 0, 1, 5)))
        # A permit names no mob that nobody has counted, and the count may be told after it.
        named = () if animal in self.mobs else (None,)
        heads = random.choice((*named, 1, 2, beast.heads or 1, (beast.heads or 0) + 3))
        until = first + random.choice((0, 3, 10, 30))
        road = {"place": beast.place, "other": goal}
        told = Said("permit", first, animal, **road, heads=heads, permit=self.permits, until=until)
        self._say(told)
        return self.permits

    def _see(self, animal: int, beast: _Beast) -> None:
        kind = "check" if animal in self.pork else self._random.choice(_SEEN)
        self._say(Said(kind, self._day, animal, beast.place))

    def _treat(self, animal: int, beast: _Beast) -> None:
        days = self._random.choice((0, 7, 14, 28))
        self._say(Said("treatment", self._day, animal, beast.place, withdrawal=days))

    def _suspect(self, animal: int, beast: _Beast) -> None:
        """Report signs of a disease, take blood or not, and have a result or not."""
        random = self._random
        day, disease = self._day, random.choice(DISEASES)
        if random.random() < 0.8:
            self._say(Said("sickness", day, animal, beast.place, disease=disease))
        if random.random() < 0.7:
            self.samples += 1
            day += random.choice((0, 1, 4, 28, 40))
            told = random.choice((None, disease))
            sample = {"sample": self.samples}
            self._say(Said("sample", day, animal, beast.place, disease=told, **sample))
            for _ in range(random.choice((0, 1, 1, 1, 2))):
                day += random.choice((0, 2, 9, 20))
                found = random.choice(("positive", "negative", "negative", "inconclusive"))
                place = random.choice((None, beast.place))
                told = Said("result", day, animal, place, disease=disease, outcome=found, **sample)
                self._say(told)

    def _steal(self, animal: int, beast: _Beast) -> None:
        self._say(Said("stolen", self._day, animal, beast.place))
        if self._random.random() < 0.6:
            day = self._day + self._random.choice((0, 1, 6, 20))
            self._say(Said("recovered", day, animal, beast.place))

    def _declare(self, animal: int, beast: _Beast) -> None:
        random = self._random
        place = random.choice((None, beast.place))
        status, disease = random.choice(DECLARED), random.choice((None, *DISEASES))
        told = Said("status", self._day, animal, place, disease=disease, status=status)
        if random.random() < 0.8:
            self._say(replace(told, outcome="begun"))
        if random.random() < 0.6:
            day = self._day + random.choice((0, 3, 11, 40))
            of = random.choice((None, disease, disease))
            self._say(replace(told, day=day, outcome="ended", disease=of))

    def _give(self, animal: int, _: _Beast) -> None:
        self._say(Said("transfer", self._day, animal, owner=self._random.choice(OWNERS)))

    def _die(self, animal: int, beast: _Beast) -> None:
        kind = self._random.choice(("death", "slaughter"))
        heads = beast.heads if self._random.random() < 0.5 else None
        self._say(Said(kind, self._day, animal, beast.place, heads=heads))
        beast.alive, beast.heads = False, 0 if beast.heads is not None else None

        if kind == "slaughter" and self._random.random() < 0.6:
            self._butcher(animal, beast)

    def _butcher(self, animal: int, beast: _Beast) -> None:
        pork = len(self._beasts)
        self._beasts[pork] = _Beast(beast.place)
        self.truth[pork] = {}
        self.pork.add(pork)
        self._say(Said("register", self._day, pork, beast.place, part_of=animal))

    def _tag(self, animal: int, beast: _Beast) -> None:
        self.tags += 1
        self._say(Said("retag", self._day, animal, beast.place, number=self.tags))

    def _count(self, animal: int, beast: _Beast) -> None:
        self._say(Said("count", self._day, animal, beast.place, heads=beast.heads))

    def _lose(self, animal: int, beast: _Beast) -> None:
        if beast.heads is None or beast.heads < 2:
            return
        lost = self._random.randint(1, beast.heads - 1)
        if self._random.random() < 0.3:
            beast.heads += lost
            self._say(Said("count", self._day, animal, beast.place, added=lost))
            return
        beast.heads -= lost
        self._say(Said("death", self._day, animal, beast.place, heads=lost))

    def _split(self, animal: int, beast: _Beast) -> None:
        """Tag one of a mob, or part so many from it, which may leave at once."""
        if beast.heads is None or beast.heads < 2:
            return
        part, mob = len(self._beasts), self._random.random() < 0.5
        heads = self._random.randint(1, beast.heads - 1) if mob else 1
        beast.heads -= heads
        self._beasts[part] = _Beast(beast.place, heads if mob else None)
        self.truth[part] = dict(self.truth[animal])
        told = heads if mob else None
        if mob:
            self.mobs.add(part)
        owner = self._random.choice((None, None, *OWNERS))
        self._say(
            Said("register", self._day, part, beast.place, owner=owner, heads=told, part_of=animal),
            Said("count", self._day, animal, beast.place, taken=heads),
        )
        if self._random.random() < 0.4:
            self._move(part, self._beasts[part])


def drawn_from(seed: int) -> Drawn:
    """Draw the history of a seed, the same for ever."""
    return draw(Random(seed))  # noqa: S311 — to be drawn again, not to be secret


def draw(random: Random) -> Drawn:
    """Draw what happened, and how it was told: well, or as it comes."""
    world = _World(random)
    world.live()
    well = random.random() < 0.3
    told = [
        (one.day, number, [one])
        for number, together in enumerate(world.reports)
        for one in together
    ]
    if not well:
        told = [
            (when, number, said)
            for number, together in enumerate(world.reports)
            for when, said in _as_told(random, together)
        ]
    told.sort(key=lambda one: (one[0], one[1]))
    said = [one for _, _, those in told for one in those]
    history = History(tuple(said), frozenset(world.mobs), frozenset(world.pork))
    return Drawn(history if well else _with_papers(random, history), world.truth, well)


def _as_told(random: Random, together: list[Said]) -> Iterable[tuple[int, list[Said]]]:
    """Yield what is told of one act, and when: late, lost, twice, or not as it was."""
    if random.random() < _LOST:
        return
    late = random.choice((1, 3, 8, 20, 45)) if random.random() < _LATE else 0
    first = together[0]
    if random.random() < _WRONG:
        together = [_distort(random, first), *together[1:]]
        first = together[0]
    when = together[-1].day + late
    yield when, [replace(one, late=late > 0) for one in together]
    if len(together) == 1 and random.random() < _DOUBLE:
        again = replace(first, double=True)
        if first.kind == "result" and random.random() < 0.4:
            again = replace(first, outcome=random.choice(("positive", "negative")), wrong=True)
        yield when + random.choice((0, 1, 4, 12)), [again]


def _distort(random: Random, one: Said) -> Said:
    """Return a report that contradicts what happened."""
    what = random.choice(("place", "day", "day", "other", "heads", "kind", "sample"))
    wrong = replace(one, wrong=True)
    if what == "place" and one.place is not None:
        here = [place for place in PLACES if place not in {one.place, one.other}]
        return replace(wrong, place=random.choice(here))
    if what == "other" and one.other is not None:
        there = [place for place in PLACES if place not in {one.place, one.other}]
        return replace(wrong, other=random.choice(there))
    if what == "heads" and one.heads is not None:
        return replace(wrong, heads=random.randint(1, 12))
    if what == "sample" and one.sample is not None:
        return replace(wrong, sample=max(1, one.sample + random.choice((-1, 1))))
    if what == "kind" and one.kind not in ENDS and one.part_of is None:
        # Somebody else says that the pig is theirs, or that it is dead.
        kind = random.choice(("register", "death"))
        owner = random.choice(OWNERS) if kind == "register" else None
        place = random.choice(PLACES)
        return Said(kind, one.day, one.animal, place, owner=owner, wrong=True)
    return replace(wrong, day=max(0, one.day + random.choice((-9, -2, 1, 3, 35))))


def _with_papers(random: Random, history: History) -> History:
    """Make some reports evidence, and let people agree, object, or declare a report wrong."""
    said: list[Said] = []
    for one in history.said:
        evidence = (
            random.random() < _EVIDENCE
            and one.kind in EVIDENCE
            and one.disease is None
            and one.taken is None
        )
        said.append(replace(one, evidence=evidence))
        if evidence and random.random() < 0.6:
            kind = random.choice(("agree", "object"))
            said.append(Said(kind, one.day, one.animal, of=len(said) - 1))
        if random.random() < _VOID:
            settled = {one.of for one in said if one.of is not None}
            right = [
                place
                for place, other in enumerate(said)
                if other.kind not in PAPER and place not in settled
            ]
            if right:
                wrong = random.choice(right)
                said.append(Said("void", one.day, said[wrong].animal, of=wrong))
    return replace(history, said=tuple(said))
