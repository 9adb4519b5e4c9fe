"""Concerns are handled once; a message that nobody understood is answered by a person once."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import select, update

from services.core.roles import Role
from services.health.care.concerns import ConcernKind, NewConcern, raise_concern
from services.health.care.inbox import (
    answer_arrival,
    concern_view,
    concerns_wanted,
    find_concern,
    handle_concern,
    read_inbox,
)
from services.health.errors import (
    AnsweredAlready,
    HandledAlready,
    SenderForgotten,
    UnknownArrival,
    UnknownConcern,
)
from services.storage.models import Arrival, Message, Person
from tests.factories import FARMER, NOW, in_threads
from tests.services.health.scene import CLINICIAN, person


@pytest.fixture
def concern(database):
    """The public id of what somebody in Morobe wrote of."""
    key = person(database, FARMER, Role.KEEPER)
    with database.write() as session:
        session.add(Person(party_id=key, province="Morobe"))
        session.flush()
        worry = NewConcern(ConcernKind.FLAG, "chest_pain", key, FARMER, "tobacco")
        return raise_concern(session, worry, NOW).public_id


def handle(database, concern, note="Called him."):
    clinician = person(database, CLINICIAN, Role.CLINICIAN)
    with database.write() as session:
        at = NOW + timedelta(hours=1)
        handle_concern(session, find_concern(session, concern), clinician, note, at)


def listed(database, programme=None, *, handled=False):
    with database.read() as session:
        wanted = concerns_wanted(programme, handled=handled)
        return [(row.code, row.province) for row in session.execute(wanted)]


def test_list__open_and_handled__are_apart(database, concern):
    assert listed(database) == listed(database, "tobacco") == [("chest_pain", "Morobe")]
    assert listed(database, "diabetes") == listed(database, handled=True) == []
    handle(database, concern)
    assert listed(database) == []
    assert listed(database, handled=True) == [("chest_pain", "Morobe")]


def test_view__without_a_subscription__has_the_number_of_the_person(database, concern):
    with database.read() as session:
        told = concern_view(session, find_concern(session, concern))
    assert (told["phone"], told["province"], told["subscription"]) == (FARMER, "Morobe", None)


def test_handle__twice__is_refused_and_keeps_the_first_note(database, concern):
    handle(database, concern)
    with pytest.raises(HandledAlready):
        handle(database, concern, "Called her.")
    with database.read() as session:
        assert concern_view(session, find_concern(session, concern))["note"] == "Called him."


def test_find__what_is_not_there__is_unknown(database):
    with database.read() as session, pytest.raises(UnknownConcern):
        find_concern(session, uuid4())


@pytest.fixture
def arrival(database, phones):
    """The id of a message that nobody understood."""
    phones.send("REG 598000000000017")
    phones.send("wanem samting")
    with database.read() as session:
        (one,) = read_inbox(session, 10, None)
    return one["id"]


def answer(database, arrival, text="Monday."):
    with database.write() as session:
        return answer_arrival(session, database.vault, arrival, text, NOW)


def answers(database):
    with database.read() as session:
        return session.scalars(select(Message.body).where(Message.purpose == "inbox")).all()


def test_answer__a_message__goes_to_who_sent_it(database, arrival):
    assert answer(database, arrival) == database.vault.index(FARMER)
    assert answers(database) == ["Monday."]
    with database.read() as session:
        (one,) = read_inbox(session, 10, NOW)
        assert (one["answered"], one["sender"], one["text"]) == (True, FARMER, "wanem samting")
        assert read_inbox(session, 10, NOW + timedelta(days=1)) == []


def test_answer__twice_or_by_two_at_once__is_one(database, arrival):
    def try_it():
        try:
            return answer(database, arrival) and "answered"
        except AnsweredAlready:
            return "refused"

    assert sorted(map(str, in_threads(try_it, try_it))) == ["answered", "refused"]
    assert try_it() == "refused"
    assert answers(database) == ["Monday."]


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
