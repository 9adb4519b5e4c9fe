"""Backup and restore: one tar file with the database and, where there is one, the embedded chain.

The database is copied before the chain: what is recorded between the two, the recorder reads back
from the chain, without its content if that came later still. A chain older than its database would
lack records that are final in it, and nothing could ever be recorded again. A restore puts the
embedded chain back only where the old one is gone: what was recorded after the backup is void then.
The right to send is in no backup, so what is restored from one sends nothing until it is told to.
A backup is encrypted to the keys of those who may restore it (see `sealing`). Keys of the program
are in it on request.
"""

import os
import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from services.core.errors import (
    DatabaseUnreachable,
    NotABackup,
    NotEmpty,
    NotInPlace,
    RestoreUnfinished,
)
from services.core.settings import Settings
from services.maintenance import whole_files
from services.maintenance.archive import (
    CHAIN,
    KEYS,
    POSTGRES,
    SQLITE,
    BackupManifest,
    key_file,
    open_backup,
    pack,
)
from services.maintenance.postgres_programs import RIGHT_TABLE, dump_counted, load
from services.maintenance.program_keys import copy_keys, present_keys
from services.maintenance.restored_chain import continues
from services.maintenance.restoring import begin_restore, end_restore, is_unfinished
from services.maintenance.scratch import locked_folder, scratch_folder
from services.maintenance.sealing import seal
from services.storage.database import Database, holds_anything
from services.storage.engine import read_url, sqlite_file

_SIDE_FILES = ("-wal", "-shm", "-journal")


class BackupOptions(NamedTuple):
    """Readers and contents of a backup.

    `recipients` are public keys of age; None: it is not encrypted. `keys`: the key files are in it.
    """

    recipients: Sequence[str] | None
    keys: bool = False


class BackupSource(NamedTuple):
    """Installation that is backed up, and the time now."""

    settings: Settings
    database: Database
    now: datetime


def back_up(
    source: BackupSource,
    target: Path,
    options: BackupOptions,
    before: Callable[[Path], None] = lambda _whole: None,
) -> list[str]:
    """Write a backup, and return the names of what is in it; the server may go on meanwhile.

    Args:
        source: see there.
        target: is replaced whole or not at all.
        options: see there.
        before: called with the whole file before it has its name.

    Raises:
        NoRecipient: it is to be encrypted, and no right key is named.
        NotInPlace: `target` cannot be written, or a key that is to be in it is not here.
        NoPostgresTools: `pg_dump` is missing or failed.
        DatabaseUnreachable: a file cannot be copied.
    """
    settings, database, now = source
    try:
        with scratch_folder(target.absolute().parent) as folder:
            whole, sealed = folder / "whole.tar.gz", folder / "sealed"
            if options.recipients is not None:
                # A wrong key is told before hours of copying, and so is one that is not here.
                seal(Path(os.devnull), sealed, options.recipients)
            keys = copy_keys(settings, folder) if options.keys else []
            rows = _copy_database(settings, database, folder)
            parts = [*_database_part(folder), *_chain_part(settings, folder), *keys]
            pack(whole, parts, BackupManifest(database.revision(), now, rows))
            if options.recipients is not None:
                seal(whole, sealed, options.recipients)
                whole = sealed
            whole.chmod(0o600)
            before(whole)
            whole_files.move(whole, target)
    except OSError as error:
        raise NotInPlace(f"{target} cannot be written: {error.strerror}") from error
    return [part.name for part in parts]


def restore(settings: Settings, source: Path, identity: Path | None = None) -> list[str]:
    """Put a backup into an empty data folder and database; one that was killed goes on.

    An embedded chain that is still there, and continues the backup's, stays as it is: what was
    recorded since the backup holds, and the recorder reads it back, as from a node. Return the
    names of what was put in place. `identity`: file with the private key that an encrypted backup
    opens by.

    Raises:
        BackupSealed: it is encrypted, and the key is missing or another.
        NotABackup: the file is something else.
        NotEmpty: there is a database or chain already, or another key.
        RestoreUnfinished: another restore goes on here.
        NoPostgresTools: `pg_restore` is missing or failed.
        NotInPlace: a disk is full, of `TMPDIR` or of the data folder.
    """
    try:
        with scratch_folder() as folder:
            names = open_backup(source, identity, folder).names
            return _restore_parts(settings, source, names, folder)
    except OSError as error:
        where = error.filename or settings.data_dir
        raise NotInPlace(f"{where} cannot be written: {error.strerror}") from error


