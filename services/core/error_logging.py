"""Logs of unexpected exceptions: their stack, never their message.

A message may hold what a request or a phone sent.
"""

from collections.abc import Callable
from logging import Logger
from traceback import format_tb

from sqlalchemy.exc import DataError, SQLAlchemyError
from sqlalchemy.orm import Session


def log_exception(log: Logger, what: str, error: BaseException) -> None:
    """Log an exception with its stack; `what` failed, in words of the program alone."""
    stack = "".join(format_tb(error.__traceback__))
    log.error("%s: %s\n%s", what, type(error).__name__, stack)


def isolated(session: Session, log: Logger, what: str, work: Callable[[], object]) -> bool:
    """Do one piece of work so that its failure stops nothing else; return whether it is done.

    Rows that it wrote are undone where it fails. `what` names it in the log. Errors of the database
    server go on to the caller.
    """
    try:
        with session.begin_nested():
            work()
    except Exception as error:
        # DataError is this task's bug: isolate it. Others mean that the database is down: re-raise.
        if isinstance(error, SQLAlchemyError) and not isinstance(error, DataError):
            raise
        log_exception(log, what, error)
        return False
    return True
