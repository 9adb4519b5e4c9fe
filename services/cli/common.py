"""Helpers of the commands: forms of options, the open program, named parties, tables."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from uuid import UUID

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text
from sqlalchemy import select
from sqlalchemy.orm import Session

from services.core.errors import NotFound
from services.core.settings import Settings
from services.runtime.container import Runtime
from services.storage.key_check import require_own_key
from services.storage.models import Party
from services.storage.read_log import ReadSubject, owner_of
from services.storage.vault import Vault
from sms.numbers import normalise

FOUND = 1
"""Exit status of a command whose check found something."""

FILE = click.Path(dir_okay=False, path_type=Path)
EXISTING_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
DAY = click.DateTime(["%Y-%m-%d"])
INSTANT = click.DateTime(["%Y-%m-%dT%H:%M:%S%z", "%Y-%m-%dT%H:%M:%S.%f%z"])
LIMIT = click.option("--limit", default=50, show_default=True, type=click.IntRange(1, 1000))

# Progress goes to standard error, so that standard output is the result alone.
screen = Console(stderr=True, soft_wrap=True)


@contextmanager
def opened(*, signs: bool = True) -> Iterator[Runtime]:
    """Open the program on the environment's settings, its schema checked.

    `signs`: whether this process may hold the recorder's key.

    Raises:
        SettingsError, SchemaBehind, DatabaseUnreachable.
    """
    runtime = Runtime.open(Settings.from_env(signs=signs))
    try:
        runtime.database.require_schema()
        yield runtime
    finally:
        runtime.close()


@contextmanager
def ready(*, signs: bool = True) -> Iterator[Runtime]:
    """Open the program, with the key without which no message could be kept.

    Raises:
        WrongDataKey: it is missing, or another database's: what it seals, nobody else could read.
    """
    with opened(signs=signs) as runtime:
        runtime.database.vault.require_key()
        with runtime.database.read() as session:
            require_own_key(session)
        yield runtime


@contextmanager
def progress_bar() -> Iterator[Progress]:
    """Show progress on a terminal; elsewhere nothing."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, TimeElapsedColumn(), console=screen) as bar:
        yield bar


def make_table(headings: Iterable[str], rows: Iterable[Sequence[object]] = ()) -> Table:
    """Make a table of any values: of times the minute, UTC; of None an empty cell."""
    table = Table(*headings)
    for row in rows:
        add_row(table, *row)
    return table


def add_row(table: Table, *values: object) -> None:
    """Add a row of any values to a table."""
    table.add_row(*(Text(_cell(value)) for value in values))


def _cell(value: object) -> str:
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M}Z"
    return "" if value is None else str(value)


def print_table(headings: Iterable[str], rows: Iterable[Sequence[object]]) -> None:
    """Print rows below their headings."""
    Console().print(make_table(headings, rows))


def plain(text: str) -> str:
    """Keep what a terminal prints: a stranger or a carrier wrote it."""
    return "".join(letter if letter.isprintable() else " " for letter in text)


def read_party(session: Session, vault: Vault, whose: str) -> ReadSubject:
    """Return whose record is meant.

    Raises:
        NotFound: no party has the id.
        NumberError: neither an id nor a phone number.
    """
    try:
        public_id = UUID(whose)
    except ValueError:
        indexes = vault.indexes(normalise(whose))
        owner = owner_of(session, indexes.ordinary)
        return ReadSubject(owner, indexes.ordinary, health_index=indexes.health)
    found = session.scalar(select(Party.id).where(Party.public_id == public_id))
    if found is None:
        raise NotFound(f"There is no party {whose}")
    return ReadSubject(found)


def public_ids(session: Session, parties: Iterable[int | None]) -> dict[int | None, str]:
    """Return the public ids of some parties, by their keys."""
    wanted = select(Party.id, Party.public_id).where(Party.id.in_(set(parties)))
    return {row.id: str(row.public_id) for row in session.execute(wanted)}


def find_party(session: Session, vault: Vault, whose: str) -> Party:
    """Return the party of an id or a phone number.

    Raises:
        NotFound: nobody has it.
        NumberError: neither an id nor a phone number.
    """
    key = read_party(session, vault, whose).party_id
    if key is None:
        raise NotFound("Nobody has this phone number: give the person a role by `bilum party add`")
    return session.get_one(Party, key)
