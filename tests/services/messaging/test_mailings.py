from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from gateway.envelope import Envelope
from services.messaging import outbox
from services.messaging.answering import Answerer, queue_answer
from services.messaging.dispatch.store import DatabaseDispatchStore
from services.messaging.outbox import (
    REPLY_LIFE,
    OutboundMessage,
    ReplyText,
    SendOptions,
    enqueue_messages,
)
from services.storage.models import Message
from services.storage.unit_of_work import Units
from sms.admission import PRIORITIES
from sms.answering import USUAL
from sms.message import Kind, Late
from sms.settings import SmsSettings
from tests.factories import BUYER, FARMER, NOW, Phones, in_threads, rows

TEXT = "Tambu long muvim pik."


def letter(database, number, dedupe, **more):
    return OutboundMessage(number, database.vault.index(number), TEXT, dedupe, **more)


def queue(database, *letters, **mailing):
    shared = SendOptions("notice", NOW - timedelta(hours=1), NOW + timedelta(days=1), **mailing)
    with database.write() as session:
        enqueue_messages(session, letters, shared)


def the_message(database):
    with database.read() as session:
        row = session.scalars(select(Message)).one()
        session.expunge(row)
        return row


def test_enqueue_messages__same_letters_again__are_there_once(database):
    letters = [letter(database, number, f"to {number}") for number in (FARMER, BUYER)]
    queue(database, *letters, letters[0])
    queue(database, *letters)
    assert rows(database, Message) == 2


def test_enqueue_messages__same_letters_from_workers_at_once__are_there_once(database):
    letters = [letter(database, FARMER, f"number {number}") for number in range(20)]
    in_threads(*[lambda: queue(database, *letters)] * 3)
    assert rows(database, Message) == 20


def test_enqueue_messages__more_than_one_chunk__are_all_there(database, monkeypatch):
    monkeypatch.setattr(outbox, "_CHUNK", 3)
    queue(database, *(letter(database, FARMER, f"number {number}") for number in range(7)))
    assert rows(database, Message) == 7


def test_enqueue_messages__mailing__tells_what_its_letters_obey(database):
    queue(
        database,
        letter(database, FARMER, "one", zone="Pacific/Bougainville"),
        kind=Kind.PROGRAMME,
        scope="clinic",
        late=Late.SHIFT,
        double_ok=True,
        via="kannel",
    )
    found = the_message(database)
    assert (found.kind, found.scope, found.late) == ("programme", "clinic", "shift")
    assert (found.zone, found.via, found.double_ok) == ("Pacific/Bougainville", "kannel", True)
    assert (found.state, found.priority) == ("queued", PRIORITIES[Kind.PROGRAMME])
    assert found.created_at == found.planned_at == found.due_at == NOW - timedelta(hours=1)
    assert (found.expires_at, found.purpose) == (NOW + timedelta(days=1), "notice")


def test_enqueue_messages__texts__are_sealed_and_found_by_their_receiver(database):
    queue(database, letter(database, FARMER, "one"))
    with database.read() as session:
        found = session.scalars(
            select(Message).where(Message.recipient_index == database.vault.index(FARMER))
        ).one()
        assert (found.recipient, found.body) == (FARMER, TEXT)
        sealed = session.connection().exec_driver_sql("SELECT recipient, body FROM message").one()
    assert not [
        column for column in sealed if TEXT.encode() in column or FARMER[1:].encode() in column
    ]


def test_claim__answer_younger_than_a_mailing__goes_first(database):
    queue(database, *(letter(database, FARMER, f"letter {number}") for number in range(20)))
    Phones(database).say("HELP", BUYER)
    store = DatabaseDispatchStore(database, SmsSettings())
    assert [message.to for message in store.claim("one", 3, NOW)] == [BUYER, FARMER, FARMER]


def answer(database):
    envelope = Envelope("kannel-sms", "number 1", FARMER, "HELP", received_at=NOW)
    with Units(database)() as unit:
        index = database.vault.index(FARMER)
        to = Answerer(index, "tpi", USUAL.keepers)
        assert queue_answer(unit, envelope, to, [ReplyText("Salim REG.")])


def test_queue_answer__to_an_envelope__goes_back_the_same_way_at_once(database):
    answer(database)
    found = the_message(database)
    assert (found.recipient, found.body) == (FARMER, "Salim REG.")
    assert (found.kind, found.via, found.priority) == ("answer", "kannel", 0)
    assert found.planned_at == found.due_at == NOW
    assert found.expires_at == NOW + REPLY_LIFE


def test_queue_answer__to_one_envelope_twice__is_refused(database):
    answer(database)
    with pytest.raises(IntegrityError):
        answer(database)
    assert rows(database, Message) == 1
