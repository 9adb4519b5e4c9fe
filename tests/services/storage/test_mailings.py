from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select

from services.storage.mailings import AFTER_ANSWERS, Letter, Mailing, queue_letters
from services.storage.messages import DatabaseDispatchStore
from services.storage.models import Message
from tests.factories import BUYER, FARMER, NOW, Phones, rows


def letter(database, number, dedupe):
    return Letter(number, database.vault.index(number), "Tambu long muvim pik.", dedupe)


def queue(database, *letters, priority=AFTER_ANSWERS):
    mailing = Mailing("notice", NOW - timedelta(hours=1), NOW + timedelta(days=1), priority)
    with database.write() as session:
        queue_letters(session, letters, mailing)


def test_queue_letters__same_letters_again__are_there_once(database):
    letters = [letter(database, number, f"to {number}") for number in (FARMER, BUYER)]
    queue(database, *letters)
    queue(database, *letters)
    assert rows(database, Message) == 2


def test_claim__answer_younger_than_a_mailing__goes_first(database):
    queue(database, *(letter(database, FARMER, f"letter {number}") for number in range(20)))
    Phones(database).say("HELP", BUYER)
    store = DatabaseDispatchStore(database, lambda: NOW)
    assert [message.to for message in store.claim("one", 3, NOW)] == [BUYER, FARMER, FARMER]


def test_queue_letters__texts__are_sealed_and_found_by_their_receiver(database):
    queue(database, letter(database, FARMER, "one"))
    with database.read() as session:
        found = session.scalars(
            select(Message).where(Message.recipient_index == database.vault.index(FARMER))
        ).one()
        assert (found.recipient, found.body) == (FARMER, "Tambu long muvim pik.")
