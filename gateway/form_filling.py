"""Answers of a form, read as the arguments of its phrase; pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

from gateway.grammar import Fault, FaultCode, Phrase
from gateway.keywords import AFTER_FILLER
from gateway.matching import Attempt, words_pattern
from gateway.menus import WRITTEN, Ask, Choice, Field
from gateway.phrases import clean

MOST_VALUES = 20
"""A list that is typed ends after so many answers."""


class FieldAnswer(NamedTuple):
    """The answer to one field.

    Attributes:
        chosen: place of the value in a choice, from 0; -1: none.
        typed: what was typed, one entry an answer.
    """

    chosen: int = -1
    typed: tuple[str, ...] = ()


class FormFiller:
    """One phrase that screens can say, argument by argument.

    `fillers`: words that mean nothing anywhere.
    """

    def __init__(self, phrase: Phrase, fillers: Iterable[str]) -> None:
        self.phrase = phrase
        self.named = {argument.name: argument for argument in phrase.arguments}
        self._fillers = words_pattern((*fillers, *phrase.fillers), AFTER_FILLER)

    def read(self, argument: str, text: str) -> tuple[object, ...] | Fault:
        """Read all of a text as values of one argument: one, or several where many may be."""
        wanted = replace(self.named[argument], required=True)
        # A screen has said already what it is about.
        alone = replace(self.phrase, arguments=(wanted,), loose=False, unless=None)
        attempt = Attempt(alone, clean(text), 0, self._fillers)
        if attempt.arguments is None:
            return attempt.fault
        value = attempt.arguments[argument]
        return value if isinstance(value, tuple) and wanted.many else (value,)

    def fill(
        self, fields: Sequence[Field], filled: Sequence[FieldAnswer], fixed: Mapping[str, str]
    ) -> dict[str, object] | Fault:
        """Return every argument of the phrase, as a message would have given it."""
        texts = self._texts(fields, filled, fixed)
        found: dict[str, object] = {}
        for name, argument in self.named.items():
            values: list[object] = []
            for text in texts[name]:
                reading = self.read(name, text)
                if isinstance(reading, Fault):
                    return reading
                values += reading
            if argument.required and not values:
                return Fault(FaultCode.MISSING, name)
            found[name] = tuple(values) if argument.many else next(iter(values), None)
        return found

    def message(
        self, fields: Sequence[Field], filled: Sequence[FieldAnswer], fixed: Mapping[str, str]
    ) -> str:
        """Return the message that would say it: a keyword, unless it needs none, and arguments."""
        words = () if self.phrase.bare else next(iter(self.phrase.keywords.values()))
        texts = self._texts(fields, filled, fixed)
        return " ".join([*words[:1], *(text for each in texts.values() for text in each)])

    def _texts(
        self, fields: Sequence[Field], filled: Sequence[FieldAnswer], fixed: Mapping[str, str]
    ) -> dict[str, tuple[str, ...]]:
        """Return the text of each argument, in the order of a message."""
        texts: dict[str, tuple[str, ...]] = dict.fromkeys(self.named, ())
        texts |= {name: (text,) for name, text in fixed.items()}
        return texts | {
            field.argument: tuple(texts_of(field, answer))
            for field, answer in zip(fields, filled, strict=True)
        }


def texts_of(field: Field, answer: FieldAnswer) -> Iterable[str]:
    """Return the answer to a field as a message would say it."""
    asked = asked_by(field, answer.chosen)
    if asked is not None:
        return (asked.written.replace(WRITTEN, typed) for typed in answer.typed)
    assert isinstance(field, Choice)  # noqa: S101 — what else asks for nothing
    text = field.values[answer.chosen].text
    return (text,) if text else ()


def asked_by(field: Field, chosen: int) -> Ask | None:
    """Return the question that is to be answered in words: a field's own, or of a chosen value."""
    if isinstance(field, Ask):
        return field
    return field.values[chosen].then if 0 <= chosen < len(field.values) else None
