"""Logs of unexpected exceptions: their stack, never their message.

A message may hold what a request or a phone sent.
"""

from collections.abc import Callable, Iterable
from logging import Logger
from traceback import format_tb

from sqlalchemy.exc import DataError, SQLAlchemyError
from sqlalchemy.orm import Session


def log_exception(log: Logger, what: str, error: BaseException) -> None:
    """Log an exception with its stack; `what` failed, in words of the program alone."""
    stack = "".join(format_tb(error.__traceback__))
    log.error("%s: %s\n%s", what, type(error).__name__, stack)


def do_each(steps: Iterable[Callable[[], object]]) -> list[object]:
    """Do every step, whatever becomes of the others; return their results.

    A fault is raised once all are done: the first, with the others in its notes by their names.
    """
    done: list[object] = []
    faults: list[Exception] = []
    for step in steps:
        try:
            done.append(step())
        except Exception as fault:  # noqa: BLE001 — raised once all are done
            faults.append(fault)
    if not faults:
        return done
    for other in faults[1:]:
        faults[0].add_note(f"and in another step: {type(other).__name__}")
    raise faults[0]


def isolated(
    session: Session,
    log: Logger,
    what: str,
    work: Callable[[], object],
    passes: tuple[type[Exception], ...] = (),
) -> bool:
    """Do one piece of work so that its failure stops nothing else; return whether it is done.

    Rows that it wrote are undone where it fails. `what` names it in the log. Errors of the database
    server go on to the caller, and so do those of the kinds `passes`.
    """
    try:
        with session.begin_nested():
            work()
    except Exception as error:
        # DataError is this task's bug: isolate it. Others mean that the database is down: re-raise.
        down = isinstance(error, SQLAlchemyError) and not isinstance(error, DataError)
        if down or isinstance(error, passes):
            raise
        log_exception(log, what, error)
        return False
    return True
