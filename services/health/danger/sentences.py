"""Sentences of danger: families of words of a language, what is said with them, and frames.

A frame is what makes a danger harmless: a question of fact, a time long past, a condition. Files
`library/lexicon/LANGUAGE.sentences.yaml`; the readers of `danger_lexicon` pass over small words,
this one passes over none.
"""

import re
from collections.abc import Iterable, Mapping
from enum import StrEnum
from functools import cache, lru_cache
from typing import Any, NamedTuple

from gateway.concepts import Reading, Token, Vocabulary
from gateway.lexicon import IDIOM, Lexicon
from services.health.danger.danger_lexicon import (
    danger_words,
    dangers,
    lexicon_languages,
    sayings,
    sentences_of,
)
from services.health.danger.places import DangerAt, DangerPlace, places
from services.health.danger.text_features import Meant
from services.texts.spoken_words import english_words, spoken_words

_OPENING, _CLOSING = "^", "$"
# A rule is written with these between its names.
_SIGNS = str.maketrans(",>|", "   ")
_MARKED = re.compile(r"[\^$][^\s,>]+")
_PEOPLE = "people"
_TAG = re.compile("[0-9]{4}")


class Scope(StrEnum):
    """Reach of a frame: its sentence, or what stands before or after it."""

    SENTENCE = "sentence"
    BEFORE = "before"
    AFTER = "after"


class Frame(NamedTuple):
    """A frame in a text: what it makes harmless, of which dangers, and its place."""

    scope: Scope
    dangers: frozenset[str]
    place: DangerPlace

    def holds(self, danger: DangerAt) -> bool:
        """Tell whether it makes a danger harmless."""
        if danger.code not in self.dangers:
            return False
        if self.scope is Scope.BEFORE:
            return danger.place.first < self.place.first
        same = self.place.sentence == danger.place.sentence
        return same and (self.scope is Scope.SENTENCE or danger.place.first >= self.place.first)


class Sentences:
    """The sentences of danger of one language, compiled."""

    def __init__(self, told: Mapping[str, Any], common: Iterable[str]) -> None:
        families = {**told["families"], IDIOM: f"{sayings()}, {spoken_words().lemmas[IDIOM]}"}
        frames: Mapping[str, Mapping[str, Any]] = told["frames"]
        rules = {code: told["said"][code] for code in dangers() if code in told["said"]}
        marks = {code: one["rules"] for code, one in frames.items()} | {_PEOPLE: told["people"]}
        broken = {code: one["unless"] for code, one in frames.items() if "unless" in one}
        # A name that is no family is a word, which stands for itself.
        words = _names([rules, marks, broken]) - families.keys()
        forms = {**families, **{one: one for one in sorted(words)}}
        self._lexicon = Lexicon({}, common, forms, english_words())
        self._families = frozenset(families)
        self._rules, self._marks, self._broken = map(_vocabulary, (rules, marks, broken))
        self._frames = {
            code: (Scope(one.get("scope", "sentence")), _meant(one)) for code, one in frames.items()
        }
        self._own, self._others = (_list(told["small_words"][one]) for one in ("own", "others"))
        self._alone, self._animals = frozenset(told["alone"]), told["animals"]
        self.read = lru_cache(64)(self._read)
        self._speaks = lru_cache(64)(self._is_spoken)

    def found_in(self, text: str) -> list[DangerAt]:
        """Return every danger that a text names."""
        if not self._speaks(text):
            return []
        reading = self.read(text)
        return places(self._rules.found_in(reading), reading)

    def frames_in(self, text: str) -> list[Frame]:
        """Return the frames of a text, without those that are broken."""
        if not self._speaks(text):
            return []
        reading = self.read(text)
        marks = places(self._marks.found_in(reading), reading)
        breaks = places(self._broken.found_in(reading), reading) if marks else []
        broken = {(one.code, one.place.sentence) for one in breaks}
        return [
            Frame(*self._frames[one.code], one.place)
            for one in marks
            if one.code in self._frames and (one.code, one.place.sentence) not in broken
        ]

    def is_of_people(self, text: str) -> bool:
        """Tell whether a text tells of its writer or of people, whatever else it names."""
        return self._speaks(text) and _PEOPLE in self._marks.concepts_in(self.read(text))

    def may_be_of_animals(self, text: str) -> bool:
        """Tell whether a text names animals that are kept, or their numbers."""
        return _TAG.search(text) is not None or self.read(text).has(self._animals)

    def told_alone(self, text: str) -> frozenset[str]:
        """Return the dangers that nothing but sentences tell in a text of this language."""
        own, others = self._small_words(text)
        return self._alone if own > others else frozenset()

    def meant(self, text: str) -> list[Meant]:
        """Return the families and the other words of a text, each by its place."""
        return [
            Meant(at, one)
            for at, token in enumerate(self.read(text).tokens)
            for one in {token.word, *token.also}
            if one and one[0] not in _OPENING + _CLOSING
        ]

    def has_saying(self, text: str) -> bool:
        """Tell whether words of a text do not mean what they mean alone."""
        return self._speaks(text) and self.read(text).has(IDIOM)

    def _is_spoken(self, text: str) -> bool:
        """Tell whether a text is in this language as much as in another."""
        own, others = self._small_words(text)
        return own >= others

    def _small_words(self, text: str) -> tuple[int, int]:
        """Count the small words of this language and of another."""
        words = text.casefold().split()
        own, others = (sum(word in each for word in words) for each in (self._own, self._others))
        return own, others

    def _read(self, text: str) -> Reading:
        reading = self._lexicon.read(text)
        tokens: list[Token] = []
        for token in reading.tokens:
            if token.word in self._families and not token.also:
                token = token._replace(word="")  # noqa: PLW2901 — a word that a family is called by
            if not tokens:
                token = _opens(token, self._lexicon.read(reading.opening).tokens[:1])  # noqa: PLW2901
            elif tokens[-1].sentence != token.sentence:
                token = _opens(token, [token])  # noqa: PLW2901
            if tokens and tokens[-1].clause != token.clause:
                tokens[-1] = _marked(tokens[-1], _CLOSING)
            tokens.append(token)
        if tokens:
            tokens[-1] = _marked(tokens[-1], _CLOSING)
        return Reading(tuple(tokens), reading.asks, reading.opening)


