"""USSD menus as services declare them; plain values, of no domain.

A service has a module `menus` beside its phrases. It declares `Menus`: lines for the first screen,
and screens by code. Menus lead to forms, and a form says one phrase: what is typed or chosen is
read by that phrase's own kinds, so that a screen can say nothing that an SMS could not.

Keys are the same on every screen and are added to it: 0 goes back, 00 to the first screen, 9 on
(the next page, past what may be left out, to the end of a list).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import NamedTuple, Protocol

from gateway.grammar import Argument

Words = Mapping[str, str]
"""The same words by language, `en` and `tpi`; GSM-7."""

WRITTEN = "{}"
"""An answer as it was typed."""


@dataclass(frozen=True, slots=True)
class Option:
    """One line of a menu: `1 Pigs`; its key is its place, from 1.

    Attributes:
        label: two or three words.
        to: code of the screen that it opens.
    """

    label: Words
    to: str


@dataclass(frozen=True, slots=True)
class Menu:
    """A choice between screens.

    Attributes:
        code: unique among all services' screens: `pigs`, `pigs.move`.
        title: its first line.
        options: one to nine.
    """

    code: str
    title: Words
    options: tuple[Option, ...]


@dataclass(frozen=True, slots=True)
class Ask:
    """A question whose answer is typed: one argument of the form's phrase.

    An argument that is not required may be passed over by 9. One of many values asks again until
    9 ends it; several may be typed at once.

    Attributes:
        argument: name of the phrase's argument, whose kind reads the answer.
        question: what is asked.
        example: an answer, for the sentence that tells why one cannot be read: `1262`.
        written: how the answer stands in a message: `mob {}` for a kind that wants the word.
        required: whether it must be told, though the phrase can do without.
        single: whether it is answered once, though the phrase takes many.
    """

    argument: str
    question: Words
    example: str
    written: str = WRITTEN
    required: bool = False
    single: bool = False

    def of(self, argument: Argument) -> Argument:
        """Return an argument of the phrase as it is asked here."""
        return replace(
            argument,
            required=argument.required or self.required,
            many=argument.many and not self.single,
        )


@dataclass(frozen=True, slots=True)
class Value:
    """One answer of a choice.

    Attributes:
        label: its line, and what the confirmation shows.
        text: what a message would say, read by the argument's kind: `feast`, `yesterday`. Empty:
            nothing, where the argument may be left out.
        then: what is asked next where this is chosen, in the place of `text`: `Another day`.
    """

    label: Words
    text: str = ""
    then: Ask | None = None


@dataclass(frozen=True, slots=True)
class Choice:
    """A question with a few answers, one to nine: one argument of the form's phrase.

    Attributes:
        argument: name of the phrase's argument; a `then` asks for the same one.
        question: what is asked.
        values: the answers.
    """

    argument: str
    question: Words
    values: tuple[Value, ...]


Field = Ask | Choice


@dataclass(frozen=True, slots=True)
class Form:
    """A phrase that is filled in, field by field, and said.

    Each argument that the phrase requires must be a field or be fixed; the others may be absent.

    Attributes:
        code: unique among all services' screens.
        phrase: code of the phrase that it says.
        fields: what is asked, in this order.
        confirm: what is asked at the end, with the answers by name: `Kill pig {tags}?`. None: it is
            said without being asked, as befits a question.
        fixed: arguments that are the same each time, as a message would say them.
    """

    code: str
    phrase: str
    fields: tuple[Field, ...] = ()
    confirm: Words | None = None
    fixed: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Pin:
    """The screen that sets the PIN, which confirms harmful actions.

    Attributes:
        code: unique among all services' screens.
    """

    code: str


Screen = Menu | Form | Pin


class Menus(NamedTuple):
    """The menus of one service.

    Attributes:
        entry: its lines of the first screen.
        screens: every screen that they lead to.
    """

    entry: tuple[Option, ...]
    screens: tuple[Screen, ...]


@dataclass(frozen=True, slots=True)
class SharedWords:
    """The words that are the same on all screens, in every language that the menus speak.

    Attributes:
        title: first line of the first screen.
        back, home, more, go_on: what the keys 0, 00 and 9 do: `0 Back`.
        yes: what the key 1 does where something is confirmed.
        by_sms: what the key 1 does below a reply.
        wrong: said above a screen after a key that it does not have.
    """

    title: Words
    back: Words
    home: Words
    more: Words
    go_on: Words
    yes: Words
    by_sms: Words
    wrong: Words


class ScreenAlphabet(Protocol):
    """The alphabet of screens."""

    def plain(self, text: str) -> str:
        """Return a text in GSM-7, whatever it held."""
        ...

    def units(self, text: str) -> int:
        """Return how many septets a text of GSM-7 takes."""
        ...
