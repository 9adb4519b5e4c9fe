"""Work on tasks that the clock finds: outside the writers' lock, since most minutes have none."""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from functools import partial
from typing import Any, NamedTuple

from sqlalchemy.orm import Session

from services.core.error_logging import do_each
from services.storage.database import Database


class TaskChore(NamedTuple):
    """One kind of such work.

    Attributes:
        find: returns the database keys of what is due.
        act: does what is due of some keys; under the lock it asks again, for they may be old.
    """

    find: Callable[[Session, datetime], Sequence[Any]]
    act: Callable[[Session, Sequence[Any], datetime], object]


def do_chores(database: Database, chores: Iterable[TaskChore], now: datetime) -> None:
    """Do each chore that has something due, in a unit of its own."""
    with database.read() as session:
        due = [(chore.act, found) for chore in chores if (found := chore.find(session, now))]
    do_each(partial(_act, database, act, found, now) for act, found in due)


def _act(
    database: Database,
    act: Callable[[Session, Sequence[Any], datetime], object],
    found: Sequence[Any],
    now: datetime,
) -> None:
    database.run(lambda session: act(session, found, now))
