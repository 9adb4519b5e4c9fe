"""Position of a person in the menus, and results of a key; plain values, kept as JSON."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, NamedTuple

from gateway.form_filling import FieldAnswer
from gateway.grammar import Fault, Phrase

_VERSION = 1


@dataclass(frozen=True, slots=True)
class ShownText:
    """A reply or a question that is shown above the screen that comes after it.

    Attributes:
        texts: what is told, each as long as an SMS.
        prompt: empty: nothing is asked; else the name of what an answer of the person is to.
        about: what the answer is about.
        secret: whether the answer may be a PIN or a code, and must be kept nowhere.
        offered: whether it may go by SMS as well.
    """

    texts: tuple[str, ...] = field(repr=False)
    prompt: str = ""
    about: str = ""
    secret: bool = False
    offered: bool = True


@dataclass(frozen=True, slots=True)
class State:
    """Position of a person in the menus: small, and the same in every language.

    Attributes:
        trail: codes of the screens that are open below the first one, the last one is shown.
        filled: answers to the first fields of the form that is shown.
        current: to the field that is asked.
        page: of the text that is shown, from 0.
        told: what is shown above it, if anything.
    """

    trail: tuple[str, ...] = ()
    filled: tuple[FieldAnswer, ...] = field(default=(), repr=False)
    current: FieldAnswer = field(default=FieldAnswer(), repr=False)
    page: int = 0
    told: ShownText | None = None

    @property
    def code(self) -> str:
        """The code of the screen; empty: the first one."""
        return self.trail[-1] if self.trail else ""

    @property
    def secret(self) -> bool:
        """True if the next answer may be a PIN or a code."""
        return self.told is not None and self.told.secret

    def text(self) -> str:
        """Write it as JSON."""
        return json.dumps({"version": _VERSION, **asdict(self)})

    @classmethod
    def read(cls, text: str) -> "State":
        """Read it; what another version of the program wrote is the first screen."""
        try:
            found = json.loads(text)
            if found.pop("version") != _VERSION:
                return cls()
            return cls(
                trail=tuple(found["trail"]),
                filled=tuple(map(_filled, found["filled"])),
                current=_filled(found["current"]),
                page=int(found["page"]),
                told=_told(found["told"]),
            )
        except (AttributeError, KeyError, TypeError, ValueError):
            return cls()


@dataclass(frozen=True, slots=True)
class RunPhrase:
    """Effect: a phrase is said; see `gateway.grammar.Understood`. `text`: as a message says it."""

    phrase: Phrase
    arguments: Mapping[str, object] = field(repr=False)
    text: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class AnswerPrompt:
    """Effect: what was told is answered; see `ShownText`."""

    prompt: str
    about: str
    keys: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class CopyBySms:
    """Effect: what was told goes by SMS too."""

    texts: tuple[str, ...] = field(repr=False)


@dataclass(frozen=True, slots=True)
class SetPin:
    """Effect: the person wants to set a PIN."""


Effect = RunPhrase | AnswerPrompt | CopyBySms | SetPin


class UnreadAnswer(NamedTuple):
    """An answer that cannot be read: as if the phrase had been written with this fault.

    Attributes:
        phrase: of the form.
        fault: why.
        example: an answer that can be read.
    """

    phrase: Phrase
    fault: Fault
    example: str


class KeyStep(NamedTuple):
    """Result of a key.

    Attributes:
        state: afterwards.
        effect: what is to be done now.
        wrong: whether the screen has no such key.
        unread: why the answer was not taken.
    """

    state: State
    effect: Effect | None = None
    wrong: bool = False
    unread: UnreadAnswer | None = None


def _filled(found: Any) -> FieldAnswer:  # noqa: ANN401 — of JSON
    chosen, typed = found
    return FieldAnswer(int(chosen), tuple(map(str, typed)))


def _told(found: Any) -> ShownText | None:  # noqa: ANN401 — of JSON
    if found is None:
        return None
    return ShownText(**{**found, "texts": tuple(map(str, found["texts"]))})
