"""What a thief joins who has the database file, and not its key.

Every row is a node. Two rows are joined by whatever ties them: a foreign key, an id, or a value
that stands in both and is no accident, such as a digest, a UUID or an instant to the microsecond.
"""

from __future__ import annotations

import hashlib
import re
import sqlite3
from collections import defaultdict, deque
from contextlib import closing
from itertools import product
from typing import TYPE_CHECKING, Any, NamedTuple

from gateway.channels.ussd import key_of
from gateway.envelope import key_digest

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
    from pathlib import Path

Value = tuple[str, Any]

# A token of 16 characters or more is no accident; UUIDs and digests in texts are read as values.
_TOKEN = re.compile(r"[0-9A-Za-z][0-9A-Za-z_-]{15,}")
_UUID = re.compile(r"[0-9a-f]{8}-?(?:[0-9a-f]{4}-?){3}[0-9a-f]{12}")
_INSTANT = re.compile(r"\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d\.(?!0{6})\d{6}")
# Ids that are no foreign keys in the schema.
_IDS = {
    ("message", "subscription_id"): "subscription",
    ("message", "campaign_id"): "campaign",
    ("message", "version_id"): "programme_version",
}
_NO_ACCIDENT = 8
_STEPS = 20


class Row(NamedTuple):
    """A row by its table and its key."""

    table: str
    key: tuple[Any, ...]


class Held(NamedTuple):
    """A value that a row holds in a column."""

    row: Row
    column: str

    def __str__(self) -> str:
        return f"{self.row.table}.{self.column}"


class Tie(NamedTuple):
    """Two rows, and the columns by which they are tied."""

    here: Held
    there: Held

    def __str__(self) -> str:
        return f"{self.here} -> {self.there}"


class Loot:
    """All rows of a stolen file, and what ties them."""

    def __init__(self, file: Path, public: Collection[Row] = ()) -> None:
        """Read a file; `public` rows tie nobody to anything, such as a programme's version."""
        self.rows: dict[Row, dict[str, Any]] = {}
        self._holders: defaultdict[Value, list[Held]] = defaultdict(list)
        self._public = frozenset(public)
        with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as connection:
            connection.row_factory = sqlite3.Row
            tables = [
                name
                for (name,) in connection.execute(
                    "SELECT name FROM sqlite_schema WHERE type = 'table'"
                )
            ]
            ties = {table: _ties_of(connection, table) for table in tables}
            referred = {to for each in ties.values() for to in each.values()}
            for table in tables:
                self._read(connection, table, ties[table], referred)
        self._guess_digests()

    def _read(
        self,
        connection: sqlite3.Connection,
        table: str,
        ties: Mapping[str, tuple[str, str]],
        referred: Collection[tuple[str, str]],
    ) -> None:
        columns = connection.execute(f"PRAGMA table_info('{table}')").fetchall()
        keys = [one["name"] for one in columns if one["pk"]] or [one["name"] for one in columns]
        for found in connection.execute(f"SELECT * FROM '{table}'"):  # noqa: S608
            values = dict(found)
            row = Row(table, tuple(values[key] for key in keys))
            self.rows[row] = values
            for column, value in values.items():
                if value is None:
                    continue
                held = Held(row, column)
                if (table, column) in referred:
                    self._holders[f"{table}.{column}", value].append(held)
                for of_value in _values(value):
                    self._holders["value", of_value].append(held)
                if column in ties:
                    to, key = ties[column]
                    self._holders[f"{to}.{key}", value].append(held)

    def _guess_digests(self) -> None:
        """Note digests that need no key to be guessed: of a campaign's texts, of screens' keys."""
        for row, values in list(self.rows.items()):
            for step in range(_STEPS) if row.table == "ussd_session" else ():
                guessed = key_digest(values["channel"], key_of(values["session"], step))
                self._holders["value", guessed].append(Held(row, "session"))
        parties = [(row, values) for row, values in self.rows.items() if row.table == "party"]
        campaigns = [values for row, values in self.rows.items() if row.table == "campaign"]
        for (row, party), campaign in product(parties, campaigns):
            for this in (_dashed(party["public_id"]), str(party["id"])):
                named = f"campaign\0{_dashed(campaign['public_id'])}\0{this}"
                guessed = hashlib.sha256(named.encode()).digest()
                self._holders["value", guessed].append(Held(row, "public_id"))

    def ties(self, row: Row, without: Collection[str] = ()) -> Iterator[Tie]:
        """Yield the ties of a row to others, less those named `table.column -> table.column`."""
        for value, held in self._of(row):
            holders = self._holders[value]
            if any(one.row in self._public and one.column == "id" for one in holders):
                # Of staff or a programme, whom many rows name.
                continue
            for other in holders:
                tie = Tie(held, other)
                if other.row != row and other.row not in self._public and str(tie) not in without:
                    yield tie

    def _of(self, row: Row) -> Iterator[tuple[Value, Held]]:
        if not hasattr(self, "_values_of"):
            self._values_of: defaultdict[Row, list[tuple[Value, Held]]] = defaultdict(list)
            for value, holders in self._holders.items():
                if len(holders) > 1:
                    for held in holders:
                        self._values_of[held.row].append((value, held))
        yield from self._values_of[row]

    def path(
        self,
        beginning: Iterable[Row],
        wanted: Callable[[Row, Mapping[str, Any]], bool],
        without: Collection[str] = (),
    ) -> list[Tie]:
        """Return the shortest way from some rows to one that is wanted; none: an empty list."""
        came: dict[Row, Tie | None] = dict.fromkeys(beginning)
        queue = deque(came)
        while queue:
            row = queue.popleft()
            if wanted(row, self.rows[row]):
                return self._back(row, came)
            for tie in self.ties(row, without):
                if tie.there.row not in came:
                    came[tie.there.row] = tie
                    queue.append(tie.there.row)
        return []

    def _back(self, row: Row, came: Mapping[Row, Tie | None]) -> list[Tie]:
        found = []
        while (tie := came[row]) is not None:
            found.append(tie)
            row = tie.here.row
        return found[::-1]

    def paths(
        self, beginning: Collection[Row], wanted: Callable[[Row, Mapping[str, Any]], bool]
    ) -> list[list[Tie]]:
        """Return the shortest way of each kind: each found one's last tie is then left out."""
        found: list[list[Tie]] = []
        without: set[str] = set()
        while way := self.path(beginning, wanted, without):
            found.append(way)
            without.add(str(way[-1]))
        return found


def _ties_of(connection: sqlite3.Connection, table: str) -> dict[str, tuple[str, str]]:
    keys = connection.execute(f"PRAGMA foreign_key_list('{table}')")
    ties = {one["from"]: (one["table"], one["to"] or "id") for one in keys}
    return ties | {column: (to, "id") for (of, column), to in _IDS.items() if of == table}


def _values(value: Any) -> Iterator[Any]:
    """Yield what in a column may stand in another, and is no accident there."""
    if isinstance(value, bytes):
        if len(value) >= _NO_ACCIDENT:
            yield value
        return
    if not isinstance(value, str):
        return
    for instant in _INSTANT.findall(value):
        yield instant.replace("T", " ")
    for token in set(_UUID.findall(value)):
        yield token.replace("-", "")
    for token in {one for one in _TOKEN.findall(value) if any(map(str.isdigit, one))}:
        yield bytes.fromhex(token) if re.fullmatch("(?:[0-9a-f]{2}){16,}", token) else token


def _dashed(digits: str) -> str:
    return "-".join(
        digits[start:stop] for start, stop in ((0, 8), (8, 12), (12, 16), (16, 20), (20, 32))
    )
