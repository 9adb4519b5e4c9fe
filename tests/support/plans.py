"""Plans that PostgreSQL keeps for the statements of a piece of work, whatever their values are."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from sqlalchemy import event, text

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from sqlalchemy import Connection
    from sqlalchemy.orm import Session

_PLACE = re.compile(r"%\((\w+)\)s")


def kept_plans(session: Session, work: Callable[[], object]) -> list[str]:
    """Do the work; return the plan of each statement that it sends by this session."""
    sent: list[tuple[str, Mapping[str, Any]]] = []

    def note(_connection: object, _cursor: object, statement: str, values: Any, *_: object) -> None:
        sent.append((statement, values))

    connection = session.connection()
    event.listen(connection, "before_cursor_execute", note)
    work()
    event.remove(connection, "before_cursor_execute", note)
    session.execute(text("SET LOCAL plan_cache_mode = force_generic_plan"))
    return [_plan(connection, statement, values) for statement, values in sent]


def _plan(connection: Connection, statement: str, values: Mapping[str, Any]) -> str:
    names: list[str] = []

    def numbered(found: re.Match[str]) -> str:
        names.append(found[1])
        return f"${len(names)}"

    connection.exec_driver_sql(f"PREPARE kept AS {_PLACE.sub(numbered, statement)}")
    given = ", ".join(f"'{values[name]}'" for name in names)
    explained = connection.exec_driver_sql(f"EXPLAIN EXECUTE kept{f'({given})' if given else ''}")
    plan = "\n".join(explained.scalars())
    connection.exec_driver_sql("DEALLOCATE kept")
    return plan
