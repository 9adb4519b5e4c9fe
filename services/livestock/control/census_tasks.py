"""Tasks of censuses: keepers of an area who are silent, and counts that contradict the book.

One task stands for an area, a ward as far as it is known, and not for each keeper of it.
"""

from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import ColumnElement, and_, exists, func, select, update
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
from services.messaging.tasks.settling import end_task
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
from services.texts.catalogue import Listing, language_of, say

_AREAS = 20
_LISTED = 200
_LIFE = timedelta(days=3)


class Ward(NamedTuple):
    """The area of one task: a ward, as far as its names are known."""

    province: str | None
    district: str | None
    llg: str | None
    ward: str | None


_WARD = (Premises.province, Premises.district, Premises.llg, Premises.ward)


def list_silent(session: Session, row: Census, now: datetime) -> bool:
    """Open tasks of the next areas with silent keepers; False: it was the last, recorders too."""
    require_one_writer(session)
    areas = session.execute(
        select(*_WARD, func.min(Premises.id).label("place"))
        .join(CensusKeeper, CensusKeeper.premises_id == Premises.id)
        .where(_unlisted(row))
        .group_by(*_WARD)
        .order_by(*_WARD)
        .limit(_AREAS)
    ).all()
    for *names, place in areas:
        _open_silent(session, row, (Ward(*names), place), now)
    if len(areas) < _AREAS:
        _tell_recorders(session, row, now)
        return False
    return True


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


def end_census_tasks(session: Session, now: datetime) -> None:
    """End the tasks of areas where nobody is silent any more, or whose census is closed."""
    waits = exists().where(
        CensusKeeper.task_id == Task.id,
        CensusKeeper.journal_id.is_(None),
        Census.id == CensusKeeper.census_id,
        Census.state == CensusState.OPEN.value,
    )
    mine = (Task.closed_at.is_(None), Task.kind == TaskKind.CENSUS.value, ~waits)
    for task in session.scalars(select(Task).where(*mine).order_by(Task.id).limit(_LISTED)).all():
        end_task(session, task, TaskEnd(Outcome.SETTLED, now))
    session.flush()


def _unlisted(row: Census) -> ColumnElement[bool]:
    return and_(CensusKeeper.census_id == row.id, UNANSWERED, CensusKeeper.task_id.is_(None))


def _open_silent(session: Session, row: Census, area: tuple[Ward, int], now: datetime) -> None:
    ward, first = area
    new = NewTask(
        TaskKind.CENSUS,
        Service.LIVESTOCK,
        _topic(TaskKind.CENSUS, row, ward),
        ward.province,
        code="silent",
        premises_id=first,
    )
    task = session.get_one(Task, open_task(session, new, (), now).id)
    there = [column.is_not_distinct_from(name) for column, name in zip(_WARD, ward, strict=True)]
    places = select(Premises.id).where(*there)
    mine = _unlisted(row) & CensusKeeper.premises_id.in_(places)
    its = Identifier.premises_id == CensusKeeper.premises_id
    short = and_(Identifier.scheme == Scheme.SHORT, its)
    unnamed = select(CensusKeeper.premises_id).where(mine, ~exists().where(short))
    for place in session.scalars(unnamed.limit(_LISTED)).all():
        name_premises(session, place)
    numbers = session.scalars(
        select(Identifier.value)
        .join(CensusKeeper, CensusKeeper.premises_id == Identifier.premises_id)
        .where(Identifier.scheme == Scheme.SHORT, mine)
        .order_by(Identifier.value)
        .limit(_LISTED)
    ).all()
    session.execute(update(CensusKeeper).where(mine).values(task_id=task.id))
    add_entry(session, task, TaskStep(EntryKind.NOTE, now, note=f"Silent: {', '.join(numbers)}"))


def _tell_recorders(session: Session, row: Census, now: datetime) -> None:
    """Tell village recorders which keepers who accepted them are silent."""
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
    helpers = {one.helper_id for one in found}
    texts = []
    for one in reachable_holders(session, Party.role == Role.RECORDER.value):
        places = tuple(value for helper, value in found if helper == one.party_id)
        if one.party_id in helpers:
            language = language_of(one.language)
            text = say(
                "census.recorder", language, places=Listing(places),
                place=places[0],
            )  # fmt: skip
            dedupe = f"census.recorder\0{row.public_id}\0{one.public_id}"
            texts.append(OutboundMessage(one.number, one.number_index, text, dedupe))
    enqueue_messages(session, texts, SendOptions("census", now, now + _LIFE, office=True))


def _topic(kind: TaskKind, row: Census, ward: Ward) -> str:
    return "\0".join([kind.value, str(row.public_id), *(name or "" for name in ward)])
