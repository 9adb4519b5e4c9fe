"""Scenes of several messages in turn, and the player of them: see claims.txt."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import select

from services.storage.models import Animal, Claim, Contact, Journal, Message, Party
from services.traceability.claims.codes import is_short_number
from tests.factories import BUYER, FARMER, STRANGER, Phones, official

if TYPE_CHECKING:
    from collections.abc import Iterator

    from services.storage.database import Database

PEOPLE = {"FARMER": FARMER, "BUYER": BUYER, "STRANGER": STRANGER}
NAMES = {number: name for name, number in PEOPLE.items()}
TABLE = Path(__file__).with_name("claims.txt").read_text(encoding="utf-8")
RECEIPT = re.compile("(?:[0-9A-HJKMNP-TV-Z]{4}-){3}[0-9A-HJKMNP-TV-Z]{4}")
SCENE = re.compile(r"^== (.*)\n((?:.+\n|\n(?!==))*)", re.MULTILINE)
SCENES = dict(SCENE.findall(TABLE))
SPOKEN_LINE, PASSING_LINE = re.compile(r"(\w+) > (.*)"), re.compile(r"\+ (\d+) (\w+)")


class Sms(NamedTuple):
    """One text that went out."""

    to: str
    body: str


def set_scene(database: Database) -> Phones:
    """The scene that every scene of the table begins with."""
    phones = Phones(database)
    phones.say("PLACE Kudjip, Jiwaka")
    phones.say("PLACE Goroka, EHP", BUYER)
    phones.say(f"REG {official(1)}")
    phones.say(f"REG {official(2)}")
    return phones


def outbox(database: Database) -> list[Sms]:
    """Every text that went out, oldest first."""
    with database.read() as session:
        rows = session.scalars(select(Message).order_by(Message.id))
        return [Sms(NAMES[row.recipient], row.body) for row in rows]


def codes(database: Database) -> list[str]:
    """The codes that went out, oldest first."""
    texts = [RECEIPT.sub("", sms.body) for sms in outbox(database)]
    found = [re.findall(r"(?:code|send|kod|bekim) ([0-9]{4})\b", text) for text in texts]
    return [code for one in found for code in one]


def wrong_code(database: Database) -> str:
    """A code that nobody was sent."""
    return next(
        str(number)
        for number in range(1000, 9999)
        if str(number) not in codes(database) and not is_short_number(str(number))
    )


def play(phones: Phones, lines: str) -> Iterator[str]:
    """Send the messages of a scene; yield the lines that they should have been."""
    for line in lines.splitlines():
        if passing := PASSING_LINE.fullmatch(line):
            phones.now += timedelta(**{passing[2]: int(passing[1])})
            yield line
        elif spoken := SPOKEN_LINE.fullmatch(line):
            yield from (line, *_send(phones, PEOPLE[spoken[1]], spoken[2]))


def _send(phones: Phones, sender: str, text: str) -> Iterator[str]:
    sent = outbox(phones.database)
    answer = phones.send(_fill(phones.database, text), sender)
    yield f"{answer.outcome} < {_plain(answer.text)}"
    others = outbox(phones.database)[len(sent) :]
    others.remove(Sms(NAMES[sender], answer.text))
    yield from (f"{to} ! {_plain(body)}" for to, body in others)


def _fill(database: Database, text: str) -> str:
    for mark, find in (
        ("{C}", lambda: codes(database)[-1]),
        ("{C1}", lambda: codes(database)[0]),
        ("{W}", lambda: wrong_code(database)),
    ):
        text = text.replace(mark, find()) if mark in text else text
    return text


def _plain(text: str) -> str:
    text = re.sub(r"(code|send|kod|bekim) [0-9]{4}\b", r"\1 {C}", text)
    return RECEIPT.sub("{R}", text)


def events(database, kind):
    """The records of one type, oldest first."""
    with database.read() as session:
        contents = select(Journal.content).where(Journal.type == kind).order_by(Journal.id)
        return [json.loads(content) for content in session.scalars(contents)]


def owner(database, number=1):
    """The phone of whom an animal belongs to; None: to who registered it."""
    with database.read() as session:
        return session.scalar(
            select(Contact.number)
            .join(Animal, Animal.owner_id == Contact.party_id)
            .where(Animal.value == official(number))
        )


def public_id(database, number):
    with database.read() as session:
        found = session.execute(select(Contact.number, Party.public_id).join(Party)).all()
    return str(dict(map(tuple, found))[number])


def index(village, number):
    return village.database.vault.index(number)


def claims(database):
    """The states of the claims, oldest first."""
    with database.read() as session:
        return session.scalars(select(Claim.state).order_by(Claim.id)).all()


def last_to(database, name):
    return [sms.body for sms in outbox(database) if sms.to == name][-1]
