"""What people write by SMS -> one declared phrase with typed arguments; pure, of no domain.

A service declares phrases; this module knows none. The keyword decides the language, else the
person's own, else Tok Pisin. Near matches are only ever suggested.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gateway.errors import BadPhraseBook
from gateway.grammar import (
    Argument,
    Fault,
    FaultCode,
    NotUnderstood,
    Phrase,
    Understood,
)
from gateway.matching import Attempt, skip_separators, words_pattern
from gateway.nearness import is_near

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

__all__ = [
    "Argument",
    "Fault",
    "FaultCode",
    "NotUnderstood",
    "Phrase",
    "PhraseBook",
    "Understood",
    "clean",
]

DEFAULT_LANGUAGE = "tpi"
# Ten joined segments of GSM-7, and what Twilio sends at most.
LONGEST_TEXT = 1600

_INVISIBLE = dict.fromkeys(
    [0xAD, 0xFEFF, *range(0x200B, 0x2010), *range(0x202A, 0x202F), *range(0x2060, 0x2065)]
)
_PLAIN = str.maketrans(
    {
        **dict.fromkeys("\u2018\u2019\u201a\u201b\u2032\u00b4`", "'"),
        **dict.fromkeys("\u201c\u201d\u201e\u201f\u2033\u00ab\u00bb", '"'),
        **dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2015\u2212", "-"),
    }
)
# A keyword ends before anything but a letter, so that `REG104276` works; before a number that
# begins with a letter mistaken for a digit, too (`REGl04276`).
_AFTER_LETTER = r"(?:(?![^\W0-9_])|(?=[OoIiLl]{1,2}[0-9]{2}))"
# Too many ordinary words of three letters are one letter away from a keyword.
_SHORTEST_NEAR = 4
_AFTER_DIGIT = r"(?![^\W_])"


def clean(text: str) -> str:
    """Return at most 1,600 characters with plain quotes and dashes and nothing invisible (NFKC)."""
    plain = text[:LONGEST_TEXT].translate(_PLAIN).translate(_INVISIBLE)
    return unicodedata.normalize("NFKC", plain)[:LONGEST_TEXT].strip()


@dataclass(frozen=True, slots=True)
class _Keyword:
    phrase: Phrase
    languages: tuple[str, ...]
    words: str
    pattern: re.Pattern[str]
    fillers: re.Pattern[str]


class PhraseBook:
    """All phrases of all services.

    Args:
        phrases: where two fit, the longer keyword wins, then the earlier phrase.
        fillers: words that mean nothing anywhere: `long`, `to`, `i go`, `plis`.

    Raises:
        BadPhraseBook: a code twice, a phrase that nothing can say, a keyword without letters.
    """

    def __init__(self, phrases: Iterable[Phrase], fillers: Iterable[str] = ()) -> None:
        self._phrases = tuple(phrases)
        self._fillers = words_pattern(fillers := tuple(fillers))
        _check(self._phrases)
        keywords = [word for phrase in self._phrases for word in _keywords(phrase, fillers)]
        # Sorting is stable: among keywords of one length, the phrases' own order stays.
        self._keywords = sorted(keywords, key=lambda keyword: -len(keyword.words))
        self._bare = [
            (phrase, words_pattern((*fillers, *phrase.fillers)))
            for phrase in self._phrases
            if phrase.bare
        ]

    def parse(self, text: str, language: str | None) -> Understood | NotUnderstood:
        """Understand a message, or tell why not. Never raises, whatever the text.

        Args:
            text: as it arrived; only the first 1,600 characters count.
            language: the person's, if known; used where the keyword does not tell.
        """
        text = clean(text)
        start = skip_separators(text, 0)
        while start < len(text):
            matches = [(k, m.end()) for k in self._keywords if (m := k.pattern.match(text, start))]
            if matches:
                return self._by_keyword(text, matches, language)
            filler = self._fillers.match(text, start)
            if not filler:
                break
            start = skip_separators(text, filler.end())
        return self._without_keyword(text, start, language or DEFAULT_LANGUAGE)

    def misunderstood_examples(self) -> list[tuple[Phrase, str, str]]:
        """Return the examples (phrase, language, text) that this book understands otherwise."""
        return [
            (phrase, language, text)
            for phrase in self._phrases
            for language, text in phrase.examples.items()
            if not self._means(text, phrase, language)
        ]

    def _means(self, text: str, phrase: Phrase, language: str) -> bool:
        found = self.parse(text, language)
        return (
            isinstance(found, Understood) and found.phrase is phrase and found.language == language
        )

    def _by_keyword(
        self, text: str, matches: Sequence[tuple[_Keyword, int]], language: str | None
    ) -> Understood | NotUnderstood:
        attempts = []
        for keyword, end in matches:
            attempt = Attempt(keyword.phrase, text, end, keyword.fillers)
            if attempt.arguments is not None:
                spoken = _language(keyword, language)
                return Understood(keyword.phrase, spoken, attempt.arguments)
            attempts.append(attempt)
        keyword = matches[0][0]
        return NotUnderstood(keyword.phrase, _language(keyword, language), attempts[0].fault)

    def _without_keyword(self, text: str, start: int, language: str) -> Understood | NotUnderstood:
        if start >= len(text):
            return NotUnderstood(None, language, Fault(FaultCode.EMPTY))
        began = skip_separators(text, 0)
        for phrase, fillers in self._bare:
            if phrase.alone and start != began:
                continue
            attempt = Attempt(phrase, text, start, fillers)
            if attempt.arguments is not None:
                return Understood(phrase, language, attempt.arguments)
            if attempt.began:
                return NotUnderstood(phrase, language, attempt.fault)
        return self._suggest(text, start, language)

    def _suggest(self, text: str, start: int, language: str) -> NotUnderstood:
        words = re.findall(r"[^\W0-9_]+", text[start : start + 80].casefold())
        written = [word for word in words if not self._fillers.fullmatch(word)]
        for keyword in self._keywords:
            length = keyword.words.count(" ") + 1
            attempted = " ".join(written[:length])
            if len(attempted) >= _SHORTEST_NEAR and is_near(attempted, keyword.words):
                spoken = _language(keyword, language)
                return NotUnderstood(keyword.phrase, spoken, Fault(FaultCode.UNKNOWN))
        return NotUnderstood(None, language, Fault(FaultCode.UNKNOWN))


def _language(keyword: _Keyword, persons: str | None) -> str:
    for language in (persons, DEFAULT_LANGUAGE):
        if language in keyword.languages:
            return language
    return keyword.languages[0]


def _keywords(phrase: Phrase, fillers: tuple[str, ...]) -> Iterable[_Keyword]:
    by_words: dict[str, list[str]] = {}
    for language, texts in phrase.keywords.items():
        for text in texts:
            by_words.setdefault(" ".join(text.casefold().split()), []).append(language)
    skipped = words_pattern((*fillers, *phrase.fillers))
    for words, languages in by_words.items():
        end = _AFTER_LETTER if words[-1].isalpha() else _AFTER_DIGIT
        yield _Keyword(phrase, tuple(languages), words, words_pattern([words], end), skipped)


def _check(phrases: tuple[Phrase, ...]) -> None:
    seen: set[str] = set()
    for phrase in phrases:
        words = [word for texts in phrase.keywords.values() for word in texts]
        if phrase.code in seen:
            raise BadPhraseBook(f"the phrase {phrase.code} is declared twice")
        if not words and not phrase.bare:
            raise BadPhraseBook(f"nothing can say the phrase {phrase.code}")
        if not all(re.search(r"[^\W_]", word) for word in words):
            raise BadPhraseBook(f"a keyword of the phrase {phrase.code} has no letter or digit")
        seen.add(phrase.code)
