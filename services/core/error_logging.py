"""Logging what nobody expected: where it happened, and never its own words.

They may hold what a request or a phone brought.
"""

from __future__ import annotations

from collections.abc import Callable
from logging import Logger
from traceback import format_tb

from sqlalchemy.exc import DataError, SQLAlchemyError
from sqlalchemy.orm import Session


def log_fault(log: Logger, what: str, error: BaseException) -> None:
    """Log a fault with its stack; `what` failed, in words of ours alone."""
    stack = "".join(format_tb(error.__traceback__))
    log.error("%s: %s\n%s", what, type(error).__name__, stack)


def alone(session: Session, log: Logger, what: str, work: Callable[[], object]) -> bool:
    """Do one piece of work so that its fault keeps nothing else waiting; tell whether it is done.

    Args:
        session: an open writing session; what the work wrote is undone where it fails.
        log: where a fault is told.
        what: fails, in words of ours alone.
        work: what is done; faults of the database itself are raised.
    """
    try:
        with session.begin_nested():
            work()
    except Exception as error:
        # What the database cannot store is the work's own fault; that it is away is not.
        if isinstance(error, SQLAlchemyError) and not isinstance(error, DataError):
            raise
        log_fault(log, what, error)
        return False
    return True
