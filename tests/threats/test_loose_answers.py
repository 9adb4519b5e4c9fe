"""Sentences that begin as an answer does: only what adds nothing to it may stand beside it."""

from __future__ import annotations

import pytest

from services.health.conversation.answer_parser import ParsedAnswer, read_answer
from services.health.format.parser import read_programme
from services.health.versions.store import shipped_text
from services.livestock.sms_commands.open_questions import ASKED_AGAIN
from tests.corpus.stage import KEEPER, RECEIVER, SELLER, SLAUGHTERER
from tests.factories import TODAY
from tests.threats.texting import sent

NO_ANSWERS = (
    *("1 moment please", "1 person came to see me", "yes he stole it", "2 people died"),
    *(
        "no problem i take it",
        "no one is here",
        "no 1",
        "no not yet",
        "yes police came",
        *("yes 1359", "12", "no 12 i am in Lae"),
    ),
)
TAKEN = (
    *("1 please", "1 i take it", "1 mi kisim pinis", "yes that's right", "1 em i tru", "yes sir"),
    *("yes mi kisim", "1 yes", "1. thank you boss", "1 it is mine", "yes 1747", "number 1"),
)
CLOSED = (
    "no ken salim",
    "2 please",
    "2 thanks",
    "no thank you",
    "nogat tenkyu",
    "no i dont want it",
    "2 sori",
)


@pytest.mark.parametrize("text", NO_ANSWERS)
@pytest.mark.parametrize("sender", [RECEIVER, SELLER, SLAUGHTERER])
def test_question__sentence_that_begins_as_an_answer_does__repeats_it(door, sender, text):
    """`1 moment please` took the pig."""
    seen = sent(door, text, sender)
    assert (seen.kinds, seen.outcome, seen.told != "") == (set(), ASKED_AGAIN, True)


@pytest.mark.parametrize("text", NO_ANSWERS)
def test_doubt__sentence_that_begins_as_an_answer_does__records_nothing(door, text):
    sent(door, "DEAD 135")
    assert sent(door, text).kinds == set()
    assert "death" in sent(door, "1").kinds, "the question still waits"


@pytest.mark.parametrize("text", TAKEN)
def test_offer__yes_beside_words_that_add_nothing__takes_the_pig(door, text):
    assert sent(door, text, RECEIVER).kinds == {"transfer"}


@pytest.mark.parametrize("text", CLOSED)
def test_offer__no_beside_words_that_add_nothing__declines_it(door, text):
    assert sent(door, text, RECEIVER).kinds == {"closed"}


@pytest.mark.parametrize("text", ["1 sold for money", "1 I sold it for money", "3 still mine"])
def test_terms__number_beside_words_of_its_choice__is_chosen(door, text):
    seen = sent(door, text, SELLER)
    assert seen.opened or "depart" in seen.kinds


def test_danger__that_begins_as_an_answer_does__is_heard_first(door):
    sent(door, "DEAD 135")
    seen = sent(door, "2 children died, one is bleeding, help")
    assert (seen.kinds, "135" in seen.told) == ({"danger"}, False)
    assert "death" in sent(door, "1", KEEPER).kinds


@pytest.fixture(scope="module")
def agree():
    """The question of the course Quit tobacco that asks for consent."""
    programme = read_programme(shipped_text("tobacco"))
    return next(one.ask for one in programme.intake if one.ask and one.ask.consent)


@pytest.mark.parametrize("text", ["1 moment please", "1 person reads this", "2 people died"])
def test_consent__number_that_counts_something__answers_nothing(agree, text):
    assert read_answer(agree, text, TODAY) is None


@pytest.mark.parametrize("text", ["1", "1 yes", "1 please", "bekim 1", "1 mi orait", "1 I agree"])
def test_consent__number_beside_words_that_add_nothing__is_a_yes(agree, text):
    assert read_answer(agree, text, TODAY) == ParsedAnswer("yes")
