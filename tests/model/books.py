"""Many histories in one database of the program: told turn by turn, and what it makes of them."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import takewhile
from math import isinf
from typing import TYPE_CHECKING, Any, NamedTuple
from uuid import UUID, uuid4

from sqlalchemy import func, select

from services.livestock.control.decisions import Question, decide
from services.livestock.control.permits import (
    PermitDecision,
    PermitDraft,
    ask_permit,
    decide_permit,
)
from services.livestock.domain.model import Act, EventType, Key, Occurred, Origin, Report, write_key
from services.livestock.domain.model import event_id as made_id
from services.livestock.domain.movement_decision import Policy
from services.livestock.domain.permits import PermitState
from services.livestock.queries.animals import AsOf, animal_history
from services.livestock.recording.identity import ensure_premises, find_animals
from services.livestock.recording.permit_subjects import permit_subject, permits_named
from services.livestock.recording.record import record_events
from services.livestock.tracing.animals import companions_of
from services.livestock.tracing.lives import read_lives
from services.livestock.tracing.model import Direction, TraceWindow
from services.livestock.tracing.premises import reach
from services.storage.bulk import draw_keys, insert_rows
from services.storage.models import (
    Animal,
    Flag,
    Identifier,
    Journal,
    Movement,
    Party,
    Permit,
    PermitUse,
    Status,
)
from services.storage.rowsets import keys
from tests.model.drawing import OWNERS, PLACES
from tests.model.history import History, Said
from tests.model.permits import Use

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from sqlalchemy.orm import Session

    from services.storage.database import Database

FIRST_DAY = date(2026, 1, 1)
TOLD_AT = datetime(2027, 6, 1, tzinfo=UTC)
NO_PERMITS = Policy(permit_provinces=frozenset())
_DETAILS: dict[str, dict[str, Any]] = {
    "transfer": {"terms": "sold"},
    "treatment": {"product": "ivermectin"},
    "vaccination": {"product": "csf"},
    "weight": {"kilograms": 40.0},
    "sickness": {"signs": ["fever"]},
    "check": {"purpose": "roadblock", "outcome": "passed"},
    "death": {"cause": "unknown", "disposal": "unknown"},
    "slaughter": {"place": "home"},
    "sample": {"specimen": "blood"},
    "void": {"reason": "did_not_occur"},
}
_POINTS = {"void": "corrects", "agree": "evidence", "object": "evidence"}


def batched(things: Iterable[Any], most: int) -> Iterator[tuple[Any, ...]]:
    whole = list(things)
    return (tuple(whole[start : start + most]) for start in range(0, len(whole), most))


def day_of(number: int) -> date:
    return FIRST_DAY + timedelta(days=number)


def _date_of(number: float) -> date:
    if isinf(number):
        return date.min if number < 0 else date.max
    return day_of(int(number))


def number_of(day: date | None) -> int | None:
    return None if day is None else (day - FIRST_DAY).days


@dataclass(frozen=True)
class Told:
    """One history in the database: its name there, and which reports are told at once."""

    name: str
    history: History
    turns: tuple[tuple[int, ...], ...]


class Books:
    """A database in which histories are told, each with animals and places of its own."""

    def __init__(self, database: Database) -> None:
        self._database, self.run, self._count = database, uuid4().hex[:8], 0
        self.since = 0
        """Key of the last event before the histories that were told last."""
        self.permits: dict[int, tuple[str, int]] = {}
        """By key of a permit its history, and the place of its report in it."""
        self._numbers: dict[tuple[str, int], str] = {}
        self.failed: dict[str, str] = {}
        """By name of a history, the error that ended it."""
        with database.write() as session:
            parties = [Party(public_id=uuid4(), role="keeper", language="en") for _ in OWNERS]
            session.add_all(parties)
            session.flush()
            self.owners = {party.id: number for number, party in enumerate(parties)}
            self._parties = [str(party.public_id) for party in parties]

    def tell(self, histories: Sequence[History], *, at_once: int = 1) -> list[Told]:
        """Tell all of some histories, one report (or several at once) of each in turn."""
        told = [
            Told(
                f"{self.run}:{self._count + number}",
                one,
                tuple(batched(range(len(one.said)), at_once)),
            )
            for number, one in enumerate(histories)
        ]
        self._count += len(told)
        with self._database.read() as session:
            self.since = session.scalar(select(func.max(Journal.id))) or 0
        with self._database.write() as session:
            self._found(session, told)
        for turn in range(max((len(one.turns) for one in told), default=0)):
            now = [one for one in told if turn < len(one.turns) and one.name not in self.failed]
            self._tell_turn(now, turn)
        return told

    def _tell_turn(self, told: Sequence[Told], turn: int) -> None:
        """Tell a turn of all histories at once; if that fails, each by itself, to know which."""
        try:
            self._record(told, turn)
        except Exception as error:  # noqa: BLE001 — whatever it is, it is told with its history
            if len(told) == 1:
                self.failed[told[0].name] = f"{type(error).__name__}: {str(error)[:200]}"
                return
            for one in told:
                self._tell_turn([one], turn)

    def _record(self, told: Sequence[Told], turn: int) -> None:
        origin = Origin("model", None, TOLD_AT + timedelta(minutes=turn))
        # One history's reports stay in order; those of all histories are recorded at once.
        left = [(one, list(one.turns[turn])) for one in told]
        with self._database.write() as session:
            while left:
                split = [(one, *_leading(one, places)) for one, places in left]
                for one, permits, _, _ in split:
                    for place in permits:
                        self._permit(session, origin, one, place)
                said = [(one, place) for one, _, others, _ in split for place in others]
                record_events(session, [self._report(session, *one) for one in said], origin)
                left = [(one, rest) for one, _, _, rest in split if rest]

    def _permit(self, session: Session, origin: Origin, told: Told, place: int) -> None:
        """Let an officer issue a permit."""
        one = told.history.said[place]
        assert one.place is not None
        assert one.other is not None
        assert one.until is not None
        animals = () if one.heads else (animal_key(told, one.animal),)
        road = place_key(told, one.place), place_key(told, one.other)
        draft = PermitDraft(animals, *road, day_of(one.day), day_of(one.until), one.heads)
        act = Act(made_id("model-asked", told.name, place), day_of(one.day), origin)
        row, _ = ask_permit(session, draft, act)
        number = permit_subject(session, row).number
        issued = act._replace(event_id=event_of(told, place))
        decide_permit(session, number, PermitDecision(PermitState.ISSUED), issued)
        self.permits[row.id] = (told.name, place)
        if one.permit is not None:
            self._numbers.setdefault((told.name, one.permit), number)

    def _found(self, session: Session, told: Sequence[Told]) -> None:
        """Make mobs and pork, which nothing but a command makes, and the premises."""
        _make_groups(session, "mob", [(one, mob) for one in told for mob in one.history.mobs])
        _make_groups(session, "consignment", [(one, of) for one in told for of in one.history.pork])
        for some in batched((place_key(one, place) for one in told for place in PLACES), 400):
            ensure_premises(session, some)

    def _report(self, session: Session, told: Told, number: int) -> Report:
        one = told.history.said[number]
        # What is declared wrong or agreed to is named with its place.
        place = one.place if one.of is None else told.history.said[one.of].place
        return Report(
            event_of(told, number),
            EventType(one.kind),
            (animal_key(told, one.animal),),
            None if place is None else place_key(told, place),
            None if one.other is None else place_key(told, one.other),
            Occurred.on(day_of(one.day)),
            self._details(told, one),
            permits_named(session, self._permit_of(told, one)),
            evidence=one.evidence,
        )

    def _permit_of(self, told: Told, one: Said) -> dict[str, str]:
        number = None if one.permit is None else self._numbers.get((told.name, one.permit))
        return {} if number is None else {"permit": number}

    def _details(self, told: Told, one: Said) -> dict[str, Any]:
        details = dict(_DETAILS.get(one.kind, {}))
        if one.kind in {"register", "birth"} and one.animal in told.history.mobs:
            details["kind"] = "mob"
        if one.kind in {"register", "birth"} and one.animal in told.history.pork:
            details["kind"] = "consignment"
        if one.number is not None:
            details["new"] = write_key(number_key(told, one.number))
        values = {"head_count": one.heads, "taken": one.taken, "added": one.added}
        values["withdrawal_days"] = one.withdrawal
        values |= _of_health(one)
        details |= {name: value for name, value in values.items() if value is not None}
        if one.owner is not None:
            name = "receiver" if one.kind == "transfer" else "owner"
            details[name] = self._parties[one.owner]
        details |= self._permit_of(told, one)
        if one.part_of is not None:
            details["part_of"] = write_key(animal_key(told, one.part_of))
        if one.of is not None:
            details[_POINTS[one.kind]] = str(event_of(told, one.of))
        return details


def _make_groups(session: Session, kind: str, groups: Iterable[tuple[Told, int]]) -> None:
    made = [animal_key(*one) for one in groups]
    drawn = draw_keys(session, Animal, len(made))
    rows = [(one, uuid4(), *key) for one, key in zip(drawn, made, strict=True)]
    insert_rows(session, Animal, ("id", "public_id", *Key._fields), rows, kind=kind, found=True)
    numbers = [(one, *key) for one, _, *key in rows]
    insert_rows(session, Identifier, ("animal_id", *Key._fields), numbers)


def _of_health(one: Said) -> dict[str, Any]:
    """Return what the program calls diseases, samples, results and statuses of a report."""
    disease = "suspicion" if one.kind == "sickness" else "disease"
    return {
        disease: one.disease,
        "sample": None if one.sample is None else f"S-{one.sample}",
        "action" if one.kind == "status" else "outcome": one.outcome,
        "status": one.status,
    }


def _is_permit(told: Told, place: int) -> bool:
    return told.history.said[place].kind == "permit"


def _leading(told: Told, places: Sequence[int]) -> tuple[list[int], list[int], list[int]]:
    """Split reports into the permits that come first, what follows, and the rest from a permit."""
    permits = list(takewhile(lambda place: _is_permit(told, place), places))
    others = list(takewhile(lambda place: not _is_permit(told, place), places[len(permits) :]))
    return permits, others, list(places[len(permits) + len(others) :])


def event_of(told: Told, place: int) -> UUID:
    return made_id("model", told.name, place)


def animal_key(told: Told, animal: int) -> Key:
    return Key("animal", f"{told.name}:{animal}")


def number_key(told: Told, number: int) -> Key:
    return Key("tag", f"{told.name}:{number}")


def place_key(told: Told, place: int) -> Key:
    return Key("premises", f"{told.name}:{place}")


@dataclass(frozen=True)
class Seen:
    """State of one animal as the program's tables have it, in the numbers of its history."""

    owner: int | None
    heads: int | None
    withdrawal: int | None
    ended: int | None
    movements: frozenset[tuple[int | None, int | None, int | None, int | None]]
    flags: frozenset[tuple[int, str]]
    registered: bool
    numbers: frozenset[int]
    statuses: frozenset[Spell] = frozenset()


