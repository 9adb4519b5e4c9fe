"""The people of the corpus, staged once; and the real door, before which all is as it was again.

Everybody lives in one database. It is 25 November 2026, eleven in the morning in Port Moresby.
`SITUATIONS` says who sends, and what has happened to them; the README beside tells it at length.
"""

from __future__ import annotations

import re
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from uuid import uuid4

from sqlalchemy import select, update

from services.core.roles import Role
from services.health.care.concerns import set_clinicians
from services.messaging.postings import ANYWHERE
from services.storage.models import Message, Party, Subscription
from tests.factories import official
from tests.services.health.scene import person, publish
from tests.services.world import SECRET, World, open_folder
from tests.support.paths import ROOT
from tests.support.texts import RECEIPT

LIBRARY = ROOT / "services" / "health" / "library"
PROGRAMMES = ("tobacco", "diabetes")
_CODE = re.compile(r"(?:code|FORGET) ([0-9]+)")

KEEPER, BUYER, RECORDER, VET, INSPECTOR, NURSE = (f"+6757000000{n}" for n in range(1, 7))
SELLER, SLAUGHTERER, RECEIVER, LEAVER = (f"+6757000002{n}" for n in range(1, 5))
SMOKER, CONSENTING, DATING, DIABETIC, CHOOSING, BOTH = (f"+6757000003{n}" for n in range(1, 7))
STRANGER = "+67570000099"

NUMBERS = {
    official(number): short
    for number, short in (
        *((1, "1262"), (2, "1359"), (3, "1456"), (4, "1553"), (5, "1747"), (6, "1844")),
        *((11, "2135"), (12, "2329"), (13, "2620")),
    )
} | {"1650": "1650"}
"""The short number of each animal of the story, by the number that records have for it."""
SITUATIONS = {
    "keeper": KEEPER,
    "recorder": RECORDER,
    "vet": VET,
    "inspector": INSPECTOR,
    "seller": SELLER,
    "slaughterer": SLAUGHTERER,
    "receiver": RECEIVER,
    "leaver": LEAVER,
    "smoker": SMOKER,
    "consenting": CONSENTING,
    "dating": DATING,
    "diabetic": DIABETIC,
    "choosing": CHOOSING,
    "both": BOTH,
    "stranger": STRANGER,
}
"""By the word of an entry: the phone that sends."""

# Answers about oneself: a woman without a child, of Jiwaka, near a clinic, with no other medicine.
_ABOUT = ("1", "3", "Jiwaka", "1", "5")
STORY = (
    (KEEPER, "PLACE Kudjip, Jiwaka"),  # 1068
    (BUYER, "PLACE Goroka, Eastern Highlands"),  # 1165
    (KEEPER, f"REG {official(1)} sow"),  # 1262
    (KEEPER, f"REG {official(2)}"),  # 1359
    (KEEPER, f"REG {official(3)}"),  # 1456
    (KEEPER, f"REG {official(4)} boar"),  # 1553
    (KEEPER, "MOB 14"),  # 1650
    (BUYER, f"REG {official(5)}"),  # 1747
    (BUYER, f"REG {official(6)}"),  # 1844
    (BUYER, "MOVE 1844 1068"),
    (KEEPER, "PERMIT 1456 1165"),  # 1941
    (SELLER, "PLACE Banz, Jiwaka"),  # 2038
    (SELLER, f"REG {official(11)}"),  # 2135
    (SELLER, "SELL 2135 1165"),
    (SLAUGHTERER, "PLACE Minj, Jiwaka"),  # 2232
    (SLAUGHTERER, f"REG {official(12)}"),  # 2329
    (SLAUGHTERER, "KILL 2329"),
    (RECEIVER, "PLACE Kundiawa, Simbu"),  # 2426
    (BUYER, "GIVE 1747 2426", "{code}"),
    (BOTH, "PLACE Mendi, Southern Highlands"),  # 2523
    (BOTH, f"REG {official(13)}"),  # 2620
    (LEAVER, "PLACE Wabag, Enga"),
    (LEAVER, "FORGET"),
    (SMOKER, "QUIT", "2", "1", "34", "yes", "Maria", *_ABOUT, "5 Dec"),
    (CONSENTING, "QUIT", "2", "1", "34"),
    (DATING, "QUIT", "2", "1", "34", "yes", "John", *_ABOUT),
    (
        DIABETIC,
        *("JOIN sugar and health", "2", "52", "1", "1", "2", "2", "Morobe", "2", "2", "Peter"),
    ),
    (CHOOSING, "JOIN sugar and health", "2", "45", "1"),
    (BOTH, "QUIT", "2", "1", "34", "yes", "Ruth", *_ABOUT, "5 Dec"),
)
"""Sent in turn, in English. The comments are the short numbers that the answers give."""


