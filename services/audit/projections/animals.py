"""Animals, their movements, checks and flags, against the fold over their events."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import InstrumentedAttribute, Session

from services.audit.findings import AuditReport
from services.audit.projections.common import compare_columns, each_apart, portions, wrong
from services.audit.projections.descent import Descents
from services.audit.projections.numbers import (
    Numbers,
    compare_given,
    compare_numbers,
    read_numbers,
    read_taken,
)
from services.livestock.domain.consequences import OF_NUMBERS
from services.livestock.domain.events import registration_of
from services.livestock.domain.model import EventType, FlagCode, Key
from services.livestock.domain.statuses import OF_PLACES, Status, statuses_of_place
from services.livestock.recording.projection import (
    JUDGED,
    MOVE_COLUMNS,
    check_row,
    move_values,
    source_rows,
    state_row,
)
from services.livestock.recording.replay import History, histories, place_events, replay
from services.livestock.recording.side_effects import NUMBERED
from services.livestock.recording.statuses import status_row, status_values
from services.storage.models import (
    Animal,
    Check,
    Correction,
    Flag,
    Journal,
    LedgerLeaf,
    Movement,
    PorkSource,
    Premises,
)
from services.storage.models import Status as StatusRow
from services.storage.rowsets import keys

_Tuples = Mapping[int, Counter[tuple[Any, ...]]]
_MOVE = tuple(MOVE_COLUMNS.values())
_CHECK = ("journal_id", "premises_id", "permit_id", "purpose", "outcome")
_FLAG = ("journal_id", "code")


@dataclass(slots=True)
class _Stored:
    """Rows of some animals besides their own, by database key."""

    moves: _Tuples
    checks: _Tuples
    flags: _Tuples
    numbers: Mapping[int, Numbers]
    taken: AbstractSet[int]
    descents: Descents
    statuses: Mapping[int, Sequence[tuple[Any, ...]]]
    corrected: AbstractSet[int]
    sources: Mapping[int, AbstractSet[tuple[str, str]]]


def compare_animals(session: Session, report: AuditReport) -> None:
    """Fold the events of each animal, and compare what comes of it with what is stored."""
    rows = select(*Animal.__table__.c)
    each_apart(session, report, portions(session, rows, Animal.id), _compare_some)


def _compare_some(session: Session, rows: Sequence[Any], report: AuditReport) -> None:
    told = histories(session, [Key(row.scheme, row.value) for row in rows])
    ids = [row.id for row in rows]
    numbers = read_numbers(session, ids)
    named = [told[Key(row.scheme, row.value)] for row in rows]
    stored = _Stored(
        _tuples(session, Movement, _MOVE, ids),
        _tuples(session, Check, _CHECK, ids),
        _tuples(session, Flag, _FLAG, ids),
        numbers,
        read_taken(session, named, [numbers[one] for one in ids]),
        Descents(session, told.values()),
        _statuses(session, StatusRow.animal_id, ids),
        _corrected(session, told.values()),
        _sources(session, ids),
    )
    for row in rows:
        history = told[Key(row.scheme, row.value)]
        name = f"{row.scheme}:{row.value}"
        if not history.events and not history.erased:
            wrong(report, f"animal {name}", "no event names it")
        else:
            _compare_one(row, history, stored, report)


def _compare_one(row: Any, history: History, stored: _Stored, report: AuditReport) -> None:  # noqa: ANN401 — a row
    name = f"{row.scheme}:{row.value}"
    state, flags = replay(history, row.kind)
    compare_columns(report, f"animal {name}", row._mapping, state_row(state))  # noqa: SLF001 — its public name
    stored.descents.compare(row, history, report)
    numbers = Key(row.scheme, row.value), history, stored.numbers[row.id], stored.taken
    if history.erased & NUMBERED:
        # Numbers outlive an erasure; the events that gave or lost them may be erased.
        compare_given(*numbers, report)
        report.not_comparable.append(f"numbers of animal {name}")
    else:
        compare_numbers(*numbers, report)
    if Counter(map(move_values, state.moves)) != stored.moves[row.id]:
        wrong(report, f"movement of {name}", "its movements are not those of its events")
    if _values_of(state.statuses) != stored.statuses.get(row.id, []):
        wrong(report, f"status of {name}", "its statuses are not those of its events")
    named = source_rows({row.id: registration_of(history.in_force)})
    if {(one["scheme"], one["value"]) for one in named} != stored.sources.get(row.id, set()):
        wrong(report, f"pork_source of {name}", "its pigs are not those of its registration")
    if _checks(history) != stored.checks[row.id]:
        wrong(report, f"check_made of {name}", "its checks are not those of its events")
    without = {event.journal_id for event in history.events if event.evidence}
    if without != stored.corrected & {event.journal_id for event in history.events}:
        wrong(report, f"correction of {name}", "events without effect are not those of its events")
    if not _flags_fit(history, flags, stored.flags[row.id]):
        wrong(report, f"flag of {name}", "its flags are not those of its events")


def _corrected(session: Session, told: Iterable[History]) -> AbstractSet[int]:
    """Return which events the tables know as without effect; void ones are in no history."""
    events = {event.journal_id for history in told for event in history.events}
    wanted = select(Correction.journal_id).where(Correction.journal_id.in_(keys(session, events)))
    return set(session.scalars(wanted))


def _sources(session: Session, wanted: Iterable[int]) -> Mapping[int, AbstractSet[tuple[str, str]]]:
    found = defaultdict[int, set[tuple[str, str]]](set)
    rows = session.execute(
        select(PorkSource.consignment_id, PorkSource.scheme, PorkSource.value).where(
            PorkSource.consignment_id.in_(keys(session, wanted))
        )
    )
    for animal, scheme, value in rows:
        found[animal].add((scheme, value))
    return found


def _statuses(
    session: Session, owner: InstrumentedAttribute[int | None], wanted: Iterable[int]
) -> dict[int, list[tuple[Any, ...]]]:
    found = defaultdict[int, list[tuple[Any, ...]]](list)
    for key, values in status_values(session, owner, wanted):
        found[key].append(values)
    return found


def _values_of(statuses: Iterable[Status]) -> list[tuple[Any, ...]]:
    return [tuple(status_row(one).values()) for one in statuses]


def compare_places(session: Session, report: AuditReport) -> None:
    """Fold the events of each place that has statuses or had results, and compare."""
    marked = select(StatusRow.premises_id).where(StatusRow.premises_id.is_not(None))
    told = (
        select(Premises.id)
        .join(LedgerLeaf, LedgerLeaf.subject == Premises.subject_key)
        .join(Journal, Journal.id == LedgerLeaf.journal_id)
        .where(Journal.type.in_([kind.value for kind in OF_PLACES]))
    )
    rows = select(Premises.id, Premises.public_id, Premises.subject_key).where(
        Premises.id.in_(marked.union(told))
    )
    each_apart(session, report, portions(session, rows, Premises.id), _compare_places)


def _compare_places(session: Session, rows: Sequence[Any], report: AuditReport) -> None:
    told = place_events(session, [row.subject_key for row in rows])
    stored = _statuses(session, StatusRow.premises_id, [row.id for row in rows])
    for row in rows:
        made = statuses_of_place(told.get(row.subject_key, ())).statuses
        if _values_of(made) != stored.get(row.id, []):
            what = f"status of premises {row.public_id}"
            wrong(report, what, "its statuses are not those of its events")


def _checks(history: History) -> Counter[tuple[Any, ...]]:
    made = (check_row(0, event) for event in history.in_force if event.type is EventType.CHECK)
    return Counter(tuple(row[name] for name in _CHECK) for row in made)


def _flags_fit(
    history: History, flags: Sequence[tuple[int, FlagCode]], stored: Counter[tuple[Any, ...]]
) -> bool:
    """Check that flags are those of the fold, and those of orders and numbers are of their types.

    What orders had against a movement followed from where its places lie, which no record tells;
    what was wrong with a tag followed from who kept which place. How long a standstill lasts is a
    setting.
    """
    counted = {event.journal_id: event.type for event in history.in_force}
    every = {event.journal_id: event.type for event in history.events}
    apart = {**JUDGED, FlagCode.LEFT_IN_STANDSTILL: frozenset({EventType.DEPART})}
    judged = {flag for flag in stored if flag[1] in apart}
    expected = Counter((journal_id, code.value) for journal_id, code in flags if code not in apart)
    # A tag is looked at in evidence, too: whoever decides on it must know.
    fits = all(
        (every if code in OF_NUMBERS else counted).get(journal_id) in apart[FlagCode(code)]
        for journal_id, code in judged
    )
    return fits and Counter(stored.keys() - judged) == expected


def _tuples(
    session: Session,
    table: type[Movement | Check | Flag],
    columns: Sequence[str],
    animals: Iterable[int],
) -> _Tuples:
    found: defaultdict[int, Counter[tuple[Any, ...]]] = defaultdict(Counter)
    rows = session.execute(
        select(table.animal_id, *(getattr(table, name) for name in columns)).where(
            table.animal_id.in_(keys(session, animals))
        )
    )
    for animal, *values in rows:
        found[animal][tuple(values)] += 1
    return found
