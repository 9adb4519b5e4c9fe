"""Keywords of phrases, and their places in a text; pure."""

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import NamedTuple

from gateway.grammar import Phrase
from gateway.matching import words_pattern

DEFAULT_LANGUAGE = "tpi"
# A keyword ends before anything but a letter, so that `REG104276` works; before a number that
# begins with a letter mistaken for a digit, too (`REGl04276`).
_AFTER_LETTER = r"(?:(?![^\W0-9_])|(?=[OoIiLl]{1,2}[0-9]{2}))"
_AFTER_DIGIT = re.compile(r"(?![^\W_])")
# A filler may run into a number: `pik1262`.
AFTER_FILLER = r"(?![^\W0-9_])"
# As `words_pattern` lets words run together or stand apart.
_MOST_LETTERS = 4
_FIRST_LETTERS = re.compile(rf"[^\W_](?:[\W_]*[^\W_]){{0,{_MOST_LETTERS - 1}}}")
_BETWEEN = re.compile(r"[\W_]+")
_WORD = re.compile(r"[^\W\d_]+")
# Words of one language alone; `i`, `no`, `go` and `man` are of both.
_ENGLISH = frozenset(
    {"the", "a", "an", "my", "me", "your", "you", "she", "he", "her", "his", "it", "we", "our"}
    | {"is", "are", "was", "has", "have", "had", "am", "been", "can", "cannot", "could", "will"}
    | {"and", "of", "to", "in", "on", "at", "with", "from", "for", "not", "do", "does", "did"}
    | {"what", "how", "who", "when", "this", "that", "there", "they", "them", "please", "hello"}
    | {"hi", "dear", "good", "morning", "help", "want", "need", "child", "mother", "wife"}
)
_TOK_PISIN = frozenset(
    {"bilong", "blong", "long", "lo", "mi", "mipela", "yu", "yupela", "em", "ol", "na", "gat"}
    | {"nogat", "bai", "pinis", "wanem", "hamas", "husat", "dispela", "wanpela", "tupela"}
    | {"tripela", "sampela", "olgeta", "planti", "pik", "pikinini", "meri", "laik", "inap"}
    | {"plis", "gude", "halo", "tru", "tumas", "nau", "tasol", "sapos", "bin", "stap", "kisim"}
    | {"salim", "helpim", "pen", "sutim", "dai", "sik", "nogut", "moning", "apinun", "tenkyu"}
)


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


class Index(NamedTuple):
    """Keywords by what a text may begin with.

    Attributes:
        begins: the first two letters of each first word, or the one that it has.
        likely: the keywords, in the order given, that a text may begin with whose first letters,
            whatever stands between them, are these. A text with other letters has those of fewer.
    """

    begins: Collection[str]
    likely: Mapping[str, Sequence[Keyword]]


def index_of(keywords: Iterable[Keyword]) -> Index:
    """Make the index of keywords."""
    given = list(keywords)
    by_letters: dict[str, list[int]] = {}
    for place, keyword in enumerate(given):
        by_letters.setdefault(_first_letters(keyword.words, 0), []).append(place)
    likely = {}
    for letters in by_letters:
        shorter = (by_letters.get(letters[:many], ()) for many in range(len(letters) + 1))
        likely[letters] = [given[place] for place in sorted(chain.from_iterable(shorter))]
    return Index({keyword.words.partition(" ")[0][:2] for keyword in given}, likely)


def keyword_at(index: Index, text: str, position: int) -> list[tuple[Keyword, int]]:
    """Return the keywords that stand at a position, and where they end."""
    # Most keywords begin otherwise: letters are looked up sooner than patterns are tried, and two
    # of them sooner than what stands between them is taken away.
    begins = text[position : position + 2].casefold()
    if begins not in index.begins and begins[:1] not in index.begins:
        return []
    letters = _first_letters(text, position)
    while letters and letters not in index.likely:
        letters = letters[:-1]
    likely = index.likely.get(letters, ())
    found = ((keyword, keyword.end(text, position)) for keyword in likely)
    return [(keyword, end) for keyword, end in found if end is not None]


def _first_letters(text: str, position: int) -> str:
    """Return the first letters and digits from a position on, without what is between them."""
    found = _FIRST_LETTERS.match(text, position)
    return _BETWEEN.sub("", found[0].casefold())[:_MOST_LETTERS] if found else ""


def language_of(keyword: Keyword, persons: str | None) -> str:
    """Return in which language to answer: the person's own, where the keyword is of it."""
    for language in (persons, DEFAULT_LANGUAGE):
        if language in keyword.languages:
            return language
    return keyword.languages[0]


def language_in(text: str) -> str | None:
    """Return the language whose small words a text has most of, None where neither has more."""
    words = _WORD.findall(text.casefold())
    english = sum(word in _ENGLISH for word in words)
    pisin = sum(word in _TOK_PISIN for word in words)
    if english == pisin:
        return None
    return "en" if english > pisin else "tpi"


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
