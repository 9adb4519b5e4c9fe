"""Backup and restore: one tar file with the database and, where there is one, the embedded chain.

The database is copied before the chain: what is recorded between the two, the recorder reads back
from the chain, without its content if that came later still. A chain older than its database would
lack records that are final in it, and nothing could ever be recorded again. The right to send is
in no backup, so what is restored from one sends nothing until it is told to. A backup is encrypted
to the keys of those who may restore it (see `sealing`). Keys of the program are in it on request.
"""

import io
import json
import os
import shutil
import sqlite3
import subprocess
import tarfile
import tempfile
import zlib
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

from sqlalchemy import URL
from sqlalchemy.exc import OperationalError

from services.core.errors import (
    DatabaseUnreachable,
    NoPostgresTools,
    NotABackup,
    NotEmpty,
    NotInPlace,
)
from services.core.settings import Settings
from services.maintenance.sealing import is_sealed, seal, unseal
from services.storage.database import DATA_KEY, Database, holds_anything
from services.storage.engine import make_engine, read_url, sqlite_file
from services.storage.models import SendingRight

FORMAT = {"format": "bilum-backup", "version": 1}
SIGNER_KEYS = ("signer.json", "signer.password")
KEYS = (DATA_KEY, *SIGNER_KEYS)
_SIDE_FILES = ("-wal", "-shm", "-journal")
_MANIFEST, _CHAIN, _SQLITE, _POSTGRES = "manifest.json", "chain.db", "bilum.db", "bilum.pgdump"

_RIGHT = SendingRight.__tablename__

_INSTALLED = Path("/usr/lib/postgresql")
_PATH = "/usr/local/bin:/usr/bin:/bin"


class BackupOptions(NamedTuple):
    """Readers and contents of a backup.

    `recipients` are public keys of age; None: it is not encrypted. `keys`: the key files are in it.
    """

    recipients: Sequence[str] | None
    keys: bool = False


def back_up(
    settings: Settings, database: Database, target: Path, options: BackupOptions
) -> list[str]:
    """Write a backup, and return the names of what is in it; the server may go on meanwhile.

    Raises:
        NoRecipient: it is to be encrypted, and no right key is named.
        NotInPlace: `target` cannot be written.
        NoPostgresTools: `pg_dump` is missing or failed.
        DatabaseUnreachable: a file cannot be copied.
    """
    try:
        with tempfile.TemporaryDirectory(dir=target.absolute().parent) as folder:
            whole, sealed = Path(folder) / "whole.tar.gz", Path(folder) / "sealed"
            if options.recipients is not None:
                # A wrong key is told before hours of copying.
                seal(Path(os.devnull), sealed, options.recipients)
            parts = list(_parts(settings, database, Path(folder), keys=options.keys))
            _pack(whole, parts, database.revision())
            if options.recipients is not None:
                seal(whole, sealed, options.recipients)
                whole = sealed
            whole.chmod(0o600)
            whole.replace(target)
    except OSError as error:
        raise NotInPlace(f"{target} cannot be written: {error.strerror}") from error
    return [part.name for part in parts]


def restore(settings: Settings, source: Path, identity: Path | None = None) -> list[str]:
    """Put a backup into an empty data folder and database.

    `identity`: file with the private key that an encrypted one opens by.

    Raises:
        BackupSealed: it is encrypted, and the key is missing or another.
        NotABackup: the file is something else.
        NotEmpty: there is a database or chain already, or another key.
        NoPostgresTools: `pg_restore` is missing or failed.
    """
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        if is_sealed(source):
            opened = folder / "opened"
            unseal(source, opened, identity)
            source = opened
        names = _unpack(source, folder)
        database = sqlite_file(read_url(settings.database_url))
        if (_SQLITE if database else _POSTGRES) not in names:
            raise NotABackup("The backup is of the other kind of database: see BILUM_DATABASE_URL")
        targets = {name: settings.data_dir / name for name in names if name != _POSTGRES}
        if database:
            targets[_SQLITE] = database
        _refuse_existing(settings, targets, folder)
        if not database:
            load(settings.database_url, folder / _POSTGRES)
        for name, path in targets.items():
            _put(folder / name, path)
    return names


def missing_keys(settings: Settings) -> list[str]:
    """Return the names of the key files that `settings` need and the data folder lacks."""
    chain = settings.chain
    own = chain.url is None and chain.keystore is None and chain.embedded.exists()
    needed = [*([] if settings.data_key else [DATA_KEY]), *(SIGNER_KEYS if own else ())]
    return [name for name in needed if not (settings.data_dir / name).exists()]


def _parts(settings: Settings, database: Database, folder: Path, *, keys: bool) -> Iterator[Path]:
    if database.is_sqlite:
        yield _without_right(
            _copy_sqlite(Path(database.engine.url.database or ""), folder / _SQLITE)
        )
    else:
        yield dump(settings.database_url, folder / _POSTGRES)
    if settings.chain.url is None and settings.chain.embedded.exists():
        yield _copy_sqlite(settings.chain.embedded, folder / _CHAIN)
    for name in KEYS if keys else ():
        if (settings.data_dir / name).exists():
            yield Path(shutil.copy2(settings.data_dir / name, folder / name))


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
        connection.execute(f"DELETE FROM {_RIGHT}")  # noqa: S608 — the name is ours
    return copy


