"""Zoonoses of pigs as tasks of health officers, beside those of the veterinary officers.

A health officer gets the place, its districts, the disease, how many pigs, and a veterinary officer
to call; no keeper's name, number or word, and nothing of anybody's health. Livestock learns in
return how far the task is. A task ends when its report was wrong or a laboratory found otherwise,
and those on duty are told so.
"""

import json
from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import NamedTuple

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from services.core.roles import Role
from services.livestock.control.alarm_senders import SenderKey
from services.livestock.control.task_sources import AlarmTask, TaskPlace, open_alarm_task
from services.livestock.domain.details import NOTIFIABLE
from services.livestock.domain.model import EventType, Recorded
from services.livestock.domain.zoonoses import is_zoonosis
from services.livestock.recording.journal import animals_in
from services.messaging.inbox_rules import Service
from services.messaging.offices import OfficeHolder, messages_for, on_duty, reachable_holders
from services.messaging.outbox import SendOptions, enqueue_messages
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
from services.messaging.tasks.one_health import pigs_told
from services.messaging.tasks.opening import add_entry, find_open, open_task
from services.messaging.tasks.settling import end_task, find_over, is_over
from services.messaging.tasks.wording import province_of
from services.storage.database import Database
from services.storage.locks import require_one_writer
from services.storage.models import Correction, Journal, Party, Premises, Task, TaskSource
from services.storage.rowsets import keys
from services.texts.catalogue import language_of, say
from sms.message import Kind

_PURPOSE = "task"
_LIFE = timedelta(days=1)
_STANDS = ~exists().where(
    Correction.journal_id == TaskSource.journal_id,
    # Evidence that nobody decided on points at itself: its alarm stands.
    Correction.corrected_by_id != TaskSource.journal_id,
)
_WRONG = is_over(TaskKind.ZOONOSIS, _STANDS)


class ZoonosisReport(NamedTuple):
    """A disease that an event suspects or found, or that its sender's words name, and its place.

    Attributes:
        counted_for: sender of whose alarms it is only counted: all of them are one task.
    """

    disease: str | None
    where: TaskPlace
    counted_for: SenderKey | None = None


def open_zoonosis_task(
    session: Session, done: Recorded, about: ZoonosisReport, now: datetime
) -> None:
    """Open the task of a zoonosis, or join the one that is open; of other diseases there is none.

    Args:
        done: the event that told of it.
    """
    disease, where, sender = about
    if disease is None or not is_zoonosis(disease):
        return
    topic = f"sender\0{sender.kind}\0{sender.id}" if sender else f"place\0{where.premises_id}"
    new = NewTask(
        TaskKind.ZOONOSIS,
        Service.ONE_HEALTH,
        f"zoonosis\0{disease}\0{topic}",
        where.province,
        code=disease,
        premises_id=where.premises_id,
    )
    opened = open_task(session, new, [Source(done.journal_id)], now)
    row = session.get_one(Task, opened.id)
    heads = done.report.details.get("head_count") or len(done.report.animals)
    # The same pigs may be told of again, so the most of one report counts.
    if heads > (pigs_told(session, row) or 0):
        add_entry(session, row, TaskStep(EntryKind.PIGS, now, note=str(heads)))
        session.flush()


def follow_zoonosis(session: Session, done: Recorded, now: datetime) -> None:
    """Open the tasks of a positive result of a zoonosis; a negative one ends the health officer's.

    It does where all that the task tells of are suspicions of the animals of the sample.

    Args:
        done: a result whose sample and place are known.
    """
    told, premises = done.report.details, done.report.premises
    if premises is None or not is_zoonosis(told["disease"]):
        return
    row = session.get_one(Premises, done.known.premises[premises].id)
    where = TaskPlace(row.id, row.province)
    if told["outcome"] == "positive":
        if told["disease"] not in NOTIFIABLE:
            alarm = AlarmTask(where, None, told=False, code=told["disease"])
            open_alarm_task(session, done, alarm, now)
        open_zoonosis_task(session, done, ZoonosisReport(told["disease"], where), now)
    elif told["outcome"] == "negative":
        task = find_open(session, f"zoonosis\0{told['disease']}\0place\0{row.id}")
        if task is not None and _is_answered(session, task, done):
            _withdraw(session, task, "zoonosis.negative", now)


def keep_zoonosis_tasks(database: Database, now: datetime) -> None:
    """End the tasks whose reports were all declared wrong, and tell; the clock calls it."""
    do_chores(database, [TaskChore(partial(find_over, _WRONG), _withdraw_all)], now)


def _withdraw_all(session: Session, found: Sequence[int], now: datetime) -> None:
    require_one_writer(session)
    wrong = select(Task).where(_WRONG, Task.id.in_(keys(session, found)))
    for row in session.scalars(wrong.order_by(Task.id)).all():
        _withdraw(session, row, "zoonosis.withdrawn", now)


def provinces_without_health_officer(session: Session) -> list[str]:
    """Return the provinces with premises of which no health officer can be reached."""
    holders = reachable_holders(session, Party.role == Role.HEALTH_OFFICER.value)
    staffed = {one.province for one in holders}
    if None in staffed:
        return []
    kept = select(Premises.province).where(Premises.province.is_not(None)).distinct()
    return sorted(one for one in session.scalars(kept) if one and one not in staffed)


def _is_answered(session: Session, row: Task, negative: Recorded) -> bool:
    """Tell whether a task is about suspicions alone, of no animals but those of a result."""
    clear = {one.key for one in negative.animals}
    sources = session.execute(
        select(Journal.type, Journal.content)
        .join(TaskSource, TaskSource.journal_id == Journal.id)
        .where(TaskSource.task_id == row.id)
    )
    return all(
        kind == EventType.SICKNESS and clear.issuperset(animals_in(json.loads(content or b"{}")))
        for kind, content in sources
    )


def _withdraw(session: Session, row: Task, sentence: str, now: datetime) -> None:
    """End a task, and text those who were told of it."""
    end_task(session, row, TaskEnd(Outcome.SETTLED, now))
    session.flush()
    if row.told_at is None:
        return

    def text(officer: OfficeHolder) -> str:
        language = language_of(officer.language)
        return say(
            sentence,
            language,
            task=row.number,
            disease=say(f"disease.{row.code}", language),
            province=province_of(row, language),
        )

    holders = on_duty(session, Role.HEALTH_OFFICER, row.province).holders
    messages = messages_for(holders, f"{sentence}\0{row.public_id}\0{now.isoformat()}", text)
    options = SendOptions(_PURPOSE, now, now + _LIFE, Kind.URGENT, office=True)
    enqueue_messages(session, messages, options)
