from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import event, select

from services.messaging.consent import consents, grant, note_alive, refuse
from services.storage.models import Consent
from sms.consent import EVERYTHING, REACHABLE
from tests.factories import FARMER, NOW, rows

MARIA, PETER, NOBODY = b"maria", b"peter", b"nobody"


def say(database, *words, source="sms"):
    """Say words `(index, scope, granted)`; which of them were news."""
    with database.write() as session:
        return [
            (grant if granted else refuse)(session, index, scope, source, NOW)
            for index, scope, granted in words
        ]


def newest(database, *indexes):
    with database.read() as session:
        return consents(session, indexes)


def test_consents__several_words__the_newest_of_each_scope_holds(database):
    say(
        database,
        (MARIA, "quit", True),
        (MARIA, EVERYTHING, False),
        (PETER, "quit", True),
        (MARIA, "malaria", True),
        (MARIA, "quit", False),
        (MARIA, EVERYTHING, True),
    )
    assert newest(database, MARIA, PETER, NOBODY) == {
        MARIA: {"quit": False, EVERYTHING: True, "malaria": True},
        PETER: {"quit": True},
    }
    # The scope that was spoken of last comes last.
    assert list(newest(database, MARIA)[MARIA]) == ["malaria", "quit", EVERYTHING]
    assert newest(database, NOBODY) == newest(database) == {}


def test_consents__a_window_of_numbers__is_one_query(database):
    say(database, *((bytes([number]), "quit", True) for number in range(16)))
    asked = []
    with database.read() as session:
        session.connection()
        event.listen(database.engine, "before_cursor_execute", lambda *_: asked.append(1))
        found = consents(session, [bytes([number]) for number in range(16)])
    assert (len(found), len(asked)) == (16, 1)


def test_say__the_newest_word_again__adds_nothing(database):
    words = [(MARIA, "quit", granted) for granted in (True, True, False, False, True)]
    assert say(database, *words) == [True, False, True, False, True]
    assert rows(database, Consent) == 3


def test_say__a_first_refusal__is_news(database):
    assert say(database, (MARIA, "quit", False), source="carrier") == [True]
    with database.read() as session:
        [row] = session.scalars(select(Consent)).all()
        assert (row.source, row.at, row.granted) == ("carrier", NOW, False)


@pytest.mark.parametrize("words", [[], [(MARIA, REACHABLE, True)], [(PETER, REACHABLE, False)]])
def test_note_alive__number_that_was_never_dead__writes_nothing(database, words):
    say(database, *words)
    with database.write() as session:
        note_alive(session, MARIA, NOW)
    assert rows(database, Consent) == len(words)


def test_text__from_a_dead_number__makes_it_reachable_again(phones):
    phones.say("HELP")
    index = phones.database.vault.index(FARMER)
    say(phones.database, (index, REACHABLE, False), source="carrier")
    phones.now += timedelta(days=1)
    # Also a text that nobody understands.
    phones.send("???")
    assert newest(phones.database, index) == {index: {REACHABLE: True}}
