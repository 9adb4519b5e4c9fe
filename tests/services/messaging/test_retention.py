from __future__ import annotations

from datetime import timedelta
from functools import partial
from time import sleep

import pytest
from sqlalchemy import select, update

from gateway.errors import KeyConflict
from services.messaging import retention
from services.messaging.retention import KEPT, erase_old_texts
from services.storage.models import Arrival, ArrivalConflict, Message
from sms.message import MessageState
from tests.factories import NOW, Phones, in_threads
from tests.services.conftest import KINDS

SECOND = timedelta(seconds=1)


@pytest.fixture
def came(database):
    phones = Phones(database)
    phones.send("HELP", sid="old")
    with pytest.raises(KeyConflict):
        phones.send("something else", sid="old")
    return database


def left(database, table):
    with database.read() as session:
        return [
            (row.sender, row.payload, getattr(row, "answer", None)) for row in session.query(table)
        ]


def erase(database, now):
    with database.write() as session:
        return erase_old_texts(session, now)


def test_payloads__of_ninety_days__are_kept(came):
    assert erase(came, NOW + KEPT) == 0
    assert all(left(came, Arrival)[0])


def test_payloads__older__are_erased_once_and_what_became_of_them_stays(came):
    later = NOW + KEPT + timedelta(seconds=1)
    assert (erase(came, later), erase(came, later)) == (2, 0)
    assert left(came, Arrival) == left(came, ArrivalConflict) == [(None, None, None)]
    with came.read() as session:
        assert session.query(Arrival).one().outcome == "help"


def sent_texts(database):
    with database.read() as session:
        rows = session.scalars(select(Message).order_by(Message.id))
        return [(one.recipient, one.body, one.state) for one in rows]


def test_messages__older__lose_number_and_text_and_keep_what_became_of_them(came):
    with came.write() as session:
        session.execute(update(Message).values(state=MessageState.DELIVERED.value))
    assert all(sent_texts(came)[0])
    erase(came, NOW + KEPT + SECOND)
    assert sent_texts(came) == [("", "", "delivered")]
    with came.read() as session:
        assert session.scalar(select(Message.recipient_index)) != b""


def test_messages__still_on_their_way__stay_and_so_do_those_after_them(came):
    Phones(came).send("HELP", sid="later")
    assert erase(came, NOW + KEPT + SECOND) == 3, "the envelopes alone"
    assert all(all(row) for row in sent_texts(came))
    with came.write() as session:
        session.execute(update(Message).values(state=MessageState.EXPIRED.value))
    assert erase(came, NOW + KEPT + SECOND) == 2


def test_messages__younger__stay(came):
    with came.write() as session:
        session.execute(update(Message).values(state=MessageState.DELIVERED.value))
    erase(came, NOW + KEPT)
    assert all(sent_texts(came)[0])


def test_messages__whose_fate_nobody_ever_learnt__do_not_keep_those_after_them(came):
    Phones(came).send("HELP", sid="later")
    with came.write() as session:
        first = select(Message.id).order_by(Message.id).limit(1).scalar_subquery()
        session.execute(update(Message).values(state=MessageState.DELIVERED.value))
        session.execute(
            update(Message).where(Message.id == first).values(state=MessageState.UNCERTAIN.value)
        )
    erase(came, NOW + KEPT + SECOND)
    assert sent_texts(came) == [("", "", "uncertain"), ("", "", "delivered")]


@pytest.mark.parametrize("kind", KINDS)
def test_messages__erased_by_two_clocks_at_once__are_all_erased(open_database, kind, monkeypatch):
    monkeypatch.setattr(retention, "_CHUNK", 2)
    database = open_database(kind)
    for number in range(8):
        Phones(database).send("HELP", sid=f"SM{number}")
    with database.write() as session:
        session.execute(update(Message).values(state=MessageState.DELIVERED.value))

    def step(session):
        found = erase_old_texts(session, NOW + KEPT + SECOND)
        sleep(0.05)
        return found

    while sum(in_threads(*[partial(database.run, step, exclusive=False)] * 2)):
        pass
    assert [text for _, text, _ in sent_texts(database)] == [""] * 8
