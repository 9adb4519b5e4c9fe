"""Kinds, times, levels and outcomes of tasks, and who may see them; pure."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import IntEnum, StrEnum
from typing import NamedTuple

from services.core.roles import Role
from services.messaging.inbox_rules import INSPECTING, POSSIBLE_DANGER, Service


class TaskKind(StrEnum):
    """Cause of a task."""

    ALARM = "alarm"
    FLAG = "flag"
    PERMIT = "permit"
    OVERDUE = "overdue"
    EVIDENCE = "evidence"
    MESSAGE = "message"
    CONCERN = "concern"
    CENSUS = "census"
    COUNT = "count"
    ZOONOSIS = "zoonosis"
    SAMPLE = "sample"


class Outcome(StrEnum):
    """End of a task. SETTLED: its cause went by itself; the others are what a person says."""

    DONE = "done"
    MISTAKEN = "mistaken"
    UNREACHED = "unreached"
    SETTLED = "settled"


class Progress(StrEnum):
    """Progress of a task, as another service may know it."""

    WAITING = "waiting"
    TAKEN = "taken"
    ENDED = "ended"


SAID = (Outcome.DONE, Outcome.MISTAKEN, Outcome.UNREACHED)
"""Outcomes that a person may say."""


class EntryKind(StrEnum):
    """Entry of a task's history. PIGS: how many pigs were told of."""

    MADE = "made"
    JOINED = "joined"
    TOLD = "told"
    TAKEN = "taken"
    ASSIGNED = "assigned"
    RELEASED = "released"
    NOTE = "note"
    CALL = "call"
    PASSED_ON = "passed_on"
    CLOSED = "closed"
    REOPENED = "reopened"
    PIGS = "pigs"


class Level(IntEnum):
    """Reach of a task. HERE: those on duty in its province, or of its programme."""

    HERE = 0
    OTHERS = 1
    NEIGHBOURS = 2
    COUNTRY = 3


TIME_OF: Mapping[TaskKind, timedelta] = {
    TaskKind.ALARM: timedelta(hours=2),
    TaskKind.CONCERN: timedelta(hours=4),
    TaskKind.ZOONOSIS: timedelta(hours=4),
    TaskKind.PERMIT: timedelta(hours=24),
    TaskKind.MESSAGE: timedelta(days=2),
    TaskKind.OVERDUE: timedelta(days=2),
    TaskKind.EVIDENCE: timedelta(days=3),
    TaskKind.FLAG: timedelta(days=7),
    TaskKind.SAMPLE: timedelta(days=7),
    TaskKind.CENSUS: timedelta(days=7),
    TaskKind.COUNT: timedelta(days=14),
}
"""Time in which a task should end; after as long again it is passed on once more."""
UNANSWERED = timedelta(minutes=30)
"""Time after which others of a programme are told of a red flag on which nobody acted."""

NEVER_CROWDED = frozenset({TaskKind.ALARM, TaskKind.CONCERN, TaskKind.ZOONOSIS})
"""Kinds of which every one stands alone, whoever else floods: their senders are paced already."""
MOST_OF_PARTY, MOST_OF_PROVINCE = 5, 100
"""Open tasks of a kind that one person, and one province, may have before others join them."""

READS: Mapping[Role, frozenset[Service]] = {
    **dict.fromkeys(
        (*INSPECTING, Role.ADMINISTRATOR), frozenset({Service.LIVESTOCK, Service.UNKNOWN})
    ),
    Role.CLINICIAN: frozenset({Service.HEALTH}),
    Role.HEALTH_OFFICER: frozenset({Service.ONE_HEALTH}),
}
"""Services whose tasks a role sees."""

WORKERS: Mapping[Service, Role] = {
    Service.LIVESTOCK: Role.VETERINARY_OFFICER,
    Service.UNKNOWN: Role.VETERINARY_OFFICER,
    Service.HEALTH: Role.CLINICIAN,
    Service.ONE_HEALTH: Role.HEALTH_OFFICER,
}
"""The role that is told of a service's tasks."""

_REGIONS = (
    ("Chimbu", "Eastern Highlands", "Enga", "Hela", "Jiwaka", "Southern Highlands",
     "Western Highlands"),
    ("East Sepik", "Madang", "Morobe", "Sandaun"),
    ("Bougainville", "East New Britain", "Manus", "New Ireland", "West New Britain"),
    ("Central", "Gulf", "Milne Bay", "National Capital District", "Northern", "Western"),
)  # fmt: skip
NEIGHBOURS: Mapping[str, frozenset[str]] = {
    province: frozenset(region) - {province} for region in _REGIONS for province in region
}
"""By province: the others of its region."""


class NewTask(NamedTuple):
    """A task before it is stored: what must be done, and where.

    Attributes:
        topic: what it is about; while a task of it is open, no other is made.
        code: what happened, in a word of its kind.
        party_id: database key of whom to call, of livestock alone.
        premises_id: database key.
        due_in: time in which it should end; None: that of its kind.
    """

    kind: TaskKind
    service: Service
    topic: str
    province: str | None = None
    programme: str | None = None
    code: str | None = None
    party_id: int | None = None
    premises_id: int | None = None
    due_in: timedelta | None = None

    @property
    def time(self) -> timedelta:
        """Time in which it should end."""
        return self.due_in or TIME_OF[self.kind]

    @property
    def stands_alone(self) -> bool:
        """True if it joins no crowd, in which nobody would see what it is about."""
        return self.kind in NEVER_CROWDED or self.code == POSSIBLE_DANGER


class Source(NamedTuple):
    """Cause of a task, by its database key, or the digest of an envelope's key."""

    journal_id: int | None = None
    permit_id: int | None = None
    concern_id: int | None = None
    arrival: bytes | None = None


class TaskStep(NamedTuple):
    """A step of a task: what, when (UTC), by which party (database key; None: the program)."""

    kind: EntryKind
    at: datetime
    by: int | None = None
    note: str | None = None


class TaskEnd(NamedTuple):
    """The end of a task: how, when (UTC), and by which party; see `TaskStep`."""

    outcome: Outcome
    at: datetime
    by: int | None = None
    note: str | None = None


def crowd_of(new: NewTask, of_party: int, of_province: int) -> NewTask:
    """Return what a task becomes where too many of its kind are open: one for the person, or all.

    Args:
        of_party: open tasks of its kind about its person.
        of_province: open tasks of its kind in its province.
    """
    where = f"{new.service}\0{new.province or ''}\0{new.programme or ''}"
    if new.party_id is not None and of_party >= MOST_OF_PARTY:
        topic = f"{new.kind}\0of\0{new.party_id}\0{where}"
        return new._replace(topic=topic, code=None, premises_id=None)
    if of_province >= MOST_OF_PROVINCE:
        topic = f"{new.kind}\0crowd\0{where}"
        return new._replace(topic=topic, code=None, premises_id=None, party_id=None)
    return new
