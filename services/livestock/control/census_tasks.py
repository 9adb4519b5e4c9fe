"""Tasks of censuses: keepers of an area who are silent, and counts that contradict the book.

One task stands for an area, a ward as far as it is known, and not for each keeper of it.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial
from itertools import groupby
from typing import NamedTuple

from sqlalchemy import ColumnElement, and_, exists, select, update
from sqlalchemy.orm import Session

from services.core.roles import Role
from services.livestock.control.census_results import UNANSWERED
from services.livestock.domain.census import CensusState
from services.livestock.domain.model import Scheme
from services.livestock.recording.short_numbers import name_premises
from services.messaging.helpers import HelperKind
from services.messaging.inbox_rules import Service
from services.messaging.offices import reachable_holders
from services.messaging.outbox import OutboundMessage, SendOptions, enqueue_messages
from services.messaging.tasks.chores import TaskChore, do_chores
from services.messaging.tasks.model import (
    EntryKind,
    NewTask,
    Outcome,
    Source,
    TaskEnd,
    TaskKind,
    TaskStep,
)
from services.messaging.tasks.opening import add_entry, open_task
from services.messaging.tasks.settling import end_task, find_over
from services.storage.database import Database
from services.storage.locks import require_one_writer
from services.storage.models import (
    Census,
    CensusKeeper,
    Helper,
    Identifier,
    Party,
    Premises,
    Task,
)
from services.storage.rowsets import keys
from services.texts.catalogue import Listing, language_of, say

_AT_ONCE = 20_000
_LISTED = 200
_LIFE = timedelta(days=3)


class Ward(NamedTuple):
    """The area of one task: a ward, as far as its names are known."""

    province: str | None
    district: str | None
    llg: str | None
    ward: str | None


_WARD = (Premises.province, Premises.district, Premises.llg, Premises.ward)
_OVER = and_(
    Task.closed_at.is_(None),
    Task.kind == TaskKind.CENSUS.value,
    ~exists().where(
        CensusKeeper.task_id == Task.id,
        UNANSWERED,
        Census.id == CensusKeeper.census_id,
        Census.state == CensusState.OPEN.value,
    ),
)
"""The condition on open tasks of wards where nobody of an open census is silent any more."""


class SilentWard(NamedTuple):
    """Silent keepers of a ward, and the first of their places there, by database keys."""

    ward: Ward
    place: int
    keepers: Sequence[int]


def find_silent(session: Session, row: Census) -> tuple[list[SilentWard], bool]:
    """Return the next wards with silent keepers that no task lists, and whether there are more."""
    found = session.execute(
        select(*_WARD, CensusKeeper.premises_id, CensusKeeper.party_id)
        .join(Premises, Premises.id == CensusKeeper.premises_id)
        .where(_unlisted(row))
        .order_by(*_WARD, CensusKeeper.premises_id, CensusKeeper.party_id)
        .limit(_AT_ONCE)
    ).all()
    wards = []
    for ward, rows in groupby(found, lambda one: Ward(*one[:4])):
        places, keepers = zip(*((one.premises_id, one.party_id) for one in rows), strict=True)
        wards.append(SilentWard(ward, places[0], keepers))
    more = len(found) == _AT_ONCE
    # The last one may go on beyond what was read.
    return (wards[:-1] if more and len(wards) > 1 else wards), more


def open_silent(session: Session, row: Census, area: SilentWard, now: datetime) -> None:
    """Open the task of a ward; nothing happens where nobody of it is silent any more."""
    require_one_writer(session)
    mine = _unlisted(row) & CensusKeeper.party_id.in_(keys(session, area.keepers))
    if session.scalars(select(CensusKeeper.party_id).where(mine).limit(1)).first() is None:
        return
    new = NewTask(
        TaskKind.CENSUS,
        Service.LIVESTOCK,
        _topic(TaskKind.CENSUS, row, area.ward),
        area.ward.province,
        code="silent",
        premises_id=area.place,
    )
    task = session.get_one(Task, open_task(session, new, (), now).id)
    numbers = _numbers_of(session, mine)
    session.execute(update(CensusKeeper).where(mine).values(task_id=task.id))
    add_entry(session, task, TaskStep(EntryKind.NOTE, now, note=f"Silent: {', '.join(numbers)}"))


def open_count_task(
    session: Session, row: Census, place: Premises, event: int, now: datetime
) -> None:
    """Open the task of counts of an area that contradict the book, or join the open one."""
    ward = Ward(place.province, place.district, place.llg, place.ward)
    new = NewTask(
        TaskKind.COUNT,
        Service.LIVESTOCK,
        _topic(TaskKind.COUNT, row, ward),
        place.province,
        code="differs",
        premises_id=place.id,
    )
    open_task(session, new, [Source(event)], now)


def end_census_tasks(database: Database, now: datetime) -> None:
    """End the tasks of areas where nobody is silent any more, or whose census is closed."""
    do_chores(database, [TaskChore(partial(find_over, _OVER), _end)], now)


def silent_by_recorder(session: Session, row: Census) -> dict[int, list[str]]:
    """Return the short numbers of silent keepers' places by the recorder whom they accepted."""
    found = session.execute(
        select(Helper.helper_id, Identifier.value)
        .join(CensusKeeper, CensusKeeper.party_id == Helper.keeper_id)
        .join(Identifier, Identifier.premises_id == CensusKeeper.premises_id)
        .where(
            Helper.kind == HelperKind.RECORDER.value,
            Helper.ended_at.is_(None),
            Identifier.scheme == Scheme.SHORT,
            CensusKeeper.census_id == row.id,
            UNANSWERED,
        )
        .order_by(Helper.helper_id, Identifier.value)
    ).all()
    by_helper = groupby(found, lambda one: one.helper_id)
    return {helper: [one.value for one in rows] for helper, rows in by_helper}


