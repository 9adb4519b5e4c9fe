"""Dangers by the meanings that stand near each other in a text, and ways of speaking; pure."""

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise

from gateway.concepts import Reading
from services.health.danger.danger_lexicon import danger_words, dangers, vocabulary
from services.health.danger.places import DangerAt, DangerPlace, places

_PEOPLE = ("person", "baby", "gatbel")
# Pigs that are dying, whoever keeps them.
_PIGS, _WEAK = frozenset({"pig", "pigs"}), frozenset({"dying", "faint", "lie", "fits", "collapse"})
# Words, the dangers that they make a way of speaking of (all, if none), and words that they leave
# in earnest.
_SUICIDE = "suicide"
_OF_SUGAR = frozenset({"low_sugar", "high_sugar"})
_THINGS = ("thing", "trade", "feast")
_WAYS_OF_SPEAKING: tuple[tuple[tuple[str, ...], frozenset[str], tuple[str, ...]], ...] = (
    (("jest",), frozenset(), ("suicide",)),
    (("good_news",), _OF_SUGAR, ("shiver", "sweat", "dizzy", "faint", "vomit")),
    (("sweets", "sugar", "craving"), frozenset({"child"}), ("vomit", "fever", "weak", "baby")),
    (("exercise",), frozenset({"breathless"}), ("attack_now", "puffer", "sunken")),
    (("new_one",), frozenset({"breathless"}), ()),
    (("little_blood",), frozenset({"bleeding"}), ()),
    (("but_fine",), frozenset({"injury", "fall", "child", "bleeding", "unconscious"}), ()),
    (("pig", "pigs"), frozenset({"urgent"}), ()),
    (("as_told",), frozenset({"poison"}), ()),
    (("craving",), frozenset({"suicide", "violence"}), ("suicide", "rape")),
    (("play",), frozenset({"violence"}), ("rape", "afraid")),
    (_THINGS, frozenset({"violence"}), ("violence_words", "rape")),
    (_THINGS, frozenset({"stroke"}), ("nopower",)),
    (
        ("structure",),
        frozenset({"unconscious", "injury"}),
        ("self", "mine", "fracture", "move", *_PEOPLE),
    ),
)
# In English these words are noise to the lexicon.
_OWN = re.compile(r"\b(?:i|im|i'm|ive|my|we|our)\b")
_YEAR = re.compile("(?:19[5-9]|20[0-2])[0-9]")
_SHORTEST_TAG = 4
_FEW = 2


def by_meanings(text: str) -> list[DangerAt]:
    """Return every danger that the words of a text name, where, and whether it is denied.

    A way of speaking, a question of fact and the news are denials too.
    """
    readings = danger_words_of(text)
    own = any(one.has("self", "mine", *_PEOPLE) for one in readings) or _says_own(text)
    found = [one for reading in readings for one in _named(reading, own=own)]
    wants_to_die = any(one.code == _SUICIDE and not one.denied for one in found)
    in_the_news = readings[-1].has("news") and not own
    of_nobody = any(map(_is_harmless, readings))
    asks = not wants_to_die and _asks_for_facts(readings[-1], own=own)
    if in_the_news or of_nobody or asks:
        return [one._replace(denied=True) for one in found]
    past = any(map(_is_past, readings))
    idle = {
        code
        for code in {one.code for one in found}
        if past or any(_is_idle(code, each) for each in readings)
    }
    if readings[0].has("jest"):
        return [one._replace(denied=one.denied or one.code in idle) for one in found]
    # A saying is no denial: a programme may know better.
    return [one for one in found if one.denied or one.code not in idle]


def is_long_past(text: str) -> bool:
    """Tell whether a text tells of years ago: `had a stroke in 2015`."""
    return any(map(_is_past, danger_words_of(text)))


def is_of_pigs(text: str) -> bool:
    """Tell whether a text is of pigs and not of people."""
    return any(map(_is_of_pigs, danger_words_of(text)))


def speaks_of_self(text: str) -> bool:
    """Tell whether a text speaks of its writer."""
    return danger_words_of(text)[0].has("self")


def danger_words_of(text: str) -> Sequence[Reading]:
    """Read a text by each lexicon of danger."""
    return [one.read(text) for one in danger_words()]


def _named(reading: Reading, *, own: bool) -> Iterator[DangerAt]:
    """Yield the dangers that a text names; `own`: it speaks of its writer or of people."""
    for code in _alone(reading):
        yield DangerAt(code, DangerPlace(0, 0, 0), denied=False)
    for rules in (vocabulary(own=False), vocabulary(own=True))[: 1 + own]:
        yield from places(rules.found_in(reading), reading)


def _says_own(text: str) -> bool:
    return _OWN.search(text.casefold()) is not None


def _is_harmless(reading: Reading) -> bool:
    """Tell whether a text is of no danger at all: a lie, a film, animals that bite nobody."""
    about_school = reading.has("school") and not reading.has("self", "mine", *_PEOPLE)
    return reading.has("false", "story") or _bites_nobody(reading) or about_school


def _alone(reading: Reading) -> list[str]:
    """Return the dangers whose word is all that a text says."""
    if len(reading.tokens) > _FEW:
        return []
    return [code for code, one in dangers().items() if one.alone and reading.has(*one.alone)]


def _bites_nobody(reading: Reading) -> bool:
    return reading.has("other_animal") and not reading.has("bite", "eat", "hurt", "wound")


def _is_of_pigs(reading: Reading) -> bool:
    tags = any(one.word.isdigit() and len(one.word) >= _SHORTEST_TAG for one in reading.tokens)
    of_people = reading.has("person", "suicide", "violence_words", "pig_bite")
    return (
        tags or reading.has("pig", "pigs", "pig_disease", "pig_abort", "hoof", "snout", "tail")
    ) and not of_people


def _asks_for_facts(reading: Reading, *, own: bool) -> bool:
    """Tell whether a text asks about a danger, or what to do if it came, and tells of none."""
    if reading.has("fact", "question"):
        return True
    if reading.has("hypothetical") and reading.has("ask", "todo", "why", "asks_what"):
        return True
    return reading.has("ask", "why") and not own and not reading.has("todo")


def _is_idle(code: str, reading: Reading) -> bool:
    """Tell whether the words are a way of speaking: to die for a smoke, a phone that broke."""
    if code in {"unconscious", "urgent"} and any(
        one.word in _PIGS and after.word in _WEAK for one, after in pairwise(reading.tokens)
    ):
        return True
    broke = reading.has(*_THINGS) and not (reading.has("accident") and reading.has("person"))
    if broke and code == "injury":
        return True
    return any(
        (not codes or code in codes) and reading.has(*words) and not reading.has(*unless)
        for words, codes, unless in _WAYS_OF_SPEAKING
    )


def _is_past(reading: Reading) -> bool:
    """Tell whether it was years ago: `had a stroke in 2015`."""
    year = any(_YEAR.fullmatch(one.word) for one in reading.tokens)
    lasts = reading.has("since", "now", "nau", "today", "again", "self", "mine", "suicide")
    return (year or reading.has("past")) and not lasts
