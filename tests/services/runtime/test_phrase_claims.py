from __future__ import annotations

import pytest

from gateway.grammar import NotUnderstood, Understood
from services.livestock.domain.movement_decision import Policy
from services.livestock.sms_commands.advice import who_is_meant
from services.runtime.command_catalogue import make_conversation
from services.storage.models import Arrival, Journal, Message
from services.texts.catalogue import say
from tests.factories import STRANGER, Phones, official, rows
from tests.services.runtime.phrase_claims import SAYS, SAYS_NOT
from tests.support.texts import assert_one_segment

CONVERSATION = make_conversation(Policy(), {})
BOOK = CONVERSATION._book


def set_scene(database):
    phones = Phones(database)
    phones.say("PLES Kudjip, Jiwaka")
    phones.say(f"REG {official(1)}")


def cases(table):
    return [
        pytest.param(case, id=f"{claim}: {case.text[:40]!r} {case.persons or ''}")
        for claim, listed in table.items()
        for case in listed
    ]


def test_tables__together__have_more_than_a_hundred_cases():
    assert len(cases(SAYS) + cases(SAYS_NOT)) > 150


@pytest.mark.parametrize("case", cases(SAYS))
def test_parse__as_people_write_it__means_this(case):
    found = BOOK.parse(case.text, case.persons)
    assert isinstance(found, Understood), found
    assert (found.phrase.code, found.language) == (case.phrase, case.language)
    if case.tags:
        assert tuple(map(str, tags_of(found.arguments))) == case.tags


def tags_of(arguments):
    return arguments["tags"] if "tags" in arguments else (arguments["tag"],)


@pytest.mark.parametrize("case", cases(SAYS_NOT))
def test_parse__not_clear__suggests_this_and_means_nothing(case):
    found = BOOK.parse(case.text, case.persons)
    assert isinstance(found, NotUnderstood), found
    assert (found.nearest and found.nearest.code) == case.nearest
    assert found.language == case.language


@pytest.fixture
def village(set_up):
    return Phones(set_up, conversation=CONVERSATION)


@pytest.mark.parametrize("case", cases(SAYS_NOT))
def test_answer__not_clear__is_one_sentence_with_an_example_and_nothing_happens(village, case):
    if case.persons:
        village.say({"en": "ENGLISH", "tpi": "TOK PISIN"}[case.persons], STRANGER)
    before = [rows(village.database, table) for table in (Journal, Arrival, Message)]
    answer = village.send(case.text, STRANGER)
    assert answer.outcome == "not_understood"
    after = [rows(village.database, table) for table in (Journal, Arrival, Message)]
    assert after == [before[0], before[1] + 1, before[2] + 1]
    assert_one_segment(answer.text)
    assert is_useful(answer.text, case)


def is_useful(text, case):
    """It holds an example that would be understood, tells how to get help, or asks who died."""
    found = BOOK.parse(case.text, case.persons)
    if text in {say("not_understood", case.language), who_is_meant(case.text, found)}:
        return True
    example = found.nearest.examples[case.language]
    return example in text and isinstance(BOOK.parse(example, None), Understood)
