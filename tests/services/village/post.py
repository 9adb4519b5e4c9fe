"""Who writes to people of a village in a test, and the worker that sends by the ordinary road."""

from __future__ import annotations

from datetime import timedelta
from io import StringIO

from sqlalchemy import select

from services.messaging.consent import grant
from services.messaging.outbox import OutboundMessage, SendOptions, enqueue_messages
from services.runtime.workers import make_carriers, make_dispatcher
from services.storage.models import Attempt, Message
from sms.message import Kind, Late
from tests.services.village.box import FARMER

DAY = timedelta(days=1)


class Post:
    """Writes to people, and lets the worker send."""

    def __init__(self, box):
        self.box, self.screen = box, StringIO()
        self.runtime = box.world.runtime
        self.sent = 0

    def write(
        self, body, to=FARMER, *, kind=Kind.PROGRAMME, life=DAY, late=Late.SEND, direct=False
    ):
        now = self.runtime.clock()
        index = self.runtime.database.vault.index(to)
        self.sent += 1
        with self.runtime.database.write() as session:
            grant(session, self.runtime.database.vault.health_index(to), "tobacco", "sms", now)
            letter = OutboundMessage(to, index, body, f"{body}\0{self.sent}")
            mailing = SendOptions("test", now, now + life, kind, "tobacco", late, direct=direct)
            enqueue_messages(session, [letter], mailing)

    def work(self):
        """Send what may go; return what the ordinary road brought."""
        before = len(self.screen.getvalue())
        dispatcher = make_dispatcher(self.runtime, make_carriers(self.runtime, self.screen))
        dispatcher.drain()
        dispatcher.close()
        return self.screen.getvalue()[before:]

    def states(self, purpose="test"):
        with self.runtime.database.read() as session:
            told = select(Message.state, Message.reason, Message.lane)
            rows = session.execute(told.where(Message.purpose == purpose).order_by(Message.id))
            return [tuple(row) for row in rows]

    def attempts(self):
        with self.runtime.database.read() as session:
            rows = session.scalars(select(Attempt).order_by(Attempt.id)).all()
            return [(row.channel, row.state, row.code, row.cost) for row in rows]
