"""A message that nobody understood stands in the inbox, and is answered by a person once."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select, update

from services.messaging.errors import AnsweredAlready, SenderForgotten, UnknownArrival
from services.messaging.inbox import OPERATOR, Inbox, count_inbox
from services.messaging.inbox_rules import Service
from services.storage.models import Arrival, Message
from tests.factories import FARMER, NOW, in_threads


def read_inbox(session, database, since=None):
    return Inbox(session, database.vault, OPERATOR).newest(set(Service), 10, since)


@pytest.fixture
def arrival(database, phones):
    """The id of a message that nobody understood."""
    phones.send("REG 598000000000017")
    phones.send("wanem samting")
    with database.read() as session:
        (one,) = read_inbox(session, database)
    return one.id


def answer(database, arrival, text="Monday."):
    with database.write() as session:
        return Inbox(session, database.vault, OPERATOR).answer(arrival, text, NOW)


def answers(database):
    with database.read() as session:
        return session.scalars(select(Message.body).where(Message.purpose == "inbox")).all()


def test_answer__a_message__goes_to_who_sent_it(database, arrival):
    assert answer(database, arrival) == database.vault.index(FARMER)
    assert answers(database) == ["Livestock officer: Monday."]
    with database.read() as session:
        (one,) = read_inbox(session, database, NOW)
        assert (one.answered, one.sender, one.text) == (True, FARMER, "wanem samting")
        assert (one.service, one.province) == (Service.LIVESTOCK, None)
        assert read_inbox(session, database, NOW + timedelta(days=1)) == []


def test_answer__twice_or_by_two_at_once__is_one(database, arrival):
    def try_it():
        try:
            return answer(database, arrival) and "answered"
        except AnsweredAlready:
            return "refused"

    assert sorted(map(str, in_threads(try_it, try_it))) == ["answered", "refused"]
    assert try_it() == "refused"
    assert answers(database) == ["Livestock officer: Monday."]


def test_answer__to_what_was_understood_or_to_nothing__is_unknown(database, arrival):
    with database.read() as session:
        others = select(Arrival.key_digest).where(Arrival.outcome != "not_understood")
        understood = session.scalars(others).one().hex()
    for wrong in (understood, "6b" * 32, "Monday"):
        with pytest.raises(UnknownArrival):
            answer(database, wrong)


def test_answer__to_who_is_forgotten__is_refused(database, arrival):
    with database.write() as session:
        session.execute(update(Arrival).values(sender=None, payload=None, answer=None))
    with pytest.raises(SenderForgotten):
        answer(database, arrival)


def test_count__of_messages__is_by_service_and_province_and_tells_of_nobody(database, phones):
    phones.send("PLACE Jiwaka")
    for text in ("wanem samting", "mi gat suga na mi no save", "pik bilong mi i go we"):
        phones.send(text)
    with database.read() as session:
        assert [tuple(one) for one in count_inbox(session)] == [
            ("health", None, 1),
            ("livestock", "Jiwaka", 2),
        ]
        assert count_inbox(session, NOW + timedelta(days=1)) == []


def test_newest__fewer_than_there_are__leaves_the_session_free_to_write(database, phones):
    for number in range(3):
        phones.now += timedelta(minutes=1)
        phones.send(f"wanem samting {'x' * (number + 1)}")
    with database.write() as session:
        inbox = Inbox(session, database.vault, OPERATOR)
        newest = inbox.newest(set(Service), 1)
        assert [one.text for one in newest] == ["wanem samting xxx"]
        inbox.answer(newest[0].id, "Monday.", phones.now)
        assert [one.answered for one in inbox.newest(set(Service), 2)] == [True, False]
    assert len(answers(database)) == 1
