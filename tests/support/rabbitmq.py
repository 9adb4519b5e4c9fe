"""A RabbitMQ for tests marked `rabbitmq`: in a folder of its own, on ports of its own."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import time
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from tests.support import markers
from tests.support.environment import RABBITMQ
from tests.support.ports import free_port

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_USER, _PASSWORD = "bilum", "for-tests"
_SECONDS_TO_START = 60
_STARTED = "Server startup complete"


class RabbitMQ:
    """One broker: it can be killed, and started again with what it kept on disk."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._port, self._names_port = free_port(), free_port()
        self._process: subprocess.Popen[bytes] | None = None
        folder.mkdir()
        (folder / "plugins").write_text("[].")
        (folder / "environment").touch()
        (folder / "rabbitmq.conf").write_text(
            f"listeners.tcp.1 = 127.0.0.1:{self._port}\n"
            f"default_user = {_USER}\ndefault_pass = {_PASSWORD}\n"
            "log.file = false\nlog.console = true\nlog.console.level = info\n"
        )

    @property
    def url(self) -> str:
        return f"amqp://{_USER}:{_PASSWORD}@127.0.0.1:{self._port}/"

    def start(self) -> None:
        """Start it; `wait` until it is ready."""
        with (self._folder / "log").open("wb") as log:
            self._process = subprocess.Popen(
                [RABBITMQ],
                cwd=self._folder,
                env=self._environ(),
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def wait(self) -> None:
        """Return when it takes connections."""
        assert self._process is not None
        for _ in range(_SECONDS_TO_START * 20):
            log = (self._folder / "log").read_text(encoding="utf-8", errors="replace")
            if _STARTED in log:
                return
            if self._process.poll() is not None:
                break
            time.sleep(0.05)
        raise RuntimeError(f"RabbitMQ did not start:\n{log}")

    def kill(self) -> None:
        """End it as a power cut does."""
        if self._process is not None:
            with suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()

    def end(self) -> None:
        """Kill it, and the daemon of names that it started."""
        self.kill()
        for _ in range(50):
            # It refuses while it still knows of a node.
            subprocess.run(
                ["/usr/bin/epmd", "-kill"], env=self._environ(), capture_output=True, check=False
            )
            if not _listens(self._names_port):
                return
            time.sleep(0.1)

    def _environ(self) -> dict[str, str]:
        folder = self._folder
        return {
            "PATH": os.defpath,
            "LANG": "C.UTF-8",
            "HOME": str(folder),
            "ERL_EPMD_ADDRESS": "127.0.0.1",
            "ERL_EPMD_PORT": str(self._names_port),
            "RABBITMQ_NODENAME": f"bilum{self._port}@localhost",
            "RABBITMQ_NODE_PORT": str(self._port),
            "RABBITMQ_NODE_IP_ADDRESS": "127.0.0.1",
            "RABBITMQ_DIST_PORT": str(free_port()),
            "RABBITMQ_MNESIA_BASE": str(folder / "database"),
            "RABBITMQ_LOG_BASE": str(folder / "logs"),
            "RABBITMQ_PID_FILE": str(folder / "pid"),
            "RABBITMQ_CONFIG_FILE": str(folder / "rabbitmq.conf"),
            "RABBITMQ_CONF_ENV_FILE": str(folder / "environment"),
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(folder / "plugins"),
        }


@contextmanager
def starting_rabbitmq(folder: Path) -> Iterator[RabbitMQ]:
    """Start a broker in `folder`, which is made; `wait` until it is ready; end it."""
    markers.require("rabbitmq")
    broker = RabbitMQ(folder)
    try:
        broker.start()
        yield broker
    finally:
        broker.end()


def _listens(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    return True
