"""Answers read from messages, and the branch that follows each; pure."""

import re
from collections.abc import Callable, Mapping
from datetime import date
from typing import NamedTuple

from gateway.dates import Toward, read_day
from gateway.errors import DateError
from gateway.grammar import Mood
from gateway.mood import BESIDE_YES, mood_of
from gateway.phrases import clean
from services.core.geography import PROVINCES, split_province
from services.health.format.entries import Branch, Expect, Option, Question
from services.health.format.model import KEPT_LETTERS
from sms.encoding import count, outside_gsm7

ANSWERED, DECLINED = "answered", "declined"

_LONGEST_NAME = 30
_MOST_NAMES = 3
_FEW_WORDS = 4
_NAME = re.compile(r"[^\W\d_]+(?:['.-][^\W\d_]+)*\.?")
_MY_NAME = re.compile(
    r"(?:my name is|name|i am|i'm|nem bilong mi em|nem bilong mi|nem|mi)\b[\W_]*", re.IGNORECASE
)
_NO = frozenset({"no", "nogat", "no name", "no gat"})
_DAY_OPENING = re.compile(r"(?:(?:on|date|long|de|the|bai)\b[\W_]*)+", re.IGNORECASE)
_NUMBER = re.compile(r"(?<![\w.,])[0-9]{1,4}(?![\w]|[.,][0-9])")
_DIGIT = re.compile(r"(?<!\w)[0-9](?!\w)")


class ParsedAnswer(NamedTuple):
    """An answer that fits its question.

    `code` is the option's; otherwise `answered`, or `declined` for no name. `words` are a name, a
    province, or the person's own.
    """

    code: str
    words: str | None = None
    number: int | None = None
    day: date | None = None

    @property
    def value(self) -> str | None:
        """The number or day to store beside the code."""
        if self.number is not None:
            return str(self.number)
        return self.day.isoformat() if self.day else None


def read_answer(question: Question, text: str, today: date) -> ParsedAnswer | None:
    """Read a message as the answer to a question on a local day; return None if it does not fit."""
    return _READERS[question.expect](question, clean(text), today)


def is_option(question: Question, text: str) -> bool:
    """Return whether a message is exactly a word of an option."""
    message = words_of(text)
    return any(message in _words_of_option(option) for option in question.options)


def fits_whole(question: Question, text: str, today: date) -> bool:
    """Tell whether a message is an answer to a question, and says nothing else."""
    said = words_of(text)
    if question.options:
        return said in {option.key for option in question.options} or is_option(question, text)
    short = question.expect not in {Expect.NUMBER, Expect.DATE} or len(said.split()) <= _FEW_WORDS
    return short and read_answer(question, text, today) is not None


def branch_of(question: Question, given: ParsedAnswer) -> Branch | None:
    """Return the first branch that fits an answer."""
    return next((branch for branch in question.branches if _fits(branch, given)), None)


def words_of(text: str) -> str:
    """Return a text in lower case, its words separated by one space, without punctuation."""
    return " ".join(re.findall(r"[^\W_]+", clean(text).casefold()))


def _fits(branch: Branch, given: ParsedAnswer) -> bool:
    if given.number is not None:
        least = branch.least is None or branch.least <= given.number
        return least and (branch.most is None or given.number <= branch.most)
    return not branch.codes or given.code in branch.codes


def _choice(question: Question, text: str, _today: date) -> ParsedAnswer | None:
    message = words_of(text)
    digits, mood = set(_DIGIT.findall(text)), mood_of(text)
    # `yes?` and `not 1` answer nothing.
    if mood is Mood.QUESTION or (digits and mood is not None):
        return None
    for option in question.options:
        words = _words_of_option(option)
        if message in words:
            return ParsedAnswer(option.code)
        if digits == {option.key} and (not question.consent or _adds_nothing(message, words)):
            return ParsedAnswer(option.code)
        # Accept `yes please`, but not `yes 2`.
        if not digits and any(message.startswith(f"{word} ") for word in words):
            return ParsedAnswer(option.code)
    return None


def _adds_nothing(message: str, words: set[str]) -> bool:
    """Tell `1 yes please` from `1 moment please`, which agrees to nothing."""
    own = {each for word in words for each in word.split()}
    beside = {word for word in message.split() if not word.isdigit()}
    return beside <= BESIDE_YES | own


def _words_of_option(option: Option) -> set[str]:
    return {words_of(word) for spoken in option.words.values() for word in spoken}


def _number(question: Question, text: str, _today: date) -> ParsedAnswer | None:
    found = _NUMBER.findall(text)
    if len(found) != 1:
        return None
    number = int(found[0])
    above = question.least is None or number >= question.least
    below = question.most is None or number <= question.most
    return ParsedAnswer(ANSWERED, number=number) if above and below else None


def _date(question: Question, text: str, today: date) -> ParsedAnswer | None:
    opening = _DAY_OPENING.match(text)
    try:
        # A birthday without a year is the last one.
        toward = Toward.PAST if question.most is not None and question.most <= 0 else Toward.FUTURE
        day = read_day((text[opening.end() :] if opening else text).rstrip(" .!"), today, toward)
    except DateError:
        return None
    ahead = (day - today).days
    above = question.least is None or ahead >= question.least
    below = question.most is None or ahead <= question.most
    return ParsedAnswer(ANSWERED, day=day) if above and below else None


def _name(_question: Question, text: str, _today: date) -> ParsedAnswer | None:
    if words_of(text) in _NO:
        return ParsedAnswer(DECLINED)
    names = _MY_NAME.sub("", text, count=1).split()
    known = 1 <= len(names) <= _MOST_NAMES and all(_NAME.fullmatch(name) for name in names)
    name = " ".join(names).rstrip(".")
    return ParsedAnswer(ANSWERED, words=name) if known and len(name) <= _LONGEST_NAME else None


def _province(_question: Question, text: str, _today: date) -> ParsedAnswer | None:
    province = split_province(text.rstrip(" .!"))[1]
    return ParsedAnswer(ANSWERED, words=province) if province in PROVINCES else None


def _words(_question: Question, text: str, _today: date) -> ParsedAnswer | None:
    if words_of(text) in _NO:
        return ParsedAnswer(DECLINED)
    words = " ".join(text.split()).rstrip(" .!")
    told = mood_of(words) is not Mood.QUESTION and re.search(r"[^\W\d_]{2}", words)
    fits = count(words).units <= KEPT_LETTERS and not outside_gsm7(words)
    return ParsedAnswer(ANSWERED, words=words) if told and fits else None


_READERS: Mapping[Expect, Callable[[Question, str, date], ParsedAnswer | None]] = {
    Expect.CHOICE: _choice,
    Expect.NUMBER: _number,
    Expect.DATE: _date,
    Expect.NAME: _name,
    Expect.PROVINCE: _province,
    Expect.WORDS: _words,
}
