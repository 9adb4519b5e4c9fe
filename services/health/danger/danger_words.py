"""Danger to people in plain words, theirs or a relative's; pure.

Sources: WHO IMCI danger signs of children, WHO Pregnancy, childbirth, postpartum and newborn care,
WHO mhGAP for self-harm, FAST for stroke, WHO PEN for chest pain and sugar.
"""

import re
from collections.abc import Mapping
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple

from gateway.concepts import Reading
from services.health.danger.danger_lexicon import danger_words, dangers, vocabulary
from services.health.danger.pressure import danger_of_pressure, reading_of

_NUMBER = r"(?<![0-9a-z])([0-9]{1,3}(?:[.,][0-9])?)(?![0-9])"
_NO_READING = (
    r"(?!\s*(?:kina|k\b|toea|kg|kilo|g\b|gram|spoon|tea|tispun|cup|kap|bag|bek|pack|pak|pela|times|taim|"
    r"de\b|days?\b|wik|weeks?\b|mun|months?\b|yia|years?\b|am\b|pm\b|klok|oclock|tablet|pill|unit|spun))"
)
_READINGS = (
    re.compile(
        r"\b(?:suga|sugar|glucose|bsl|blood sugar|glukos)\b[^0-9.!?]{0,25}" + _NUMBER + _NO_READING
    ),
    re.compile(_NUMBER + r"\s*(?:mmol|mg\s*/?\s*dl)"),
    re.compile(
        r"\b(?:reading|meter|mita|glucometer|level)\b[^0-9.!?]{0,15}([0-9]{1,2}[.,][0-9])(?![0-9])"
    ),
    re.compile(
        r"\b(?:machine|meter|mita|masin|glucometer|reading)\s+(?:i\s+)?"
        r"(?:shows?|says?|reads?|is|soim|tok|em)\s+" + _NUMBER + _NO_READING
    ),
    re.compile(r"([0-9]{1,2}[.,][0-9])\s+(?:is|em)\s+(?:my|mi|suga|namba)"),
)
_PEOPLE = ("person", "baby", "gatbel")
# Pigs that are dying, whoever keeps them.
_PIGS, _WEAK = frozenset({"pig", "pigs"}), frozenset({"dying", "faint", "lie", "fits", "collapse"})
# Words, the dangers that they make a way of speaking of (all, if none), and words that they leave
# in earnest.
_FINE, _SUICIDE = "fine", "suicide"
_DANGEROUS_SUGAR: Mapping[str | None, str] = {"low": "low_sugar", "high": "high_sugar"}
_OF_SUGAR = frozenset(_DANGEROUS_SUGAR.values())
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
# Below and above the first two, in mmol/l, somebody is in danger; a device shows at most so much in
# mmol/l, and what is more is in mg/dl.
_LOW, _HIGH, _MOST_MMOL, _MG_DL = 4.0, 15.0, 35.0, 18.0


class DangerText(NamedTuple):
    """Danger in a text: its code, if any; else whether the text denies every danger it names."""

    code: str | None
    denied: bool = False


@lru_cache(16)
def read_danger(text: str) -> DangerText | None:
    """Read the danger that a text tells of or denies; None: neither."""
    readings = [one.read(text) for one in danger_words()]
    if any(map(_is_harmless, readings)):
        return None
    if any(map(_is_of_pigs, readings)):
        return None if readings[0].has("self") else DangerText(None, denied=True)
    pressure = danger_of_pressure(text)
    sugar = _sugar(text) if reading_of(text) is None else None
    own = any(one.has("self", "mine", *_PEOPLE) for one in readings) or _says_own(text)
    found = [_dangers_in(one, own=own) for one in readings]
    wants_to_die = any(one.get(_SUICIDE) is False for one in found)
    in_the_news = readings[-1].has("news") and not own
    if in_the_news or (not wants_to_die and _asks_for_facts(readings[-1], own=own)):
        return None
    codes = {
        code
        for denials in found
        for code, denied in denials.items()
        if not denied
        and not any(_is_idle(code, one) for one in readings)
        and not (sugar == _FINE and code in _OF_SUGAR)
    }
    codes |= {_DANGEROUS_SUGAR[sugar]} if sugar in _DANGEROUS_SUGAR else set()
    codes |= {pressure} if pressure and not any(map(_is_past, readings)) else set()
    if codes:
        return DangerText(next(code for code in dangers() if code in codes))
    named = any(found)
    told = any(not denied for denials in found for denied in denials.values())
    return DangerText(None, denied=not told or readings[0].has("jest")) if named else None


def _says_own(text: str) -> bool:
    return _OWN.search(text.casefold()) is not None


def _dangers_in(reading: Reading, *, own: bool) -> Mapping[str, bool]:
    """Return the dangers that a text names, and whether each is denied.

    `own`: whether it speaks of its writer or of people.
    """
    found = dict.fromkeys(_alone(reading), False)
    for rules in (vocabulary(own=False), vocabulary(own=True))[: 1 + own]:
        for code, denied in rules.concepts_in(reading).items():
            found[code] = found.get(code, True) and denied
    return found


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
    if _is_past(reading) or (broke and code == "injury"):
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


def _sugar(text: str) -> str | None:
    """Read a reading of blood sugar, in mmol/l or mg/dl: low, fine or high; None: there is none."""
    found = next((found for one in _READINGS if (found := one.search(text.casefold()))), None)
    if not found:
        return None
    value = float(found[1].replace(",", "."))
    value = value / _MG_DL if value > _MOST_MMOL else value
    if value < _LOW:
        return "low"
    return "high" if value > _HIGH else _FINE
