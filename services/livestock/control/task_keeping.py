"""Tasks of livestock that the clock opens, and ends where their cause is gone."""

import json
from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, exists, func, select
from sqlalchemy.orm import Session

from services.livestock.control.task_sources import (
    AWAITED,
    FORGOTTEN,
    OVERDUE,
    STILL_OPEN,
    WORTH_A_LOOK,
    TaskPlace,
    flag_task,
    open_permit_task,
)
from services.livestock.domain.permits import PermitState
from services.livestock.domain.statuses import BY_STANDING, SICK_DAYS
from services.messaging.inbox_rules import Service
from services.messaging.tasks.chores import TaskChore, do_chores
from services.messaging.tasks.model import NewTask, Source, TaskKind
from services.messaging.tasks.opening import open_task
from services.messaging.tasks.settling import settling
from services.storage.database import Database
from services.storage.locks import require_one_writer
from services.storage.models import (
    Animal,
    Flag,
    Journal,
    Movement,
    Party,
    Permit,
    Premises,
    Status,
    TaskSource,
)
from services.storage.rowsets import keys
from sms.local_time import local_day

_AT_ONCE = 200
_A_WHILE = timedelta(minutes=10)
_WRITTEN_MEANWHILE = 10_000
"""Events whose numbers may be lower than one that is written already, and that are not yet."""
_UNLISTED = and_(
    WORTH_A_LOOK,
    ~exists().where(
        TaskSource.journal_id == Flag.journal_id, TaskSource.kind == TaskKind.FLAG.value
    ),
)
_UNDECIDED_PERMIT = and_(
    Permit.state == PermitState.ASKED.value, ~exists().where(TaskSource.permit_id == Permit.id)
)


class LivestockTasks:
    """Tasks of livestock that the clock opens, and ends where their cause is gone; one worker's.

    It remembers where it looked. A country has millions of flags, each with its task: each time
    those since the last one are looked at, and all in a while, for what comes late may flag what is
    old. So are movements, which a day makes overdue.
    """

    def __init__(self) -> None:
        self._looked_at: datetime | None = None
        self._flags_from = 0

    def keep(self, database: Database, now: datetime) -> None:
        """Open the tasks of what has none, and end those whose cause is gone."""
        whole = self._must_look_at_all(now)
        since = 0 if whole else self._flags_from - _WRITTEN_MEANWHILE
        with database.read() as session:
            newest = session.scalar(select(func.max(Flag.journal_id))) or 0
        found: Sequence[int] = ()

        def find_flags(session: Session, _now: datetime) -> Sequence[int]:
            nonlocal found
            found = _find_flags(since, session)
            return found

        overdue = [TaskChore(_find_overdue, _open_overdue)] if whole else []
        do_chores(database, [TaskChore(find_flags, _open_flags), *_CHORES, *overdue], now)
        self._flags_from = found[0] if found else newest
        if whole:
            self._looked_at = now

    def _must_look_at_all(self, now: datetime) -> bool:
        last = self._looked_at
        # The clock may have been set back since.
        if last is None or not last <= now < last + _A_WHILE:
            return True
        return local_day(last) != local_day(now)


def _find_flags(since: int, session: Session) -> Sequence[int]:
    rows = select(Flag.journal_id).where(_UNLISTED, Flag.journal_id >= since)
    found = session.scalars(rows.order_by(Flag.journal_id).limit(_AT_ONCE))
    return list(dict.fromkeys(found))


def _open_flags(session: Session, found: Sequence[int], now: datetime) -> None:
    require_one_writer(session)
    rows = session.execute(
        select(Journal.id, Flag.code, Journal.content)
        .join(Journal, Journal.id == Flag.journal_id)
        .where(_UNLISTED, Flag.journal_id.in_(keys(session, found)))
        .order_by(Flag.journal_id)
    ).all()
    records = {row.id: _read(row.content) for row in rows}
    codes = {row.id: row.code for row in reversed(rows)}
    places, parties = (
        _premises_of(session, records.values()),
        _parties_of(session, records.values()),
    )
    for journal_id, record in records.items():
        where = places.get(_place_in(record), TaskPlace(None, None))
        where = where._replace(party_id=parties.get(record.get("reporter", "")))
        new = flag_task(where, codes[journal_id])
        open_task(session, new, [Source(journal_id)], now)


def _find_permits(session: Session, _now: datetime) -> Sequence[int]:
    return sorted(session.scalars(select(Permit.id).where(_UNDECIDED_PERMIT)))[:_AT_ONCE]


