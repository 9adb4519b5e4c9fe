"""Phones in the terminal: what a person types, and what the screen in his hand shows."""

from collections.abc import Callable
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID, uuid4

from services.core.clock import Clock
from services.core.errors import Invalid
from services.simulator.operator import Operator
from services.simulator.setup import firsts, help_of, say
from services.texts.catalogue import LANGUAGES
from sms.carriers.console import draw
from sms.encoding import count
from sms.errors import NumberError
from sms.numbers import normalise

COLUMNS = 20
_SHOWN_AGAIN = 5


class Display(Protocol):
    """Output of the terminal."""

    def screen(self, drawn: str) -> None:
        """Show the screen of a phone."""
        ...

    def note(self, text: str) -> None:
        """Show what no phone says."""
        ...


class Terminal:
    """One person with many phones, one of them in his hand; what came before now is not shown.

    Raises:
        NumberError: this is no number.
    """

    def __init__(
        self,
        operator: Operator,
        number: str,
        language: str,
        display: Display,
        clock: Clock,
    ) -> None:
        self._operator, self._clock = operator, clock
        self._language, self._display = language, display
        self._number = normalise(number)
        # Times beside a text are kept to the second.
        self._began = clock().replace(microsecond=0)
        self._seen: set[str] = set()
        self._call: tuple[UUID, list[str]] | None = None
        self._commands: dict[str, Callable[[str], None]] = {
            "as": self._take,
            "end": self._hang_up,
            "help": self._explain,
            "lang": self._speak,
            "texts": self._show_again,
        }

    @property
    def prompt(self) -> str:
        """The prompt: the phone's number, or the call that goes on."""
        return f"{self._operator.code if self._call else self._number}> "

    def help(self) -> None:
        """Tell what can be typed, and what may be tried first."""
        lines = [f"{first.text:<32}{first.why}" for first in firsts(self._language)]
        told = help_of(self._language, self._operator.code)
        self._display.note("\n".join([told, "", *lines]))

    def enter(self, line: str) -> bool:
        """Do what a line says; tell whether it was an SMS, which may be answered.

        A refusal is shown.

        Raises:
            Unavailable: the server has gone.
        """
        line = line.strip()
        try:
            return self._do(line)
        except NumberError:
            self._display.note(self._say("no_number"))
        except Invalid as error:
            self._display.note(error.detail)
        return False

    def look(self) -> bool:
        """Show what is new on the phone in the hand; tell whether there was anything."""
        new = [one for one in self._texts() if self._is_new(one)]
        for one in new:
            self._seen.add(one["id"])
            self._draw(one["text"])
        return bool(new)

    def _do(self, line: str) -> bool:
        if line.startswith("/"):
            name, _, rest = line[1:].partition(" ")
            self._commands.get(name.lower(), self._explain)(rest.strip())
        elif self._call is not None:
            session, inputs = self._call
            self._step(session, [*inputs, line])
        elif line.startswith("*"):
            self._dial(line)
        elif line:
            self._operator.send(self._number, line, uuid4(), self._clock())
            return True
        return False

    def _dial(self, dialled: str) -> None:
        inputs = self._operator.inputs_of(dialled)
        if inputs is None:
            raise Invalid(self._say("codes_only"))
        self._step(uuid4(), inputs)

    def _step(self, session: UUID, inputs: list[str]) -> None:
        self._call = None
        screen = self._operator.step(self._number, session, inputs)
        if screen.more:
            self._call = session, inputs
        told = self._say("nothing") if screen.text is None else screen.text
        foot = self._say("reply" if screen.more else "end")
        self._display.screen(draw(self._operator.code, told, foot, COLUMNS))

    def _take(self, number: str) -> None:
        self._number = normalise(number)
        self._call = None
        self.look()

    def _hang_up(self, _rest: str) -> None:
        self._call = None

    def _speak(self, language: str) -> None:
        if language not in LANGUAGES:
            raise Invalid(f"/lang {'|'.join(LANGUAGES)}")
        self._language = language
        self.help()

    def _explain(self, _rest: str) -> None:
        self.help()

    def _show_again(self, _rest: str) -> None:
        texts = self._texts()[-_SHOWN_AGAIN:]
        for one in texts:
            self._seen.add(one["id"])
            self._draw(one["text"])
        if not texts:
            self._display.note(self._say("no_messages"))

    def _draw(self, text: str) -> None:
        size = count(text)
        foot = f"{size.encoding}, {size.segments} SMS"
        self._display.screen(draw(self._operator.short_code, text, foot, COLUMNS))

    def _texts(self) -> list[dict[str, Any]]:
        return self._operator.texts(self._number)

    def _is_new(self, text: dict[str, Any]) -> bool:
        return text["id"] not in self._seen and datetime.fromisoformat(text["at"]) >= self._began

    def _say(self, code: str) -> str:
        return say(code, self._language, code=self._operator.code)
