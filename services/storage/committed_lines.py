"""Lines of the log that tell what a transaction did: written once it is committed.

What is rolled back, the whole transaction or a savepoint of it, is told of nowhere.
"""

import logging
from typing import NamedTuple

from sqlalchemy import event
from sqlalchemy.orm import Session, SessionTransaction

from services.core.correlation import current_correlation
from services.core.logs import FACTS

_LOG = logging.getLogger("bilum.way")
_LINES = "lines"


class _Line(NamedTuple):
    within: SessionTransaction | None
    sentence: str
    facts: dict[str, object]


def tell_once_committed(session: Session, sentence: str, **facts: object) -> None:
    """Write a line after the commit, about the message in hand or the one of `correlation`.

    `facts` are ids, counts and words of the program alone. Where no message is in hand and none is
    named, nothing is written: imports and mailings would drown the rest.
    """
    facts.setdefault("correlation", current_correlation())
    if facts["correlation"] is None and "ids" not in facts:
        return
    within = session.get_nested_transaction()
    session.info.setdefault(_LINES, []).append(_Line(within, sentence, facts))


def write_lines(session: Session) -> None:
    """Write the lines of a transaction that is committed."""
    for line in session.info.pop(_LINES, ()):
        _LOG.info(line.sentence, extra={FACTS: line.facts})


@event.listens_for(Session, "after_soft_rollback")
def _forget(session: Session, undone: SessionTransaction) -> None:
    lines: list[_Line] = session.info.get(_LINES, [])
    lines[:] = [line for line in lines if not _is_within(line.within, undone)]


def _is_within(inner: SessionTransaction | None, outer: SessionTransaction) -> bool:
    while inner is not None and inner is not outer:
        inner = inner.parent
    return inner is outer