def _open_permits(session: Session, found: Sequence[int], now: datetime) -> None:
    require_one_writer(session)
    asked = select(Permit).where(_UNDECIDED_PERMIT, Permit.id.in_(keys(session, found)))
    for row in session.scalars(asked.order_by(Permit.id)).all():
        open_permit_task(session, row, now, told=False)


def _overdue(today: date) -> ColumnElement[bool]:
    return and_(
        Movement.arrived_on.is_(None),
        # The receiver is asked in the evening of the day before.
        Movement.departed_on.between(today - FORGOTTEN, today - OVERDUE - timedelta(days=1)),
        Movement.departure_id.is_not(None),
        Animal.id == Movement.animal_id,
        Animal.ended_on.is_(None),
        Premises.id == Movement.destination_id,
        ~exists().where(
            TaskSource.journal_id == Movement.departure_id,
            TaskSource.kind == TaskKind.OVERDUE.value,
        ),
    )


def _find_overdue(session: Session, now: datetime) -> Sequence[int | None]:
    found = select(Movement.departure_id).where(_overdue(local_day(now))).distinct()
    return session.scalars(found.order_by(Movement.departure_id).limit(_AT_ONCE)).all()


def _open_overdue(session: Session, found: Sequence[int], now: datetime) -> None:
    """Open the tasks of departures that nobody says arrived, one for each departure."""
    require_one_writer(session)
    rows = session.execute(
        select(Movement.departure_id, Premises.id, Premises.province, Premises.keeper_id)
        .distinct()
        .where(_overdue(local_day(now)), Movement.departure_id.in_(keys(session, found)))
        .order_by(Movement.departure_id)
    ).all()
    for departure, place, province, keeper in rows:
        new = NewTask(
            TaskKind.OVERDUE,
            Service.LIVESTOCK,
            f"overdue\0{departure}",
            province,
            party_id=keeper,
            premises_id=place,
        )
        open_task(session, new, [Source(departure)], now)


def _unanswered(today: date) -> ColumnElement[bool]:
    return and_(
        AWAITED,
        Status.since <= today - SICK_DAYS,
        Journal.id == Status.source_id,
        Journal.type.in_([one.value for one in BY_STANDING]),
        ~exists().where(
            TaskSource.journal_id == Status.source_id, TaskSource.kind == TaskKind.SAMPLE.value
        ),
    )


def _find_unanswered(session: Session, now: datetime) -> Sequence[int]:
    found = select(Status.source_id).where(_unanswered(local_day(now))).distinct()
    return session.scalars(found.order_by(Status.source_id).limit(_AT_ONCE)).all()


def _open_unanswered(session: Session, found: Sequence[int], now: datetime) -> None:
    """Open the tasks of places whose pigs wait for a result longer than they had waited without."""
    require_one_writer(session)
    rows = session.execute(
        select(Journal.id, Journal.content)
        .distinct()
        .where(_unanswered(local_day(now)), Status.source_id.in_(keys(session, found)))
        .order_by(Journal.id)
    ).all()
    records = {row.id: _read(row.content) for row in rows}
    places = _premises_of(session, records.values())
    for journal_id, record in records.items():
        where = places.get(_place_in(record), TaskPlace(None, None))
        new = NewTask(
            TaskKind.SAMPLE,
            Service.LIVESTOCK,
            f"sample\0{where.premises_id or journal_id}",
            where.province,
            premises_id=where.premises_id,
        )
        open_task(session, new, [Source(journal_id)], now)


def _read(content: bytes | None) -> dict[str, Any]:
    record: dict[str, Any] = json.loads(content) if content else {}
    return record


def _place_in(record: dict[str, Any]) -> str:
    near = next((record[role] for role in ("at", "from", "to") if role in record), None)
    return str(near["premises"]) if near else ""


def _premises_of(session: Session, records: Iterable[dict[str, Any]]) -> dict[str, TaskPlace]:
    named = {UUID(one) for record in records if (one := _place_in(record))}
    rows = session.execute(
        select(Premises.public_id, Premises.id, Premises.province).where(
            Premises.public_id.in_(named)
        )
    )
    return {str(row.public_id): TaskPlace(row.id, row.province) for row in rows}


def _parties_of(session: Session, records: Iterable[dict[str, Any]]) -> dict[str, int]:
    named = {UUID(record["reporter"]) for record in records if "reporter" in record}
    rows = session.execute(select(Party.public_id, Party.id).where(Party.public_id.in_(named)))
    return {str(row.public_id): row.id for row in rows}


_CHORES = (
    TaskChore(_find_permits, _open_permits),
    TaskChore(_find_unanswered, _open_unanswered),
    *settling(STILL_OPEN),
)
