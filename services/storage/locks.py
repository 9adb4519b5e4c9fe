"""The locks of PostgreSQL's that make it write as SQLite does: one at a time."""

from __future__ import annotations

from sqlalchemy import text
from sqlalchemy.orm import Session

# The numbers are these locks' names among PostgreSQL's advisory locks.
_LOCK = text("SELECT pg_advisory_xact_lock(7244021)")
_PROGRAMME_LOCK = text("SELECT pg_advisory_xact_lock(7244023)")
_RESOLVER_LOCK = text("SELECT pg_advisory_xact_lock(7244024)")

_JOINER_LOCK = text("SELECT pg_advisory_xact_lock(7244025)")


def one_writer(session: Session) -> None:
    """Wait until no other transaction writes events, parties, premises or numbers.

    The journal's order is then the order of commits, and what is looked up next cannot be made
    twice. Held until the transaction ends. SQLite has one writer anyway.
    """
    if session.get_bind().dialect.name == "postgresql":
        session.execute(_LOCK)


def one_programme_sender(session: Session) -> None:
    """Wait until no other transaction decides on programme messages.

    What a person got today and what the month has cost are then counted exactly. Held until the
    transaction ends.
    """
    if session.get_bind().dialect.name == "postgresql":
        session.execute(_PROGRAMME_LOCK)


def one_resolver(session: Session) -> None:
    """Wait until no other transaction settles an attempt in doubt.

    What a carrier knows is then one attempt's alone. Held until the transaction ends.
    """
    if session.get_bind().dialect.name == "postgresql":
        session.execute(_RESOLVER_LOCK)


def one_joiner(session: Session) -> None:
    """Wait until no other transaction keeps a part of a long text.

    Whoever keeps the last one then sees all the others. Held until the transaction ends.
    """
    if session.get_bind().dialect.name == "postgresql":
        session.execute(_JOINER_LOCK)
