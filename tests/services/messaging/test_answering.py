"""Answers to one number are counted exactly, whoever answers at once; old counts are deleted."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from functools import partial

from sqlalchemy import select

from gateway.envelope import Envelope
from services.messaging.answering import Answerer, delete_old_counts, queue_answer
from services.messaging.outbox import ReplyText
from services.storage.models import AnswerCount, Message
from services.storage.parties import sender_of
from services.storage.unit_of_work import Units
from tests.factories import FARMER, NOW, in_threads, rows

LIMIT = 3


def answer(database, number, text=None, known=None):
    envelope = Envelope("kannel-sms", f"number {number}", FARMER, "HELP", received_at=NOW)
    with Units(database)() as unit:
        to = Answerer(database.vault.index(FARMER), "en", LIMIT, known)
        return queue_answer(unit, envelope, to, [ReplyText(text or f"answer {number}")])


def reasons(database):
    with database.read() as session:
        return Counter(session.scalars(select(Message.reason)))


def test_answers__of_one_number_at_once__are_counted_to_the_one(database):
    went = in_threads(*[partial(answer, database, number) for number in range(8)])
    assert sum(went) == LIMIT
    assert reasons(database) == {None: LIMIT + 1, "too_many": 8 - LIMIT}
    assert rows(database, AnswerCount) == 1


def test_answers__at_once_on_a_history_that_each_has_read__are_counted_to_the_one(database):
    answer(database, 0)
    with Units(database)() as unit:
        known = sender_of(unit.session, database.vault.indexes(FARMER), FARMER).answers
    assert known.answers == 1
    went = in_threads(*[partial(answer, database, number, known=known) for number in range(1, 8)])
    assert sum(went) == LIMIT - 1
    assert reasons(database) == {None: LIMIT + 1, "too_many": 8 - LIMIT}


def test_counts__of_numbers_that_are_silent_for_a_day__are_deleted(database):
    answer(database, 1)
    with database.write() as session:
        delete_old_counts(session, NOW + timedelta(hours=20))
    assert rows(database, AnswerCount) == 1
    with database.write() as session:
        delete_old_counts(session, NOW + timedelta(days=2))
    assert rows(database, AnswerCount) == 0


def test_count__of_a_number__tells_neither_number_nor_text(database):
    answer(database, 1, text="Call 111 now.")
    with database.read() as session:
        kept = session.execute(select(AnswerCount.number_index, AnswerCount.digest)).one()
    vault, index = database.vault, database.vault.health_index(FARMER)
    assert tuple(kept) == (index, vault.digest(index + b"Call 111 now."))
