"""Advisory locks that make PostgreSQL write one transaction at a time, as SQLite does."""

from sqlalchemy import text
from sqlalchemy.orm import Session

# The numbers are these locks' names among PostgreSQL's advisory locks.
_LOCK = text("SELECT pg_advisory_xact_lock(7244021)")
_PROGRAMME_LOCK = text("SELECT pg_advisory_xact_lock(7244023)")
_RESOLVER_LOCK = text("SELECT pg_advisory_xact_lock(7244024)")
_JOINER_LOCK = text("SELECT pg_advisory_xact_lock(7244025)")
# In a session's `info`: the transaction or savepoint that took the lock of `one_writer`.
_HOLDER = "one_writer"


def one_writer(session: Session) -> None:
    """Wait until no other transaction writes events, parties, premises or numbers.

    The journal's order is then the order of commits, and what is looked up next cannot be made
    twice. Held until the transaction ends. SQLite has one writer anyway.

    Only the edges call it, before they lock a row: the unit of work, the router of text messages,
    the dispatcher of device calls. `require_one_writer` guards what they do. A rollback to before a
    savepoint in which it was taken releases it, with all that was done under it.
    """
    if _holds(session):
        return
    if session.get_bind().dialect.name == "postgresql":
        session.execute(_LOCK)
    session.info[_HOLDER] = session.get_nested_transaction() or session.get_transaction()


def require_one_writer(session: Session) -> None:
    """Refuse to go on where the edge did not declare that it writes, on every database.

    Raises:
        RuntimeError: the transaction does not hold the lock of `one_writer`.
    """
    if not _holds(session):
        raise RuntimeError("this needs a unit of work that is declared exclusive")


def _holds(session: Session) -> bool:
    within = session.get_nested_transaction() or session.get_transaction()
    while within is not None and within is not session.info.get(_HOLDER):
        within = within.parent
    return within is not None


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
