"""Tasks in words: what happened, where, since when, whom to call."""

from collections.abc import Iterator
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from services.core.geography import zone_of
from services.messaging.inbox_rules import POSSIBLE_DANGER
from services.messaging.tasks.model import TaskKind
from services.messaging.tasks.one_health import pigs_told
from services.messaging.tasks.reading import causes_of, phone_of, silent_places
from services.storage.models import Task
from services.texts.catalogue import Listing, day_and_month, has_sentence, say
from sms.numbers import local


def what_of(row: Task, language: str) -> str:
    """Tell what a task is about."""
    if row.kind == TaskKind.ZOONOSIS:
        return say("task.zoonosis", language, disease=say(f"disease.{row.code}", language))
    if row.code == POSSIBLE_DANGER:
        return say("task.message.possible_danger", language)
    known = next(filter(has_sentence, _codes(row)), f"task.kind.{row.kind}")
    return say(known, language)


def _codes(row: Task) -> Iterator[str]:
    if row.kind == TaskKind.ALARM:
        yield f"task.alarm.{row.code}"
        yield f"disease.{row.code}"
    elif row.kind == TaskKind.FLAG:
        yield f"task.flag.{row.code}"
        yield f"flag.{row.code}"


def subject_in_words(session: Session, row: Task, language: str) -> str | Listing:
    """Tell what a task is about, its permit, its pigs, or the places that it waits for."""
    what = what_of(row, language)
    if row.kind == TaskKind.CENSUS and (places := silent_places(session, row)):
        return Listing(places, f"{what}: {{}}", " ")
    if row.kind == TaskKind.ZOONOSIS and (pigs := pigs_told(session, row)):
        return f"{what} ({pigs})"
    causes = causes_of(session, row, most=1) if row.kind == TaskKind.PERMIT else ()
    return " ".join([what, *(one.id for one in causes)])


def item_of(row: Task, language: str) -> str:
    """Tell number and matter of a task so that nobody takes the number for a count of pigs."""
    return say("task.item", language, task=row.number, why=what_of(row, language))


def province_of(row: Task, language: str) -> str:
    """Tell in which province a task is."""
    return row.province or say("task.no_province", language)


def since_of(row: Task, language: str) -> str:
    """Tell since when a task waits, in the time of its province."""
    return clock_time(row.made_at, row.province, language)


def clock_time(at: datetime, province: str | None, language: str) -> str:
    """Write an instant in the time of a province: `25 Nov 14:05`."""
    here = at.astimezone(ZoneInfo(zone_of(province)))
    return f"{day_and_month(here.date(), language)} {here:%H:%M}"


def call_of(session: Session, row: Task, language: str) -> str:
    """Tell whom to call about a task."""
    number = phone_of(session, row)
    return say("task.call", language, other=local(number)) if number else ""
