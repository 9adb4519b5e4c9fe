"""Phrases as services declare them, and results of reading a message; plain values."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from gateway.errors import ReadingError

DIGIT = "[0-9OoIiLl]"
"""A digit, or a letter that is mistaken for one."""
WORD_END = r"(?![^\W_])"


@dataclass(frozen=True, slots=True)
class Read:
    """A value, and how many characters it took; hidden from repr, it is what somebody wrote."""

    value: object = field(repr=False)
    length: int


@dataclass(frozen=True, slots=True)
class Misread:
    """A near miss: `length` characters look like this kind of argument, with a mistake."""

    cause: ReadingError
    length: int


Kind = Callable[[str], Read | Misread | None]


@dataclass(frozen=True, slots=True)
class Argument:
    """One argument of a phrase.

    Attributes:
        name: key of its value in `Understood.arguments`.
        kind: reads it; see `gateway.argument_parsers`.
        required: whether the phrase means nothing without it.
        many: whether several may follow each other; the value is then a tuple.
    """

    name: str
    kind: Kind
    required: bool = True
    many: bool = False


class Mood(StrEnum):
    """Reason for which a text reports nothing; of several the earlier one counts."""

    QUESTION = "question"
    DENIAL = "denial"
    DOUBT = "doubt"
    FUTURE = "future"
    HEARSAY = "hearsay"


@dataclass(frozen=True, slots=True)
class Phrase:
    """One thing that people say, in every language.

    Attributes:
        code: what it means, for machines, such as `death`.
        keywords: by language: what it begins with, each of one or more words. Phrases may share
            a keyword: the first whose arguments fit is meant.
        arguments: in the order in which they are written.
        examples: by language: one message that would be understood as this phrase.
        fillers: words between its arguments that mean nothing, added to those of the book.
        bare: whether its arguments alone, without a keyword, mean it too.
        alone: whether bare arguments must be all of the message, without a filler before them.
        loose: whether words after it change nothing (STOP). Otherwise every word counts.
        subject: how many of its first arguments may stand before the keyword: `pig 1262 died`.
        report: whether it tells what happened, so that a question or a denial does not mean it.
        bars: moods that keep a report from being one; in some, a doubt is worth telling.
        own: words of its arguments that neither ask nor deny: `not eating` is a sign.
        unless: tells of a text that its words fit that it is about something else all the same.
    """

    code: str
    keywords: Mapping[str, tuple[str, ...]]
    arguments: tuple[Argument, ...] = ()
    examples: Mapping[str, str] = field(default_factory=dict)
    fillers: tuple[str, ...] = ()
    bare: bool = False
    alone: bool = False
    loose: bool = False
    subject: int = 0
    report: bool = False
    bars: frozenset[Mood] = frozenset(Mood)
    own: re.Pattern[str] | None = None
    unless: Callable[[str], bool] | None = None


class FaultCode(StrEnum):
    """Reason that a message was not understood."""

    EMPTY = "empty"
    UNKNOWN = "unknown"
    MISSING = "missing"
    UNREADABLE = "unreadable"
    LEFTOVER = "leftover"


@dataclass(frozen=True, slots=True)
class Fault:
    """The point at which a message stops making sense.

    Attributes:
        code: EMPTY: no words; UNKNOWN: no keyword; MISSING: `argument` was expected; UNREADABLE:
            `argument` has a mistake, `cause`; LEFTOVER: words follow that belong to nothing.
        argument: name of the argument.
        cause: the mistake in it.
    """

    code: FaultCode
    argument: str | None = None
    cause: ReadingError | None = None


@dataclass(frozen=True, slots=True)
class Understood:
    """A message that means one thing.

    Attributes:
        phrase: which.
        language: in which to answer.
        arguments: by name: the value; a tuple where many may be; None where there is none.
        spoken: whether its keyword is a word of this language alone.
        mood: of a report that only asks, denies, doubts…: it must not be recorded.
        more: whether words follow that the phrase leaves unread, since it is loose.
    """

    phrase: Phrase
    language: str
    arguments: Mapping[str, object] = field(repr=False)
    spoken: bool = False
    mood: Mood | None = None
    more: bool = False


@dataclass(frozen=True, slots=True)
class NotUnderstood:
    """A message that must have no effect.

    Attributes:
        nearest: phrase to suggest, never to execute.
        language: in which to answer.
        fault: why.
        mood: of its words, whatever phrase it may have been.
    """

    nearest: Phrase | None
    language: str
    fault: Fault
    mood: Mood | None = None
