"""Trials: design, seed and allocations in the database, against the events that say them.

1. The newest opening of each trial tells the design and the digest of the seed that its row holds,
   and each closing the seed, which gives that digest.
2. Each allocation gives the digest that its event tells; each has an event, and each event a row.
3. No allocation stands on the ledger before the opening.
4. The arm of a course is that of its person's allocation.
5. Once the seed is known: each place is the next of its stratum, and its arm the one drawn for it.
"""

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from hashlib import sha256
from typing import Any, NamedTuple

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session

from chain.canonical import canonical_bytes
from services.audit.findings import AuditReport, Difference
from services.health.trials.allocating import digest_of
from services.health.trials.drawing import Slot, TrialPlace, arm_at, next_slot
from services.health.versions.trials import (
    ALLOCATED,
    CLOSED,
    OPENED,
    TRIAL,
    TrialName,
)
from services.storage.models import Journal, LedgerLeaf, Subscription, TrialAllocation, TrialRow
from sms.local_time import local_day

_CHUNK = 1_000


class _Event(NamedTuple):
    journal_id: int
    place: int | None
    details: Mapping[str, Any]


Events = Mapping[str, list[_Event]]


def compare_trials(session: Session, report: AuditReport, programme: str | None = None) -> None:
    """Compare trials with the journal, of one programme or of all."""
    told = _events(session)
    rows = {
        TrialName(row.programme, row.code): row for row in session.execute(select(*_TRIAL)).all()
    }
    for name in sorted(told.keys() | rows.keys()):
        if programme not in {None, name.programme}:
            continue
        if name not in rows:
            place = told[name][OPENED][-1].place if told[name][OPENED] else None
            report.add(Difference.MISSING_IN_DATABASE, place, f"trial {name}: its events alone")
        else:
            _compare(session, report, name, (rows[name], told.get(name, defaultdict(list))))
    if told or rows:
        _compare_courses(session, report, programme)


# Columns, so that a sealed seed is never opened: an audit needs no key.
_TRIAL = (
    TrialRow.id,
    TrialRow.programme,
    TrialRow.code,
    TrialRow.design,
    TrialRow.seed_digest,
    TrialRow.journal_id,
    TrialRow.closed_at,
    TrialRow.closing_id,
    TrialRow.revealed,
)


def _events(session: Session) -> dict[TrialName, defaultdict[str, list[_Event]]]:
    """Return the events of each trial by action, in the order of the journal."""
    found: dict[TrialName, defaultdict[str, list[_Event]]] = {}
    wanted = (
        select(Journal.id, Journal.content, LedgerLeaf.index.label("place"))
        .outerjoin(LedgerLeaf, LedgerLeaf.journal_id == Journal.id)
        .where(Journal.type == TRIAL)
        .order_by(Journal.id)
    )
    for row in session.execute(wanted, execution_options={"yield_per": _CHUNK}):
        try:
            record = json.loads(row.content)
            details, subject = record["details"], record["subjects"][0]
            named = subject.get("value") or subject["id"].partition("/")[0]
            name, action = TrialName(str(named), str(details["trial"])), str(details["action"])
        except (LookupError, TypeError, ValueError, AttributeError, RecursionError):
            # What no program wrote: the comparison with the chain finds it.
            continue
        event = _Event(row.id, row.place, details)
        found.setdefault(name, defaultdict(list))[action].append(event)
    return found


def _compare(
    session: Session, report: AuditReport, name: TrialName, both: tuple[Any, Events]
) -> None:
    row, told = both
    if not told[OPENED]:
        report.add(Difference.MISSING_ON_CHAIN, None, f"trial {name}: no event opens it")
        return
    opened = told[OPENED][-1]
    said = (canonical_bytes(opened.details["design"]), opened.details["seed_digest"])
    if (row.design, row.seed_digest.hex(), row.journal_id) != (*said, opened.journal_id):
        report.add(
            Difference.ALTERED, opened.place, f"trial {name}: design or seed is not as recorded"
        )
    _compare_closing(report, name, row, told)
    _compare_order(report, name, opened, told[ALLOCATED])
    allocations = session.scalars(
        select(TrialAllocation)
        .where(TrialAllocation.trial_id == row.id)
        .order_by(TrialAllocation.number)
    ).all()
    _compare_allocations(report, name, allocations, told[ALLOCATED])
    if row.revealed is not None:
        design = opened.details["design"]
        _compare_draws(report, name, allocations, (bytes.fromhex(row.revealed), design))


