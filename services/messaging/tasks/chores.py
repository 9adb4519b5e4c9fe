"""Work on tasks that the clock finds: outside the writers' lock, since most minutes have none.

What there is to do, a flood too, is done in slices, so that a report waits for one of them at most.
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from functools import partial
from time import monotonic
from typing import Any, NamedTuple

from sqlalchemy.orm import Session

from services.core.error_logging import do_each
from services.storage.database import Database

_SLICE = 20
_SECONDS = 5.0


class TaskChore(NamedTuple):
    """One kind of such work.

    Attributes:
        find: returns the database keys of what is due, the first of them.
        act: does what is due of some keys; under the lock it asks again, for they may be old.
    """

    find: Callable[[Session, datetime], Sequence[Any]]
    act: Callable[[Session, Sequence[Any], datetime], object]


def do_chores(database: Database, chores: Iterable[TaskChore], now: datetime) -> None:
    """Do all that is due of each chore in turn, a slice in a unit of its own, for some seconds.

    After those seconds only one slice of each is done, and the next call goes on. What must not
    wait for a flood of the others stands first.
    """
    end = monotonic() + _SECONDS
    with database.read() as session:
        due = [(chore, found) for chore in chores if (found := chore.find(session, now))]
    do_each(partial(_do, database, chore, found, now, end) for chore, found in due)


def _do(
    database: Database, chore: TaskChore, found: Sequence[Any], now: datetime, end: float
) -> None:
    while found:
        for first in range(0, len(found), _SLICE):
            database.run(partial(_act, chore, found[first : first + _SLICE], now))
            if monotonic() >= end:
                return
        done = found
        with database.read() as session:
            found = chore.find(session, now)
        # What stays as it is would take the lock until the time is over.
        if found == done:
            return


def _act(chore: TaskChore, found: Sequence[Any], now: datetime, session: Session) -> None:
    chore.act(session, found, now)
