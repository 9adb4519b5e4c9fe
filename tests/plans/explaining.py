"""Plans of statements, and what in them reads the whole of a large table."""

from __future__ import annotations

import re
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NamedTuple

import psycopg
from sqlalchemy import text

from tests.plans.filling import fill

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from psycopg import Connection

    from services.storage.database import Database
    from tests.plans.noting import Noted

_ROWS = "SELECT relname, reltuples FROM pg_class WHERE relkind = 'r' AND reltuples > %s"
_INDEXES = """
    SELECT indexrelid::regclass::text, indrelid::regclass::text, indpred IS NOT NULL FROM pg_index
"""
_GROWING = {"ix_movement_open", "ix_movement_unarrived"}
"""Partial indexes that grow with the years: of some movements the end is never told."""
# What ends as soon as it has enough reads no further.
_ENDS_EARLY = {"Limit"}
_NEEDS_ALL = {"Sort", "Aggregate", "Hash"}
"""Nodes that give their first row only after the last of what is below."""
_INDEX_SCANS = {"Index Scan", "Index Only Scan", "Bitmap Index Scan"}
_REJECTS = {"Filter", "Join Filter"}
_REJECTING_JOINS = {"Anti", "Semi", "Right Anti", "Right Semi"}
_ON_ITS_OWN = {"SubPlan", "InitPlan"}
"""Parts of a plan that no limit above ends: a table may be made of all of it first."""
_VALUE = re.compile(r"%\((\w+)\)s")


class WholeTable(NamedTuple):
    """A plan that reads a whole table: which table, how, of which statement."""

    table: str
    how: str
    noted: Noted


class Planner:
    """Asks a server for plans; `large` are the tables with so many rows that it matters."""

    def __init__(self, connection: Connection, least: int) -> None:
        self._connection = connection
        self.large = dict(connection.execute(_ROWS, [least]).fetchall())
        indexes = connection.execute(_INDEXES).fetchall()
        self._tables = {name: table for name, table, _ in indexes}
        self._small = {name for name, _, partial in indexes if partial} - _GROWING

    def read_whole(self, noted: Iterable[Noted]) -> Iterator[WholeTable]:
        """Yield what reads the whole of a large table."""
        for one in noted:
            explain = f"EXPLAIN (FORMAT JSON) {one.statement}"
            (told,) = self._connection.execute(explain, one.values).fetchone() or ([],)
            for table, how in self._scans(told[0]["Plan"], ended_early=False):
                yield WholeTable(table, how, one)

    def _scans(self, node: dict[str, Any], *, ended_early: bool) -> Iterator[tuple[str, str]]:
        kind = node["Node Type"]
        table = node.get("Relation Name") or self._tables.get(node.get("Index Name", ""), "")
        if table in self.large and self._reads_all(node, ended_early=ended_early):
            yield table, kind
        early = kind in _ENDS_EARLY or (ended_early and _gives_what_it_gets(node))
        for child in node.get("Plans", ()):
            below = early and child.get("Parent Relationship") not in _ON_ITS_OWN
            yield from self._scans(child, ended_early=below)

    def _reads_all(self, node: dict[str, Any], *, ended_early: bool) -> bool:
        kind = node["Node Type"]
        # Where it rejects rows, it may reject all of them before it has enough.
        if ended_early and "Filter" not in node:
            return False
        whole_index = kind in _INDEX_SCANS and "Index Cond" not in node
        return kind == "Seq Scan" or (whole_index and node["Index Name"] not in self._small)


def both_plans(connection: Connection, noted: Noted) -> list[dict[str, Any]]:
    """Return a statement's plan for its values, and the one that a connection keeps for all."""
    names: dict[str, int] = {}
    kept = _VALUE.sub(lambda one: f"${names.setdefault(one[1], len(names) + 1)}", noted.statement)
    connection.execute("SET plan_cache_mode = force_generic_plan")
    connection.execute(f"PREPARE kept AS {kept.replace('%%', '%')}")
    given = f"({', '.join(['NULL'] * len(names))})" if names else ""
    explained = [
        connection.execute(f"EXPLAIN (FORMAT JSON) {noted.statement}", noted.values),
        connection.execute(f"EXPLAIN (FORMAT JSON) EXECUTE kept{given}"),
    ]
    plans = [one.fetchone()[0][0]["Plan"] for one in explained]
    connection.execute("DEALLOCATE kept")
    return plans


@contextmanager
def explained(database: Database, tables: Iterable[str], *spread: str) -> Iterator[Connection]:
    """Fill tables, spread their values by some statements, and ask their server for plans."""
    with database.engine.begin() as connection:
        fill(connection, tables)
        for statement in spread:
            connection.execute(text(statement))
    url = database.engine.url.set(drivername="postgresql")
    with psycopg.connect(url.render_as_string(hide_password=False), autocommit=True) as connection:
        connection.execute("VACUUM ANALYZE")
        yield connection


def read(connection: Connection, noted: Noted, table: str) -> list[dict[str, str]]:
    """Return what both plans of a statement read of a table: indexes, each with what it seeks."""
    names = (f"ix_{table}_", f"uq_{table}_", f"pk_{table}")
    return [
        {name: wanted for name, wanted in sources(plan) if name == table or name.startswith(names)}
        for plan in both_plans(connection, noted)
    ]


def sources(plan: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield the indexes that a plan reads with what it looks for, and tables read whole."""
    if "Index Name" in plan:
        yield plan["Index Name"], plan.get("Index Cond", "")
    elif plan["Node Type"] == "Seq Scan":
        yield plan["Relation Name"], ""
    for child in plan.get("Plans", ()):
        yield from sources(child)


def _gives_what_it_gets(node: dict[str, Any]) -> bool:
    """Tell whether a node gives a row for each that it gets, as soon as it gets it."""
    rejects = _REJECTS & node.keys() or node.get("Join Type") in _REJECTING_JOINS
    return node["Node Type"] not in _NEEDS_ALL and not rejects
