"""What is over for long is passed by: texts of other evenings, arrivals, statuses that ended."""

from __future__ import annotations

import pytest

from services.livestock.control.evening_phones import last_texted, not_served, queue_unserved
from services.livestock.control.marked_places import _marks
from services.livestock.control.task_sources import STILL_OPEN
from services.messaging.outbox import OutboundMessage, SendOptions
from services.messaging.tasks.model import TaskKind
from services.messaging.tasks.settling import find_over, is_over
from services.storage.database import Database
from services.storage.parties import party_of
from services.storage.unit_of_work import Unit
from services.storage.vault import Vault
from sms.message import Kind
from tests.factories import KEY, NOW, TODAY
from tests.plans.explaining import explained, read
from tests.plans.noting import noted

pytestmark = [pytest.mark.postgres, pytest.mark.slow]

_NUMBERS = [f"+6757000{number:04}" for number in range(6)]
_EVENINGS = """
    UPDATE message SET recipient_index = sha256((id % 200)::text::bytea),
        purpose = (ARRAY['evening', 'overdue', 'abattoir', 'permit', 'reply'])[1 + id / 200 % 5]
"""
"""A hundred texts to each of two hundred numbers, of which each was sent twenty of an evening."""
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


def test_evening__of_numbers_with_a_long_history__reads_its_own_texts(database):
    with database.write() as session:
        unit = Unit(session, database.vault)
        parties = [party_of(unit, number).id for number in _NUMBERS]
    messages = [
        OutboundMessage(number, database.vault.indexes(number)[0], "Text", number)
        for number in _NUMBERS
    ]

    def ask(session):
        not_served(session, "evening", NOW, parties)
        last_texted(session, "overdue", parties)
        queue_unserved(database, messages, SendOptions("abattoir", NOW, NOW, Kind.URGENT))

    found = [one for one in noted(database, ask) if "message.purpose =" in one.statement]
    with explained(database, ["contact", "message"], _EVENINGS) as connection:
        plans = [plan for one in found for plan in read(connection, one, "message")]
    assert len(plans) == 2 * 3
    for plan in plans:
        wanted = plan.pop("ix_message_evening")
        assert "recipient_index" in wanted
        assert "purpose" in wanted
        assert plan == {}


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
