"""The codes of FORGET: who gets one, how long it counts, and that nobody hits one by trying."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from services.messaging.codes import is_short_number
from services.storage.models import Contact, Message, PendingConfirmation, PendingErasure
from services.texts.catalogue import say
from tests.factories import BUYER, FARMER, STRANGER, Phones, in_threads, official, rows
from tests.services.messaging.forgetting import NO_CODE, WRONG, Ticking, code_of, mine, notice
from tests.support.texts import assert_one_segment, codes_in


@pytest.fixture
def phones(database):
    return Ticking(database)


def others(code, count):
    """Codes that are not this one."""
    told = (f"{(int(code) + more) % 900_000 + 100_000}" for more in range(1, 99))
    return [one for one in told if not is_short_number(one)][:count]


def draw(monkeypatch, *codes):
    """These codes are drawn next."""
    drawn = iter(map(str, codes))
    monkeypatch.setattr("services.messaging.codes.draw_code", lambda _: next(drawn))


@pytest.mark.parametrize("minutes", [0, 9])
def test_forget__code_within_ten_minutes__counts(phones, minutes):
    code = code_of(phones.say("FORGET"))
    phones.now += timedelta(minutes=minutes)
    assert phones.say(f"forget me, code {code}") == notice(phones)


@pytest.mark.parametrize("minutes", [10, 60])
def test_forget__code_after_ten_minutes__does_not_count(phones, minutes):
    code = code_of(phones.say("FORGET"))
    phones.now += timedelta(minutes=minutes)
    assert phones.say(f"FORGET {code}") == NO_CODE["en"]
    assert rows(phones.database, PendingErasure) == 0


def test_forget__code_that_nobody_asked_for__does_nothing(phones):
    for sender in (FARMER, STRANGER):
        for code in ("100000", "482713", "482 713"):
            assert phones.say(f"FORGET {code}", sender) == NO_CODE["en"]
    assert phones.say("RAUSIM MI 482713") == NO_CODE["tpi"]
    assert rows(phones.database, PendingConfirmation) == 0
    assert mine(phones.database, Contact)


@pytest.mark.parametrize("typed", ["12345", "1234567", "1359", "my code is 12345"])
def test_forget__digits_that_are_no_code__are_a_wrong_code_that_counts(phones, typed):
    code = code_of(phones.say("FORGET"))
    assert phones.say(f"FORGET {typed}").startswith("The code is wrong")
    assert phones.say(f"FORGET {code}") == notice(phones)


def test_forget__code_of_another_phone__does_nothing(phones):
    code = code_of(phones.say("FORGET"))
    assert phones.say(f"FORGET {code}", BUYER) == NO_CODE["en"]
    assert phones.say(f"FORGET {code}") == notice(phones)


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
    assert phones.say(f"{word} {code_of(phones.say(word))}") == notice(phones, language)


def test_forget__right_code_after_four_wrong_ones__counts(phones):
    code = code_of(phones.say("FORGET"))
    for other in others(code, 4):
        phones.say(f"FORGET {other}")
    assert phones.say(f"FORGET {code}") == notice(phones)


def test_forget__asked_twice__has_the_second_code_alone(phones, monkeypatch):
    draw(monkeypatch, 111113, 222222)
    assert [code_of(phones.say("FORGET")) for _ in range(2)] == ["111113", "222222"]
    assert phones.say("FORGET 111113") == WRONG["en"].format(count=4)
    assert phones.say("FORGET 222222") == notice(phones)


def test_forget__same_sms_twice__sends_one_code(phones):
    asked = [phones.send("FORGET", FARMER, "SM-ask").text for _ in range(2)]
    assert asked[0] == asked[1]
    assert (rows(phones.database, PendingConfirmation), rows(phones.database, Message)) == (1, 1)
    wrong = others(code_of(asked[0]), 1)[0]
    told = {phones.send(f"FORGET {wrong}", FARMER, "SM-wrong").text for _ in range(7)}
    assert told == {WRONG["en"].format(count=4)}


def test_forget__asked_more_than_five_times_an_hour__sends_no_code_for_an_hour(phones):
    for _ in range(5):
        assert code_of(phones.say("FORGET"))
    assert phones.send("FORGET").text == say("error.too_many_codes", "en")
    assert phones.send("RAUSIM MI").text == say("error.too_many_codes", "tpi")
    assert rows(phones.database, PendingConfirmation) == 5
    assert code_of(phones.say("FORGET", BUYER))
    phones.now += timedelta(hours=1)
    assert code_of(phones.say("FORGET"))


def test_forget__fifth_code_of_an_hour__counts_though_another_was_asked_for(phones):
    code = [code_of(phones.say("FORGET")) for _ in range(5)][-1]
    phones.send("FORGET")
    assert phones.say(f"FORGET {code}") == notice(phones)


def test_forget__after_fifteen_wrong_codes__draws_longer_ones(phones):
    for _ in range(3):
        for other in others(code_of(phones.say("FORGET")), 5):
            phones.say(f"FORGET {other}")
    code = code_of(phones.say("FORGET"))
    assert len(code) == 10
    assert phones.say(f"FORGET {code}") == notice(phones)


def test_forget__while_it_waits__leaves_the_answers_to_pigs_alone(phones):
    phones.say("PLACE Marias garden, Jiwaka")
    phones.say(f"REG {official(1)}")
    (slaughter,) = codes_in(phones.say(f"KILL {official(1)}"))
    for other in others(code_of(phones.say("FORGET")), 5):
        phones.say(f"FORGET {other}")
    code = code_of(phones.say("FORGET"))
    # Alone it is the answer to another question.
    assert phones.say(slaughter).startswith("We wrote down:")
    assert phones.say(f"FORGET {code}") == notice(phones)


def test_forget__code_alone__erases_nobody(phones, monkeypatch):
    draw(monkeypatch, 482213)
    phones.say("FORGET")
    assert phones.say("482213") == say("forget.word", "en")
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


def test_forget__asked_at_once_at_the_end_of_the_limit__sends_one_code_more(database):
    phones = Phones(database)
    for _ in range(4):
        phones.say("FORGET")
    told = in_threads(*(lambda: phones.send("FORGET").text for _ in range(2)))
    refused = say("error.too_many_codes", "en")
    assert told.count(refused) == 1
    assert [len(code_of(text)) for text in told if text != refused] == [6]
    with database.read() as session:
        states = session.scalars(select(PendingConfirmation.state)).all()
    assert sorted(states) == ["open", *["replaced"] * 4]


@pytest.mark.parametrize("code", ["forget.wrong_code", "forget.no_code"])
@pytest.mark.parametrize("language", ["en", "tpi"])
def test_sentence__of_a_code__is_one_segment(code, language):
    assert_one_segment(say(code, language, count=4))
