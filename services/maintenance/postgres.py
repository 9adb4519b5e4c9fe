"""PostgreSQL's own programs, which alone copy a database whole."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

from sqlalchemy import URL

from services.maintenance.errors import NoPostgresTools
from services.storage.engine import read_url

_INSTALLED = Path("/usr/lib/postgresql")
_PATH = "/usr/local/bin:/usr/bin:/bin"


def dump(database_url: str, target: Path) -> Path:
    """Write the database to `target`, in the custom format.

    Raises:
        NoPostgresTools: `pg_dump` is missing or failed.
    """
    _run("pg_dump", database_url, ["--format=custom", f"--file={target}"])
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
            [_find(program), f"--dbname={target}", *options],
            check=True,
            capture_output=True,
            text=True,
            errors="replace",
            env=environment,
        )
    except subprocess.CalledProcessError as error:
        said = (error.stderr.strip().splitlines() or [f"status {error.returncode}"])[-1]
        # It may quote the address that it was given.
        raise NoPostgresTools(f"{program} failed: {said.replace(target, '…')}") from error


def _find(program: str) -> str:
    """Find the newest: one of an older version than the server's refuses."""
    versions = sorted(_INSTALLED.glob("*/bin"), key=_version, reverse=True)
    found = shutil.which(program, path=":".join(map(str, versions))) or shutil.which(program)
    if found is None:
        raise NoPostgresTools(f"{program} is not installed: apt-get install postgresql-client")
    return found


def _version(folder: Path) -> int:
    name = folder.parent.name
    return int(name) if name.isdecimal() else 0
