"""SMS texts, read as one declared phrase with typed arguments; pure, of no domain.

A service declares phrases; this module knows none. The keyword decides the language, else the
person's own, else Tok Pisin. Near matches are only ever suggested.
"""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import lru_cache
from itertools import islice

from gateway.errors import BadPhraseBook, Mistake
from gateway.grammar import (
    Argument,
    Fault,
    FaultCode,
    Mood,
    NotUnderstood,
    Phrase,
    Understood,
)
from gateway.keyword_suggestions import KeywordSuggester
from gateway.keywords import (
    AFTER_FILLER,
    DEFAULT_LANGUAGE,
    Keyword,
    index_of,
    keyword_at,
    keywords_of,
    language_in,
    language_of,
)
from gateway.matching import (
    MOST_FILLERS,
    MOST_READINGS,
    Attempt,
    skip_separators,
    words_pattern,
)
from gateway.mood import CUT, mood_of

__all__ = [
    "DEFAULT_LANGUAGE",
    "Argument",
    "Fault",
    "FaultCode",
    "NotUnderstood",
    "Phrase",
    "PhraseBook",
    "Understood",
    "clean",
]

# Ten joined segments of GSM-7, and what Twilio sends at most.
LONGEST_TEXT = 1600

_INVISIBLE = dict.fromkeys(
    [0xAD, 0xFEFF, *range(0x200B, 0x2010), *range(0x202A, 0x202F), *range(0x2060, 0x2065)]
)
_PLAIN = str.maketrans(
    {
        # Controls, line ends and tabs among them, and halves of characters: no name holds any.
        **dict.fromkeys([*range(0x20), *range(0x7F, 0xA0)], " "),
        **dict.fromkeys(range(0xD800, 0xE000), "\ufffd"),
        **dict.fromkeys("\u2018\u2019\u201a\u201b\u2032\u00b4`", "'"),
        **dict.fromkeys("\u201c\u201d\u201e\u201f\u2033\u00ab\u00bb", '"'),
        **dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2015\u2212", "-"),
    }
)
# Search for a non-leading keyword only in the first 160 characters.
_BEGINNING = 160
_MOST_PLACES = 4

_Place = tuple[Keyword, int, int]
"""A keyword within a text, and where it begins and ends."""


@lru_cache(16)
def clean(text: str) -> str:
    """Return at most 1,600 characters (NFKC): plain quotes and dashes, nothing invisible."""
    plain = text[:LONGEST_TEXT].translate(_PLAIN).translate(_INVISIBLE)
    return unicodedata.normalize("NFKC", plain)[:LONGEST_TEXT].strip()


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
        self._fillers = words_pattern(fillers := tuple(fillers), AFTER_FILLER)
        _check(self._phrases)
        keywords = [word for phrase in self._phrases for word in keywords_of(phrase, fillers)]
        # Sorting is stable: among keywords of one length, the phrases' own order stays.
        self._keywords = sorted(keywords, key=lambda keyword: -len(keyword.words))
        # Of phrases that share a keyword, the first one is suggested.
        self._suggested = list({one.words: one for one in reversed(self._keywords)}.values())[::-1]
        self._nearest = KeywordSuggester([keyword.words for keyword in self._suggested])
        self._standing = index_of(self._keywords)
        self._following = index_of(one for one in self._keywords if one.phrase.arguments)
        # What must be all of a message comes before what may begin one.
        bare = sorted((one for one in self._phrases if one.bare), key=lambda one: not one.alone)
        self._bare = [
            (phrase, words_pattern((*fillers, *phrase.fillers), AFTER_FILLER)) for phrase in bare
        ]

    def parse(self, text: str, language: str | None) -> Understood | NotUnderstood:
        """Understand a message, or tell why not. Never raises, whatever the text.

        Args:
            text: as it arrived; only the first 1,600 characters count.
            language: the person's, if known; used where the keyword does not tell. Of an unknown
                one the words decide.
        """
        text = clean(text)
        language = language or language_in(text)
        start = skip_separators(text, 0)
        for _ in range(MOST_FILLERS + 1):
            matches = keyword_at(self._standing, text, start)
            if matches:
                return self._by_keyword(text, (start, matches), language)
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
        self, text: str, place: tuple[int, Sequence[tuple[Keyword, int]]], language: str | None
    ) -> Understood | NotUnderstood:
        start, matches = place
        attempts = []
        for keyword, end in matches:
            attempt = Attempt(keyword.phrase, text, end, keyword.fillers)
            if attempt.arguments is not None:
                words = _around(text, 0, start, end)
                found = _understood(keyword, language, attempt.arguments, words)
                return replace(found, more=True) if attempt.more else found
            attempts.append(attempt)
        keyword, end = matches[0]
        return NotUnderstood(
            keyword.phrase,
            language_of(keyword, language),
            attempts[0].fault,
            _of_all(keyword.phrase, _around(text, 0, start, end)),
        )

    def _without_keyword(self, text: str, start: int, language: str) -> Understood | NotUnderstood:
        found = self._of_its_words(text, start, language)
        if isinstance(found, NotUnderstood):
            return replace(found, mood=_of_all(found.nearest, text))
        return found

    def _of_its_words(self, text: str, start: int, language: str) -> Understood | NotUnderstood:
        if start >= len(text):
            return NotUnderstood(None, language, Fault(FaultCode.EMPTY))
        began, bare = skip_separators(text, 0), None
        for phrase, fillers in self._bare:
            if phrase.alone and start != began:
                continue
            attempt = Attempt(phrase, text, start, fillers)
            if attempt.arguments is not None:
                mood = _mood_of(phrase, text)
                return Understood(phrase, language, attempt.arguments, mood=mood)
            if attempt.began:
                bare = NotUnderstood(phrase, language, attempt.fault)
                break
        later = list(self._later(text, start))
        found = _after_its_subject(text, start, later, language)
        if found is not None:
            return found
        return _meant(later, bare) if bare else self._suggest(text, start, later, language)

    def _later(self, text: str, start: int) -> Iterable[_Place]:
        """Find keywords that take arguments, and where they begin and end, after `start`."""
        places = (
            (place, found)
            for place in range(start, min(start + _BEGINNING, len(text)))
            if not text[place - 1 : place].isalpha()
            and (found := keyword_at(self._following, text, place))
        )
        for place, found in islice(places, _MOST_PLACES):
            for keyword, end in found:
                yield keyword, place, end

    def _suggest(
        self, text: str, start: int, later: Sequence[_Place], language: str
    ) -> NotUnderstood:
        words = re.findall(r"[^\W0-9_]+", text[start : start + 80].casefold())
        written = [word for word in words if not self._fillers.fullmatch(word)]
        near = self._nearest.find(written)
        nearest = None if near is None else self._suggested[near]
        nearest = nearest or (later[0][0] if later else None)
        fault = Fault(FaultCode.UNKNOWN)
        if nearest is None:
            return NotUnderstood(None, language, fault)
        return NotUnderstood(nearest.phrase, language_of(nearest, language), fault)


