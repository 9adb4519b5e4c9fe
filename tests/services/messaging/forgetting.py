"""What tests of FORGET share: what people are told, a clock that ticks, what is a number's."""

from __future__ import annotations

import re
from datetime import timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import select

from services.messaging.forget_command import erase_due
from services.storage.models import Message
from sms.local_time import DEFAULT_ZONE
from tests.factories import FARMER, Phones

ASK = {
    "en": "NOT erased yet. To erase your name and number send FORGET {C} within 10 minutes. "
    "What you reported stays. Not you? Do nothing.",
    "tpi": "Mipela i NO rausim yet. Long rausim nem na namba, salim RAUSIM MI {C} insait long "
    "10 minit. Ol ripot i stap. Yu no salim? Larim.",
}
NOTICE = {
    "en": "Your name and number will be erased on 28 Nov at {time}. What you reported stays. "
    "To keep your name and number, send: CANCEL",
    "tpi": "Mipela bai rausim nem na namba bilong yu long 28 Nov, {time}. Ol ripot i stap. "
    "Sapos yu laik holim nem na namba, salim: CANCEL",
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
    return re.search(r"(?:FORGET|RAUSIM MI) ([0-9]{6,10}) ", text)[1]


def notice(phones, language="en"):
    """What is answered to the right code: the erasure is in three days."""
    due = (phones.now + timedelta(hours=72)).astimezone(ZoneInfo(DEFAULT_ZONE))
    return NOTICE[language].format(time=f"{due:%H:%M}")


def three_days_later(phones):
    """Three days go by, and the clock does what is due."""
    phones.now += timedelta(hours=72)
    return erase_due(phones.database, phones.now)


def mine(database, table):
    indexes = database.vault.indexes(FARMER)
    column = Message.recipient_index if table is Message else table.number_index
    with database.read() as session:
        found = session.scalars(select(table).where(column.in_(indexes))).all()
        session.expunge_all()
        return found
