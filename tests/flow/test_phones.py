"""docs/phones.md says what can be sent, all of it, and what is really answered."""

from __future__ import annotations

import re

import pytest

from gateway.grammar import Understood
from gateway.phrases import PhraseBook
from services.livestock.sms_commands import FILLERS
from services.messaging.codes import is_short_number
from tests.flow.phones import CODE, PAGE, PHRASES, played, rows

BOOK = PhraseBook(PHRASES, FILLERS)
TEXT = PAGE.read_text(encoding="utf-8")
ROWS = rows(TEXT)
EXAMPLES = [(row, example) for row in ROWS for example in row.examples]


def understood(example):
    found = BOOK.parse(example, "en")
    assert isinstance(found, Understood), example
    return found.phrase


def says(cell, keyword):
    """Whether a piece of code in a cell begins with a keyword, as a message does."""
    return re.search(rf"`{re.escape(keyword)}(?![\w-])", cell) is not None


@pytest.mark.slow
def test_page__played_on_phones__shows_the_answers_that_they_get(tmp_path):
    assert played(TEXT, tmp_path) == TEXT, "python -m tests.flow.phones"


@pytest.mark.parametrize("phrase", PHRASES, ids=lambda phrase: phrase.code)
def test_page__each_phrase__has_an_example_beside_its_words(phrase):
    mine = [row for row, example in EXAMPLES if understood(example) is phrase]
    assert mine, f"no example is understood as {phrase.code}"
    for row in mine if phrase.keywords else ():
        assert says(row.english, phrase.keywords["en"][0])
        tok_pisin = row.tok_pisin.replace("the same", row.english)
        assert says(tok_pisin, phrase.keywords["tpi"][0])


def test_code__of_the_page__is_no_number_of_a_pig():
    assert not is_short_number(CODE)
