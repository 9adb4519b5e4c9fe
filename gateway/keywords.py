"""What a phrase begins with: its keywords, and where one stands in a text; pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gateway.matching import words_pattern

if TYPE_CHECKING:
    from gateway.grammar import Phrase

DEFAULT_LANGUAGE = "tpi"
# A keyword ends before anything but a letter, so that `REG104276` works; before a number that
# begins with a letter mistaken for a digit, too (`REGl04276`).
_AFTER_LETTER = r"(?:(?![^\W0-9_])|(?=[OoIiLl]{1,2}[0-9]{2}))"
_AFTER_DIGIT = re.compile(r"(?![^\W_])")
# A filler may run into a number: `pik1262`.
AFTER_FILLER = r"(?![^\W0-9_])"


@dataclass(frozen=True, slots=True)
class Keyword:
    """The words that one phrase begins with, in the languages that say them so."""

    phrase: Phrase
    languages: tuple[str, ...]
    words: str
    pattern: re.Pattern[str]
    after: re.Pattern[str]
    fillers: re.Pattern[str]

    def end(self, text: str, position: int) -> int | None:
        """Return where it ends if it stands at a position."""
        found = self.pattern.match(text, position)
        return found.end() if found and self.after.match(text, found.end()) else None


Index = Mapping[str, Sequence[Keyword]]
"""Keywords by two letters that a text may begin with, each list in the order given."""


def index_of(keywords: Iterable[Keyword]) -> Index:
    """Return keywords by the first two letters of their first word, or the one that it has."""
    given = list(keywords)
    begins = {_beginning(keyword) for keyword in given}
    return {
        letters: [keyword for keyword in given if letters.startswith(_beginning(keyword))]
        for letters in begins
    }


def standing(keywords: Index, text: str, position: int) -> list[tuple[Keyword, int]]:
    """Return the keywords that stand at a position, and where they end."""
    # Most keywords begin otherwise: letters are looked up sooner than patterns are tried.
    letters = text[position : position + 2].casefold()
    likely = keywords.get(letters) or keywords.get(letters[:1])
    if not likely:
        return []
    found = ((keyword, keyword.end(text, position)) for keyword in likely)
    return [(keyword, end) for keyword, end in found if end is not None]


def _beginning(keyword: Keyword) -> str:
    return keyword.words.partition(" ")[0][:2]


def language_of(keyword: Keyword, persons: str | None) -> str:
    """Return in which language to answer: the person's own, where the keyword is of it."""
    for language in (persons, DEFAULT_LANGUAGE):
        if language in keyword.languages:
            return language
    return keyword.languages[0]


def keywords_of(phrase: Phrase, fillers: tuple[str, ...]) -> Iterable[Keyword]:
    """Return the keywords of a phrase in a book with these fillers."""
    by_words: dict[str, list[str]] = {}
    for language, texts in phrase.keywords.items():
        for text in texts:
            by_words.setdefault(" ".join(text.casefold().split()), []).append(language)
    skipped = words_pattern((*fillers, *phrase.fillers), AFTER_FILLER)
    running_on = words_pattern(fillers, "[0-9]").pattern
    after_letter = re.compile(f"{_AFTER_LETTER}|(?={running_on})", re.IGNORECASE)
    for words, languages in by_words.items():
        after = after_letter if words[-1].isalpha() else _AFTER_DIGIT
        yield Keyword(phrase, tuple(languages), words, words_pattern([words], ""), after, skipped)
