"""Statements of the programmes' clock and counts read what is due, or what is of the period."""

from __future__ import annotations

from contextlib import closing
from datetime import date
from typing import TYPE_CHECKING

import psycopg
import pytest
from sqlalchemy import text

from services.health.conversation.reminders import allocation_waits, close, remind
from services.health.courses.completion import finish
from services.health.courses.course_outbox import course_texts
from services.health.indicators.disaggregation import Period
from services.health.indicators.facts import count_facts
from services.health.recalls.waiting_texts import _named, _replies
from services.messaging.dispatch.called_off import called_off
from services.messaging.outbox import call_off
from services.storage.database import Database
from services.storage.models import Message, Recall, Subscription
from services.storage.vault import Vault
from sms.message import MessageState
from sms.reasons import Reason
from tests.factories import KEY, NOW
from tests.plans import filling
from tests.plans.explaining import Planner, explained, read
from tests.plans.filling import fill
from tests.plans.noting import Notebook, noted

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy.orm import Session

    from tests.plans.explaining import WholeTable
    from tests.plans.noting import Noted

pytestmark = pytest.mark.postgres

OCTOBER = Period(date(2026, 10, 1), date(2026, 10, 31))
LARGE = 5_000
TABLES = ("message", "attempt", "subscription", "asking", "party", "person")
_WITHDRAWN = text(
    """
    INSERT INTO programme_approval (version_id, language, reference, approved_by_id, approved_at,
        journal_id, withdrawn_at)
    SELECT one, 'tpi', '', 1, NOW(), 1, CASE WHEN one < 4 THEN NOW() END
    FROM generate_series(1, 8) AS one
    """
)
"""Eight versions, of which three were withdrawn."""
_MEMBERS = """
    UPDATE subscription SET state = 'active', language = 'tpi',
        next_on = CASE WHEN id % 100 > 0 THEN DATE '2026-11-28' END,
        version_id = CASE WHEN id % 200 = 0 THEN 1 + id / 200 % 3 ELSE 4 + id % 5 END
"""
"""Members of whom few are in a version that was withdrawn, and few have no day to plan left."""
_COURSES = """
    UPDATE message SET kind = 'programme', subscription_id = 1000000000 + id % 200,
        version_id = 1 + id % 50, language = 'tpi', item = 'm' || id % 80,
        state = CASE WHEN id % 4 = 0 THEN 'queued' ELSE 'delivered' END
"""
"""A hundred texts of each course, of which each waits for a quarter."""
_UNREPORTED = "UPDATE message SET state = 'sent' WHERE state = 'delivered'"


@pytest.fixture
def database(migrated_url):
    with closing(Database(migrated_url, Vault(KEY))) as database:
        yield database


@pytest.fixture
def asked(migrated_url):
    """Asks a database; what it was asked is planned as if the tables had rows of some years."""
    with closing(Database(migrated_url, Vault(KEY))) as database:

        def ask(work: Callable[[Session], object]) -> tuple[list[Noted], list[WholeTable]]:
            notes = Notebook()
            with notes.open(database.engine), database.write() as session:
                work(session)
            with database.engine.begin() as connection:
                fill(connection, TABLES)
            url = database.engine.url.set(drivername="postgresql")
            with psycopg.connect(
                url.render_as_string(hide_password=False), autocommit=True
            ) as connection:
                connection.execute("VACUUM ANALYZE")
                noted = list(notes.noted.values())
                return noted, list(Planner(connection, LARGE).read_whole(noted))

        yield ask


def says(noted, *words):
    return any(all(word in one.statement for word in words) for one in noted)


def test_count__of_a_month__reads_no_messages_or_attempts_of_other_years(asked, monkeypatch):
    monkeypatch.setattr(filling, "ROWS", 100_000)
    noted, whole = asked(lambda session: count_facts(session, "v1", OCTOBER, NOW))
    timed = [one for one in noted if says([one], "message.planned_at >=") or says([one], "tried")]
    assert len(timed) == 3
    read = {one.table for one in whole if one.noted in timed}
    assert not read & {"message", "attempt"}
    # A plan for all values could not use the index of a condition with a parameter.
    assert says(noted, "message.planned_at >=", "message.purpose = 'course'")


def test_finish__of_courses_that_are_over__reads_those_without_a_day_to_plan(asked):
    noted, whole = asked(lambda session: finish(session, NOW, 200))
    assert not {one.table for one in whole} & {"subscription", "message", "asking"}
    assert says(noted, "subscription.next_on IS NULL", "subscription.state = 'active'")


@pytest.mark.slow
def test_finish__once_a_version_was_withdrawn__reads_its_members_and_what_waits_for_them(database):
    with database.engine.begin() as connection:
        connection.execute(text("SET LOCAL session_replication_role = replica"))
        connection.execute(_WITHDRAWN)
    sent = noted(database, lambda session: finish(session, NOW, 200))
    members = [one for one in sent if one.by.endswith(":_over")]
    assert len(members) == 2
    tables = ["asking", "message", "subscription"]
    with explained(database, tables, _MEMBERS, _COURSES) as connection:
        for one, index in zip(members, ("finishing", "version"), strict=True):
            for plan in read(connection, one, "subscription"):
                assert plan.keys() == {f"ix_subscription_{index}"}
            for plan in read(connection, one, "message"):
                assert "state" in plan.pop("ix_message_subscription_state")
                assert plan == {}


@pytest.mark.slow
def test_recall__of_a_text__reads_where_it_waits(database):
    recall = Recall(id=1, language="tpi", text_id="m1")
    looks = (_named, _replies)
    sent = noted(database, lambda session: [look(session, recall, 200) for look in looks])
    assert len(sent) == 2
    with explained(database, ["message"], _COURSES) as connection:
        for one in sent:
            for plan in read(connection, one, "message"):
                assert "item" in plan.pop("ix_message_waiting_text")
                assert plan == {}


@pytest.mark.parametrize("work", [close, remind, allocation_waits])
def test_questions__that_are_due__are_read_in_the_order_of_an_index(asked, work):
    noted, whole = asked(lambda session: work(session, NOW))
    assert not {one.table for one in whole} & {"asking", "subscription"}
    assert says(noted, "FROM asking JOIN subscription", "asking.state = 'open'")


@pytest.mark.slow
def test_end__of_a_course__finds_its_texts_by_the_course(database):
    course = Subscription(id=1_000_000_001)
    mine = Message.subscription_id == course.id
    ending = MessageState.CANCELLED, Reason.CANCELLED

    def work(session):
        course_texts(session, course, NOW)
        call_off(session, mine, ending, NOW)

    sent = noted(database, work)
    with explained(database, ["message"], _COURSES, _UNREPORTED) as connection:
        for one in sent:
            for plan in read(connection, one, "message"):
                assert "subscription_id" in plan.pop("ix_message_subscription_state")
                assert plan == {}


@pytest.mark.slow
def test_failed_texts__that_may_be_called_off__are_read_by_their_keys(database):
    (sent,) = noted(database, lambda session: called_off(session, [1, 2]))
    with explained(database, ["message", "subscription"], _COURSES) as connection:
        for plan in read(connection, sent, "message"):
            assert "id" in plan.pop("pk_message")
            assert plan == {}
        for plan in read(connection, sent, "subscription"):
            assert plan.keys() == {"pk_subscription"}
