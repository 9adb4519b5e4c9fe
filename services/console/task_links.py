"""Links from a task to the pages of its place, its permit and its events."""

from typing import NamedTuple

from flask import g
from sqlalchemy.orm import Session

from services.console.browser_session import PREFIX
from services.console.field.common import permit_path, place_path
from services.console.words import t
from services.core.roles import OFFICERS
from services.messaging.inbox_rules import Service
from services.messaging.tasks.reading import causes_of, place_of
from services.storage.models import Task

_MOST = 5


class TaskLink(NamedTuple):
    """A page, and what stands for it."""

    text: str
    path: str


def links_of(session: Session, row: Task) -> list[TaskLink]:
    """Return the pages of what a task of livestock is about, for officers."""
    if row.service != Service.LIVESTOCK or g.holder.role not in OFFICERS:
        return []
    place = place_of(session, row).number
    found = [TaskLink(t("field_place", number=place), place_path(place))] if place else []
    causes = causes_of(session, row, most=_MOST)
    permits = [one.id for one in causes if one.kind == "permit"]
    events = [one.id for one in causes if one.kind == "event"]
    found += [TaskLink(t("field_permit", number=one), permit_path(one)) for one in permits]
    return found + [
        TaskLink(t("field_report", number=at), f"{PREFIX}/events/{one}")
        for at, one in enumerate(events, start=1)
    ]
