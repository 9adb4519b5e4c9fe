"""What is looked for by a number is found by an index, however much others and it had before."""

from __future__ import annotations

from contextlib import contextmanager
from datetime import timedelta
from typing import TYPE_CHECKING

import psycopg
import pytest
from sqlalchemy import text

from services.messaging.consent import refuse
from services.messaging.dispatch.decision_batch import _SENT_LATELY
from services.messaging.dispatch.village_handover import _waiting
from services.messaging.person_erasure import FORGETTING, erase_leftovers
from services.storage.database import Database
from services.storage.vault import Vault
from sms.consent import ERASING, EVERYTHING
from tests.factories import FARMER, KEY, NOW
from tests.plans.explaining import both_plans, sources
from tests.plans.filling import fill
from tests.plans.noting import Notebook

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = [pytest.mark.postgres, pytest.mark.slow]

_KEPT = """
    UPDATE envelope SET sender = decode('00', 'hex'),
        outcome = CASE WHEN get_byte(key_digest, 0) = 0 THEN 'unanswered' ELSE 'help' END
"""
"""Texts of the last ninety days, of which few had no answer."""
_HISTORY = """
    UPDATE message SET recipient_index = sha256((id % 200)::text::bytea), kind = 'programme',
        state = CASE WHEN id / 200 % 4 = 0 THEN 'queued' ELSE 'delivered' END,
        lane = '', leased_until = NULL
"""
"""A hundred texts to each of two hundred numbers, of which each waits for a quarter."""
_NUMBERS = text("SELECT DISTINCT recipient_index FROM message LIMIT 8")


@pytest.fixture
def database(migrated_url):
    database = Database(migrated_url, Vault(KEY))
    yield database
    database.close()


@contextmanager
def asked(database: Database, *spread: str) -> Iterator[psycopg.Connection]:
    """Fill the tables, and ask their server for plans."""
    with database.engine.begin() as connection:
        fill(connection, ["envelope", "message"])
        for statement in spread:
            connection.execute(text(statement))
    url = database.engine.url.set(drivername="postgresql")
    with psycopg.connect(url.render_as_string(hide_password=False), autocommit=True) as connection:
        connection.execute("VACUUM ANALYZE")
        yield connection


def noted(database, ask):
    """The statements that are sent meanwhile."""
    notes = Notebook()
    with notes.open(database.engine), database.write(exclusive=False) as session:
        ask(session)
    return list(notes.noted.values())


def read(connection, statement, table):
    """What both plans of a statement read of a table: its indexes, each with what it looks for."""
    names = (f"ix_{table}_", f"uq_{table}_", f"pk_{table}")
    return [
        {name: wanted for name, wanted in sources(plan) if name == table or name.startswith(names)}
        for plan in both_plans(connection, statement)
    ]


def test_leftovers__of_the_forgotten__are_found_without_reading_what_others_sent(database):
    with database.write() as session:
        index, health = database.vault.indexes(FARMER)
        refuse(session, index, EVERYTHING, FORGETTING, NOW)
        refuse(session, health, ERASING, FORGETTING, NOW)
    sent = noted(database, lambda session: erase_leftovers(session, database.vault, NOW))
    of_envelopes = [one for one in sent if "FROM envelope \n" in one.statement]
    assert len(of_envelopes) == 3
    with asked(database, _KEPT) as connection:
        found = [read(connection, one, "envelope") for one in of_envelopes]
    for each in found:
        for plan in each:
            assert all(plan.values()), plan
    assert [plan.keys() for plan in found[-1]] == [{"ix_envelope_unanswered"}] * 2


def test_sent_lately__of_numbers_with_a_long_history__reads_their_last_day(database):
    with asked(database, _HISTORY) as connection:
        with database.read() as session:
            values = {
                "numbers": list(session.scalars(_NUMBERS)),
                "since": NOW - timedelta(days=1),
            }
        (sent,) = noted(
            database, lambda session: session.connection().execute(_SENT_LATELY, values)
        )
        for plan in read(connection, sent, "message"):
            assert "tried_at" in plan.pop("ix_message_recipient")
            assert plan == {}


def test_waiting__for_a_box_of_numbers_with_a_long_history__reads_what_waits(database):
    with asked(database, _HISTORY) as connection:
        with database.read() as session:
            numbers = list(session.scalars(_NUMBERS))
        (sent,) = noted(
            database, lambda session: session.connection().execute(_waiting(numbers, NOW))
        )
        for plan in read(connection, sent, "message"):
            assert "recipient_index" in plan.pop("ix_message_waiting")
            assert plan == {}
