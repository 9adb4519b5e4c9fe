"""The words of a text in one language, and what each of them and each phrase means; pure.

A word may have several meanings, and so may the phrases that it stands in: unlike the lexicon of
commands, none hides another, but for sayings.
"""

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple

from gateway.phrases import clean
from services.health.danger.slips import KnownWords

SELF, PAST = "self", "past"
OF = "bilong"
"""Word before a possessor, who may stand between the words of a phrase."""

_MOST_WORDS = 120
_TOKEN = re.compile(r"[0-9]+(?:[.,][0-9]+)?|[^\W\d_]+|[.,;:!?\n]")
_PELA = re.compile(r"([0-9]+)\s*-?\s*(?:pela|pla)(?![^\W_])")
_STRETCHED = re.compile(r"([^\W\d_])\1{2,}")
_YEAR = re.compile("(?:19[5-9]|20[0-2])[0-9]")
_SENTENCE_ENDS = frozenset(".;!?\n")
_STOPS = _SENTENCE_ENDS | {",", ":"}
_SEXES = frozenset({"man", "meri"})


class Phrase(NamedTuple):
    """Words after the first two of a phrase, in this order, and its meaning.

    Only passing words may stand between the words of a phrase.
    """

    rest: tuple[str, ...]
    meaning: str


class NumberRange(NamedTuple):
    """The numbers that have a meaning; `pointed`: only those with a point."""

    meaning: str
    least: float
    most: float
    pointed: bool


class WordRange(NamedTuple):
    """The first and the last word of what has a meaning."""

    first: int
    last: int


class Layout(NamedTuple):
    """The words of a text, by each its sentence and its clause, and the sentences that ask."""

    words: list[str]
    sentences: list[int]
    clauses: list[int]
    asks: set[int]


class Sense(NamedTuple):
    """A text: its words, where each meaning stands, and where its sentences and clauses are.

    Attributes:
        told: by word, how many words that tell something stand before it.
        asks: the sentences that end with a question mark.
    """

    words: Sequence[str]
    places: Mapping[str, Sequence[WordRange]]
    sentences: Sequence[int]
    clauses: Sequence[int]
    told: Sequence[int]
    asks: frozenset[int]

    def has(self, *meanings: str) -> bool:
        """Tell whether any of these meanings stands in the text."""
        return any(one in self.places for one in meanings)

    def firsts(self, *meanings: str) -> list[int]:
        """Return the first words of what has one of these meanings."""
        return [place.first for one in meanings for place in self.places.get(one, ())]

    def says(self, sentence: int, *meanings: str) -> bool:
        """Tell whether any of these meanings stands in a sentence."""
        return any(self.sentences[at] == sentence for at in self.firsts(*meanings))


