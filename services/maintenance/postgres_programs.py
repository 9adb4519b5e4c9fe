"""PostgreSQL's own programs: a database written to a file, and filled from one."""

import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

from sqlalchemy import URL, inspect
from sqlalchemy.exc import OperationalError

from services.core.errors import NoPostgresTools
from services.storage.database import Database, reachable
from services.storage.engine import make_engine, may_idle, read_url
from services.storage.models import SendingRight

RIGHT_TABLE = SendingRight.__tablename__
"""Table of the right to send, whose rows are in no backup."""

_WITH_ZSTD = 16
_INSTALLED = Path("/usr/lib/postgresql")
_PATH = "/usr/local/bin:/usr/bin:/bin"


def dump(database_url: str, target: Path, snapshot: str | None = None) -> Path:
    """Write the database to `target`, in the custom format, without its right to send.

    `snapshot`: name of the state of the database that another transaction keeps open.

    Raises:
        NoPostgresTools: `pg_dump` is missing or failed.
    """
    program = _find("pg_dump", _server_version(database_url))
    # Of a country it takes a quarter of the time that pg_dump's own way takes, and less space.
    best = "zstd:1" if _version(program.parent) >= _WITH_ZSTD else "1"
    options = ["--format=custom", f"--compress={best}", f"--exclude-table-data={RIGHT_TABLE}"]
    at = [f"--snapshot={snapshot}"] if snapshot else []
    _run(program, database_url, [*options, *at, f"--file={target}"])
    return target


def dump_counted(database: Database, database_url: str, target: Path) -> Mapping[str, int]:
    """Write the database to `target`; return how many rows each table has in that very state.

    Raises:
        NoPostgresTools: see `dump`.
        DatabaseUnreachable: the rows cannot be counted.
    """
    connection = database.engine.connect().execution_options(isolation_level="REPEATABLE READ")
    try:
        with reachable():
            may_idle(connection)
            snapshot = connection.exec_driver_sql("SELECT pg_export_snapshot()").scalar_one()
            rows = {
                table: connection.exec_driver_sql(f'SELECT count(*) FROM "{table}"').scalar_one()  # noqa: S608 — names of our own tables
                for table in inspect(connection).get_table_names()
                if table != RIGHT_TABLE
            }
        dump(database_url, target, snapshot)
    finally:
        # A proxy may have cut it meanwhile: pg_dump holds the state by itself, nothing is lost.
        connection.invalidate()
        connection.close()
    return rows


def load(database_url: str, source: Path) -> None:
    """Fill an empty database with what `dump` wrote: whole, or not at all.

    Raises:
        NoPostgresTools: `pg_restore` is missing or failed.
    """
    options = ["--single-transaction", "--exit-on-error", "--no-owner", "--no-privileges"]
    program = _find("pg_restore", _server_version(database_url))
    _run(program, database_url, [*options, str(source)])


def _run(program: Path, database_url: str, options: list[str]) -> None:
    url = read_url(database_url)
    # The password goes by the environment: others may read a program's arguments.
    target = URL.create(
        "postgresql", url.username, None, url.host, url.port, url.database, url.query
    ).render_as_string(hide_password=False)
    environment = {"PATH": _PATH} | ({"PGPASSWORD": url.password} if url.password else {})
    try:
        subprocess.run(  # noqa: S603 — the program is PostgreSQL's own, the arguments are ours
            [program, f"--dbname={target}", *options],
            check=True,
            capture_output=True,
            text=True,
            errors="replace",
            env=environment,
        )
    except subprocess.CalledProcessError as error:
        said = (error.stderr.strip().splitlines() or [f"status {error.returncode}"])[-1]
        # The program's message may quote the address, with its password.
        raise NoPostgresTools(f"{program.name} failed: {said.replace(target, '…')}") from error


def _find(program: str, server: int) -> Path:
    """Find the one of the server's version, or the next newer one.

    An older one refuses; a newer `pg_restore` sets what an older server does not know.
    """
    folders = sorted(_INSTALLED.glob("*/bin"), key=_version)
    fitting = [folder for folder in folders if _version(folder) >= server]
    found = shutil.which(program, path=":".join(map(str, fitting))) or shutil.which(program)
    if found is None:
        raise NoPostgresTools(f"{program} is not installed: apt-get install postgresql-client")
    return Path(found)


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
