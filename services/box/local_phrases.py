"""Phrases that a box understands: those of all services, and the programmes' words.

Pure. The same phrases as on the server, so that who writes to a box learns nothing new.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import NamedTuple

from gateway.argument_parsers import rest
from gateway.grammar import Argument, NotUnderstood, Phrase, Understood
from gateway.phrases import PhraseBook
from services.health.conversation.answer_parser import words_of
from services.health.conversation.commands import JOIN, NEW_DATE, PAUSE, in_passing
from services.health.conversation.danger_matcher import is_of_a_pig, plain_danger
from services.health.conversation.health_words import tells_of_health
from services.health.danger.danger_words import DangerText, read_danger
from services.livestock.sms_commands import FILLERS
from services.runtime.command_catalogue import phrases
from services.texts.catalogue import say

_MARK = "village.word."
_COURSES = frozenset({"village"})
# What the server understands only while a programme is open; a box passes it on, a date unread.
_OF_PROGRAMMES = (
    JOIN,
    PAUSE,
    replace(NEW_DATE, arguments=(Argument("day", rest),), fillers=()),
)


class Word(NamedTuple):
    """A word of a programme and its text, in one language; no text: the server alone answers it."""

    programme: str
    language: str
    word: str
    text: str


class Danger(NamedTuple):
    """A word of danger and what to do at once, in one language."""

    language: str
    word: str
    text: str


@dataclass(frozen=True, slots=True)
class ParsedMessage:
    """A message as a box parses it.

    Attributes:
        found: what the phrases make of it.
        language: in which to answer.
        danger: what to do at once, if it tells of danger.
        word: the text of the programme's word that it is; empty: the server alone has it; None:
            it is no such word.
        of_person: whether what was not understood may tell of a person's health.
    """

    found: Understood | NotUnderstood
    language: str
    danger: str | None = None
    word: str | None = None
    of_person: bool = False

    @property
    def code(self) -> str | None:
        """The phrase's, None where it was not understood."""
        return self.found.phrase.code if isinstance(self.found, Understood) else None


class Book:
    """Understands messages; where two phrases fit, what programmes say comes first."""

    def __init__(self, words: Iterable[Word] = (), danger: Iterable[Danger] = ()) -> None:
        self._texts: defaultdict[str, dict[str, str]] = defaultdict(dict)
        self._dangers = [(f" {words_of(one.word)} ", one) for one in danger if words_of(one.word)]
        own = tuple(self._phrases_of(words))
        self._book = PhraseBook((*own, *_OF_PROGRAMMES, *phrases()), FILLERS)

    def hear(self, text: str, language: str | None) -> ParsedMessage:
        """Understand a message of a person whose language is this one, if it is known."""
        found = self._book.parse(text, language)
        understood = isinstance(found, Understood)
        # A suggestion may be of any language: what is not understood tells none.
        spoken = found.language if understood else language or found.language
        danger = None
        if not is_of_a_pig(text, found, _COURSES):
            danger = self._advice(text, plain_danger(text, found, _COURSES), spoken)
        if not isinstance(found, Understood):
            return ParsedMessage(found, spoken, danger, of_person=tells_of_health(text))
        word = self._texts.get(found.phrase.code, {}).get(spoken)
        return ParsedMessage(found, spoken, danger, word)

    def _advice(self, text: str, told: DangerText | None, language: str) -> str | None:
        """Return what to do at once: by a programme's words of the same danger, else by our own."""
        if told is not None and told.denied:
            return None
        code = told.code if told is not None and not told.asks else None
        said = f" {words_of(text)} "
        raised = [one for within, one in self._dangers if within in said]
        if code is not None:
            raised = [one for one in raised if _code_of(one.word) == code]
        raised.sort(key=lambda one: one.language != language)
        if raised:
            return raised[0].text
        return say(f"danger.{code}", language) if code is not None else None

    def _phrases_of(self, words: Iterable[Word]) -> Iterator[Phrase]:
        by_word: defaultdict[tuple[str, str], dict[str, str]] = defaultdict(dict)
        for one in words:
            if words_of(one.word):
                by_word[one.programme, words_of(one.word)][one.language] = one.text
        for number, ((_, word), texts) in enumerate(by_word.items()):
            code = f"{_MARK}{number}"
            self._texts[code] = texts
            yield _phrase(code, word, texts)


def _code_of(word: str) -> str | None:
    told = read_danger(word)
    return told.code if told is not None else None


def _phrase(code: str, word: str, texts: Mapping[str, str]) -> Phrase:
    more = (Argument("more", in_passing, required=False),)
    return Phrase(code, dict.fromkeys(texts, (word,)), more, dict.fromkeys(texts, word.upper()))
