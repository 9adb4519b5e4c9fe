"""Events of people's lives in plain words; pure.

Whole phrases of a course, levelled as phones write them; a loss is heard in any wording of the
lexicon, because texts about a baby must end.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from functools import cache
from typing import NamedTuple

from gateway.concepts import Vocabulary
from gateway.grammar import Mood
from gateway.mood import mood_of
from gateway.phrases import clean
from services.health.format.model import Programme
from services.texts.spoken_words import lexicon

LOSS = "loss"

_A_NUMBER = re.compile(r"[0-9]{3}")
# What is asked, doubted or to come has not happened.
_NOT_YET = frozenset({Mood.QUESTION, Mood.DOUBT, Mood.FUTURE})
_CLAUSES = re.compile(r"[.!;,\n]|\b(?:and|na|but|tasol|because|bikos)\b", re.IGNORECASE)
_OF_PIGS = ("pig", "pigs", "pig_disease", "pig_abort", "hoof", "snout", "tail")
_LOSSES = """
    abort, baby>die, baby>mine>die, die>baby, lose>baby, gatbel>die, lose>gatbel, gatbel>lose,
    gatbel>over, deliver>die, baby>not>live|breath, baby>lose
    """
_ENGLISH = (
    (re.compile(r"\bi ?m\b"), "i am"),
    (re.compile(r"\bi ?ve\b"), "i have"),
    (re.compile(r"\b(?:has|is) now\b"), "is"),
)
# Words of Tok Pisin that phones leave out or shorten.
_DROPPED = frozenset({"i", "long", "lo", "ya", "tru", "nau"})
_SHORT = {"blo": "bilong", "blong": "bilong", "bl": "bilong", "bln": "bilong", "mipla": "mipela"}


@cache
def _losses() -> Vocabulary:
    return Vocabulary({LOSS: _LOSSES})


class EventWords(NamedTuple):
    """Levelled phrases by event: those of Tok Pisin, and those of other languages."""

    tok_pisin: Mapping[str, tuple[str, ...]]
    others: Mapping[str, tuple[str, ...]]

    def find(self, text: str) -> str | None:
        """Return the event that a text tells of as something that has happened; None: none."""
        if not self.others or _A_NUMBER.search(text) or lexicon().read(text).has(*_OF_PIGS):
            return None
        # `my baby died and I want to die`: what is still to come is of the other clause.
        found = (self._in_clause(clause) for clause in _CLAUSES.split(text))
        return next((code for code in found if code), None)

    def _in_clause(self, text: str) -> str | None:
        if mood_of(text) in _NOT_YET:
            return None
        reading = lexicon().read(text)
        if LOSS in self.others and _losses().concepts_in(reading).get(LOSS) is False:
            return LOSS
        return _said(self.others, english(text)) or _said(self.tok_pisin, tok_pisin(text))


def words_of_events(programmes: Iterable[Programme]) -> EventWords:
    """Return the words by which programmes hear of events."""
    here: defaultdict[str, set[str]] = defaultdict(set)
    others: defaultdict[str, set[str]] = defaultdict(set)
    for programme in programmes:
        for event in programme.events:
            for language, phrases in event.hears.items():
                if language == "tpi":
                    here[event.code].update(map(tok_pisin, phrases))
                else:
                    others[event.code].update(map(english, phrases))
    return EventWords(
        {code: tuple(sorted(every)) for code, every in here.items()},
        {code: tuple(sorted(every)) for code, every in others.items()},
    )


def english(text: str) -> str:
    """Return a text levelled as English: lower case, single spaces, short forms written out."""
    words = _words(text)
    for short, full in _ENGLISH:
        words = short.sub(full, words)
    return words


def tok_pisin(text: str) -> str:
    """Return a text levelled as Tok Pisin, without words that phones leave out."""
    words = (_SHORT.get(word, word) for word in _words(text).split())
    return " ".join(word for word in words if word not in _DROPPED)


def _words(text: str) -> str:
    return " ".join(re.findall(r"[^\W_]+", clean(text).casefold().replace("'", "")))


def _said(phrases: Mapping[str, tuple[str, ...]], words: str) -> str | None:
    said = f" {words} "
    return next(
        (code for code, every in phrases.items() if any(f" {one} " in said for one in every)), None
    )
