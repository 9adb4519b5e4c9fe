"""Danger in a text by the rules of the lexicon alone; pure."""

from collections.abc import Iterable, Mapping, Sequence
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
from services.health.danger.pressure import HIGH, SIGNS, danger_of_pressure, reading_of
from services.health.danger.sentences import (
    Frame,
    by_sentences,
    frames_in,
    has_saying,
    is_of_people,
    may_be_of_animals,
    told_alone,
)
from services.health.danger.sugar_readings import (
    is_doubtful,
    sugar_reading,
    without_other_numbers,
)

# A text of which more than this share is in a language is read by that language alone.
_MOST = 0.5
_FINE = "fine"
_DANGEROUS_SUGAR: Mapping[str | None, str] = {"low": "low_sugar", "high": "high_sugar"}
_OF_SUGAR = frozenset(_DANGEROUS_SUGAR.values())
_OF_PRESSURE = frozenset({SIGNS, HIGH})
_NOTHING: frozenset[str] = frozenset()


class RuleReading(NamedTuple):
    """The dangers that the rules find in a text.

    Attributes:
        codes: of the dangers that it tells of.
        held: of those that it denies, or that a frame makes harmless.
        measured: of those that a number tells, which nothing else can undo.
        fine: of those that a number denies.
        denied: whether it denies every danger that it names, or has a saying.
        of_pigs: whether it speaks of pigs and not of people.
    """

    codes: frozenset[str] = _NOTHING
    held: frozenset[str] = _NOTHING
    measured: frozenset[str] = _NOTHING
    fine: frozenset[str] = _NOTHING
    denied: bool = False
    of_pigs: bool = False

    @property
    def code(self) -> str | None:
        """The danger that counts: the first of the lexicon's list."""
        return next((code for code in dangers() if code in self.codes), None)

    def evidence(self) -> list[str]:
        """Return what the rules found as features of the second reader, in a fixed order."""
        found = [f"found:{code}" for code in sorted(self.codes)] or ["found:none"]
        found += [f"held:{code}" for code in sorted(self.held)]
        marks = {
            "found:many": len(self.codes) > 1,
            "found:number": bool(self.measured),
            "held:any": bool(self.held),
            "held:all": self.denied and not self.codes,
            "text:any": True,
        }
        return [*found, *(mark for mark, there in marks.items() if there)]


def read_by_rules(text: str) -> RuleReading:
    """Read the dangers that a text tells of or denies, by the rules of its languages."""
    shares = [(one.share(text), one) for one in own_readers()]
    alone = any(share > _MOST for share, _ in shares)
    told = RuleReading() if alone else _in_shared_words(text)
    for share, reader in shares:
        if share and not told.codes:
            own = _in_own_words(text, reader)
            told = own if own.codes or own.denied or own.of_pigs else told
    return told


def _in_own_words(text: str, reader: LanguageReader) -> RuleReading:
    """Read danger by the rules of a language."""
    found = reader.dangers_in(text)
    sugar = sugar_reading(reader.telling(without_other_numbers(text)))
    measured, fine = _numbers(text, sugar)
    if measured and reader.is_past(text):
        measured = _NOTHING
    codes = measured | ({code for code, denied in found.items() if not denied} - fine)
    denied = bool(found) or reader.has_saying(text)
    held, of_pigs = frozenset(found) - codes, reader.is_of_animals(text)
    return RuleReading(codes, held, _certain(measured, text), fine, denied, of_pigs)


def _in_shared_words(text: str) -> RuleReading:
    """Read danger by the words of all other languages: by sentences, else by meanings."""
    frames = frames_in(text)
    said = by_sentences(text)
    told = _told(said, frames)
    animals = may_be_of_animals(text) or not told
    if animals and is_of_pigs(text) and not is_of_people(text):
        return RuleReading(denied=not speaks_of_self(text), of_pigs=True)
    if not told:
        alone = told_alone(text)
        named = by_meanings(text)
        told = _told((one for one in named if one.code not in alone), frames)
        said = [*said, *named]
    measured, fine = _numbers(text, sugar_reading(without_other_numbers(text), bare=True))
    if not measured.isdisjoint(_OF_PRESSURE) and is_long_past(text):
        measured -= _OF_PRESSURE
    codes = measured | (told - fine)
    held = frozenset(one.code for one in said) - codes
    denied = bool(said) or has_saying(text)
    return RuleReading(codes, held, _certain(measured, text), fine, denied)


def _certain(measured: frozenset[str], text: str) -> frozenset[str]:
    """Return the dangers that nothing else can undo: the second reader weighs the others."""
    return measured - _OF_SUGAR if is_doubtful(text) else measured


def _numbers(text: str, sugar: str | None) -> tuple[frozenset[str], frozenset[str]]:
    """Return the dangers that sugar and blood pressure in numbers tell, and those they deny."""
    sugar = sugar if reading_of(text) is None else None
    told = (_DANGEROUS_SUGAR.get(sugar), danger_of_pressure(text))
    return frozenset(filter(None, told)), _OF_SUGAR if sugar == _FINE else _NOTHING


def _told(named: Iterable[DangerAt], frames: Sequence[Frame]) -> set[str]:
    """Return the dangers that are neither denied nor made harmless."""
    return {
        one.code
        for one in named
        if not one.denied and not any(frame.holds(one) for frame in frames)
    }
