"""Every sealed value and every keyed digest of the database, brought under other keys.

Rows change in chunks, each in one transaction. A sealed value shows its own key; for digests, a
counter in the same transaction holds how far the run came.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from sqlalchemy import (
    Column,
    ColumnElement,
    LargeBinary,
    Select,
    Table,
    bindparam,
    func,
    literal,
    or_,
    select,
    tuple_,
    type_coerce,
    update,
)
from sqlalchemy.orm import Session

from services.core.errors import WrongDataKey
from services.storage.bulk import upsert
from services.storage.database import Database, reachable
from services.storage.models import Base, Counter
from services.storage.vault import DIGEST_BYTES, HEADER_BYTES, SealedValue, Vault, wrap

Columns = Sequence[Column[Any]]
Key = tuple[Any, ...]

CHUNK_ROWS = 500
# Columns of values that the vault's `index` and `digest` make.
KEYED: tuple[Column[Any], ...] = tuple(
    Base.metadata.tables[table].c[column]
    for table, column in (
        ("contact", "number_index"),
        ("message", "recipient_index"),
        ("consent", "number_index"),
        ("village_phone", "number_index"),
        ("village_binding", "number_index"),
        ("access", "number_index"),
        ("long_text", "number_index"),
        ("answer_count", "digest"),
        ("envelope", "content_digest"),
        ("envelope_conflict", "content_digest"),
        ("claim", "code_digest"),
        ("ussd_session", "number_index"),
        ("person_import", "digest"),
    )
)
# Columns of values that the vault's `link` and `health_index` make.
LINKED: tuple[Column[Any], ...] = tuple(
    Base.metadata.tables[table].c[column]
    for table, column in (
        ("person", "link"),
        # Rows of both domains, which the length of the index tells apart.
        ("message", "recipient_index"),
        ("consent", "number_index"),
        ("access", "number_index"),
        ("subscription", "number_index"),
        ("asking", "number_index"),
        ("answer_count", "number_index"),
        ("person_import_row", "number_index"),
    )
)
_PASSES = 5


class Resealed(NamedTuple):
    """Result of sealing a database anew.

    Attributes:
        rows: how many were sealed anew.
        left: how many could not be.
        shut: table and key of each row of which a value does not open: it stays as it was.
    """

    rows: int
    left: int
    shut: tuple[str, ...]


def sealed_columns() -> dict[Table, Columns]:
    """Return the sealed columns of every table that has any, as the metadata tells them."""
    found = {
        table: [column for column in table.columns if isinstance(column.type, SealedValue)]
        for table in Base.metadata.sorted_tables
    }
    return {table: columns for table, columns in found.items() if columns}


def seal_anew(database: Database, vault: Vault, tell: Callable[[int], object]) -> Resealed:
    """Seal everything under a vault's newest key that is under another.

    Rows that other transactions hold are passed over, and tried again after all others. A value
    that does not open is kept: it may be damaged, and must hinder nothing else.
    """
    done = left = 0
    shut = defaultdict[str, set[Key]](set)
    for _ in range(_PASSES):
        shut.clear()
        for table, columns in sealed_columns().items():
            for rows in _pass(database, vault, columns, shut[table.name]):
                done += rows
                tell(rows)
        left = _count_stale(database, vault, shut)
        if not left:
            break
    names = [_name(table, key) for table in sorted(shut) for key in sorted(shut[table])]
    return Resealed(done, left, tuple(names))


def _name(table: str, key: Key) -> str:
    """Name a row: its table, and its key, which is a number or a digest."""
    parts = (one.hex() if isinstance(one, bytes) else str(one) for one in key)
    return f"{table} {'/'.join(parts)}"


def wrap_all(database: Database, indexes: Sequence[bytes], links: Sequence[bytes]) -> int:
    """Wrap every keyed digest and link under the newest key of its kind; return how many.

    The newest key stands first. All are wrapped at once, or none; none where all were.

    Raises:
        WrongDataKey: what is here went through other keys.
    """
    with database.write(exclusive=False) as session:
        return sum(
            _wrap(session, column, keys[0], columns)
            for name, keys, columns in (
                ("index keys", indexes, KEYED),
                ("link keys", links, LINKED),
            )
            if _count_up(session, name, len(keys))
            for column in columns
        )


def _count_up(session: Session, name: str, keys: int) -> bool:
    """Note how many keys what is here goes through; return whether the newest is still to come."""
    found = session.scalar(select(Counter.value).where(Counter.name == name))
    if found == keys:
        return False
    if found not in {None, keys - 1}:
        raise WrongDataKey("The data key and the database are not of the same backup")
    counter = upsert(session, Counter).values(name=name, value=keys)
    session.execute(
        counter.on_conflict_do_update(
            index_elements=["name"], set_={"value": counter.excluded.value}
        )
    )
    return True


def forget_old_rows(database: Database) -> None:
    """Write the files anew: what was overwritten lies in them until then, under the old keys."""
    tables = {*sealed_columns(), *(column.table for column in (*KEYED, *LINKED))}
    autocommit = database.engine.execution_options(isolation_level="AUTOCOMMIT")
    with reachable(), autocommit.connect() as connection:
        if database.is_sqlite:
            # Our engine begins a transaction at each connection, and VACUUM works in none.
            for statement in ("COMMIT", "VACUUM", "PRAGMA wal_checkpoint(TRUNCATE)"):
                connection.exec_driver_sql(statement)
        else:
            for table in tables:
                connection.exec_driver_sql(f"VACUUM FULL {table.name}")


def _pass(database: Database, vault: Vault, columns: Columns, shut: set[Key]) -> Iterator[int]:
    """Seal a table's rows anew; yield how many after each transaction.

    Args:
        shut: gets the key of each row of which a value does not open.
    """

    def fresh(key: Key, values: Key) -> Key:
        found = list(values)
        for place, sealed in enumerate(values):
            if sealed is not None and not sealed.startswith(vault.header):
                try:
                    found[place] = vault.seal(vault.open(sealed))
                except WrongDataKey:
                    shut.add(key)
        return tuple(found)

    # Skip rows that others hold: waiting for them in another order could deadlock.
    wanted = _rows(columns, _stale(vault, columns)).with_for_update(skip_locked=True)
    last: Key | None = ()
    while last is not None:
        with database.write(exclusive=False) as session:
            done, last = _change(session, columns, _after(columns, wanted, last), fresh)
        yield done


def _wrap(session: Session, column: Column[Any], key: bytes, columns: Columns) -> int:
    of_health = columns is LINKED and column.name.endswith("_index")
    # What was emptied when its person was forgotten stays empty.
    wanted = _rows([column], func.length(_raw(column)) == DIGEST_BYTES + of_health)

    def change(_row: Key, values: Key) -> Key:
        (digest,) = values
        return (digest[:-DIGEST_BYTES] + wrap(key, digest[-DIGEST_BYTES:]),)

    total = 0
    last: Key | None = ()
    while last is not None:
        some = _after([column], wanted, last)
        done, last = _change(session, [column], some, change)
        total += done
    return total


def _rows(columns: Columns, where: ColumnElement[bool]) -> Select[Any]:
    """Return a query of rows in the order of their keys: the key, then the columns as stored."""
    keys = _keys(columns)
    return select(*keys, *map(_raw, columns)).where(where).order_by(*keys).limit(CHUNK_ROWS)


def _after(columns: Columns, wanted: Select[Any], last: Key) -> Select[Any]:
    return wanted.where(tuple_(*_keys(columns)) > tuple_(*last)) if last else wanted


def _change(
    session: Session, columns: Columns, wanted: Select[Any], change: Callable[[Key, Key], Key]
) -> tuple[int, Key | None]:
    """Change what the columns hold; return how many rows, and the last one's key if more follow.

    Args:
        change: returns what the columns of a row hold from now on, by its key and what they hold.
    """
    keys = _keys(columns)
    rows = [(tuple(row[: len(keys)]), tuple(row[len(keys) :])) for row in session.execute(wanted)]
    changed = [(key, new) for key, old in rows if (new := change(key, old)) != old]
    if changed:
        _write(session, columns, changed)
    return len(changed), rows[-1][0] if len(rows) == CHUNK_ROWS else None


def _write(session: Session, columns: Columns, rows: Sequence[tuple[Key, Key]]) -> None:
    keys = _keys(columns)
    fresh = {column: bindparam(f"new_{column.name}", type_=LargeBinary()) for column in columns}
    statement = update(columns[0].table).values({c.name: bound for c, bound in fresh.items()})
    for key in keys:
        statement = statement.where(key == bindparam(f"key_{key.name}", type_=key.type))
    names = [f"key_{key.name}" for key in keys]
    news = [f"new_{column.name}" for column in columns]
    session.connection().execute(
        statement,
        [
            dict(zip(names, key, strict=True)) | dict(zip(news, values, strict=True))
            for key, values in rows
        ],
    )


def _stale(vault: Vault, columns: Columns) -> ColumnElement[bool]:
    begins = [func.substr(_raw(column), 1, HEADER_BYTES) for column in columns]
    return or_(*(begin != literal(vault.header, LargeBinary()) for begin in begins))


def _count_stale(database: Database, vault: Vault, shut: Mapping[str, set[Key]]) -> int:
    """Count the rows under other keys, but those of which a value does not open."""
    with database.read() as session:
        return sum(
            tuple(row) not in shut[table.name]
            for table, columns in sealed_columns().items()
            for row in session.execute(select(*_keys(columns)).where(_stale(vault, columns)))
        )


def _keys(columns: Columns) -> Columns:
    return tuple(columns[0].table.primary_key)


def _raw(column: Column[Any]) -> ColumnElement[bytes]:
    """Return a column as it is stored: nothing opens it on the way."""
    return type_coerce(column, LargeBinary())
