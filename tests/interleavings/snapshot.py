"""A PostgreSQL database that is put back to what it was, many times a second."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import text

from services.storage.models import Base

if TYPE_CHECKING:
    from services.storage.database import Database

_SEQUENCES = """SELECT format('SELECT setval(''%I'', %s, %L)', sequencename,
    coalesce(last_value, start_value), last_value IS NOT NULL)
    FROM pg_sequences WHERE schemaname = 'public'"""


class Snapshot:
    """The rows of every table and the places of every sequence, as they are when it is made."""

    def __init__(self, database: Database) -> None:
        self._database = database
        tables = [table.name for table in Base.metadata.sorted_tables]
        with database.write(exclusive=False) as session:
            session.execute(text("CREATE SCHEMA kept"))
            for name in tables:
                session.execute(text(f'CREATE TABLE kept."{name}" AS TABLE public."{name}"'))
            counts = " UNION ALL ".join(
                f"SELECT '{name}' FROM (SELECT FROM kept.\"{name}\" LIMIT 1) AS one"  # noqa: S608 — as above
                for name in tables
            )
            filled = set(session.scalars(text(counts)))
            sequences = list(session.scalars(text(_SEQUENCES)))
        self._script = ";".join(
            [
                # No trigger of the journal forbids it, and no key is checked, meanwhile.
                "SET LOCAL session_replication_role = replica",
                *(f'DELETE FROM public."{name}"' for name in tables),  # noqa: S608 — of our own models  # noqa: S608 — as above
                *(
                    f'INSERT INTO public."{name}" SELECT * FROM kept."{name}"'  # noqa: S608 — as above
                    for name in tables
                    if name in filled
                ),
                *sequences,
            ]
        )

    def restore(self) -> None:
        """Put every row and sequence back."""
        with self._database.write(exclusive=False) as session:
            session.connection().exec_driver_sql(self._script)
