"""The codes of FORGET: who gets one, how long it counts, and that nobody hits one by trying."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from sqlalchemy import select

from services.storage.models import Contact, Message, PendingConfirmation
from services.texts.catalogue import say
from tests.factories import BUYER, FARMER, STRANGER, Phones, in_threads, official, rows
from tests.services.messaging.forgetting import DONE, NO_CODE, WRONG, Ticking, code_of, mine
from tests.support.texts import assert_one_segment


@pytest.fixture
def phones(database):
    return Ticking(database)


def others(code, count):
    """Codes that are not this one."""
    return [f"{(int(code) + more) % 10_000:04}" for more in range(1, count + 1)]


def draw(monkeypatch, *codes):
    """These codes are drawn next."""
    drawn = iter(codes)
    monkeypatch.setattr(
        "services.messaging.forget_command.secrets.randbelow", lambda _: next(drawn)
    )


@pytest.mark.parametrize("minutes", [0, 29])
def test_forget__code_within_half_an_hour__counts(phones, minutes):
    code = code_of(phones.say("FORGET"))
    phones.now += timedelta(minutes=minutes)
    assert phones.say(f"forget me, code {code}") == DONE["en"]


@pytest.mark.parametrize("minutes", [30, 60])
def test_forget__code_after_half_an_hour__does_not_count(phones, minutes):
    code = code_of(phones.say("FORGET"))
    phones.now += timedelta(minutes=minutes)
    assert phones.say(f"FORGET {code}") == NO_CODE["en"]
    assert mine(phones.database, Contact)


def test_forget__code_that_nobody_asked_for__does_nothing(phones):
    for sender in (FARMER, STRANGER):
        for code in ("0000", "1262", "4827"):
            assert phones.say(f"FORGET {code}", sender) == NO_CODE["en"]
    assert phones.say("RAUSIM MI 4827") == NO_CODE["tpi"]
    assert rows(phones.database, PendingConfirmation) == 0
    assert mine(phones.database, Contact)


def test_forget__code_of_another_phone__does_nothing(phones):
    code = code_of(phones.say("FORGET"))
    assert phones.say(f"FORGET {code}", BUYER) == NO_CODE["en"]
    assert phones.say(f"FORGET {code}") == DONE["en"]


@pytest.mark.parametrize(("word", "language"), [("FORGET", "en"), ("RAUSIM MI", "tpi")])
def test_forget__seven_wrong_codes__are_five_tries_and_the_right_one_is_dead(
    phones, word, language
):
    code = code_of(phones.say(word))
    wrong = [phones.say(f"{word} {other}") for other in others(code, 7)]
    left = [WRONG[language].format(count=count) for count in (4, 3, 2, 1)]
    assert wrong == [*left, say("answer.spent", language), *[NO_CODE[language]] * 2]
    assert phones.say(f"{word} {code}") == NO_CODE[language]
    assert mine(phones.database, Contact)
    assert phones.say(f"{word} {code_of(phones.say(word))}") == DONE[language]


def test_forget__right_code_after_four_wrong_ones__counts(phones):
    code = code_of(phones.say("FORGET"))
    for other in others(code, 4):
        phones.say(f"FORGET {other}")
    assert phones.say(f"FORGET {code}") == DONE["en"]


def test_forget__asked_twice__has_the_second_code_alone(phones, monkeypatch):
    draw(monkeypatch, 1111, 2222)
    assert [code_of(phones.say("FORGET")) for _ in range(2)] == ["1111", "2222"]
    assert phones.say("FORGET 1111") == WRONG["en"].format(count=4)
    assert phones.say("FORGET 2222") == DONE["en"]


def test_forget__same_sms_twice__sends_one_code(phones):
    asked = [phones.send("FORGET", FARMER, "SM-ask").text for _ in range(2)]
    assert asked[0] == asked[1]
    assert (rows(phones.database, PendingConfirmation), rows(phones.database, Message)) == (1, 1)
    wrong = others(code_of(asked[0]), 1)[0]
    told = {phones.send(f"FORGET {wrong}", FARMER, "SM-wrong").text for _ in range(7)}
    assert told == {WRONG["en"].format(count=4)}


def test_forget__asked_more_than_five_times_a_day__sends_no_code(phones):
    codes = [code_of(phones.say("FORGET")) for _ in range(5)]
    assert phones.say("FORGET") == (
        "You got too many codes today. To be forgotten, send FORGET again tomorrow, or tell an "
        "officer."
    )
    assert phones.say("RAUSIM MI") == (
        "Yu kisim planti kod pinis tude. Salim RAUSIM MI gen tumora, o tokim ofisa."
    )
    assert rows(phones.database, PendingConfirmation) == 5
    assert code_of(phones.say("FORGET", BUYER))
    phones.now += timedelta(days=1)
    assert code_of(phones.say("FORGET"))
    assert len(codes) == 5


def test_forget__fifth_code_of_a_day__counts_though_another_was_asked_for(phones):
    code = [code_of(phones.say("FORGET")) for _ in range(5)][-1]
    phones.say("FORGET")
    assert phones.say(f"FORGET {code}") == DONE["en"]


def test_forget__a_thousand_forged_codes__have_at_most_twenty_five_tries_a_day(phones, monkeypatch):
    draw(monkeypatch, *range(9995, 10_000))
    for number in range(200):
        if number % 20 == 0:
            phones.say("FORGET")
        phones.say(f"FORGET {number:04}")
    with phones.database.read() as session:
        assert sum(session.scalars(select(PendingConfirmation.tries))) == 25
    assert mine(phones.database, Contact)


def test_forget__while_it_waits__leaves_the_answers_to_pigs_alone(phones):
    phones.say("PLACE Marias garden, Jiwaka")
    phones.say(f"REG {official(1)}")
    slaughter = re.search("[0-9]{4}", phones.say(f"KILL {official(1)}").rpartition("code")[2])[0]
    for other in others(code_of(phones.say("FORGET")), 5):
        phones.say(f"FORGET {other}")
    code = code_of(phones.say("FORGET"))
    # Alone it is the answer to another question.
    assert phones.say(slaughter).startswith("We wrote down:")
    assert phones.say(f"FORGET {code}") == DONE["en"]


def test_forget__code_alone__erases_nobody(phones, monkeypatch):
    draw(monkeypatch, 4822)
    phones.say("FORGET")
    assert phones.say("4822") == say("answer.none", "en")
    assert phones.say("1") == say("answer.none", "en")
    assert mine(phones.database, Contact)


def test_forget__wrong_codes_at_once__are_counted_exactly(database):
    phones = Phones(database)
    code = code_of(phones.say("FORGET"))
    for other in others(code, 3):
        phones.say(f"FORGET {other}")
    wrong = others(code, 4)[-1]
    told = in_threads(*(lambda: phones.send(f"FORGET {wrong}").text for _ in range(2)))
    assert sorted(told) == [WRONG["en"].format(count=1), say("answer.spent", "en")]
    with database.read() as session:
        assert session.execute(
            select(PendingConfirmation.state, PendingConfirmation.tries)
        ).all() == [("spent", 5)]
    assert phones.say(f"FORGET {code}") == NO_CODE["en"]


def test_forget__asked_at_once_at_the_end_of_the_day__sends_one_code_more(database):
    phones = Phones(database)
    for _ in range(4):
        phones.say("FORGET")
    told = in_threads(*(lambda: phones.send("FORGET").text for _ in range(2)))
    assert sorted(text.partition(" ")[0] for text in told) == ["To", "You"]
    with database.read() as session:
        states = session.scalars(select(PendingConfirmation.state)).all()
    assert sorted(states) == ["open", *["replaced"] * 4]


@pytest.mark.parametrize("code", ["forget.wrong_code", "forget.no_code", "forget.codes_spent"])
@pytest.mark.parametrize("language", ["en", "tpi"])
def test_sentence__of_a_code__is_one_segment(code, language):
    assert_one_segment(say(code, language, count=4))
