"""What tests of claims look at: the scene that claims.txt begins with, records, owners, claims."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from sqlalchemy import select

from services.storage.models import Animal, Contact, Journal, Party, PendingConfirmation
from tests.factories import BUYER, FARMER, Phones, official
from tests.services.livestock.table import Player
from tests.support.beginnings import begin

if TYPE_CHECKING:
    from services.storage.database import Database
    from tests.services.livestock.table import Sms


def set_scene(database: Database) -> Phones:
    """The scene that every scene of the table begins with."""
    begin(database, ("claims",), _set_scene)
    return Phones(database)


def _set_scene(database: Database) -> None:
    phones = Phones(database)
    phones.say("PLACE Kudjip, Jiwaka")
    phones.say("PLACE Goroka, EHP", BUYER)
    phones.say(f"REG {official(1)}")
    phones.say(f"REG {official(2)}")


def outbox(database: Database) -> list[Sms]:
    """Every text that went out, oldest first."""
    return Player(Phones(database)).outbox()


def codes(database: Database) -> list[str]:
    """The codes that went out, oldest first."""
    return Player(Phones(database)).codes()


def wrong_code(database: Database) -> str:
    """A code that nobody was sent."""
    return Player(Phones(database)).wrong_code()


def give(phones: Phones, text: str = "GIVE 1262 1165", sender: str = FARMER) -> str:
    """Give or sell, and send the code that comes back; the last answer."""
    phones.say(text, sender)
    return phones.say(codes(phones.database)[-1], sender)


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
        return session.scalars(
            select(PendingConfirmation.state).order_by(PendingConfirmation.id)
        ).all()


def last_to(database, name):
    return [sms.body for sms in outbox(database) if sms.to == name][-1]
