"""Statements that the program sends, each once, with the values it had and who sent it."""

from __future__ import annotations

import re
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import event

from tests.support.paths import ROOT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from sqlalchemy import Engine
    from sqlalchemy.orm import Session

    from services.storage.database import Database

# A list of values is written out, so that each length would be a statement of its own.
_PLACES = re.compile(r"(%\([a-z_0-9]*?)(?:_\d+)+\)s(?:::\w+)?(?:, )?")
_READS = re.compile(r"\s*(?:SELECT|UPDATE|DELETE|WITH)\b|.*\bSELECT\b", re.IGNORECASE | re.DOTALL)
_OURS = str(ROOT / "services")
_OF_EVERYBODY = ("/storage/", "/core/")


class Noted(NamedTuple):
    """A statement, the values of its first time, and the function that sent it."""

    statement: str
    values: Any
    by: str


class Notebook:
    """What was sent while it was `open`; `noted` by the statement without the length of lists."""

    def __init__(self) -> None:
        self.noted: dict[str, Noted] = {}

    @contextmanager
    def open(self, engine: Engine) -> Iterator[None]:
        """Note each statement of an engine meanwhile."""
        event.listen(engine, "before_cursor_execute", self._note)
        try:
            yield
        finally:
            event.remove(engine, "before_cursor_execute", self._note)

    def _note(
        self,
        _connection: object,
        _cursor: object,
        statement: str,
        values: Any,
        *_: object,
    ) -> None:
        key = _PLACES.sub(r"\1", statement)
        if key in self.noted or not _READS.match(statement):
            return
        self.noted[key] = Noted(
            statement, values[0] if isinstance(values, list) else values, _sender()
        )


def noted(database: Database, ask: Callable[[Session], object]) -> list[Noted]:
    """Return the statements that are sent meanwhile."""
    notes = Notebook()
    with notes.open(database.engine), database.write(exclusive=False) as session:
        ask(session)
    return list(notes.noted.values())


def _sender() -> str:
    """Return the innermost function of the program that is none of its plumbing."""
    frame, found = sys._getframe(), "?"
    while frame is not None:
        path = frame.f_code.co_filename
        if path.startswith(_OURS):
            found = f"{path.removeprefix(str(ROOT) + '/')}:{frame.f_code.co_name}"
            if not any(part in path for part in _OF_EVERYBODY):
                break
        frame = frame.f_back
    return found
