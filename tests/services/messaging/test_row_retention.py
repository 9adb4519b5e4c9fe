from __future__ import annotations

from datetime import timedelta
from functools import partial
from uuid import uuid4

import pytest
from sqlalchemy import insert, select, update

from gateway.envelope import DEVICE_CHANNEL
from services.messaging import row_retention
from services.messaging.retention import KEPT, erase_old_texts
from services.messaging.row_retention import delete_old_readings, delete_old_rows
from services.storage.models import (
    Access,
    Arrival,
    Attempt,
    Journal,
    Message,
    SequencedRequest,
    Task,
    TaskSource,
)
from sms.message import MessageState
from tests.factories import NOW, Phones, in_threads, rows

DAYS = 400
SECOND = timedelta(seconds=1)
OLD = NOW + timedelta(days=DAYS) + SECOND


@pytest.fixture
def came(database):
    """Three texts that were answered, and what a carrier was asked for each."""
    phones = Phones(database)
    for number in range(3):
        phones.send("HELP", sid=f"SM{number}")
    with database.write() as session:
        session.execute(update(Message).values(state=MessageState.DELIVERED.value))
        session.execute(
            insert(Attempt),
            [
                {
                    "public_id": uuid4(),
                    "message_id": key,
                    "channel": "console",
                    "state": "delivered",
                    "started_at": NOW,
                }
                for key in session.scalars(select(Message.id))
            ],
        )
    return database


def erase(database, now=OLD):
    with database.write(exclusive=False) as session:
        erase_old_texts(session, now)


def delete(database, now=OLD, days=DAYS):
    with database.write(exclusive=False) as session:
        return delete_old_rows(session, now, days)


def left(database):
    return [rows(database, table) for table in (Arrival, Message, Attempt)]


def test_rows__old_enough__go_once_with_their_attempts(came):
    erase(came)
    assert (delete(came), delete(came)) == (6, 0)
    assert left(came) == [0, 0, 0]


def test_rows__younger__stay(came):
    erase(came)
    assert delete(came, OLD - 2 * SECOND) == 0
    assert left(came) == [3, 3, 3]


def test_rows__whose_texts_are_not_erased__stay_however_few_days_are_set(came):
    assert delete(came, NOW + KEPT - SECOND, days=1) == 0
    assert delete(came, OLD) == 0, "of a message, the text goes first"
    assert left(came) == [3, 3, 3]


@pytest.mark.parametrize("column", ["subscription_id", "campaign_id", "version_id"])
def test_messages__of_a_programme__stay_and_are_passed_by(came, column):
    with came.write() as session:
        second = select(Message.id).order_by(Message.id).offset(1).limit(1).scalar_subquery()
        session.execute(update(Message).where(Message.id == second).values({column: 7}))
    erase(came)
    assert delete(came) == 5
    assert left(came) == [0, 1, 1]


def test_envelopes__of_devices_and_of_tasks__stay(came):
    with came.write() as session:
        first, second, _ = session.scalars(select(Arrival).order_by(Arrival.key_digest)).all()
        first.channel = DEVICE_CHANNEL
        task = Task(
            public_id=uuid4(),
            number="1068",
            kind="message",
            service="livestock",
            topic=b"1",
            made_at=NOW,
            due_at=NOW,
        )
        session.add(task)
        session.flush()
        session.add(TaskSource(task_id=task.id, kind="message", arrival=second.key_digest))
    erase(came)
    assert delete(came) == 4
    assert rows(came, Arrival) == 2
    assert rows(came, SequencedRequest) == 0


def test_rows__more_than_a_chunk__go_in_turn(came, monkeypatch):
    monkeypatch.setattr(row_retention, "_CHUNK", 2)
    erase(came)
    gone = [delete(came) for _ in range(3)]
    assert sum(gone) == 6
    assert gone[0] < 6
    assert left(came) == [0, 0, 0]


def test_rows__deleted_by_two_clocks_at_once__all_go_once(came):
    erase(came)
    assert sum(in_threads(partial(came.run, work, exclusive=False), work_again(came))) == 6
    assert left(came) == [0, 0, 0]


def work(session):
    return delete_old_rows(session, OLD, DAYS)


def work_again(database):
    return partial(database.run, work, exclusive=False)


def test_text__that_comes_again_after_its_row_went__is_recorded_once(database):
    phones = Phones(database)
    phones.send("REG 598000000000001", sid="SM1")
    with database.write() as session:
        session.execute(update(Message).values(state=MessageState.DELIVERED.value))
    erase(database)
    delete(database)
    assert rows(database, Arrival) == 0
    again = phones.send("REG 598000000000001", sid="SM1")
    assert again.outcome == "error.already_done"
    assert rows(database, Arrival) == 1
    assert rows(database, Journal) == 1


def test_readings__old__go_and_younger_stay(database):
    with database.write() as session:
        session.add_all(Access(at=NOW + timedelta(days=day), what="GET /x") for day in (0, 1))
    with database.write() as session:
        assert delete_old_readings(session, OLD, DAYS) == 1
        assert delete_old_readings(session, OLD, DAYS) == 0
    assert rows(database, Access) == 1
