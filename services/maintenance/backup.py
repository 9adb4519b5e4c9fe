"""Backup and restore: one tar file with the database and, where there is one, the embedded chain.

The chain is copied before the database: a copy of the chain that is older than the database's is
caught up by sending the same transactions again, while a newer one would hold records whose
content the database does not know. Keys are not in a backup unless asked for: whoever holds it
could read every number.
"""

from __future__ import annotations

import io
import json
import shutil
import sqlite3
import subprocess
import tarfile
import tempfile
import zlib
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import make_url

from services.maintenance.errors import NoPostgresTools, NotABackup, NotEmpty

if TYPE_CHECKING:
    from collections.abc import Iterator

    from services.config import Settings
    from services.storage.database import Database

FORMAT = {"format": "bilum-backup", "version": 1}
KEYS = ("data.key", "signer.json", "signer.password")
_MANIFEST, _CHAIN, _SQLITE, _POSTGRES = "manifest.json", "chain.db", "bilum.db", "bilum.pgdump"


def back_up(settings: Settings, database: Database, target: Path, *, keys: bool) -> list[str]:
    """Write a backup; the server may go on meanwhile.

    Returns:
        Names of what is in it.

    Raises:
        NoPostgresTools: `pg_dump` is missing or failed.
    """
    with tempfile.TemporaryDirectory(dir=target.absolute().parent) as folder:
        parts = list(_parts(settings, database, Path(folder), keys=keys))
        whole = Path(folder) / "whole.tar.gz"
        with tarfile.open(whole, "w:gz") as tar:
            manifest = json.dumps({**FORMAT, "revision": database.revision()}).encode()
            entry = tarfile.TarInfo(_MANIFEST)
            entry.size = len(manifest)
            tar.addfile(entry, io.BytesIO(manifest))
            for part in parts:
                tar.add(part, part.name)
        whole.chmod(0o600)
        whole.replace(target)
    return [part.name for part in parts]


def restore(settings: Settings, source: Path) -> list[str]:
    """Put a backup into an empty data folder and database.

    Raises:
        NotABackup: the file is something else.
        NotEmpty: there is a database or chain already.
        NoPostgresTools: `pg_restore` is missing or failed.
    """
    with tempfile.TemporaryDirectory() as folder:
        names = _unpack(source, Path(folder))
        url = make_url(settings.database_url)
        sqlite = url.get_backend_name() == "sqlite"
        if (_SQLITE if sqlite else _POSTGRES) not in names:
            raise NotABackup("The backup is of the other kind of database: see BILUM_DATABASE_URL")
        targets = {name: settings.data_dir / name for name in names if name != _POSTGRES}
        if sqlite:
            targets[_SQLITE] = Path(url.database or "")
        _refuse_existing(targets)
        if not sqlite:
            _run_postgres(
                "pg_restore", settings, ["--exit-on-error", "--dbname"], Path(folder, _POSTGRES)
            )
        for name, path in targets.items():
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            shutil.copyfile(Path(folder, name), path)
            path.chmod(0o600)
    return names


def _parts(settings: Settings, database: Database, folder: Path, *, keys: bool) -> Iterator[Path]:
    if settings.chain.url is None and settings.chain.embedded.exists():
        yield _copy_sqlite(settings.chain.embedded, folder / _CHAIN)
    if database.is_sqlite:
        yield _copy_sqlite(Path(database.engine.url.database or ""), folder / _SQLITE)
    else:
        dump = folder / _POSTGRES
        _run_postgres("pg_dump", settings, ["--format=custom", "--file", str(dump)], None)
        yield dump
    for name in KEYS if keys else ():
        if (settings.data_dir / name).exists():
            yield Path(shutil.copy2(settings.data_dir / name, folder / name))


def _copy_sqlite(source: Path, target: Path) -> Path:
    with closing(sqlite3.connect(f"file:{source}?mode=ro", uri=True)) as connection:
        connection.execute("VACUUM INTO ?", (str(target),))
    return target


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


def _refuse_existing(targets: dict[str, Path]) -> None:
    there = [str(path) for name, path in targets.items() if path.exists() and name not in KEYS]
    if there:
        raise NotEmpty(f"A restore would overwrite {', '.join(there)}: move it away first")
    for name in KEYS:
        # A key that is here already is the one that this machine was given: it stays.
        if name in targets and targets[name].exists():
            del targets[name]


def _run_postgres(program: str, settings: Settings, options: list[str], file: Path | None) -> None:
    url = make_url(settings.database_url)
    target = url.set(drivername="postgresql", password=None).render_as_string()
    ending = [target, str(file)] if file else [target]
    try:
        subprocess.run(  # noqa: S603 — the program is PostgreSQL's own, the arguments are ours
            [program, *options, *ending],
            check=True,
            capture_output=True,
            env={
                "PATH": "/usr/lib/postgresql/bin:/usr/local/bin:/usr/bin:/bin",
                "PGPASSWORD": str(url.password or ""),
            },
        )
    except FileNotFoundError as error:
        raise NoPostgresTools(
            f"{program} is not installed: apt-get install postgresql-client"
        ) from error
    except subprocess.CalledProcessError as error:
        raise NoPostgresTools(f"{program} failed with status {error.returncode}") from error
