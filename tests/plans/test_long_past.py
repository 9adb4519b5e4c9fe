"""What is over for long is passed by: arrivals, statuses that ended."""

from __future__ import annotations

import pytest

from services.livestock.control.marked_places import _marks
from services.livestock.control.task_sources import STILL_OPEN
from services.messaging.tasks.model import TaskKind
from services.messaging.tasks.settling import find_over, is_over
from services.storage.database import Database
from services.storage.vault import Vault
from tests.factories import KEY, NOW, TODAY
from tests.plans.explaining import explained, read
from tests.plans.noting import noted

pytestmark = [pytest.mark.postgres, pytest.mark.slow]

_NEVER_TOLD = """
    UPDATE movement SET departure_id = id, arrived_on = CASE WHEN id % 2 = 0 THEN departed_on END
"""
_OVERDUE = "UPDATE task SET kind = 'overdue'"
_ALIVE = "UPDATE animal SET ended_on = NULL"
_ENDED = """
    UPDATE status SET kind = 'suspect',
        until = CASE WHEN id % 100 > 0 THEN DATE '2026-11-25' - (id % 3000)::int END
"""


@pytest.fixture
def database(migrated_url):
    database = Database(migrated_url, Vault(KEY))
    yield database
    database.close()


def test_overdue__tasks_of_it__read_the_movements_of_their_own_departures(database):
    over = is_over(TaskKind.OVERDUE, STILL_OPEN[TaskKind.OVERDUE])
    (asked,) = noted(database, lambda session: find_over(over, session, NOW))
    tables = ["animal", "movement", "task", "task_source"]
    with explained(database, tables, _NEVER_TOLD, _OVERDUE, _ALIVE) as connection:
        for plan in read(connection, asked, "movement"):
            assert "departure_id" in plan.pop("ix_movement_unarrived")
            assert plan == {}


def test_marked_places__of_an_outbreak__pass_by_statuses_that_ended(database):
    (asked,) = noted(database, lambda session: _marks(session, "asf", TODAY))
    with explained(database, ["journal", "status"], _ENDED) as connection:
        for plan in read(connection, asked, "status"):
            assert "until >" in plan.pop("ix_status_until")
            # Of those that nothing ended.
            assert plan.keys() <= {"ix_status_open"}