def _after_its_subject(
    text: str, start: int, later: Iterable[_Place], language: str
) -> Understood | NotUnderstood | None:
    """Understand `pig 1262 died`: a keyword after its first arguments, which stand alone.

    None: no keyword follows, or what is before it is more than arguments.
    """
    fault: NotUnderstood | None = None
    readings = 0
    for keyword, place, end in later:
        for told in range(keyword.phrase.subject if readings < MOST_READINGS else 0, 0, -1):
            subject, rest = _divided(keyword.phrase, told)
            before = Attempt(subject, text[:place], start, keyword.fillers)
            readings += before.readings
            if before.arguments is None or not before.began:
                continue
            after = Attempt(rest, text, end, keyword.fillers)
            spoken = language_of(keyword, language)
            if after.arguments is not None:
                found = before.arguments | after.arguments
                return _understood(keyword, language, found, _around(text, 0, place, end))
            fault = fault or NotUnderstood(keyword.phrase, spoken, after.fault)
    return fault


def _meant(later: Sequence[_Place], bare: NotUnderstood) -> NotUnderstood:
    """Suggest the keyword that follows bare arguments, if one does."""
    if not later:
        return bare
    keyword = later[0][0]
    cause = bare.fault.cause
    wrong = cause is not None and cause.mistake is Mistake.CHECK_DIGITS
    fault = bare.fault if wrong else Fault(FaultCode.UNKNOWN)
    return NotUnderstood(keyword.phrase, language_of(keyword, bare.language), fault)


def _around(text: str, start: int, opening: int, end: int) -> str:
    """Return a text from `start` on, without the keyword that stands in it."""
    return f"{text[start:opening]}{CUT}{text[end:]}"


def _understood(
    keyword: Keyword, language: str | None, arguments: dict[str, object], words: str
) -> Understood:
    """Return a message as understood; the mood of a report is that of its other words."""
    spoken, alone = language_of(keyword, language), len(keyword.languages) == 1
    mood = _mood_of(keyword.phrase, words)
    return Understood(keyword.phrase, spoken, arguments, alone, mood)


def _mood_of(phrase: Phrase, words: str) -> Mood | None:
    """Return the mood that keeps a report from being one."""
    mood = _of_all(phrase, words) if phrase.report else None
    return mood if mood in phrase.bars else None


def _of_all(phrase: Phrase | None, words: str) -> Mood | None:
    return mood_of(phrase.own.sub(CUT, words) if phrase and phrase.own else words)


def _divided(phrase: Phrase, told: int) -> tuple[Phrase, Phrase]:
    """Return a phrase as the two halves of its arguments: the first `told`, and the others."""
    first, others = phrase.arguments[:told], phrase.arguments[told:]
    return replace(phrase, arguments=first, loose=False), replace(phrase, arguments=others)


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
