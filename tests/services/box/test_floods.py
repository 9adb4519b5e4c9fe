"""Answers of a box to one phone: so many an hour, and none without end."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

import pytest

from services.box.tables import ANSWERS
from services.texts.catalogue import say
from tests.services.box.village import FARMER, NURSE


def answered(village):
    village.sync_all()
    return [item["answered"] for item in village.server.items.values()]


@pytest.mark.slow
def test_two_auto_responders__120_rounds__end_after_five_answers(village):
    told = [village.told(FARMER, f"This number takes no messages. Ref {n}") for n in range(120)]
    assert told == [say("not_understood", "en")] * 5 + [""] * 115
    # The person has this answer, so the server need not say it again.
    assert answered(village) == ["help"] * 120


def test_loop__after_a_quiet_time__is_answered_again_and_others_all_the_while(village):
    for number in range(8):
        village.told(FARMER, f"bla {number}")
    assert village.told(NURSE, "bla") == say("not_understood", "tpi")
    village.time.pass_by(minutes=11)
    assert village.told(FARMER, "bla") == say("not_understood", "tpi")


def texts_of_a_joker(count):
    """Texts whose answers differ."""
    return ["HELP" if number % 2 else f"OK {number}" for number in range(count)]


@pytest.mark.slow
def test_texts_of_a_joker__cost_21_answers_an_hour_and_are_all_kept(village):
    told = [village.told(FARMER, text) for text in texts_of_a_joker(60)]
    assert [text for text in told[20:] if text] == [
        say("too_many_answers", "en", count=20, clock="13:00")
    ]
    assert all(told[:20])
    assert Counter(answered(village)) == {"help": 20, None: 40}
    village.time.pass_by(minutes=61)
    assert village.told(FARMER, "HELP")


def test_history_of_answers__after_a_restart__goes_on(village):
    for text in texts_of_a_joker(30):
        village.says(FARMER, text)
    again = village.restarted()
    again.send_all()
    assert again.told(FARMER, "HELP") == ""
    again.box.close()


@pytest.mark.slow
def test_danger_and_stop__among_a_flood__are_answered_and_not_without_end(village):
    for text in texts_of_a_joker(30):
        village.told(FARMER, text)
    dangers = [village.told(FARMER, "i took poison") for _ in range(5)]
    assert dangers == [say("danger.poison", "en")] * 3 + [""] * 2
    assert [village.told(FARMER, "STOP") for _ in range(2)] == [say("village.stop", "en"), ""]
    # What was left out comes from the server.
    assert answered(village)[-7:] == ["danger"] * 3 + [None] * 2 + ["kept", None]


def test_counts__a_day_later__are_removed_by_the_sync(village):
    village.told(FARMER, "HELP")
    village.sync_all()
    assert len(village.rows(ANSWERS)) == 1
    village.time.pass_by(seconds=timedelta(days=2).total_seconds())
    village.sync_all()
    assert village.rows(ANSWERS) == []