def _opens(token: Token, first: Iterable[Token]) -> Token:
    """Return a token as one that opens a sentence with the meanings of its first word."""
    opening = {f"{_OPENING}{one}" for each in first for one in (each.word, *each.also)}
    return token._replace(also=token.also | opening)


def _marked(token: Token, sign: str) -> Token:
    """Return a token with each of its meanings under a sign, too."""
    return token._replace(also=token.also | {f"{sign}{one}" for one in (token.word, *token.also)})


def _list(written: str) -> frozenset[str]:
    return frozenset(one.strip() for one in written.split(","))


def _names(written: Iterable[Mapping[str, str]]) -> set[str]:
    """Return every name that rules are written with."""
    rules = (rule.translate(_SIGNS) for one in written for rule in one.values())
    return {name.lstrip(_OPENING + _CLOSING) for rule in rules for name in rule.split()}


def _vocabulary(rules: Mapping[str, str]) -> Vocabulary:
    """Compile rules; in `^a|b` both open a sentence, in `$a|b` both close a clause."""
    return Vocabulary({code: _MARKED.sub(_each_marked, rule) for code, rule in rules.items()})


def _each_marked(found: re.Match[str]) -> str:
    return found[0].replace("|", f"|{found[0][0]}")


def _meant(frame: Mapping[str, Any]) -> frozenset[str]:
    """Return the dangers that a frame makes harmless: those it names, or all that it spares not."""
    return frozenset(frame.get("only", dangers().keys() - frame.get("spares", ())))


def by_sentences(text: str) -> list[DangerAt]:
    """Return the dangers that a text names, in the languages that have sentences."""
    return [danger for one in sentences() for danger in one.found_in(text)]


def frames_in(text: str) -> list[Frame]:
    """Return the frames of a text, in the languages that have sentences."""
    return [frame for one in sentences() for frame in one.frames_in(text)]


def has_saying(text: str) -> bool:
    """Tell whether words of a text do not mean what they mean alone, in any language."""
    return any(one.has_saying(text) for one in sentences())


def is_of_people(text: str) -> bool:
    """Tell whether a text tells of its writer or of people, whatever else it names."""
    return any(one.is_of_people(text) for one in sentences())


def may_be_of_animals(text: str) -> bool:
    """Tell whether a text names animals that are kept, or their numbers, in any language."""
    return any(one.may_be_of_animals(text) for one in sentences())


def told_alone(text: str) -> frozenset[str]:
    """Return the dangers that nothing but sentences tell in a text."""
    return frozenset().union(*(one.told_alone(text) for one in sentences()))


@cache
def sentences() -> tuple[Sentences, ...]:
    """Return the sentences of danger of every language that has a file of them."""
    known = frozenset().union(*(one.known for one in danger_words()))
    told = (sentences_of(language) for language in lexicon_languages())
    return tuple(Sentences(one, known) for one in told if one is not None)
