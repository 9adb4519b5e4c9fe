"""The same people on two programs: in one they write SMS, in the other they press keys."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sqlalchemy import select

from services.storage.models import Journal
from tests.factories import BUYER, FARMER, NOW, Phones
from tests.services.health.scene import publish
from tests.services.livestock.country import INSPECTOR, SLAUGHTERER, VET, Country
from tests.services.messaging.ussd.phone import Phone
from tests.services.runtime.menus.books import Reach

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.services.world import World

PEOPLE = {
    "farmer": FARMER,
    "buyer": BUYER,
    "inspector": INSPECTOR,
    "vet": VET,
    "slaughterer": SLAUGHTERER,
}
PIN = "258036"
_RECEIPT = re.compile(r"(?:[0-9A-HJKMNP-TV-Z]{4}-){3}[0-9A-HJKMNP-TV-Z]{4}")
# What is sent back: a code, or FORGET with it.
_CODE = re.compile(r"\b(?:code |(?=FORGET))((?:FORGET )?[0-9]{6})\b")
_ID = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}")
# What tells by which way something was said, is drawn by lot, or is sealed with a folder's own key.
_OF_THE_WAY = {"channel", "event", "link", "phones"}


def settled(world: World) -> World:
    """A country with a course that is open, in which people answer in English."""
    world.runtime.clock.now = NOW
    country = Country(world.runtime.database).found()
    publish(world.runtime.database)
    for number in PEOPLE.values():
        country.phones.say("INGLIS", number)
    return world


@dataclass
class Written:
    """People who write SMS."""

    world: World
    replies: list[str] = field(default_factory=list)

    def say(self, who: str, text: str) -> str:
        """Send a text; the reply."""
        talk = self.world.runtime.conversation
        phones = Phones(self.world.runtime.database, self.world.runtime.clock(), talk)
        self.replies.append(phones.send(text, PEOPLE[who]).text)
        return self.replies[-1]

    def confirmed(self, who: str, text: str) -> str:
        """Say something that a code confirms, and confirm it."""
        return self.say(who, _CODE.findall(self.say(who, text))[-1])


@dataclass
class Dialled:
    """People who press keys."""

    world: World
    replies: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._phones = {who: Phone(self.world, number) for who, number in PEOPLE.items()}

    def say(self, who: str, form: str, answers: Sequence[str]) -> str:
        """Dial a form and fill it in; the reply, without the line of keys."""
        phone = self._phones[who]
        self.replies.append(_read(phone, phone.dial(*self._keys(who, form), *answers)))
        return self.replies[-1]

    def press(self, who: str, *keys: str) -> str:
        """Type on the screen that is shown; the reply."""
        phone = self._phones[who]
        self.replies.append(_read(phone, phone.press(*keys)))
        return self.replies[-1]

    def confirmed(self, who: str, form: str, answers: Sequence[str]) -> str:
        """Say something that the PIN confirms, and confirm it."""
        assert "type your PIN" in self.say(who, form, answers)
        return self.press(who, PIN)

    def set_pin(self, who: str) -> None:
        """Set a PIN, by its screen."""
        phone = self._phones[who]
        phone.dial(*self._keys(who, "my.pin"))
        phone.press(_digits(phone.texts()[-1]), PIN)
        assert phone.press(PIN).startswith("Your PIN is set.")

    def texts(self, who: str) -> list[str]:
        """Return the texts that went to somebody by SMS."""
        return self._phones[who].texts()

    def codes(self, who: str) -> list[str]:
        """Return the codes that went to somebody by SMS."""
        return [code for text in self.texts(who) for code in _CODE.findall(text)]

    def _keys(self, who: str, form: str) -> tuple[str, ...]:
        runtime = self.world.runtime
        with runtime.database.read() as session:
            country = Country(runtime.database)
            party = country.party(session, PEOPLE[who])
            screens = runtime.conversation.screens(session, party)
        return Reach(screens.machine._book).keys[form]


def _read(phone: Phone, screen: str) -> str:
    """Read a screen to the end of its last page, without the lines of keys."""
    told, _, keys = screen.rpartition("\n")
    if not keys.startswith("9 Mo"):
        return told
    return f"{told} {_read(phone, phone.press('9'))}"


def alike(texts: Sequence[str]) -> list[str]:
    """Replies without their receipts, in lines of any length."""
    return [_RECEIPT.sub("RECEIPT", " ".join(text.split())) for text in texts]


def receipt_of(text: str) -> str:
    """The receipt in a reply."""
    return _RECEIPT.findall(text)[-1]


def records(world: World) -> list[str]:
    """Everything that was recorded, as JSON, but for the way by which it came.

    Ids, which are drawn by lot, become their place among all ids.
    """
    with world.runtime.database.read() as session:
        rows = session.scalars(select(Journal.content).order_by(Journal.id))
        told = [json.dumps(_without(json.loads(content))) for content in rows]
    places = {id_: place for place, id_ in enumerate(dict.fromkeys(_ID.findall("\n".join(told))))}
    return [_ID.sub(lambda found: f"id {places[found[0]]}", one) for one in told]


def _without(told: object) -> object:
    if isinstance(told, dict):
        return {name: _without(one) for name, one in told.items() if name not in _OF_THE_WAY}
    return [_without(one) for one in told] if isinstance(told, list) else told


def _digits(text: str) -> str:
    return re.findall(r"[0-9]{6}", text)[-1]
