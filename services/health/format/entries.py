"""What a programme says and asks, as data: docs/programmes.md tells the format; plain values.

Texts are by language, for a phone of one's own and for a shared one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Expect(StrEnum):
    """What kind of answer a question expects.

    CHOICE: the number or a word of an option. NUMBER: a whole number within `least` and `most`.
    DATE: a day that is `least` to `most` days from today. NAME: how the person wants to be called.
    PROVINCE: one of the provinces.
    """

    CHOICE = "choice"
    NUMBER = "number"
    DATE = "date"
    NAME = "name"
    PROVINCE = "province"


class Do(StrEnum):
    """What an action does.

    SET: anchor `target` becomes the day that `value` tells: `answer`, `today`, or a number of days
    from today. CLEAR: anchor `target` goes, and what is counted from it. COHORT: the person moves
    to cohort `target`. DISCREET: `target` is `on` or `off`. ASK: question `target` of `questions`
    is asked in the reply. END: the course ends; `target` is `completed`, `ineligible` or
    `opted_out`, and `value` the reason. ALERT: a clinician is told; `target` says what of.
    """

    SET = "set"
    CLEAR = "clear"
    COHORT = "cohort"
    DISCREET = "discreet"
    ASK = "ask"
    END = "end"
    ALERT = "alert"


@dataclass(frozen=True, slots=True)
class Action:
    """One thing that an answer or a word does: see `Do`."""

    do: Do
    target: str
    value: str | int | None = None


@dataclass(frozen=True, slots=True)
class Text:
    """One text in every language; `discreet` holds what is said instead on a shared phone."""

    say: Mapping[str, str]
    discreet: Mapping[str, str] = field(default_factory=dict)

    def in_language(self, language: str, *, discreet: bool = False) -> str:
        """Return the text in a language.

        Raises:
            KeyError: it is not there.
        """
        if discreet and language in self.discreet:
            return self.discreet[language]
        return self.say[language]


@dataclass(frozen=True, slots=True)
class Option:
    """One option of a question: the digit that chooses it, its code, and words by language."""

    key: str
    code: str
    words: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Branch:
    """What follows some answers.

    Attributes:
        codes: codes of options; empty: any answer.
        least, most: of a number; None: any.
        reply: what the person is told; None: the next question of the intake, or thanks.
        actions: what is done, in this order.
    """

    codes: tuple[str, ...] = ()
    least: int | None = None
    most: int | None = None
    reply: Text | None = None
    actions: tuple[Action, ...] = ()


@dataclass(frozen=True, slots=True)
class Question:
    """What a text asks.

    Attributes:
        expect: what kind of answer.
        options: of a CHOICE.
        least, most: of a NUMBER, or days from today of a DATE.
        sets: an anchor that a DATE sets; `name` and `province` are kept with the person.
        consent: whether YES agrees to the programme (in the intake only, once).
        close_days: how long an answer counts.
        remind_days: after how many days without an answer it is asked again, each time.
        reminder: what is said then; None: the question itself.
        branches: the first that fits an answer counts.
        otherwise: what is done when nobody answered until it closed.
        again: what is said to an answer that does not fit; None: a sentence of the catalogue.
    """

    expect: Expect
    options: tuple[Option, ...] = ()
    least: int | None = None
    most: int | None = None
    sets: str | None = None
    consent: bool = False
    close_days: int = 7
    remind_days: tuple[int, ...] = ()
    reminder: Text | None = None
    branches: tuple[Branch, ...] = ()
    otherwise: tuple[Action, ...] = ()
    again: Text | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """One text of a programme, asked or told; `id` is unique within the programme."""

    id: str
    text: Text
    ask: Question | None = None
