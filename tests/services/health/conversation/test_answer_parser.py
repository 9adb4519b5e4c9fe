"""What counts as an answer to each kind of question."""

from __future__ import annotations

from datetime import date

import pytest

from services.health.conversation.answer_parser import ParsedAnswer, branch_of, read_answer
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
        (CHOICE, "1", ParsedAnswer("yes")),
        (CHOICE, " 1. ", ParsedAnswer("yes")),
        (CHOICE, "Yes!", ParsedAnswer("yes")),
        (CHOICE, "yes please", ParsedAnswer("yes")),
        (CHOICE, "ok then", ParsedAnswer("yes")),
        (CHOICE, "nogat", ParsedAnswer("no")),
        (CHOICE, "number 2", ParsedAnswer("no")),
        (CHOICE, "1 or 2", None),
        (CHOICE, "3", None),
        (CHOICE, "yes 2", ParsedAnswer("no")),
        (CHOICE, "yesterday", None),
        (CHOICE, "12", None),
        (CHOICE, "", None),
        (NUMBER, "7", ParsedAnswer("answered", number=7)),
        (NUMBER, "7 days", ParsedAnswer("answered", number=7)),
        (NUMBER, "about 7.", ParsedAnswer("answered", number=7)),
        (NUMBER, "0", ParsedAnswer("answered", number=0)),
        (NUMBER, "11", None),
        (NUMBER, "3 or 4", None),
        (NUMBER, "3.5", None),
        (NUMBER, "seven", None),
        (DATE, "5 Dec", ParsedAnswer("answered", day=date(2026, 12, 5))),
        (DATE, "on 5/12", ParsedAnswer("answered", day=date(2026, 12, 5))),
        (DATE, "long 5 Des.", ParsedAnswer("answered", day=date(2026, 12, 5))),
        (DATE, "friday", ParsedAnswer("answered", day=date(2026, 11, 27))),
        (DATE, "tomorrow", None),
        (DATE, "5 Jan", None),
        (DATE, "31/2", None),
        (DATE, "soon", None),
        (NAME, "Maria", ParsedAnswer("answered", words="Maria")),
        (NAME, "my name is Maria Kila", ParsedAnswer("answered", words="Maria Kila")),
        (NAME, "nem bilong mi Kila", ParsedAnswer("answered", words="Kila")),
        (NAME, "O'Neil", ParsedAnswer("answered", words="O'Neil")),
        (NAME, "no", ParsedAnswer("declined")),
        (NAME, "NOGAT", ParsedAnswer("declined")),
        (NAME, "call me on 7000", None),
        (NAME, "what do you want to know this for", None),
        (PROVINCE, "Morobe", ParsedAnswer("answered", words="Morobe")),
        (PROVINCE, "EHP", ParsedAnswer("answered", words="Eastern Highlands")),
        (PROVINCE, "Simbu.", ParsedAnswer("answered", words="Chimbu")),
        (PROVINCE, "Texas", None),
    ],
)
def test_read_answer__of_each_kind__fits_or_is_none(question, text, given):
    assert read_answer(question, text, TODAY) == given


def test_branch_of__first_that_fits__counts():
    low, high, any_other = Branch(most=3), Branch(least=8), Branch()
    question = Question(Expect.NUMBER, branches=(low, high, any_other))
    found = [branch_of(question, ParsedAnswer("answered", number=number)) for number in (3, 4, 8)]
    assert found == [low, any_other, high]


def test_branch_of__none_fits__is_none():
    question = Question(Expect.CHOICE, branches=(Branch(codes=("no",)),))
    assert branch_of(question, ParsedAnswer("yes")) is None