class Meanings:
    """Words and phrases by meaning.

    Args:
        words: by meaning, forms of one or more words, with commas between.
        spellings: by usual word or words, how phones write them.
        lists: `passing`, words that may stand between those of a phrase; `turns`, which begin a
            clause; `common`, which are no misspelling of another; `hiding`, the meanings whose
            phrases hide what the words in them mean alone; `numbers`, meanings of numbers from one
            to another: `lownumber 1.0 3.9`, of which none is meant without its point.
        foreign: words of other languages, which are no misspelling of a word of this one.
    """

    def __init__(
        self,
        words: Mapping[str, str],
        spellings: Mapping[str, str],
        lists: Mapping[str, str],
        foreign: Collection[str] = (),
    ) -> None:
        self._passing = frozenset(lists["passing"].split())
        self._turns = frozenset(lists["turns"].split())
        self._hiding = frozenset(lists["hiding"].split())
        self._numbers = tuple(_ranges(lists.get("numbers", "").split()))
        self._spellings = dict(_spellings(spellings))
        self._alone: defaultdict[str, list[str]] = defaultdict(list)
        self._phrases: defaultdict[str, dict[str, list[Phrase]]] = defaultdict(dict)
        known = {*lists["common"].split(), *self._passing, *self._turns, *self._spellings}
        for meaning, forms in words.items():
            for form in filter(None, map(str.split, forms.split(","))):
                usual = tuple(self._usual(form))
                if len(usual) == 1:
                    self._alone[usual[0]].append(meaning)
                else:
                    first, second, *rest = usual
                    phrases = self._phrases[first].setdefault(second, [])
                    phrases.append(Phrase(tuple(rest), meaning))
                known.update(usual)
        self.known = frozenset(known)
        self.meanings = frozenset(words) | {one.meaning for one in self._numbers}
        self._slips = KnownWords(known)
        self._whole = self.known | frozenset(foreign)
        self._mended = lru_cache(4096)(self._mend)
        self._read_once = lru_cache(16)(self._read)
        self.recognises = lru_cache(4096)(self._recognises)

    def read(self, text: str) -> Sense:
        """Read what a text says; never raises. Several readers of one message read it once."""
        return self._read_once(text)

    def _read(self, text: str) -> Sense:
        told = self._laid_out(text)
        words = told.words
        passed = [word in self._passing or _owns(words, at) for at, word in enumerate(words)]
        places = self._places(told, passed)
        counted = [at - sum(passed[:at]) for at in range(len(words))]
        asks = frozenset(told.asks)
        return Sense(words, places, told.sentences, told.clauses, counted, asks)

    def _laid_out(self, text: str) -> Layout:
        told = Layout([], [], [], set())
        sentence = clause = 0
        for one in _written(text):
            if one in _STOPS:
                if one == "?":
                    told.asks.add(sentence)
                clause += 1
                sentence += one in _SENTENCE_ENDS
                continue
            for word in self._mended(one):
                clause += word in self._turns
                told.words.append(word)
                told.sentences.append(sentence)
                told.clauses.append(clause)
        return told

    def _places(self, told: Layout, passed: Sequence[bool]) -> Mapping[str, Sequence[WordRange]]:
        words = told.words
        found = list(self._found(told, passed))
        sayings = [place for meaning, place in found if meaning in self._hiding]
        places: defaultdict[str, list[WordRange]] = defaultdict(list)
        for at, word in enumerate(words):
            place = WordRange(at, at)
            hidden = sayings and any(_hides(saying, place) for saying in sayings)
            for meaning in () if hidden else self._alone.get(word, ()):
                if meaning != SELF or not _follows_of(words, at):
                    places[meaning].append(place)
            for meaning in self._of_number(word):
                places[meaning].append(place)
        for meaning, place in found:
            if meaning in self._hiding or not any(_hides(saying, place) for saying in sayings):
                places[meaning].append(place)
        return {meaning: sorted(them) for meaning, them in places.items()}

    def _of_number(self, word: str) -> Iterator[str]:
        if not word[0].isdigit():
            return
        if _YEAR.fullmatch(word):
            yield PAST
        value = float(word.replace(",", "."))
        for one in self._numbers:
            if one.least <= value <= one.most and (not one.pointed or not word.isdigit()):
                yield one.meaning

    def _found(self, told: Layout, passed: Sequence[bool]) -> Iterator[tuple[str, WordRange]]:
        words, sentences = told.words, told.sentences
        for at, word in enumerate(words):
            seconds = self._phrases.get(word)
            if seconds is None:
                continue
            for second in _reached(passed, at):
                for phrase in seconds.get(words[second], ()):
                    last = _last(phrase.rest, words, passed, second)
                    if last is not None and sentences[last] == sentences[at]:
                        yield phrase.meaning, WordRange(at, last)

    def _mend(self, word: str) -> tuple[str, ...]:
        """Return the usual words for a written one: spelt otherwise, misspelt, or two in one."""
        if word in self._spellings:
            return self._spellings[word]
        if word in self._whole or word[0].isdigit():
            return (word,)
        return tuple(self._usual(self._slips.meant(word)))

    def _recognises(self, word: str) -> bool:
        """Tell whether a word is one of this language, as it stands or by a slip of a phone."""
        return word in self.known or self._slips.is_likely(word)

    def _usual(self, words: Iterable[str]) -> Iterator[str]:
        for word in words:
            yield from self._spellings.get(word, (word,))


def _reached(passed: Sequence[bool], at: int) -> Iterator[int]:
    """Yield the places of the words that may follow one in a phrase."""
    for place in range(at + 1, len(passed)):
        yield place
        if not passed[place]:
            return


def _last(rest: Sequence[str], words: Sequence[str], passed: Sequence[bool], at: int) -> int | None:
    """Return the place of a phrase's last word, if the rest of it follows here."""
    for wanted in rest:
        at += 1
        while at < len(words) and words[at] != wanted and passed[at]:
            at += 1
        if at == len(words) or words[at] != wanted:
            return None
    return at


def _hides(saying: WordRange, place: WordRange) -> bool:
    """Tell whether a saying takes the meaning from words: those in it, but no phrase around it."""
    within = saying.first <= place.last and place.first <= saying.last
    return within and not (place.first <= saying.first and saying.last <= place.last)


def _owns(words: Sequence[str], at: int) -> bool:
    """Tell whether a word is of a possessor: `bilong mi`, `bilong pikinini meri`."""
    return _follows_of(words, at) or (words[at] in _SEXES and _follows_of(words, at - 1))


def _follows_of(words: Sequence[str], at: int) -> bool:
    return at > 0 and words[at - 1] == OF


def _written(text: str) -> list[str]:
    levelled = _PELA.sub(r"\1 ", clean(text).casefold().replace("'", ""))
    return _TOKEN.findall(_STRETCHED.sub(r"\1\1", levelled))[:_MOST_WORDS]


def _spellings(told: Mapping[str, str]) -> Iterator[tuple[str, tuple[str, ...]]]:
    for usual, written in told.items():
        for one in written.replace(",", " ").split():
            yield one, tuple(usual.split())


def _ranges(told: Sequence[str]) -> Iterator[NumberRange]:
    for meaning, least, most in zip(told[::3], told[1::3], told[2::3], strict=True):
        yield NumberRange(meaning, float(least), float(most), "." in least)