@dataclass
class Door:
    """The application at its signed webhook; `reset` makes everything as the story left it."""

    world: World
    file: Path
    before: sqlite3.Connection
    sent: int = 0

    def keep(self) -> None:
        """Keep everything as it is now, for `reset`."""
        with closing(sqlite3.connect(self.file)) as source:
            source.backup(self.before)

    def reset(self) -> None:
        """Take back whatever was done since `keep`."""
        with closing(sqlite3.connect(self.file)) as target:
            self.before.backup(target)

    def send(self, text: str, sender: str) -> None:
        """Post one signed text."""
        self.sent += 1
        answer = self.world.sms(text, f"SM{self.sent:032}", sender)
        assert answer.status_code == HTTPStatus.OK, answer.text

    def let_all_speak(self, language: str) -> None:
        """Let everybody have chosen a language, before anything that `reset` goes back to."""
        with self.world.runtime.database.write() as session:
            session.execute(update(Party).values(language=language))
            session.execute(update(Subscription).values(language=language))

    def fill(self, text: str, sender: str) -> str:
        """Put the newest code or receipt that a phone was sent in place of its mark."""
        if "{" not in text:
            return text
        database = self.world.runtime.database
        with database.read() as session:
            mine = Message.recipient_index.in_(database.vault.indexes(sender))
            newest = select(Message.body).where(mine).order_by(Message.id.desc())
            bodies = session.scalars(newest).all()
            sent = " ".join(bodies)
            # Who asks for a permit reports nothing.
            told = " ".join(body for body in bodies if "permit" not in body.casefold())
        code, receipt = _CODE.search(sent), RECEIPT.search(told)
        return text.format(code=code and code[1], wrong="9999", receipt=receipt and receipt[0])


def open_stage(folder: Path) -> World:
    """Play the story in a data folder that has a schema."""
    world = open_folder(folder, BILUM_TWILIO_AUTH_TOKEN=SECRET, BILUM_CONFIRMATIONS="1")
    _appoint(world)
    _play(world, [(number, text) for number, *texts in STORY for text in texts])
    _play(world, _roadblock(world))
    return world


def _play(world: World, story: list[tuple[str, str]]) -> None:
    door = Door(world, Path(), sqlite3.connect(":memory:"))
    for number, text in story:
        answer = world.sms(door.fill(text, number), f"SM{uuid4().hex}", number)
        assert answer.status_code == HTTPStatus.OK, (text, answer.text)


def _roadblock(world: World) -> list[tuple[str, str]]:
    """Make a roadblock; return what the inspector sends to stand there and ask about a pig."""
    told = {"kind": "roadblock", "province": "Jiwaka", "beyond_province": "Eastern Highlands"}
    made = world.post("/api/v1/premises", told, Role.ADMINISTRATOR)
    assert made.status_code == HTTPStatus.CREATED, made.text
    return [(INSPECTOR, f"POST {made.json['numbers'][0]}"), (INSPECTOR, "CHECK 1262")]


def _appoint(world: World) -> None:
    database = world.runtime.database
    for code in PROGRAMMES:
        text = (LIBRARY / f"{code}.yaml").read_text("utf-8")
        publish(database, text.replace("tpi: draft", "tpi: complete"))
    for number, role in (
        (RECORDER, Role.RECORDER),
        (VET, Role.VETERINARY_OFFICER),
        (INSPECTOR, Role.INSPECTOR),
        (NURSE, Role.CLINICIAN),
    ):
        person(database, number, role)
    with database.write() as session:
        for party in session.scalars(select(Party)):
            party.language = "en"
        nurse = session.scalars(select(Party).where(Party.role == Role.CLINICIAN)).one()
        for code in PROGRAMMES:
            set_clinicians(session, code, {ANYWHERE: nurse.public_id})
