"""A list whose worker is killed in the middle of a chunk: nobody twice, nobody missing."""

from __future__ import annotations

import os
import random
import shutil
import signal
from collections import Counter

import pytest
from sqlalchemy import event, func, select

from services.core.roles import Role
from services.health.imports.checking import check_list
from services.health.imports.lists import NewList, keep_list, start_list
from services.health.imports.taking import take_lists
from services.health.imports.uploads import read_upload
from services.health.linting.findings import LintSettings
from services.storage.database import Database
from services.storage.models import Contact, Message, PersonImport, PersonImportRow, Subscription
from services.storage.vault import Vault
from tests.factories import KEY, NOW
from tests.flow.dispatching import spawn
from tests.services.health.scene import PLANNER, person, publish

PEOPLE = 120
"""Two whole chunks, and a part."""
_HEAD = "phone,name,consent,consent_date,quit"
_ROW = "7100{0:04},Person {0},nurse,2026-11-20,2026-12-05"


def started(database):
    """Publish the programme; upload, check and start a list."""
    publish(database)
    planner = person(database, PLANNER, Role.PLANNER)
    content = "\n".join([_HEAD, *map(_ROW.format, range(PEOPLE))]).encode()
    new = NewList(planner, "tobacco", "a.csv", content, read_upload("a.csv", content))
    with database.write() as session:
        row = keep_list(session, new, NOW)
        session.flush()
        check_list(session, row, NOW, LintSettings())
        session.expire_all()
        start_list(session, row, NOW)


def take_in_a_process(url, last, ready):
    """Take the list, and be killed at a statement or a commit, counted from one; 0: never."""
    database, done = Database(url, Vault(KEY)), iter(range(1, 10**6))

    def strike(*_: object) -> None:
        if next(done) == last:
            os.kill(os.getpid(), signal.SIGKILL)

    event.listen(database.engine, "before_cursor_execute", strike)
    event.listen(database.engine, "commit", strike)
    ready()
    while take_lists(database, NOW):
        pass
    database.close()


def run(url, last):
    """Return whether the worker was killed."""
    child = spawn(lambda ready: take_in_a_process(url, last, ready))
    _, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status) or status == 0
    return os.WIFSIGNALED(status)


def require_everybody_once(database):
    with database.read() as session:
        numbers = session.scalars(select(Subscription.number_index)).all()
        assert set(Counter(numbers).values()) == {1}
        assert len(numbers) == PEOPLE
        welcomed = select(Message.subscription_id).where(Message.purpose == "welcome")
        assert set(Counter(session.scalars(welcomed)).values()) == {1}
        assert len(session.scalars(welcomed).all()) == PEOPLE
        known = Counter(session.scalars(select(Contact.number)))
        assert {known[f"+6757100{one:04}"] for one in range(PEOPLE)} == {1}
        row = session.scalars(select(PersonImport)).one()
        assert (row.state, row.taken, row.enrolled, row.people) == ("done", *[PEOPLE] * 3)
        left = select(func.count(PersonImportRow.id)).where(PersonImportRow.state != "head")
        assert session.scalar(left) == 0


@pytest.mark.slow
def test_list__whose_worker_is_killed_in_a_chunk__is_resumed_with_everybody_once(
    migrated_file, tmp_path
):
    file = shutil.copy(migrated_file, tmp_path / "bilum.db")
    url, dice = f"sqlite:///{file}", random.Random(11)  # noqa: S311 — a sample
    database = Database(url, Vault(KEY))
    started(database)
    database.close()
    # Each dies further on, some of them in the chunk of another who died.
    kills = [run(url, last) for last in (3, 9, *(dice.randrange(10, 400) for _ in range(8)))]
    assert sum(kills) >= 5, kills
    assert not run(url, 0)
    database = Database(url, Vault(KEY))
    require_everybody_once(database)
    database.close()