class Spell(NamedTuple):
    """A status as a row has it: its days; `until` None: open."""

    kind: str
    since: int | None
    until: int | None

    def holds(self, day: int) -> bool:
        """Tell whether it holds on a day."""
        assert self.since is not None
        return self.since <= day and (self.until is None or day < self.until)


class Answer(NamedTuple):
    """Answer to whether an animal may move on a day: where it stands, and what bars it."""

    day: int
    slaughter: bool
    at: int | None
    bars: frozenset[str]


class Reading:
    """What the program says of histories that were told."""

    def __init__(self, session: Session, books: Books, told: Sequence[Told]) -> None:
        self.session, self._books = session, books
        wanted = {
            animal_key(one, animal): (one.name, animal)
            for one in told
            for animal in one.history.animals
        }
        found = {
            key: ref
            for some in batched(wanted, 400)
            for key, ref in find_animals(session, some).items()
        }
        self.animals = {wanted[key]: ref.id for key, ref in found.items()}
        self._animals = {key: told for told, key in self.animals.items()}
        places = {place_key(one, place): (one.name, place) for one in told for place in PLACES}
        rows = session.execute(
            select(Identifier.scheme, Identifier.value, Identifier.premises_id).where(
                Identifier.scheme == "premises", Identifier.value.startswith(books.run)
            )
        )
        self.places = {
            place: places[Key(scheme, value)]
            for scheme, value, place in rows
            if Key(scheme, value) in places
        }
        self._places = {told: key for key, told in self.places.items()}
        events = {
            event_of(one, place): (one.name, place)
            for one in told
            for place in range(len(one.history.said))
        }
        self._events = {
            key: events[event]
            for key, event in session.execute(
                select(Journal.id, Journal.event_id).where(Journal.id > books.since)
            )
            if event in events
        }

    def seen(self) -> dict[tuple[str, int], Seen]:
        """Return the state of every animal of the histories."""
        of = {key: told for told, key in self.animals.items()}
        wanted = keys(self.session, list(of))
        moves: dict[int, set[Any]] = {key: set() for key in of}
        flags: dict[int, set[Any]] = {key: set() for key in of}
        spells = self._spells(Status.animal_id, wanted)
        numbers = self._numbers(wanted)
        for move in self.session.scalars(select(Movement).where(Movement.animal_id.in_(wanted))):
            moves[move.animal_id].add(
                (
                    number_of(move.departed_on),
                    self._place(move.origin_id),
                    number_of(move.arrived_on),
                    self._place(move.destination_id),
                )
            )
        for flag in self.session.scalars(select(Flag).where(Flag.animal_id.in_(wanted))):
            # Events that close a permit are no reports.
            if flag.journal_id in self._events:
                flags[flag.animal_id].add((self._events[flag.journal_id][1], flag.code))
        rows = self.session.execute(
            select(
                Animal.id,
                Animal.owner_id,
                Animal.head_count,
                Animal.withdrawal_until,
                Animal.ended_on,
                Animal.found,
            ).where(Animal.id.in_(wanted))
        )
        return {
            of[row.id]: Seen(
                self._books.owners.get(row.owner_id),
                row.head_count,
                number_of(row.withdrawal_until),
                number_of(row.ended_on),
                frozenset(moves[row.id]),
                frozenset(flags[row.id]),
                not row.found,
                frozenset(numbers[row.id]),
                frozenset(spells[row.id]),
            )
            for row in rows
        }

    def _numbers(self, wanted: Any) -> dict[int, set[int]]:
        found: dict[int, set[int]] = defaultdict(set)
        rows = self.session.execute(
            select(Identifier.animal_id, Identifier.value).where(
                Identifier.animal_id.in_(wanted), Identifier.scheme == "tag"
            )
        )
        for animal, value in rows:
            assert animal is not None
            found[animal].add(int(value.rsplit(":", 1)[1]))
        return found

    def permits(self) -> dict[str, tuple[set[Use], dict[int, int | None]]]:
        """Return the uses of permits, and when each was used up, by name of a history."""
        found: dict[str, tuple[set[Use], dict[int, int | None]]] = {}
        of = self._books.permits
        for row in self.session.scalars(select(Permit).where(Permit.id.in_(of))):
            name, place = of[row.id]
            found.setdefault(name, (set(), {}))[1][place] = number_of(row.closed_on)
        for use in self.session.scalars(select(PermitUse).where(PermitUse.permit_id.in_(of))):
            name, place = of[use.permit_id]
            arrival, animal = self._events[use.journal_id][1], self._animals[use.animal_id]
            found[name][0].add(Use(arrival, animal[1], place, use.heads))
        return found

    def statuses_of_places(self) -> dict[tuple[str, int], set[Spell]]:
        """Return the statuses of every place of the histories that has had one."""
        found = self._spells(Status.premises_id, keys(self.session, list(self.places)))
        return {self.places[key]: spells for key, spells in found.items()}

    def _spells(self, owner: Any, wanted: Any) -> dict[int, set[Spell]]:
        found: dict[int, set[Spell]] = defaultdict(set)
        for key, one in self.session.execute(select(owner, Status).where(owner.in_(wanted))):
            spell = Spell(one.kind, number_of(one.since), number_of(one.until))
            found[key].add(spell)
        return found

    def _place(self, key: int | None) -> int | None:
        return None if key is None else self.places[key][1]

    def answers(
        self, told: Sequence[tuple[Told, int]], day: int, *, slaughter: bool
    ) -> Iterator[tuple[Told, int, Answer]]:
        """Answer for animals whether they may move on a day, or be slaughtered where they are."""
        numbers = tuple(animal_key(one, animal) for one, animal in told)
        question = Question(numbers, day_of(day), slaughter=slaughter)
        for (one, animal), answer in zip(
            told, decide(self.session, question, NO_PERMITS), strict=True
        ):
            at = self._place(answer.item.position.at)
            bars = frozenset(bar.reason.value for bar in answer.decision.reasons)
            yield one, animal, Answer(day, slaughter, at, bars)

    def chain(
        self, told: Told, root: int, days: tuple[int, int], *, outgoing: bool
    ) -> dict[int, int]:
        """Return a contact chain: premises, and the day on which each is reached."""
        direction = Direction.OUTGOING if outgoing else Direction.INGOING
        window = TraceWindow(*map(day_of, days))
        found = reach(self.session, self._places[told.name, root], window, direction)
        return {self.places[place][1]: (one.day - FIRST_DAY).days for place, one in found.items()}

    def companions(
        self, told: Told, animal: int, days: tuple[float, float]
    ) -> set[tuple[int, int]]:
        """Return each animal that was together with one within some days, and where."""
        window = TraceWindow(*(_date_of(day) for day in days))
        (life,) = read_lives(self.session, [self.animals[told.name, animal]])
        of = {animal_key(told, other): other for other in told.history.animals}
        return {
            (of[one.animal], self.places[stay.premises][1])
            for one in companions_of(self.session, life, window)
            for stay in one.shared
            if stay.premises is not None
        }

    def known(
        self, told: Told, animal: int, turns: int
    ) -> tuple[int | None, int | None, int | None]:
        """Return owner, heads and end of an animal as known after some turns."""
        at = TOLD_AT + timedelta(minutes=turns - 1, seconds=30)
        state = animal_history(self.session, animal_key(told, animal), AsOf(None, at)).state
        owner = None if state.owner_id is None else self._books.owners.get(state.owner_id)
        return owner, state.head_count, number_of(state.ended_on)
