"""Shared parts of the benchmarks of messages: databases, messages, and counts of sent ones."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from sqlalchemy import create_engine, func, insert, make_url, select, text

from services.core.clock import utc_now
from services.messaging.outbox import OutboundMessage, SendOptions, enqueue_messages
from services.storage.database import Database
from services.storage.models import Consent, Message
from services.storage.vault import Vault
from sms.message import Kind

ACCOUNT = "AC" + "0" * 32
OUR_NUMBER = "+67570000000"
SCOPE = "bench"
TEXT = "Tude em i de 3 bilong yu long lusim simuk. Dring wara taim yu laik smok, na kolim pren."


def open_database(url: str) -> Database:
    """Open a database under the benchmarks' key."""
    return Database(url, Vault(bytes(range(32))))


@contextmanager
def fresh(server: str) -> Iterator[str]:
    """Make a database on a server, at the newest revision; yield its URL; drop it."""
    name = f"bilum_bench_{secrets.token_hex(4)}"
    _execute(server, f'CREATE DATABASE "{name}" TEMPLATE template0')
    url = make_url(server).set(database=name).render_as_string(hide_password=False)
    try:
        database = open_database(url)
        database.upgrade()
        database.close()
        yield url
    finally:
        _execute(server, f'DROP DATABASE "{name}" WITH (FORCE)')


def fill(database: Database, many: int) -> None:
    """Queue messages of a programme to numbers of their own, who all agreed to it."""
    chunk = 50_000
    for first in range(0, many, chunk):
        numbers = [f"+6757{n:07}" for n in range(first, min(first + chunk, many))]
        indexes = [database.vault.indexes(number) for number in numbers]
        now = utc_now()
        mailing = SendOptions("bench", now, now + timedelta(days=1), Kind.PROGRAMME, SCOPE)
        with database.write() as session:
            session.connection().execute(
                insert(Consent),
                [
                    {
                        "number_index": i.health,
                        "scope": SCOPE,
                        "granted": True,
                        "source": "b",
                        "at": now,
                    }
                    for i in indexes
                ],
            )
            letters = zip(numbers, indexes, strict=True)
            enqueue_messages(
                session, (OutboundMessage(n, i.ordinary, TEXT, n) for n, i in letters), mailing
            )
    with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("VACUUM ANALYZE message, consent"))


def in_state(database: Database, state: str) -> int:
    """Count the messages in a state."""
    with database.read() as session:
        return session.scalar(select(func.count()).where(Message.state == state)) or 0


def _execute(server: str, statement: str) -> None:
    engine = create_engine(server, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(statement))
    engine.dispose()
