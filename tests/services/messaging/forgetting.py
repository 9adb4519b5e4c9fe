"""What tests of FORGET share: what people are told, a clock that ticks, what is a number's."""

from __future__ import annotations

import re
from datetime import timedelta

from sqlalchemy import select

from services.storage.models import Message
from tests.factories import FARMER, Phones

ASK = {
    "en": "To erase your name and number, send within 30 minutes: FORGET {C}. "
    "What you reported stays. If somebody else sent it, do nothing.",
    "tpi": "Long rausim nem na namba bilong yu, salim insait long 30 minit: RAUSIM MI {C}. "
    "Ol ripot i stap. Sapos narapela man i salim, larim tasol.",
}
DONE = {
    "en": "We erased your name and number. You get no more messages from us. "
    "If you want messages again, send: START",
    "tpi": "Mipela rausim pinis nem na namba bilong yu. Mipela no salim moa mesej long yu. "
    "Sapos yu laikim mesej gen, salim: STATIM",
}


WRONG = {
    "en": "The code is wrong and nothing was erased. You can try {count} times more.",
    "tpi": "Kod i no stret, mipela i no rausim wanpela samting. Yu ken traim {count} taim moa.",
}
NO_CODE = {
    "en": "This code does not count and nothing was erased. To get a new code, send: FORGET",
    "tpi": "Dispela kod i no wok, mipela i no rausim wanpela samting. Long kisim nupela kod, "
    "salim: RAUSIM MI",
}


class Ticking(Phones):
    """Phones on a clock that never shows the same time twice."""

    def send(self, text, sender=FARMER, sid=None):
        self.now += timedelta(seconds=1)
        return super().send(text, sender, sid)


def code_of(text):
    return re.search(r"(?:FORGET|RAUSIM MI) ([0-9]{4})\.", text)[1]


def mine(database, table):
    index = database.vault.index(FARMER)
    column = Message.recipient_index if table is Message else table.number_index
    with database.read() as session:
        found = session.scalars(select(table).where(column == index)).all()
        session.expunge_all()
        return found
