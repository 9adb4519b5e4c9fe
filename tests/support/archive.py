"""A PostgreSQL cluster with an archive of every change, by the settings of deploy/pgbackrest."""

from __future__ import annotations

import re
import secrets
import shutil
import subprocess
import tempfile
import time
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from tests.support import markers
from tests.support.environment import program
from tests.support.paths import ROOT
from tests.support.ports import free_port

if TYPE_CHECKING:
    from collections.abc import Iterator

_USER = "postgres"
BIN = Path("/usr/lib/postgresql/17/bin")
COMMAND = ROOT / "deploy" / "pgbackrest" / "bilum-restore-to"
EXAMPLE = ROOT / "deploy" / "pgbackrest" / "pgbackrest.conf"


@dataclass(frozen=True)
class Archive:
    """A server in a folder, and its archive beside it."""

    folder: Path
    port: int
    password: str

    @property
    def data(self) -> Path:
        return self.folder / "data"

    @property
    def url(self) -> str:
        return f"postgresql+psycopg://bilum:{self.password}@127.0.0.1:{self.port}/postgres"

    def start(self) -> None:
        self.run(BIN / "pg_ctl", f"--pgdata={self.data}", f"--log={self.folder}/log", "-w", "start")

    def stop(self) -> None:
        self.run(BIN / "pg_ctl", f"--pgdata={self.data}", "--mode=fast", "-w", "stop")

    def pgbackrest(self, *arguments: str) -> None:
        self.run(program("pgbackrest"), "--stanza=bilum", *arguments)

    def back_up(self) -> None:
        """Make a full backup. Moments of its last second are before its end."""
        self.pgbackrest("--type=full", "backup")
        time.sleep(1.1)

    def settle(self) -> None:
        """Return when every change until now is in the archive."""
        self.pgbackrest("check")

    def restore_to(self, moment: str, folder: Path) -> subprocess.CompletedProcess[str]:
        """Run the command of the guide to its end."""
        return self.run(self.command, moment, folder, check=False)

    @property
    def command(self) -> Path:
        """The command, where the database's user may read it."""
        return self.folder / COMMAND.name

    def take(self, restored: Path) -> None:
        """Put a restored folder in the old one's place, as the guide says."""
        self.stop()
        self.data.rename(self.folder / f"before-{secrets.token_hex(4)}")
        restored.rename(self.data)
        self.start()

    def run(self, *command: object, check: bool = True) -> subprocess.CompletedProcess[str]:
        # Not captured by a pipe: a server would keep it open.
        with tempfile.TemporaryFile("w+") as told:
            done = subprocess.run(
                [*map(str, command)], stdout=told, stderr=told, check=False, **self.as_user()
            )
            told.seek(0)
            ended = subprocess.CompletedProcess(command, done.returncode, told.read())
        if check and ended.returncode:
            raise RuntimeError(f"{command}: {ended.stdout}")
        return ended

    def as_user(self) -> dict[str, object]:
        """Return how a program is started as the database's user."""
        environment = {
            "PATH": "/usr/local/bin:/usr/bin:/bin",
            "PGBACKREST_CONFIG": str(self.folder / "pgbackrest.conf"),
            "BILUM_POSTGRES_BIN": str(BIN),
        }
        return {"cwd": "/", "user": _USER, "group": _USER, "extra_groups": [], "env": environment}


@contextmanager
def archived_cluster() -> Iterator[Archive]:
    """Run a server that archives; with its stanza, and no backup yet."""
    markers.require("pgbackrest")
    folder = Path(tempfile.mkdtemp(prefix="bilum-archive-"))
    archive = Archive(folder, free_port(), secrets.token_hex(16))
    try:
        _prepare(archive)
        archive.start()
        archive.pgbackrest("stanza-create")
        try:
            yield archive
        finally:
            if (archive.data / "postmaster.pid").exists():
                archive.stop()
    finally:
        shutil.rmtree(folder)


def _prepare(archive: Archive) -> None:
    folder = archive.folder
    for name in ("repository", "logs", "spool", "lock"):
        (folder / name).mkdir()
    shutil.copy(COMMAND, archive.command)
    told = EXAMPLE.read_text(encoding="utf-8")
    for line, path in (
        ("repo1-path", folder / "repository"),
        ("lock-path", folder / "lock"),
        ("pg1-path", archive.data),
        ("repo1-cipher-pass", secrets.token_hex(32)),
    ):
        told, found = re.subn(rf"^{line}=.*$", f"{line}={path}", told, flags=re.MULTILINE)
        assert found == 1, line
    told = told.replace("[bilum]", f"log-path={folder}/logs\nspool-path={folder}/spool\n\n[bilum]")
    told += f"pg1-port={archive.port}\npg1-socket-path={folder}\npg1-user=bilum\n"
    (folder / "pgbackrest.conf").write_text(told, encoding="utf-8")
    (folder / "password").write_text(archive.password, encoding="ascii")
    for path in (folder, *folder.iterdir()):
        shutil.chown(path, _USER, _USER)
    archive.run(
        *(BIN / "initdb", f"--pgdata={archive.data}", "--username=bilum", "--encoding=UTF8"),
        *("--locale=C.UTF-8", "--auth-host=scram-sha-256", "--auth-local=trust", "--no-sync"),
        f"--pwfile={folder}/password",
    )
    with (archive.data / "postgresql.conf").open("a", encoding="utf-8") as settings:
        settings.write(
            f"listen_addresses = '127.0.0.1'\nport = {archive.port}\n"
            f"unix_socket_directories = '{folder}'\n" + _wanted()
        )


def _wanted() -> str:
    """Return the settings of PostgreSQL that the example asks for."""
    told = EXAMPLE.read_text(encoding="utf-8")
    found = re.findall(r"^#   (archive_\w+ = .*)$", told, re.MULTILINE)
    assert len(found) == 3
    return "\n".join(found) + "\n"


def kill(process: subprocess.Popen[bytes]) -> None:
    """Kill a command alone; what it started goes on."""
    process.kill()
    process.wait()
