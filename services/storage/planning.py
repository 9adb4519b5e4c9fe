"""Plans of statements that PostgreSQL keeps for a connection."""

from sqlalchemy import text
from sqlalchemy.orm import Session

# https://www.postgresql.org/docs/current/runtime-config-query.html#GUC-PLAN-CACHE-MODE
_BY_VALUES = text("SET LOCAL plan_cache_mode = force_custom_plan")
_FOR_ALL = text("SET LOCAL cursor_tuple_fraction = 1")


def plan_by_values(session: Session) -> None:
    """Let each statement of the rest of this transaction be planned for its values.

    After ten times on one connection PostgreSQL plans a statement once for all values. Where one
    value is a box on the map, that may read a whole table for each.
    """
    if session.get_bind().dialect.name == "postgresql":
        session.execute(_BY_VALUES)


def plan_for_all(session: Session) -> None:
    """Let what the rest of this transaction reads row by row be planned for all of its rows.

    PostgreSQL takes it that a tenth is read: for rows in the order of their keys that is a table
    from its beginning, which has those that are wanted at its end.
    """
    if session.get_bind().dialect.name == "postgresql":
        session.execute(_FOR_ALL)
