"""A phone that dials by way of Africa's Talking, and what it meets on its screens."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from itertools import count
from typing import TYPE_CHECKING

from sqlalchemy import select

from gateway.menus import Ask, Choice, Form, Menu, Menus, Option, Pin, Value
from gateway.pages import LIMIT
from services.storage.models import Message
from sms.encoding import plain, units

if TYPE_CHECKING:
    from werkzeug.test import TestResponse

    from tests.services.world import World

SECRET = "a secret of operators"
OTHER_SECRET = "a secret of one operator"
OPERATORS = f"""
[[operator]]
name = "digits"
session = "SESSION"
number = "MSISDN"
text = "INPUT"
step = "SEQ"
header = "Freeflow"
go_on = "FC"
end = "FB"
secret = "{OTHER_SECRET}"
sources = ["192.0.2.0/24", "127.0.0.1"]
"""
_SESSIONS = count(1)
_CODE = re.compile(
    r"(?:code|kod|FORGET|RAUSIM MI)(?: to set it is| bilong mekim PIN em)? ([0-9]{6,10})"
)


def both(words: str) -> dict[str, str]:
    return {"en": words, "tpi": words}


def line(words: str, to: str) -> Option:
    return Option(both(words), to)


_TAGS = Ask("tags", both("Which pig?"), "1262")
_PLACE = Ask("place", both("Which place?"), "1553")
_DAY = Choice("day", both("When?"), (Value(both("Today")), Value(both("Yesterday"), "yesterday")))
_SCREENS = (
    Menu(
        "pigs",
        both("Pigs"),
        (line("Kill", "kill"), line("Move", "move"), line("May it?", "ok"), line("Sell", "sell")),
    ),
    Form("kill", "kill", (_TAGS, _DAY), both("Kill {tags}, {day}?")),
    Form("move", "move", (_TAGS, _PLACE, _DAY), both("Move {tags} to {place}, {day}?")),
    Form("ok", "ok", (_TAGS,)),
    Form("sell", "sell", (_TAGS, _PLACE), both("Sell {tags} to {place}?")),
    Menu(
        "mine",
        both("Mine"),
        (
            line("PIN", "pin"),
            line("English", "english"),
            line("Tok Pisin", "tok_pisin"),
            line("Forget", "forget"),
            line("My place", "place"),
        ),
    ),
    Pin("pin"),
    Form("english", "english"),
    Form("tok_pisin", "tok_pisin"),
    Form("forget", "forget"),
    Form("place", "place", (Ask("name", both("Its name?"), "Kudjip"),), both("It is {name}?")),
    Form("help", "help"),
)
MENUS = Menus((line("Pigs", "pigs"), line("Mine", "mine"), line("Help", "help")), _SCREENS)


def menus(*_: object) -> tuple[Menus, ...]:
    return (MENUS,)


@dataclass
class Phone:
    """One phone; `typed` is what was typed in the session that is open."""

    world: World
    number: str
    session: str = ""
    typed: list[str] = field(default_factory=list)

    def dial(self, *straight: str) -> str:
        """Dial `*123#`, or straight to a screen; what is shown."""
        self.session = f"ATUid_{next(_SESSIONS):032x}"
        self.typed = list(straight)
        return self._shown(self.request())

    def press(self, *keys: str) -> str:
        """Type one thing after another; what is shown at last."""
        for one in keys:
            self.typed.append(one)
            shown = self._shown(self.request())
        return shown

    def request(self, **changed: str) -> TestResponse:
        """Send what was typed so far (again)."""
        form = {
            "sessionId": self.session,
            "serviceCode": "*123#",
            "phoneNumber": self.number,
            "networkCode": "53701",
            "text": "*".join(self.typed),
        }
        return call(self.world, form | changed)

    def _shown(self, response: TestResponse) -> str:
        assert response.status_code == 200, response.text
        return require_screen(response.text)

    def texts(self) -> list[str]:
        """Every SMS to it, in order."""
        with self.world.runtime.database.read() as session:
            rows = session.scalars(select(Message).order_by(Message.id))
            return [row.body for row in rows if row.recipient == self.number]

    def code(self) -> str:
        """The digits of the last SMS that holds a code."""
        return [found[1] for text in self.texts() if (found := _CODE.search(text))][-1]

    def set_pin(self, pin: str) -> str:
        """Set a PIN, from the first screen."""
        self.dial()
        self.press("00", "2", "1")
        self.press(self.code(), pin)
        return self.press(pin)


def english(world: World, number: str = "+67570000001") -> Phone:
    """A phone whose person reads English, on the first screen."""
    phone = Phone(world, number)
    phone.dial()
    phone.press("2", "2")
    phone.dial("00")
    return phone


def call(
    world: World,
    form: dict[str, str],
    operator: str = "africastalking",
    secret: str | None = SECRET,
    source: str = "127.0.0.1",
) -> TestResponse:
    """Call us as an operator does."""
    return world.app.test_client().post(
        f"/gateway/ussd/{operator}",
        data=form,
        query_string={} if secret is None else {"secret": secret},
        environ_overrides={"REMOTE_ADDR": source},
    )


def require_screen(text: str) -> str:
    """What a phone shows: marked, of GSM-7, and short enough."""
    mark, shown = text[:4], text[4:]
    assert mark in {"CON ", "END "}, text
    assert plain(shown) == shown
    assert units(shown) <= LIMIT
    return shown if mark == "CON " else f"END {shown}"
