"""A PostgreSQL cluster of a test's own, which other machines may reach; as root."""

from __future__ import annotations

import secrets
import shutil
import subprocess
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from tests.support import markers
from tests.support.environment import postgres_bin
from tests.support.ports import free_port

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_USER = "postgres"


@dataclass(frozen=True)
class Cluster:
    """A running server."""

    port: int
    password: str

    def url(self, address: str = "127.0.0.1", database: str = "postgres") -> str:
        """URL of a database by one of the server's addresses."""
        return f"postgresql+psycopg://bilum:{self.password}@{address}:{self.port}/{database}"


@contextmanager
def running_cluster(addresses: Sequence[str]) -> Iterator[Cluster]:
    """Run a server on loopback and on `addresses`, each with the /30 that it is in.

    Its data is flushed to no disk, and removed at the end.
    """
    markers.require("namespaces")
    folder = Path(tempfile.mkdtemp(prefix="bilum-cluster-"))
    cluster = Cluster(free_port(), secrets.token_hex(16))
    data = folder / "data"
    try:
        shutil.chown(folder, _USER)
        _init(folder, data, cluster.password)
        with (data / "pg_hba.conf").open("a", encoding="ascii") as hba:
            hba.writelines(f"host all all {address}/30 scram-sha-256\n" for address in addresses)
        options = (
            f"-h {','.join(['127.0.0.1', *addresses])} -p {cluster.port} -k {folder} "
            "-c fsync=off -c synchronous_commit=off"
        )
        _run("pg_ctl", f"--pgdata={data}", f"--log={folder}/log", "-w", "start", "-o", options)
        try:
            yield cluster
        finally:
            _run("pg_ctl", f"--pgdata={data}", "--mode=immediate", "-w", "stop")
    finally:
        shutil.rmtree(folder)


def _init(folder: Path, data: Path, password: str) -> None:
    secret = folder / "password"
    secret.write_text(password, encoding="ascii")
    shutil.chown(secret, _USER)
    _run(
        "initdb",
        f"--pgdata={data}",
        "--username=bilum",
        "--encoding=UTF8",
        "--locale=C.UTF-8",
        "--auth=scram-sha-256",
        f"--pwfile={secret}",
        "--no-sync",
    )


def _run(program: str, *arguments: str) -> None:
    # Not captured: the server would keep the pipe open.
    with tempfile.TemporaryFile() as told:
        done = subprocess.run(
            [postgres_bin() / program, *arguments],
            cwd="/",
            user=_USER,
            group=_USER,
            extra_groups=[],
            stdout=told,
            stderr=told,
            check=False,
        )
        if done.returncode:
            told.seek(0)
            raise RuntimeError(f"{program}: {told.read().decode(errors='replace')}")
