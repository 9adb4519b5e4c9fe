"""Things that tests of the services are made of: people who send SMS, reports, threads, rows."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import count
from threading import Barrier
from typing import TYPE_CHECKING

from sqlalchemy import func, select

from gateway.envelope import Envelope
from gateway.intake import receive
from services.health.conversation.inbox_desk import health_desk
from services.livestock.domain.model import EventType, Key, Occurred, Origin, Report, event_id
from services.livestock.recording.record import record_events
from services.livestock.sms_commands import FILLERS, HANDLERS
from services.livestock.sms_commands.inbox_desk import LIVESTOCK_DESK
from services.livestock.sms_commands.open_questions import OPEN_QUESTIONS
from services.livestock.sms_commands.unreported import unreported
from services.messaging.command_router import CommandRouter, MessageInterceptor
from services.messaging.commands import HANDLERS as OF_MESSAGES
from services.storage.unit_of_work import Units
from tests.support.texts import codes_in

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from gateway.envelope import Answer
    from services.livestock.domain.model import Recorded
    from services.storage.database import Database
    from services.storage.models import Base

KEY = bytes(range(32))
NOW = datetime(2026, 11, 25, 2, 0, tzinfo=UTC)
TODAY = date(2026, 11, 25)
FARMER, BUYER, STRANGER = "+67570000001", "+67570000002", "+67570000003"

CONVERSATION = CommandRouter(
    (*HANDLERS, *OF_MESSAGES),
    FILLERS,
    [OPEN_QUESTIONS, MessageInterceptor(unreported)],
    desks=(health_desk({}, members=False), LIVESTOCK_DESK),
)

_numbers = count(1)


def official(number: int) -> str:
    """An official number of Papua New Guinea."""
    return f"598{number:012}"


def pig(number: int) -> Key:
    return Key("iso11784", official(number))


def source_place(number: int) -> Key:
    return Key("premises", str(number))


def day(number: int) -> date:
    """A day of 2026, counted from 1."""
    return date(2026, 1, 1) + timedelta(days=number - 1)


def report(
    kind: str,
    animals: Sequence[Key] = (),
    *,
    at: Key | None = None,
    other: Key | None = None,
    on: date = TODAY,
    key: str | None = None,
) -> Report:
    """One report; without `key` it is one of its own."""
    event = event_id("test", key or f"number {next(_numbers)}", 0)
    return Report(event, EventType(kind), tuple(animals), at, other, Occurred.on(on))


def origin(at: datetime = NOW) -> Origin:
    return Origin("test", None, at)


def write(database: Database, *reports: Report, at: datetime = NOW) -> list[Recorded]:
    """Record reports in one transaction."""
    with database.write() as session:
        return record_events(session, reports, origin(at))


def rows(database: Database, table: type[Base]) -> int:
    """How many rows a table has."""
    with database.read() as session:
        return session.scalar(select(func.count()).select_from(table)) or 0


def in_threads(*works: Callable[[], object]) -> list[object]:
    """Run all at once; their results in the order given. The first exception is raised."""
    start = Barrier(len(works))

    def run(work: Callable[[], object]) -> object:
        start.wait(60)
        return work()

    with ThreadPoolExecutor(len(works)) as pool:
        return list(pool.map(run, works))


@dataclass
class Phones:
    """People with phones, and the program that answers them."""

    database: Database
    now: datetime = NOW
    conversation: CommandRouter = CONVERSATION

    def send(self, text: str, sender: str = FARMER, sid: str | None = None) -> Answer:
        """Send one SMS and return what became of it."""
        envelope = Envelope(
            "twilio-sms", sid or f"SM{next(_numbers)}", sender, text, received_at=self.now
        )
        return receive(envelope, Units(self.database), self.conversation.answer)

    def take_back(self, receipt: str, sender: str = FARMER) -> None:
        """Send WRONG, and the code that it may ask for."""
        for code in codes_in(self.say(f"WRONG {receipt}", sender)):
            self.say(code, sender)

    def say(self, text: str, sender: str = FARMER) -> str:
        """Send one SMS that must be understood and return the reply."""
        answer = self.send(text, sender)
        assert not answer.outcome.startswith(("error", "not_")), answer.text
        return answer.text
