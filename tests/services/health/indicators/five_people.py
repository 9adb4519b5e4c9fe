"""Five people who begin a course by SMS: four leave it and say that it is of no use, one quits."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING

from tests.factories import NOW
from tests.services.health.scene import Course, publish
from tests.support import beginnings

if TYPE_CHECKING:
    from datetime import datetime

    from services.storage.database import Database

STAYS = "+67570001005"
LEAVE = [f"+6757000100{last}" for last in range(1, 5)]


def join(course: Course, number: str) -> None:
    """Go through the whole intake; the quit date is ten days off."""
    course.sender = number
    day = course.now + timedelta(days=10)
    course.say("QUIT", "1", "yes", "Maria", "2", f"{day:%d %b}")


def follow_five(database: Database, begin: datetime = NOW) -> datetime:
    """Let them begin, leave or stay until the question after a month; the time after it."""
    return beginnings.begin(database, ("five", begin), partial(_follow_five, begin=begin))


def _follow_five(database: Database, begin: datetime) -> datetime:
    publish(database)
    course = Course(database, begin)
    for number in (*LEAVE, STAYS):
        join(course, number)
    for number in LEAVE:
        course.sender = number
        course.say("STOP", "3")
    course.sender = STAYS
    course.later(days=11)
    course.later(days=30)
    course.say("1")
    course.later(days=1)
    return course.now
