"""Patroni, alone with one etcd, as the keeper of an archived cluster's server."""

from __future__ import annotations

import json
import shutil
import subprocess
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import yaml

from tests.support.archive import BIN, Archive
from tests.support.environment import program
from tests.support.ports import free_port

if TYPE_CHECKING:
    from collections.abc import Iterator

_SCOPE, _SECONDS = "bilum", 60


@dataclass(frozen=True)
class KeptArchive(Archive):
    """An archived server that Patroni starts and stops."""

    etcd: int
    running: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def start(self) -> None:
        command = [program("patroni"), self.folder / "patroni.yml"]
        with (self.folder / "patroni.log").open("ab") as log:
            self.running.append(subprocess.Popen(command, stdout=log, stderr=log, **self.as_user()))
        until = time.monotonic() + _SECONDS
        while not self._writes():
            if time.monotonic() > until:
                raise RuntimeError((self.folder / "patroni.log").read_text("utf-8"))
            time.sleep(0.2)

    def stop(self) -> None:
        while self.running:
            process = self.running.pop()
            process.terminate()
            process.wait(_SECONDS)

    def forget(self) -> None:
        """Remove what etcd knows of the cluster, as `patronictl remove` does."""
        self._etcdctl("del", "--prefix", f"/service/{_SCOPE}/")

    def _writes(self) -> bool:
        told = self._etcdctl("get", "--prefix", f"/service/{_SCOPE}/members/", "--print-value-only")
        members = [json.loads(line) for line in told.splitlines() if line]
        return any(
            one.get("role") in {"primary", "master"} and one.get("state") == "running"
            for one in members
        )

    def _etcdctl(self, *arguments: str) -> str:
        endpoint = f"--endpoints=http://127.0.0.1:{self.etcd}"
        return subprocess.run(
            [program("etcdctl"), endpoint, *arguments], capture_output=True, text=True, check=True
        ).stdout


@contextmanager
def kept_by_patroni(archive: Archive) -> Iterator[KeptArchive]:
    """Let Patroni keep the server of an archive from now on."""
    port, peers = free_port(), free_port()
    own, others = f"http://127.0.0.1:{port}", f"http://127.0.0.1:{peers}"
    folder = archive.folder
    arguments = [
        *("--data-dir", folder / "etcd", "--log-level", "error"),
        *("--listen-client-urls", own, "--advertise-client-urls", own),
        *("--listen-peer-urls", others, "--initial-advertise-peer-urls", others),
        *("--initial-cluster", f"default={others}"),
    ]
    kept = KeptArchive(folder, archive.port, archive.password, port)
    (folder / "patroni.yml").write_text(yaml.safe_dump(_settings(kept)), encoding="utf-8")
    shutil.chown(folder / "patroni.yml", "postgres")
    with subprocess.Popen(
        [program("etcd"), *arguments], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as etcd:
        try:
            archive.stop()
            kept.start()
            yield kept
        finally:
            kept.stop()
            etcd.terminate()
    archive.start()


def _settings(archive: KeptArchive) -> dict[str, object]:
    rest = f"127.0.0.1:{free_port()}"
    owner = {"username": "bilum", "password": archive.password}
    return {
        "scope": _SCOPE,
        "name": "a",
        "restapi": {"listen": rest, "connect_address": rest},
        "etcd3": {"hosts": [f"127.0.0.1:{archive.etcd}"]},
        "bootstrap": {"dcs": {"ttl": 20, "loop_wait": 1, "retry_timeout": 3}},
        "postgresql": {
            "listen": f"127.0.0.1:{archive.port}",
            "connect_address": f"127.0.0.1:{archive.port}",
            "data_dir": str(archive.data),
            "bin_dir": str(BIN),
            "pgpass": str(archive.folder / "pgpass"),
            "authentication": {"superuser": owner, "replication": owner},
            "parameters": {"unix_socket_directories": str(archive.folder)},
        },
    }