def tell_recorders(
    session: Session, row: Census, silent: Mapping[int, Sequence[str]], now: datetime
) -> None:
    """Tell village recorders at which places keepers who accepted them are silent."""
    texts = []
    theirs = Party.id.in_(keys(session, silent))
    for one in reachable_holders(session, Party.role == Role.RECORDER.value, theirs):
        places, language = silent[one.party_id], language_of(one.language)
        text = say(
            "census.recorder", language, places=Listing(tuple(places)),
            place=places[0],
        )  # fmt: skip
        dedupe = f"census.recorder\0{row.public_id}\0{one.public_id}"
        texts.append(OutboundMessage(one.number, one.number_index, text, dedupe))
    enqueue_messages(session, texts, SendOptions("census", now, now + _LIFE, office=True))


def _end(session: Session, found: Sequence[int], now: datetime) -> None:
    over = select(Task).where(_OVER, Task.id.in_(keys(session, found)))
    for task in session.scalars(over.order_by(Task.id)).all():
        end_task(session, task, TaskEnd(Outcome.SETTLED, now))
    session.flush()


def _unlisted(row: Census) -> ColumnElement[bool]:
    return and_(CensusKeeper.census_id == row.id, UNANSWERED, CensusKeeper.task_id.is_(None))


def _numbers_of(session: Session, mine: ColumnElement[bool]) -> Sequence[str]:
    """Return the first short numbers of silent keepers' places; places without one get theirs."""
    its = Identifier.premises_id == CensusKeeper.premises_id
    short = and_(Identifier.scheme == Scheme.SHORT, its)
    unnamed = select(CensusKeeper.premises_id).where(mine, ~exists().where(short))
    for place in session.scalars(unnamed.limit(_LISTED)).all():
        name_premises(session, place)
    return session.scalars(
        select(Identifier.value)
        .join(CensusKeeper, CensusKeeper.premises_id == Identifier.premises_id)
        .where(Identifier.scheme == Scheme.SHORT, mine)
        .order_by(Identifier.value)
        .limit(_LISTED)
    ).all()


def _topic(kind: TaskKind, row: Census, ward: Ward) -> str:
    return "\0".join([kind.value, str(row.public_id), *(name or "" for name in ward)])
