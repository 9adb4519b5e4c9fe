"""Texts, questions and actions of a programme: plain values; docs/programmes.md gives the format.

Texts are by language, for a phone of one's own and for a shared one.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from services.health.format.evidence import NO_EVIDENCE, Evidence


class Expect(StrEnum):
    """The kind of answer to a question.

    CHOICE: the number or a word of an option. NUMBER: a whole number within `least` and `most`.
    DATE: a day that is `least` to `most` days from today. NAME: how the person wants to be called.
    PROVINCE: one of the provinces. WORDS: a few words of the person's own.
    """

    CHOICE = "choice"
    NUMBER = "number"
    DATE = "date"
    NAME = "name"
    PROVINCE = "province"
    WORDS = "words"


class Do(StrEnum):
    """The kind of an action.

    SET: set anchor `target` to the day given by `value`: `answer`, `today`, or a number of days
    from today. CLEAR: remove anchor `target`, and with it the days counted from it. COHORT: move
    the person to cohort `target`. DISCREET: `target` is `on` or `off`. ASK: ask question `target`
    of `questions` in the reply. END: end the course; `target` is `completed`, `ineligible`,
    `opted_out` and `ended`, and `value` the reason. ALERT: notify a clinician; `target` is the
    alert's code. EVENT: event `target` of the person's life has happened. HOUR: texts that move
    come at hour `target` of the day from now on; `0`: at those of the course again.
    """

    SET = "set"
    CLEAR = "clear"
    COHORT = "cohort"
    DISCREET = "discreet"
    ASK = "ask"
    END = "end"
    ALERT = "alert"
    EVENT = "event"
    HOUR = "hour"


@dataclass(frozen=True, slots=True)
class Action:
    """An action that follows an answer or a keyword: see `Do`."""

    do: Do
    target: str
    value: str | int | None = None


@dataclass(frozen=True, slots=True)
class Text:
    """A text in every language; `discreet` holds the version for a shared phone."""

    say: Mapping[str, str]
    discreet: Mapping[str, str] = field(default_factory=dict)
    evidence: Evidence = NO_EVIDENCE

    def in_language(self, language: str, *, discreet: bool = False) -> str:
        """Return the text in a language; KeyError: the programme has none in it."""
        shared = self.discreet.get(language) if discreet else None
        return shared or self.say[language]


@dataclass(frozen=True, slots=True)
class Option:
    """An option of a question: the digit that chooses it, its code, and words by language."""

    key: str
    code: str
    words: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Branch:
    """The reply and actions that follow some answers.

    Without codes, any answer; `least` and `most` are the range of a number. Without a reply, the
    next question of the intake follows, or thanks.
    """

    codes: tuple[str, ...] = ()
    least: int | None = None
    most: int | None = None
    reply: Text | None = None
    actions: tuple[Action, ...] = ()


@dataclass(frozen=True, slots=True)
class Question:
    """A question that a text asks.

    Attributes:
        options: of a CHOICE.
        least, most: of a NUMBER, or days from today of a DATE.
        sets: the anchor that a DATE sets; `name` and `province` are stored with the person.
        right: codes of the right answers of a CHOICE, so that it is a quiz; none: it is no quiz.
        keep: the code by which WORDS are kept, and said back.
        consent: whether YES agrees to the programme (in the intake only, once).
        close_days: days for which an answer counts.
        remind_days: days without an answer after which each reminder is sent.
        reminder: text of the reminder; None: the question itself.
        branches: the first one that fits an answer applies.
        otherwise: actions when the question closes unanswered.
        again: reply to an answer that does not fit; None: a sentence of the catalogue.
    """

    expect: Expect
    options: tuple[Option, ...] = ()
    least: int | None = None
    most: int | None = None
    sets: str | None = None
    keep: str | None = None
    right: tuple[str, ...] = ()
    consent: bool = False
    close_days: int = 7
    remind_days: tuple[int, ...] = ()
    reminder: Text | None = None
    branches: tuple[Branch, ...] = ()
    otherwise: tuple[Action, ...] = ()
    again: Text | None = None


@dataclass(frozen=True, slots=True)
class When:
    """An earlier question of the intake, and the codes of its answers, or the range of a number."""

    question: str
    codes: tuple[str, ...] = ()
    least: int | None = None
    most: int | None = None

    def fits(self, code: str | None, value: str | None) -> bool:
        """Tell whether an answer is one of these."""
        if self.codes:
            return code in self.codes
        if value is None or not value.isdecimal():
            return False
        years = int(value)
        return (self.least is None or self.least <= years) and (
            self.most is None or years <= self.most
        )


@dataclass(frozen=True, slots=True)
class Entry:
    """A text of a programme, with or without a question; `id` is unique within the programme.

    `when` (in the intake only): it is asked after an earlier question that was answered by one of
    these codes; None: of everybody.
    """

    id: str
    text: Text
    ask: Question | None = None
    when: When | None = None