def _restore_parts(settings: Settings, source: Path, names: list[str], folder: Path) -> list[str]:
    database = sqlite_file(read_url(settings.database_url))
    if (SQLITE if database else POSTGRES) not in names:
        raise NotABackup("The backup is of the other kind of database: see BILUM_DATABASE_URL")
    if continues(settings.chain, folder / CHAIN):
        names.remove(CHAIN)
    targets = {name: key_file(settings.data_dir, name) for name in names if name != POSTGRES}
    if database:
        targets[SQLITE] = database
    settings.data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    busy = RestoreUnfinished(f"Another restore into {settings.data_dir} goes on")
    with locked_folder(settings.data_dir, busy):
        _put_in_place(settings, targets, folder, whole_files.digest_of(source))
    return names


def _put_in_place(settings: Settings, targets: dict[str, Path], folder: Path, digest: str) -> None:
    goes_on = is_unfinished(settings.data_dir, digest)
    _refuse_existing(settings, targets, folder, goes_on=goes_on)
    begin_restore(settings.data_dir, digest)
    # What a killed restore loaded is whole: it was one transaction.
    if SQLITE not in targets and not (goes_on and holds_anything(settings.database_url)):
        load(settings.database_url, folder / POSTGRES)
    for name, path in targets.items():
        whole_files.put(folder / name, path)
    end_restore(settings.data_dir)


def count_rows(file: Path) -> Mapping[str, int]:
    """Count the rows of each table of an SQLite file.

    Raises:
        sqlite3.Error: it is damaged.
    """
    query = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%'"
    with closing(sqlite3.connect(file)) as connection:
        tables = [name for (name,) in connection.execute(query) if name != RIGHT_TABLE]
        return {
            table: connection.execute(f'SELECT count(*) FROM "{table}"').fetchone()[0]  # noqa: S608 — names of our own tables
            for table in tables
        }


def _copy_database(settings: Settings, database: Database, folder: Path) -> Mapping[str, int]:
    """Copy the database into a folder; return how many rows each table of the copy has."""
    if not database.is_sqlite:
        return dump_counted(database, settings.database_url, folder / POSTGRES)
    file = _copy_sqlite(Path(database.engine.url.database or ""), folder / SQLITE)
    return count_rows(_without_right(file))


def _database_part(folder: Path) -> Iterator[Path]:
    yield from (folder / name for name in (SQLITE, POSTGRES) if (folder / name).exists())


def _chain_part(settings: Settings, folder: Path) -> Iterator[Path]:
    if settings.chain.url is None and settings.chain.embedded.exists():
        yield _copy_sqlite(settings.chain.embedded, folder / CHAIN)


def _copy_sqlite(source: Path, target: Path) -> Path:
    try:
        uri = f"{source.absolute().as_uri()}?mode=ro"
        with closing(sqlite3.connect(uri, uri=True)) as connection:
            connection.execute("VACUUM INTO ?", (str(target),))
    except sqlite3.Error as error:
        raise DatabaseUnreachable(f"{source} cannot be copied: {error}") from error
    return target


def _without_right(copy: Path) -> Path:
    with closing(sqlite3.connect(copy)) as connection, connection:
        connection.execute(f"DELETE FROM {RIGHT_TABLE}")  # noqa: S608 — the name is ours
    return copy


def _refuse_existing(
    settings: Settings, targets: dict[str, Path], folder: Path, *, goes_on: bool
) -> None:
    """Refuse to overwrite; a key that is here or in settings, the same one, leaves `targets`.

    `goes_on`: what a killed restore of the same backup put here may be put again.
    """
    files = {path for name, path in targets.items() if name not in KEYS}
    kept = CHAIN not in targets and (folder / CHAIN).exists()
    if settings.chain.url is None and not kept:
        files.add(settings.chain.embedded)
    # SQLite would replay an old log onto the new file.
    beside = {path.with_name(path.name + end) for path in files for end in _SIDE_FILES}
    own = set(targets.values()) if goes_on else set()
    there = [str(path) for path in sorted((files - own) | beside) if path.exists()]
    for name, key in present_keys(settings).items():
        if name in targets:
            path = targets.pop(name)
            # Of a setting the white space may differ.
            if (key.content or b"").split() != (folder / name).read_bytes().split():
                there.append(f"{key.where or path}, which is another key")
    if there:
        raise NotEmpty(f"A restore would overwrite {', '.join(there)}: move it away first")
    if SQLITE not in targets and not goes_on and holds_anything(settings.database_url):
        raise NotEmpty("The database holds tables already: restore into an empty one")
