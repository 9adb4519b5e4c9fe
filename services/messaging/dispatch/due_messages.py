"""Messages that wait, read lane by lane: an index has each lane and priority in order."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Integer, and_, func, literal_column, select, union_all
from sqlalchemy.orm import Session

from services.messaging.dispatch.claim import QUEUED
from services.storage.models import Message
from sms.admission import PRIORITIES

MOST = 10_000
"""No reading counts more rows of a kind: with three million messages one took half a second."""


@dataclass(frozen=True, slots=True)
class DueMessages:
    """Messages that wait in some lanes.

    Attributes:
        which: more conditions on them.
    """

    lanes: Collection[str]
    priorities: Collection[int] = tuple(sorted(set(PRIORITIES.values())))
    which: tuple[ColumnElement[bool], ...] = ()

    def oldest(self, session: Session) -> datetime | None:
        """Return since when the message waits that is longest due or will be due first.

        The first of each lane and priority stands at one place of the index; no other is read.
        """
        firsts = [
            select(Message.due_at).where(each).order_by(Message.due_at).limit(1).subquery()
            for each in self._each()
        ]
        found = union_all(*(select(first.c.due_at) for first in firsts)).subquery()
        oldest: datetime | None = session.scalar(select(func.min(found.c.due_at)))
        return oldest

    def count(self, session: Session, before: datetime) -> int:
        """Count those that were due before an instant (UTC), as far as one more than `MOST`."""
        due = [
            select(literal_column("1", Integer).label("one"))
            .where(each, Message.due_at < before)
            .order_by(Message.due_at)
            .limit(MOST + 1)
            .subquery()
            for each in self._each()
        ]
        found = union_all(*(select(one.c.one) for one in due)).limit(MOST + 1).subquery()
        return session.scalar(select(func.count()).select_from(found)) or 0

    def _each(self) -> Iterator[ColumnElement[bool]]:
        for lane in self.lanes:
            for priority in self.priorities:
                yield and_(QUEUED, Message.lane == lane, Message.priority == priority, *self.which)