def _compare_closing(report: AuditReport, name: TrialName, row: Any, told: Events) -> None:  # noqa: ANN401 — a row
    closed = told[CLOSED][-1] if told[CLOSED] else None
    if closed is None:
        if row.closed_at is not None or row.revealed is not None:
            report.add(Difference.MISSING_ON_CHAIN, None, f"trial {name}: no event closes it")
        return
    if (row.closing_id, row.revealed) != (closed.journal_id, closed.details["seed"]):
        report.add(Difference.ALTERED, closed.place, f"trial {name}: its end is not as recorded")
    seed = bytes.fromhex(closed.details["seed"])
    if sha256(seed).hexdigest() != told[OPENED][-1].details["seed_digest"]:
        report.add(
            Difference.ALTERED, closed.place, f"trial {name}: the seed is not the one promised"
        )


def _compare_order(
    report: AuditReport, name: TrialName, opened: _Event, allocated: Sequence[_Event]
) -> None:
    for event in allocated:
        before = event.journal_id < opened.journal_id
        if event.place is not None and opened.place is not None:
            before |= event.place < opened.place
        if before or (event.place is not None and opened.place is None):
            number = event.details.get("number")
            report.add(
                Difference.REORDERED,
                event.place,
                f"trial {name}: person {number} was allocated before the seed was recorded",
            )


def _compare_allocations(
    report: AuditReport,
    name: TrialName,
    rows: Sequence[TrialAllocation],
    events: Sequence[_Event],
) -> None:
    told = {event.details["number"]: event for event in events}
    if len(told) < len(events):
        report.add(Difference.ALTERED, None, f"trial {name}: a place was given twice")
    there = {row.number: row for row in rows}
    for number in sorted(told.keys() | there.keys()):
        event, row = told.get(number), there.get(number)
        what = f"trial {name}: allocation {number}"
        if event is None:
            report.add(Difference.MISSING_ON_CHAIN, None, f"{what}: no event tells it")
        elif row is None:
            report.add(
                Difference.MISSING_IN_DATABASE, event.place, f"{what}: its event alone tells it"
            )
        elif digest_of(name, row) != event.details["digest"]:
            report.add(Difference.ALTERED, event.place, f"{what} is not as recorded")


def _compare_draws(
    report: AuditReport,
    name: TrialName,
    rows: Sequence[TrialAllocation],
    drawn: tuple[bytes, Mapping[str, Any]],
) -> None:
    """Compute every allocation again from the seed and the order of enrolment."""
    seed, design = drawn
    last: dict[str, Slot] = {}
    for row in rows:
        at = next_slot(seed, design, row.stratum, last.get(row.stratum))
        last[row.stratum] = at
        place = TrialPlace(row.stratum, at, _day(row.allocated_at))
        if (row.block, row.slot, row.arm) != (*at, arm_at(seed, design, place)):
            report.add(
                Difference.ALTERED, None, f"trial {name}: allocation {row.number} was not drawn so"
            )


def _day(at: datetime) -> date:
    return local_day(at)


def _compare_courses(session: Session, report: AuditReport, programme: str | None) -> None:
    """Compare the arm of each course, which decides its texts, with its person's allocations."""
    arms: dict[int, str | None] = {}
    drawn: defaultdict[int, set[str | None]] = defaultdict(set)
    for key, arm, allocated in _courses(session, programme):
        arms[key] = arm
        drawn[key].add(allocated)
    for key, arm in arms.items():
        if arm not in drawn[key]:
            report.add(
                Difference.ALTERED, None, f"course {key} has another arm than its allocation"
            )


def _courses(
    session: Session, programme: str | None
) -> Iterator[tuple[int, str | None, str | None]]:
    """Yield courses with an arm, or of people who were allocated before, and what was drawn."""
    theirs = and_(
        TrialAllocation.person_id == Subscription.person_id,
        TrialRow.programme == Subscription.programme,
    )
    in_time = and_(
        Subscription.activated_at >= TrialAllocation.allocated_at,
        or_(TrialRow.closed_at.is_(None), Subscription.activated_at < TrialRow.closed_at),
    )
    drawn = select(TrialAllocation.arm).join(TrialRow, TrialRow.id == TrialAllocation.trial_id)
    wanted = (
        select(Subscription.id, Subscription.arm, TrialAllocation.arm)
        .outerjoin(TrialAllocation, TrialAllocation.person_id == Subscription.person_id)
        .outerjoin(TrialRow, TrialRow.id == TrialAllocation.trial_id)
        .where(
            or_(TrialRow.id.is_(None), theirs),
            or_(Subscription.arm.is_not(None), and_(drawn.where(theirs).exists(), in_time)),
        )
        .order_by(Subscription.id)
    )
    if programme is not None:
        wanted = wanted.where(Subscription.programme == programme)
    for row in session.execute(wanted, execution_options={"yield_per": _CHUNK}):
        yield row[0], row[1], row[2]
