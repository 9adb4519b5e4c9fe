"""Texts about tasks: those that nobody was told of, and those that wait too long.

A late task goes to others of the province, then to officers of the region, then of the whole
country. Each person gets one text about all of them, with their number and the oldest: of new
tasks one a day, of late ones one in an hour, and nothing at night but of alarms and concerns.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from services.core.geography import zone_of
from services.core.roles import Role
from services.messaging.inbox_rules import Service
from services.messaging.offices import OfficeHolder, reachable_holders, texted_about
from services.messaging.outbox import OutboundMessage, SendOptions, enqueue_messages
from services.messaging.postings import Posting, postings_of
from services.messaging.tasks.model import (
    NEIGHBOURS,
    NEVER_CROWDED,
    READS,
    TIME_OF,
    WORKERS,
    EntryKind,
    Level,
    TaskKind,
    TaskStep,
)
from services.messaging.tasks.opening import add_entry
from services.messaging.tasks.wording import province_of, since_of, what_of
from services.messaging.tasks.work import release, still_on_duty
from services.storage.locks import require_one_writer
from services.storage.models import Party, Task
from services.storage.rowsets import keys
from services.texts.catalogue import language_of, say
from sms.message import Kind

PURPOSE = "task"
_LIFE = _DAY = timedelta(days=1)
_AT_ONCE = 500
_WAKING = range(7, 19)
_NEWS, _LATE = "task.news", "task.late"
_OF_NOBODY = (
    select(Task)
    .join(Party, Party.id == Task.owner_id)
    .where(Task.closed_at.is_(None), Party.role.not_in([role.value for role in READS]))
)
"""Open tasks whose owners hold no office any more."""


class _Duty(NamedTuple):
    """A reachable holder of an office, and the programmes and provinces of a clinician."""

    holder: OfficeHolder
    postings: Sequence[Posting]


class _Round(NamedTuple):
    """Holders on duty, those of them who have had their text of the period, and the time."""

    duties: Sequence[_Duty]
    served: AbstractSet[int]
    now: datetime


_Told = Iterable[tuple[OfficeHolder, list[Task]]]


def has_anything_to_tell(session: Session, now: datetime) -> bool:
    """Tell whether `tell_and_pass_on` may have something to do."""
    left = session.scalars(_OF_NOBODY.limit(1)).first()
    return bool(left or _new(session, now) or _late(session, now))


def tell_and_pass_on(session: Session, now: datetime) -> None:
    """Text those on duty about new tasks and late ones; the clock calls it."""
    require_one_writer(session)
    _release_left(session, now)
    new, late = _new(session, now), _late(session, now)
    if not new and not late:
        return
    roles = {WORKERS[Service(row.service)] for row in (*new, *late)}
    duties = [duty for role in sorted(roles) for duty in _on_duty(session, role)]
    texts: list[OutboundMessage] = []
    for sentence, period, choose, rows in (
        (_NEWS, f"{now:%Y-%m-%d}", _tell, new),
        (_LATE, str(int(now.timestamp() // 3600)), _pass_on, late),
    ):
        about = f"{sentence}\0{period}"
        told = choose(session, rows, _Round(duties, _served(session, duties, about), now))
        texts += _texts(told, sentence, about)
    options = SendOptions(PURPOSE, now, now + _LIFE, Kind.URGENT, office=True)
    enqueue_messages(session, texts, options)
    session.flush()


def _release_left(session: Session, now: datetime) -> None:
    """Free the tasks of owners who hold no office any more: somebody else is told at once."""
    for row in session.scalars(_OF_NOBODY.order_by(Task.id)).all():
        release(session, row, now)


def _served(session: Session, duties: Iterable[_Duty], about: str) -> set[int]:
    """Return those who have had a text about this already."""
    return {one.party_id for one in texted_about(session, [duty.holder for duty in duties], about)}


def _new(session: Session, now: datetime) -> Sequence[Task]:
    return _some_of_each(session, Task.told_at.is_(None), (Task.id,), now)


def _late(session: Session, now: datetime) -> Sequence[Task]:
    """Return the tasks that are due, without what nobody can be woken for."""
    return _some_of_each(session, Task.due_at <= now, (Task.due_at, Task.id), now)


def _some_of_each(
    session: Session,
    which: ColumnElement[bool],
    order: Sequence[InstrumentedAttribute[Any]],
    now: datetime,
) -> Sequence[Task]:
    """Return the first open tasks of those that reach the same people, then their second ones.

    Tasks of a night or of an office that nobody holds wait long: they keep no others waiting.
    """
    alike = (Task.service, Task.programme, Task.province, Task.kind, Task.level)
    place = func.row_number().over(partition_by=alike, order_by=order).label("place")
    told = select(Task.id, Task.kind, Task.province, place)
    placed = told.where(Task.closed_at.is_(None), which).subquery()
    first = select(placed).where(placed.c.place <= _AT_ONCE).order_by(placed.c.place, placed.c.id)
    found = session.execute(first).all()
    wanted = [row.id for row in found if _may_text(row.kind, row.province, now)][:_AT_ONCE]
    rows = select(Task).where(Task.id.in_(keys(session, wanted))).order_by(*order)
    return session.scalars(rows).all() if wanted else []


def _may_text(kind: str, province: str | None, now: datetime) -> bool:
    here = now.astimezone(ZoneInfo(zone_of(province)))
    return TaskKind(kind) in NEVER_CROWDED or here.hour in _WAKING


def _on_duty(session: Session, role: Role) -> Iterator[_Duty]:
    for holder in reachable_holders(session, Party.role == role.value):
        postings = postings_of(session, holder.party_id) if role is Role.CLINICIAN else ()
        yield _Duty(holder, postings)


def _tell(session: Session, rows: Sequence[Task], those: _Round) -> _Told:
    """Choose who is told of new tasks, and note that they were; the others wait for tomorrow."""
    told: defaultdict[OfficeHolder, list[Task]] = defaultdict(list)
    for row in rows:
        _, holders = _reached(row, those.duties, Level.HERE)
        free = [one for one in holders if one.party_id not in those.served]
        for holder in free:
            told[holder].append(row)
        if free:
            row.told_at = those.now
            add_entry(session, row, TaskStep(EntryKind.TOLD, those.now))
    return told.items()


def _pass_on(session: Session, rows: Sequence[Task], those: _Round) -> _Told:
    """Pass late tasks on by a level, and choose who is told of them; the others wait an hour."""
    told: defaultdict[OfficeHolder, list[Task]] = defaultdict(list)
    for row in rows:
        if row.owner_id is not None and not still_on_duty(session, row):
            release(session, row, those.now)
        level, holders = _reached(row, those.duties, Level(min(row.level + 1, Level.COUNTRY)))
        free = [one for one in holders if one.party_id not in those.served]
        if holders and not free:
            continue
        time = TIME_OF[TaskKind(row.kind)]
        row.due_at = those.now + (time if level < Level.COUNTRY else max(time, _DAY))
        row.level = level.value
        row.told_at = row.told_at or (those.now if free else None)
        add_entry(session, row, TaskStep(EntryKind.PASSED_ON, those.now))
        for holder in free:
            told[holder].append(row)
    return told.items()


def _reached(row: Task, duties: Sequence[_Duty], level: Level) -> tuple[Level, list[OfficeHolder]]:
    """Return who is told of a task at a level, or at the next where nobody is, with the level."""
    service = Service(row.service)
    mine = [one for one in duties if one.holder.role == WORKERS[service]]
    for reach in range(level, Level.COUNTRY + 1):
        found = [one.holder for one in mine if _is_reached(one, row, Level(reach))]
        others = [one for one in found if one.party_id != row.owner_id]
        if others:
            return Level(reach), others
    # Where nobody is left, those of all provinces; never of another programme.
    return Level.COUNTRY, [] if service is Service.HEALTH else [one.holder for one in mine]


def _is_reached(duty: _Duty, row: Task, level: Level) -> bool:
    if row.service == Service.HEALTH:
        codes = frozenset([row.programme] if row.programme else ())
        return any(one.covers(codes, row.province) for one in duty.postings)
    province = duty.holder.province
    if level is Level.NEIGHBOURS:
        return province in NEIGHBOURS.get(row.province or "", frozenset())
    if level is Level.COUNTRY:
        return province is None
    return province == row.province


def _texts(told: _Told, sentence: str, about: str) -> Iterator[OutboundMessage]:
    for holder, rows in told:
        oldest = min(rows, key=lambda row: row.made_at)
        language = language_of(holder.language)
        text = say(
            sentence,
            language,
            count=len(rows),
            task=oldest.number,
            why=what_of(oldest, language),
            province=province_of(oldest, language),
            since=since_of(oldest, language),
        )
        name = f"{about}\0{holder.public_id}"
        yield OutboundMessage(holder.number, holder.number_index, text, name)
