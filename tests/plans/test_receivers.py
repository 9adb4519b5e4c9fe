"""What is looked for by a number is found by an index, however much others and it had before."""

from __future__ import annotations

from datetime import timedelta

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
from tests.plans.explaining import explained, read
from tests.plans.noting import noted

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


def test_leftovers__of_the_forgotten__are_found_without_reading_what_others_sent(database):
    with database.write() as session:
        index, health = database.vault.indexes(FARMER)
        refuse(session, index, EVERYTHING, FORGETTING, NOW)
        refuse(session, health, ERASING, FORGETTING, NOW)
    sent = noted(database, lambda session: erase_leftovers(session, database.vault, NOW))
    of_envelopes = [one for one in sent if "FROM envelope \n" in one.statement]
    assert len(of_envelopes) == 3
    with explained(database, ["envelope"], _KEPT) as connection:
        found = [read(connection, one, "envelope") for one in of_envelopes]
    for each in found:
        for plan in each:
            assert all(plan.values()), plan
    assert [plan.keys() for plan in found[-1]] == [{"ix_envelope_unanswered"}] * 2


def test_sent_lately__of_numbers_with_a_long_history__reads_their_last_day(database):
    with explained(database, ["message"], _HISTORY) as connection:
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
    with explained(database, ["message"], _HISTORY) as connection:
        with database.read() as session:
            numbers = list(session.scalars(_NUMBERS))
        (sent,) = noted(
            database, lambda session: session.connection().execute(_waiting(numbers, NOW))
        )
        for plan in read(connection, sent, "message"):
            assert "recipient_index" in plan.pop("ix_message_waiting")
            assert plan == {}
