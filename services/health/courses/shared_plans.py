"""Plans that people at the same position in a course share; pure.

Many began on the same day, so each plan is made once, and kept for the people of later chunks.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from functools import lru_cache
from typing import NamedTuple

from services.health.courses.compiled import SameProgramme, compile_course
from services.health.courses.course_messages import MessageSlot, dates
from services.health.courses.schedule import CoursePosition, due, next_day
from services.storage.vault import SealedJson

_KEPT = 8_192
_DATES = SealedJson()


class SharedPosition(NamedTuple):
    """A position in a course, and the local days to plan.

    `anchors` are the opened bytes of a subscription; `since` is None where it cannot matter.
    """

    group: str
    zone: str
    hour: int | None
    anchors: bytes
    since: datetime | None
    first: date
    last: date


class SharedPlan(NamedTuple):
    """Texts due on the days of a position; `following` is the next day to plan."""

    anchors: Mapping[str, date]
    slots: Sequence[MessageSlot]
    following: date | None


@lru_cache(_KEPT)
def shared_plan(programme: SameProgramme, position: SharedPosition) -> SharedPlan:
    """Return the plan of everybody at a position."""
    group, zone, hour, anchors, since, first, last = position
    course = compile_course(programme.programme)
    at = CoursePosition(group, dates(_DATES.decoded(anchors)), since, zone, hour)
    slots = [MessageSlot.of(planned, zone) for planned in due(course, at, first, last)]
    return SharedPlan(at.anchors, slots, next_day(course, at, last))
