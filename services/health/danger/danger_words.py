"""Danger to people in plain words, theirs or a relative's; pure.

Sources: WHO IMCI danger signs of children, WHO Pregnancy, childbirth, postpartum and newborn care,
WHO mhGAP for self-harm, FAST for stroke, WHO PEN for chest pain and sugar.
"""

from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple

from services.health.danger.danger_lexicon import dangers, own_readers
from services.health.danger.language_reader import LanguageReader
from services.health.danger.meanings import (
    by_meanings,
    is_long_past,
    is_of_pigs,
    speaks_of_self,
)
from services.health.danger.places import DangerAt
from services.health.danger.pressure import danger_of_pressure, reading_of
from services.health.danger.sentences import (
    Frame,
    by_sentences,
    frames_in,
    has_saying,
    is_of_people,
    may_be_of_animals,
    told_alone,
)
from services.health.danger.sugar_readings import sugar_reading

# A text of which more than this share is in a language is read by that language alone.
_MOST = 0.5
_FINE = "fine"
_DANGEROUS_SUGAR: Mapping[str | None, str] = {"low": "low_sugar", "high": "high_sugar"}
_OF_SUGAR = frozenset(_DANGEROUS_SUGAR.values())


class DangerText(NamedTuple):
    """Danger in a text: its code, if any; else whether the text denies every danger it names.

    `asks`: whether the danger is only possible, so that its writer is asked.
    """

    code: str | None
    denied: bool = False
    asks: bool = False


@lru_cache(16)
def read_danger(text: str) -> DangerText | None:
    """Read the danger that a text tells of or denies; None: neither."""
    shares = [(one.share(text), one) for one in own_readers()]
    alone = any(share > _MOST for share, _ in shares)
    told = None if alone else _in_shared_words(text)
    for share, reader in shares:
        if share and (told is None or told.code is None):
            told = _in_own_words(text, reader) or told
    return told


def _in_own_words(text: str, reader: LanguageReader) -> DangerText | None:
    """Read danger by the rules of a language."""
    found = reader.dangers_in(text)
    pressure = danger_of_pressure(text)
    sugar = sugar_reading(reader.telling(text)) if reading_of(text) is None else None
    codes = {code for code, denied in found.items() if not denied}
    codes -= _OF_SUGAR if sugar == _FINE else frozenset()
    if not reader.is_past(text):
        codes |= {one for one in (pressure, _DANGEROUS_SUGAR.get(sugar)) if one}
    if codes:
        return DangerText(next(code for code in dangers() if code in codes))
    return DangerText(None, denied=True) if found or reader.has_saying(text) else None


def _in_shared_words(text: str) -> DangerText | None:
    """Read danger by the words of all other languages: by sentences, else by meanings."""
    frames = frames_in(text)
    said = by_sentences(text)
    told = _told(said, frames)
    animals = may_be_of_animals(text) or not told
    if animals and is_of_pigs(text) and not is_of_people(text):
        return None if speaks_of_self(text) else DangerText(None, denied=True)
    if not told:
        alone = told_alone(text)
        named = by_meanings(text)
        told = _told((one for one in named if one.code not in alone), frames)
        said = [*said, *named]
    sugar = sugar_reading(text, bare=True) if reading_of(text) is None else None
    if sugar == _FINE:
        told -= _OF_SUGAR
    told |= {_DANGEROUS_SUGAR[sugar]} if sugar in _DANGEROUS_SUGAR else set()
    pressure = danger_of_pressure(text)
    told |= {pressure} if pressure and not is_long_past(text) else set()
    if told:
        return DangerText(next(code for code in dangers() if code in told))
    return DangerText(None, denied=True) if said or has_saying(text) else None


def _told(named: Iterable[DangerAt], frames: Sequence[Frame]) -> set[str]:
    """Return the dangers that are neither denied nor made harmless."""
    return {
        one.code
        for one in named
        if not one.denied and not any(frame.holds(one) for frame in frames)
    }
