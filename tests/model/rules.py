"""The rules of docs/model.md, by brute force: slow, without any state kept between questions.

Each question goes through the whole history again. Nothing here is shared with the program.
"""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property

from tests.model.companions import before, stays_of
from tests.model.history import (
    AFTER_DEATH,
    BEGINNINGS,
    ENDS,
    PAPER,
    SIDES,
    SIGHTINGS,
    History,
)
from tests.model.moving import (
    Fact,
    Movement,
    Told,
    Where,
    after,
    fits_together,
    order_of,
    overdue,
    overtaken,
    says_nothing_new,
)
from tests.model.statuses import Statuses

STANDSTILL = 21
BARRING = frozenset({"stolen", "infected", "suspect", "contact"})


class Reference:
    """Everything that the rules say of a history, or of what was told of it before a place."""

    def __init__(self, history: History, known: int | None = None) -> None:
        self.history = replace(history, said=history.said[:known])
        self._movements: dict[int, list[Movement]] = {}
        self._statuses: dict[tuple[str, int], Statuses] = {}
        self._begun: dict[int, list[tuple[int | None, Movement]] | None] = {}

    @cached_property
    def in_force(self) -> list[Told]:
        """The reports that have their effect, in the order in which they were told."""
        said = self.history.said
        void = {one.of for one in said if one.kind in {"void", "object"}}
        agreed = {one.of for one in said if one.kind == "agree"}
        return [
            Told(key, one)
            for key, one in enumerate(said)
            if one.kind not in PAPER and key not in void and (not one.evidence or key in agreed)
        ]

    def registration(self, animal: int) -> Told | None:
        """Return the registration: the one that was told first, of whatever day."""
        return next(
            (
                one
                for one in self.in_force
                if one.said.animal == animal and one.said.kind in BEGINNINGS
            ),
            None,
        )

    def own(self, animal: int) -> list[Told]:
        """Return an animal's own reports in order of days, without further registrations."""
        right = self.registration(animal)
        mine = [
            one
            for one in self.in_force
            if one.said.animal == animal and (one.said.kind not in BEGINNINGS or one == right)
        ]
        return sorted(mine, key=lambda one: one.order)

    def line(self, animal: int) -> list[Told]:
        """Return its own reports, and those of the mob that it was part of, up to the parting."""
        mine, right = self.own(animal), self.registration(animal)
        mob = right.said.part_of if right else None
        if right is None or mob not in self.history.mobs:
            return mine
        before = [one for one in self.line(mob) if one.order < right.order]
        return sorted([*before, *mine], key=lambda one: one.order)

    # What is known of its health

    def statuses(self, animal: int) -> Statuses:
        """Return the statuses of an animal, as far as it is known."""
        if ("animal", animal) not in self._statuses:
            self._statuses["animal", animal] = self._statuses_of(animal)
        return self._statuses["animal", animal]

    def statuses_of_place(self, place: int) -> Statuses:
        """Return the statuses of a place, by what was reported there of disease."""
        if ("place", place) not in self._statuses:
            there = [one for one in self.in_force if one.said.place == place]
            about = [one for one in there if one.said.kind not in {"stolen", "recovered"}]
            self._statuses["place", place] = Statuses(about, self.history.mobs)
        return self._statuses["place", place]

    def _statuses_of(self, animal: int) -> Statuses:
        """Return its statuses: by its own reports, and its mobs' up to each parting.

        A sample that a mob gave before the parting is the part's too, whenever its result comes.
        """
        line, of = self.own(animal), animal
        before = None
        while (right := self.registration(of)) and right.said.part_of in self.history.mobs:
            assert right.said.part_of is not None
            of = right.said.part_of
            before = right.order if before is None else min(before, right.order)
            theirs = self.own(of)
            samples = {
                one.said.sample
                for one in theirs
                if one.said.kind == "sample" and one.order < before
            }
            line += [
                one
                for one in theirs
                if one.order < before or (one.said.kind == "result" and one.said.sample in samples)
            ]
        return Statuses(line, self.history.mobs)

    # What is counted and owned

    def owner(self, animal: int) -> int | None:
        owners = [one.said.owner for one in self.line(animal) if one.said.owner is not None]
        return owners[-1] if owners else None

    def numbers(self, animal: int) -> frozenset[int]:
        """Return the numbers that it was given beside its first."""
        given = [one.said.number for one in self.in_force if one.said.animal == animal]
        return frozenset(number for number in given if number is not None)

    def withdrawal(self, animal: int) -> int | None:
        days = [
            one.said.day + one.said.withdrawal
            for one in self.line(animal)
            if one.said.kind in {"treatment", "vaccination"} and one.said.withdrawal
        ]
        return max(days, default=None)

    def heads(self, animal: int) -> int | None:
        return self._count(animal)[0]

    def short(self, animal: int) -> set[int]:
        """Return the reports that take more heads than there are."""
        return self._count(animal)[1]

    def heads_before(self, animal: int, told: Told) -> int | None:
        """Return how many pigs a report is of, by what comes before it; None: not counted."""
        if animal in self.history.mobs | self.history.pork:
            return self._count(animal, told.order)[0]
        return 1

    def ended(self, animal: int) -> int | None:
        ends = self._count(animal)[2]
        return min(ends, default=None)

    def _count(
        self, animal: int, before: tuple[int, int] | None = None
    ) -> tuple[int | None, set[int], list[int]]:
        heads: int | None = None
        short, ends = set(), []
        for one in self.own(animal):
            if before is not None and one.order >= before:
                break
            told, take = one.said, 0
            if told.kind in BEGINNINGS or told.kind == "count":
                heads = heads if told.heads is None else told.heads
                take = (told.taken or 0) - (told.added or 0)
            if told.kind in ENDS:
                counted = told.heads is not None and (
                    animal in self.history.mobs or heads is not None
                )
                if counted and told.heads != heads:
                    take = told.heads or 0
                else:
                    ends.append(told.day)
                    heads = 0 if counted else heads
            if heads is None:
                continue
            heads -= take
            if heads < 0:
                heads = 0
                short.add(one.key)
        return heads, short, ends

    # Movements and places

    def movements(self, animal: int) -> list[Movement]:
        """Return the movements of an animal: each departure with the first arrival that fits."""
        if animal not in self._movements:
            self._movements[animal] = self._pair(self.line(animal))
        return self._movements[animal]

    def _pair(self, line: list[Told]) -> list[Movement]:
        found: list[Movement] = []
        for one in line:
            if one.said.kind not in SIDES or says_nothing_new(one, found):
                continue
            fits = [move for move in found if fits_together(move, one, line)]
            if one.said.kind == "depart":
                other = next(iter(sorted(fits, key=lambda move: order_of(move.arrival))), None)
                whole = Movement(one, other.arrival if other else None)
            else:
                other = max(fits, key=lambda move: order_of(move.departure), default=None)
                whole = Movement(other.departure if other else None, one)
            found = [move for move in found if move != other] + [whole]
        return sorted(found, key=lambda move: move.began)

    def where(self, animal: int, day: int) -> Where:
        """Return where an animal is at the end of a day."""
        here = Where()
        facts = self._facts(animal)
        for when in sorted({fact.day for fact in facts if fact.day <= day}):
            here = after(here, [fact for fact in facts if fact.day == when])
        if not here.sure:
            return here
        seen = self._seen_since(animal, here, day)
        if seen:
            return Where(seen)
        presumed = frozenset(
            way.destination
            for way in here.ways
            if way.destination is not None and overdue(way, day)
        )
        ways = tuple(way for way in here.ways if not overdue(way, day))
        return Where(here.places | presumed, ways)

    def _facts(self, animal: int) -> list[Fact]:
        """Return what tells on each day to where an animal came, from where it left, its homes."""
        moves, homes = self.movements(animal), self.homes(animal)
        facts = []
        for home in homes:
            left = [
                move.left
                for move in moves
                if move.origin == home.said.place
                and move.left is not None
                and move.came is None
                # Registered elsewhere since, it had gone, and came to this home again.
                and not any(
                    move.left < other.said.day <= home.said.day
                    for other in homes
                    if other.said.place != home.said.place
                )
            ]
            facts.append(Fact(min([home.said.day, *left]), home=home.said.place))
        for move in moves:
            if move.left is not None:
                facts.append(Fact(move.left, left=move))
            if move.came is not None:
                facts.append(Fact(move.came, came=move.destination))
                if move.left is None and move.origin is not None:
                    facts.append(Fact(move.came, left=move))
        return facts

    def homes(self, animal: int) -> list[Told]:
        """Return its registration and that of the mobs that it was part of."""
        return [
            one
            for one in self.line(animal)
            if one.said.kind in BEGINNINGS and one.said.place is not None
        ]

    def _seen_since(self, animal: int, here: Where, day: int) -> frozenset[int]:
        """Return where an animal on its way by a departure that nobody answered was seen last."""
        if not here.ways or any(way.came is not None for way in here.ways):
            return frozenset()
        since = max(way.days[0] for way in here.ways)
        seen = [
            one
            for one in self.line(animal)
            if one.said.kind in SIGHTINGS
            and one.said.place is not None
            and since < one.said.day <= day
        ]
        last = max((one.said.day for one in seen), default=None)
        return frozenset(
            one.said.place for one in seen if one.said.day == last and one.said.place is not None
        )

    def standstill(self, animal: int, day: int, *, but: Movement | None = None) -> int | None:
        """Return the first day that is free of the standstill that is known of on a day."""
        moves = self.movements(animal)
        begun = [
            move.began[0]
            for move in moves
            if move.began[0] <= day
            and move != but
            and not overtaken(move, moves)
            and not self._back(animal, move, day)
            # The journey under way shows that it had not left, or was back, where this began.
            and not (but is not None and self._stayed(animal, move, but.began, but.origin))
        ]
        return max(begun) + STANDSTILL if begun else None

    def _stayed(self, animal: int, move: Movement, by: tuple[int, int], place: int | None) -> bool:
        """Tell whether an animal was seen where it left, or a later departure shows it there."""
        if move.came is not None or move.left is None:
            return False
        seen = [one for one in self._shown_since(animal, move) if one.order < by]
        return (seen[-1].said.place if seen else place) == move.origin

    def _back(self, animal: int, move: Movement, day: int) -> bool:
        """Tell whether an animal that left was last seen where it left from, and so never left."""
        if move.came is not None or move.left is None:
            return False
        line = self.line(animal)
        later = [one for one in line if one.said.kind in SIDES and move.left < one.said.day <= day]
        seen = [one for one in self._shown_since(animal, move) if one.said.day <= day]
        return bool(seen) and not later and seen[-1].said.place == move.origin

    def _shown_since(self, animal: int, move: Movement) -> list[Told]:
        """Return what shows where an animal was since a departure; of one day, registrations last.

        Where it was registered it was before it left, too; elsewhere shows that it went, and the
        day does not tell whether before it was seen again.
        """
        assert move.left is not None
        seen = [
            one
            for one in self.line(animal)
            if (
                one.said.kind in SIGHTINGS
                or (one.said.kind == "register" and one.said.place != move.origin)
            )
            and one.said.place is not None
            and move.left < one.said.day
        ]
        return sorted(seen, key=lambda one: (one.said.day, one.said.kind == "register", one.order))

    # May it move

    def bars(self, animal: int, day: int, to: int | None, *, slaughter: bool = False) -> set[str]:
        """Return the reasons of the animal itself against a journey on a day."""
        bars = set()
        ended, right = self.ended(animal), self.registration(animal)
        if ended is not None and ended <= day:
            groups = self.history.mobs | self.history.pork
            bars.add("gone" if animal in groups else "dead")
        if right is None and animal not in self.history.pork:
            bars.add("unknown")
        until = self.withdrawal(animal)
        if slaughter and until is not None and day <= until:
            bars.add("withdrawal")
        if self._stands_still(animal, day, to):
            bars.add("standstill")
        bars |= self.statuses(animal).on(day) & BARRING
        where = self.where(animal, day)
        ends = where.places | {way.origin for way in where.ways}
        if not slaughter:
            ends |= {way.destination for way in where.ways}
        for place in ends - {None}:
            assert place is not None
            bars |= self.statuses_of_place(place).on(day) & BARRING
        return bars

    def _stands_still(self, animal: int, day: int, to: int | None) -> bool:
        if animal in self.history.pork:
            return False
        ways = [way for way in self.where(animal, day).ways if way.came is None]
        own = next((way for way in ways if to in {None, way.destination}), None)
        asked = day if own is None or own.left is None else own.left
        free = self.standstill(animal, day, but=own)
        return free is not None and asked < free

    # Flags

    def flags(self, animal: int) -> set[tuple[int, str]]:
        """Return the flags that the rules name, with the place of the report in the history."""
        found = {(key, "negative_count") for key in self.short(animal)}
        right, ended = self.registration(animal), self.ended(animal)
        for one in self.in_force:
            if one.said.animal != animal:
                continue
            if one.said.kind in BEGINNINGS and one != right:
                found.add((one.key, "registered_twice"))
            if ended is not None and one.said.day > ended and one.said.kind not in AFTER_DEATH:
                found.add((one.key, "event_after_death"))
        own = {one.key for one in self.own(animal)}
        found |= {(key, code) for key, code in self.statuses(animal).flags() if key in own}
        return found | {(one.key, "left_in_standstill") for one in self.hasty(animal)}

    def hasty(self, animal: int) -> list[Told]:
        """Return an animal's own departures within a standstill, those told again too.

        Pork may go on at once.
        """
        if animal in self.history.pork:
            return []
        departures = [one for one in self.own(animal) if one.said.kind == "depart"]
        return [one for one in departures if self._is_hasty(animal, one)]

    def _is_hasty(self, animal: int, one: Told) -> bool:
        """Tell it by what comes before in order; a journey's own arrival is no standstill to it."""
        day, place = one.said.day, one.said.place
        own = {
            side
            for move in self.movements(animal)
            if move.departure == one or says_nothing_new(one, [move])
            for side in (move.departure, move.arrival)
        }
        moves = self._pair([before for before in self.line(animal) if before.order < one.order])
        return any(
            day < before.began[0] + STANDSTILL
            and not overtaken(before, moves)
            and not self._stayed(animal, before, one.order, place)
            for before in moves
            if not {before.departure, before.arrival} & (own - {None})
        )

    # Contacts

    def _began(self, animal: int) -> list[tuple[int | None, Movement]] | None:
        """Return the movements of an animal with where each began: as told, or where it was before.

        None where ties of a day leave it open.
        """
        if animal not in self._begun:
            moves = self.movements(animal)
            untold = any(move.origin is None for move in moves)
            stays = stays_of(self, animal) if untold else []
            self._begun[animal] = (
                None
                if stays is None
                else [
                    (before(stays, move) if move.origin is None else move.origin, move)
                    for move in moves
                ]
            )
        return self._begun[animal]

    def chain(self, root: int, first: int, last: int, *, outgoing: bool) -> dict[int, int] | None:
        """Return the premises of a contact chain, and the best day on which each is reached.

        None where ties of a day leave open where an animal came from.
        """
        known = [self._began(animal) for animal in self.history.animals]
        if None in known:
            return None
        moves = [
            (origin, move)
            for began in known
            for origin, move in began or ()
            if None not in {origin, move.destination}
            and origin != move.destination
            and any(first <= day <= last for day in move.days)
        ]
        reached: dict[int, int] = {}
        changed = True
        while changed:
            changed = False
            for origin, move in moves:
                near, far = (origin, move.destination)
                left, came = move.days
                if not outgoing:
                    near, far, left, came = far, near, -came, -left
                assert near is not None
                assert far is not None
                goes_on = near == root or (near in reached and reached[near] <= left)
                if goes_on and far != root and came < reached.get(far, came + 1):
                    reached[far] = came
                    changed = True
        return {place: day if outgoing else -day for place, day in reached.items()}

    def present(self, animal: int, day: int) -> frozenset[int]:
        """Return the premises at which an animal was at any time of a day."""
        ended = self.ended(animal)
        if ended is not None and day > ended:
            return frozenset()
        before, after = self.where(animal, day - 1), self.where(animal, day)
        today = [fact for fact in self._facts(animal) if fact.day == day]
        touched = {fact.came for fact in today} | {fact.home for fact in today}
        touched |= {fact.left.origin for fact in today if fact.left}
        known = {place for place in touched if place is not None}
        return frozenset(before.places | after.places | known)
