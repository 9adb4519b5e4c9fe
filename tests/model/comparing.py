"""The program held against the reference model: what each says of the same histories."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from math import inf
from typing import TYPE_CHECKING, NamedTuple

from tests.model.books import Answer, Books, Reading, Seen, Spell, Told
from tests.model.companions import companions
from tests.model.drawing import PLACES
from tests.model.history import MAKERS, History, story
from tests.model.permits import Use, used_up
from tests.model.rules import Reference

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from services.storage.database import Database
    from tests.model.statuses import Statuses

FLAGS = frozenset(
    {
        "negative_count",
        "registered_twice",
        "event_after_death",
        "left_in_standstill",
        "sample_number_taken",
        "result_without_sample",
        "results_contradict",
    }
)
"""Flags that the rules name; others are decided elsewhere, and not compared."""
# Days on which all histories are asked about, each on those after its last report.
_DAYS = (20, 50, 90, 140, 220)
_OF_THEIR_OWN = frozenset(
    {
        "dead",
        "gone",
        "unknown",
        "withdrawal",
        "standstill",
        "stolen",
        "infected",
        "suspect",
        "contact",
    }
)


class Difference(NamedTuple):
    """A question to which program and rules give different answers."""

    what: str
    rules: object
    program: object


@dataclass(frozen=True)
class Disagreement:
    """A history of which program and rules do not say the same."""

    history: History
    differences: tuple[Difference, ...]

    @property
    def about(self) -> set[str]:
        """The questions, in a word each."""
        return {one.what.split()[0] for one in self.differences}

    def __str__(self) -> str:
        lines = [
            f"{one.what}: the rules say {one.rules}, the program says {one.program}"
            for one in self.differences
        ]
        return "\n".join([story(self.history), *lines])


def compare(
    database: Database, histories: Sequence[History], *, at_once: int = 1, deep: int = 50
) -> list[Disagreement]:
    """Tell histories to a database, ask it and the model everything; return where they differ.

    Args:
        deep: of every so many histories one is asked about chains, past days, and what was known.
    """
    books = Books(database)
    return list(_compare(database, books, histories, at_once, deep))


def _compare(
    database: Database, books: Books, histories: Sequence[History], at_once: int, deep: int
) -> Iterator[Disagreement]:
    told, failed = [], []
    for one in books.tell(histories, at_once=at_once):
        (failed if one.name in books.failed else told).append(one)
    for one in failed:
        yield Disagreement(one.history, (Difference("error", "none", books.failed[one.name]),))
    found: dict[str, list[Difference]] = defaultdict(list)
    models = {one.name: Reference(one.history) for one in told}
    with database.read() as session:
        reading = Reading(session, books, told)
        seen = reading.seen()
        places, permits = reading.statuses_of_places(), reading.permits()
        for one in told:
            found[one.name] += _states(one, models[one.name], seen)
            found[one.name] += _statuses(one, models[one.name], seen, places)
            found[one.name] += _permits(models[one.name], permits.get(one.name))
        for name, difference in _moving(reading, told, models):
            found[name].append(difference)
        for one in told[deep - 1 :: deep]:
            found[one.name] += _chains(reading, one, models[one.name])
            found[one.name] += _as_known(reading, one)
            found[one.name] += _companions(reading, one, models[one.name])
    yield from (
        Disagreement(one.history, tuple(found[one.name])) for one in told if found[one.name]
    )


def _states(
    told: Told, model: Reference, seen: Mapping[tuple[str, int], Seen]
) -> Iterator[Difference]:
    for animal in told.history.animals:
        yield from _state_differs(animal, _state(model, animal), seen[told.name, animal])


def _statuses(
    told: Told,
    model: Reference,
    seen: Mapping[tuple[str, int], Seen],
    places: Mapping[tuple[str, int], set[Spell]],
) -> Iterator[Difference]:
    if not any(one.kind in MAKERS for one in told.history.said):
        return
    for animal in told.history.animals:
        due, spells = model.statuses(animal), seen[told.name, animal].statuses
        yield from _statuses_differ(f"animal {animal}", told, due, spells)
    for place in PLACES:
        rows = places.get((told.name, place), set())
        yield from _statuses_differ(f"place {place}", told, model.statuses_of_place(place), rows)


def _permits(
    model: Reference, got: tuple[set[Use], dict[int, int | None]] | None
) -> Iterator[Difference]:
    due = used_up(model) if got else None
    if due is None or got is None:
        return
    if due[0] != got[0]:
        yield Difference("uses of permits", _plain(due[0] - got[0]), _plain(got[0] - due[0]))
    if due[1] != got[1]:
        yield Difference("permits used up on days", due[1], got[1])


def _companions(reading: Reading, told: Told, model: Reference) -> Iterator[Difference]:
    middle = sorted(one.day for one in told.history.said)[len(told.history.said) // 2]
    for days in ((-inf, inf), (middle, middle + 5)):
        for animal in told.history.animals:
            due = companions(model, animal, days)
            if due is None:
                return
            got = reading.companions(told, animal, days)
            if due != got:
                what = f"companions of {animal}, days {days[0]} to {days[1]}"
                yield Difference(what, _plain(due - got), _plain(got - due))


def _state(model: Reference, animal: int) -> Seen:
    """Return what the tables should hold of an animal."""
    return Seen(
        model.owner(animal),
        model.heads(animal),
        model.withdrawal(animal),
        model.ended(animal),
        frozenset(
            (move.left, move.origin, move.came, move.destination)
            for move in model.movements(animal)
        ),
        frozenset(model.flags(animal)),
        model.registration(animal) is not None,
        model.numbers(animal),
    )


def _state_differs(animal: int, mine: Seen, seen: Seen) -> Iterator[Difference]:
    for name in ("owner", "heads", "withdrawal", "ended", "movements", "registered", "numbers"):
        rules, program = getattr(mine, name), getattr(seen, name)
        if rules != program:
            yield Difference(f"{name} of {animal}", _plain(rules), _plain(program))
    told = {(place, code) for place, code in seen.flags if code in FLAGS}
    if told != mine.flags:
        yield Difference(f"flags of {animal}", _plain(mine.flags - told), _plain(told - mine.flags))


def _statuses_differ(
    what: str, told: Told, rules: Statuses, program: Iterable[Spell]
) -> Iterator[Difference]:
    """Compare which statuses hold on each day; the first day on which they differ is told."""
    for day in told.history.days:
        due, got = rules.on(day), {one.kind for one in program if one.holds(day)}
        if due != got:
            yield Difference(f"status of {what} on day {day}", _plain(due), _plain(got))
            return


def _plain(value: object) -> object:
    return sorted(value, key=str) if isinstance(value, (set, frozenset)) else value


def _moving(
    reading: Reading, told: Sequence[Told], models: dict[str, Reference]
) -> Iterator[tuple[str, Difference]]:
    """Ask on some days after the last report where each animal is and what bars it."""
    for first, day in enumerate(_DAYS):
        before = _DAYS[first - 2] if first > 1 else -1
        asked = [
            (one, animal)
            for one in told
            if before < max(said.day for said in one.history.said) <= day
            for animal in one.history.animals
        ]
        for slaughter in (False, True):
            for one, animal, answer in reading.answers(asked, day, slaughter=slaughter):
                for difference in _answer_differs(models[one.name], animal, answer):
                    yield one.name, difference


def _answer_differs(model: Reference, animal: int, answer: Answer) -> Iterator[Difference]:
    day, slaughter, at, bars = answer
    where, ended = model.where(animal, day), model.ended(animal)
    if not where.sure:
        return
    (place,) = where.places or [None]
    if place not in {None, at} and ended is None:
        yield Difference(f"place of {animal} on day {day}", place, at)
    due = model.bars(animal, day, None, slaughter=slaughter)
    # A slaughter on the spot is no movement.
    compared = _OF_THEIR_OWN - ({"standstill"} if slaughter else set())
    if any(one.kind == "permit" for one in model.history.said):
        # It is asked about the place where its permit leads.
        compared -= {"infected", "suspect", "contact"}
    if due & {"dead", "gone"}:
        # What else bars the dead is of no use to anybody.
        compared = frozenset({"dead", "gone"})
    if due & compared != bars & compared:
        asked = "slaughtered" if slaughter else "moved"
        yield Difference(f"may {animal} be {asked} on day {day}", _plain(due), _plain(bars))


def _chains(reading: Reading, told: Told, model: Reference) -> Iterator[Difference]:
    days = [one.day for one in told.history.said]
    middle = (min(days) + max(days)) // 2
    for first, last in ((min(days), max(days)), (min(days), middle), (middle, max(days))):
        for root in PLACES:
            for outgoing in (False, True):
                due = model.chain(root, first, last, outgoing=outgoing)
                got = reading.chain(told, root, (first, last), outgoing=outgoing)
                if due is not None and due != got:
                    way = "from" if outgoing else "to"
                    what = f"chain {way} place {root}, days {first} to {last}"
                    yield Difference(what, due, got)


def _as_known(reading: Reading, told: Told) -> Iterator[Difference]:
    """Ask what was known after half of the turns, and what was true on a day in the middle."""
    turns = len(told.turns) // 2
    known = sum(len(turn) for turn in told.turns[:turns])
    if not turns:
        return
    model = Reference(told.history, known)
    for animal in sorted({one.animal for one in model.history.said}):
        due = (model.owner(animal), model.heads(animal), model.ended(animal))
        got = reading.known(told, animal, turns)
        if due != got:
            yield Difference(f"known of {animal} after {known} reports", due, got)


def differing(disagreements: Iterable[Disagreement]) -> dict[str, int]:
    """Count disagreements by what they are about."""
    found: dict[str, int] = defaultdict(int)
    for one in disagreements:
        for what in one.about:
            found[what] += 1
    return dict(found)