def _pack(whole: Path, parts: list[Path], revision: str | None) -> None:
    with tarfile.open(whole, "w:gz") as tar:
        manifest = json.dumps({**FORMAT, "revision": revision}).encode()
        entry = tarfile.TarInfo(_MANIFEST)
        entry.size = len(manifest)
        tar.addfile(entry, io.BytesIO(manifest))
        for part in parts:
            tar.add(part, part.name)


def _put(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    shutil.copyfile(source, target)
    target.chmod(0o600)


def _unpack(source: Path, folder: Path) -> list[str]:
    # By hand: Debian 12's Python 3.11.2 has no `extractall(filter=...)`, and only files whose
    # names are known may come out.
    known = {_MANIFEST, _CHAIN, _SQLITE, _POSTGRES, *KEYS}
    try:
        with tarfile.open(source, "r:gz") as tar:
            parts = tar.getmembers()
            for part in parts:
                content = tar.extractfile(part) if part.name in known else None
                if content is None:
                    raise NotABackup(f"{source.name} is not a backup that this version reads")
                with content, (folder / part.name).open("wb") as target:
                    shutil.copyfileobj(content, target)
        manifest = json.loads((folder / _MANIFEST).read_text(encoding="utf-8"))
    except (OSError, EOFError, zlib.error, tarfile.TarError, ValueError) as error:
        raise NotABackup(f"{source.name} is not a backup of bilum") from error
    if not isinstance(manifest, dict) or not FORMAT.items() <= manifest.items():
        raise NotABackup(f"{source.name} is not a backup that this version reads")
    return [part.name for part in parts if part.name != _MANIFEST]


def _refuse_existing(settings: Settings, targets: dict[str, Path], folder: Path) -> None:
    """Refuse to overwrite; a key that is here already and is the same one leaves `targets`."""
    files = {path for name, path in targets.items() if name not in KEYS}
    if settings.chain.url is None:
        files.add(settings.chain.embedded)
    # SQLite would replay an old log onto the new file.
    beside = {path.with_name(path.name + end) for path in files for end in _SIDE_FILES}
    there = [str(path) for path in sorted(files | beside) if path.exists()]
    for name in KEYS:
        if name in targets and targets[name].exists():
            path = targets.pop(name)
            if path.read_bytes() != (folder / name).read_bytes():
                there.append(f"{path}, which is another key")
    if there:
        raise NotEmpty(f"A restore would overwrite {', '.join(there)}: move it away first")
    if _SQLITE not in targets and holds_anything(settings.database_url):
        raise NotEmpty("The database holds tables already: restore into an empty one")


def dump(database_url: str, target: Path) -> Path:
    """Write the database to `target`, in the custom format, without its right to send.

    Raises:
        NoPostgresTools: `pg_dump` is missing or failed.
    """
    options = ["--format=custom", f"--exclude-table-data={_RIGHT}", f"--file={target}"]
    _run("pg_dump", database_url, options)
    return target


def load(database_url: str, source: Path) -> None:
    """Fill an empty database with what `dump` wrote: whole, or not at all.

    Raises:
        NoPostgresTools: `pg_restore` is missing or failed.
    """
    options = ["--single-transaction", "--exit-on-error", "--no-owner", "--no-privileges"]
    _run("pg_restore", database_url, [*options, str(source)])


def _run(program: str, database_url: str, options: list[str]) -> None:
    url = read_url(database_url)
    # The password goes by the environment: others may read a program's arguments.
    target = URL.create(
        "postgresql", url.username, None, url.host, url.port, url.database, url.query
    ).render_as_string(hide_password=False)
    environment = {"PATH": _PATH} | ({"PGPASSWORD": url.password} if url.password else {})
    try:
        subprocess.run(  # noqa: S603 — the program is PostgreSQL's own, the arguments are ours
            [_find(program, _server_version(database_url)), f"--dbname={target}", *options],
            check=True,
            capture_output=True,
            text=True,
            errors="replace",
            env=environment,
        )
    except subprocess.CalledProcessError as error:
        said = (error.stderr.strip().splitlines() or [f"status {error.returncode}"])[-1]
        # The program's message may quote the address, with its password.
        raise NoPostgresTools(f"{program} failed: {said.replace(target, '…')}") from error


def _find(program: str, server: int) -> str:
    """Find the one of the server's version, or the next newer one.

    An older one refuses; a newer `pg_restore` sets what an older server does not know.
    """
    folders = sorted(_INSTALLED.glob("*/bin"), key=_version)
    fitting = [folder for folder in folders if _version(folder) >= server]
    found = shutil.which(program, path=":".join(map(str, fitting))) or shutil.which(program)
    if found is None:
        raise NoPostgresTools(f"{program} is not installed: apt-get install postgresql-client")
    return found


def _server_version(database_url: str) -> int:
    """Return the server's major version; 0 where it does not answer: its program tells why."""
    engine = make_engine(database_url)
    try:
        with engine.connect() as connection:
            number = connection.exec_driver_sql("SHOW server_version_num").scalar_one()
            return int(number) // 10_000
    except OperationalError:
        return 0
    finally:
        engine.dispose()


def _version(folder: Path) -> int:
    name = folder.parent.name
    return int(name) if name.isdecimal() else 0
