"""What counts as an answer to each kind of question."""

from __future__ import annotations

from datetime import date

import pytest

from services.health.conversation.answer_parser import Given, branch_of, read_answer
from services.health.format.entries import Branch, Expect, Option, Question

TODAY = date(2026, 11, 25)
CHOICE = Question(
    Expect.CHOICE,
    options=(
        Option("1", "yes", {"en": ("YES", "OK THEN"), "tpi": ("YES",)}),
        Option("2", "no", {"en": ("NO",), "tpi": ("NOGAT",)}),
    ),
)
NUMBER = Question(Expect.NUMBER, least=0, most=10)
DATE = Question(Expect.DATE, least=2, most=28)
NAME = Question(Expect.NAME)
PROVINCE = Question(Expect.PROVINCE)


@pytest.mark.parametrize(
    ("question", "text", "given"),
    [
        (CHOICE, "1", Given("yes")),
        (CHOICE, " 1. ", Given("yes")),
        (CHOICE, "Yes!", Given("yes")),
        (CHOICE, "yes please", Given("yes")),
        (CHOICE, "ok then", Given("yes")),
        (CHOICE, "nogat", Given("no")),
        (CHOICE, "number 2", Given("no")),
        (CHOICE, "1 or 2", None),
        (CHOICE, "3", None),
        (CHOICE, "yes 2", Given("no")),
        (CHOICE, "yesterday", None),
        (CHOICE, "12", None),
        (CHOICE, "", None),
        (NUMBER, "7", Given("answered", number=7)),
        (NUMBER, "7 days", Given("answered", number=7)),
        (NUMBER, "about 7.", Given("answered", number=7)),
        (NUMBER, "0", Given("answered", number=0)),
        (NUMBER, "11", None),
        (NUMBER, "3 or 4", None),
        (NUMBER, "3.5", None),
        (NUMBER, "seven", None),
        (DATE, "5 Dec", Given("answered", day=date(2026, 12, 5))),
        (DATE, "on 5/12", Given("answered", day=date(2026, 12, 5))),
        (DATE, "long 5 Des.", Given("answered", day=date(2026, 12, 5))),
        (DATE, "friday", Given("answered", day=date(2026, 11, 27))),
        (DATE, "tomorrow", None),
        (DATE, "5 Jan", None),
        (DATE, "31/2", None),
        (DATE, "soon", None),
        (NAME, "Maria", Given("answered", words="Maria")),
        (NAME, "my name is Maria Kila", Given("answered", words="Maria Kila")),
        (NAME, "nem bilong mi Kila", Given("answered", words="Kila")),
        (NAME, "O'Neil", Given("answered", words="O'Neil")),
        (NAME, "no", Given("declined")),
        (NAME, "NOGAT", Given("declined")),
        (NAME, "call me on 7000", None),
        (NAME, "what do you want to know this for", None),
        (PROVINCE, "Morobe", Given("answered", words="Morobe")),
        (PROVINCE, "EHP", Given("answered", words="Eastern Highlands")),
        (PROVINCE, "Simbu.", Given("answered", words="Chimbu")),
        (PROVINCE, "Texas", None),
    ],
)
def test_read_answer__of_each_kind__fits_or_is_none(question, text, given):
    assert read_answer(question, text, TODAY) == given


def test_branch_of__first_that_fits__counts():
    low, high, any_other = Branch(most=3), Branch(least=8), Branch()
    question = Question(Expect.NUMBER, branches=(low, high, any_other))
    found = [branch_of(question, Given("answered", number=number)) for number in (3, 4, 8)]
    assert found == [low, any_other, high]


def test_branch_of__none_fits__is_none():
    question = Question(Expect.CHOICE, branches=(Branch(codes=("no",)),))
    assert branch_of(question, Given("yes")) is None
