"""Servers of tests: a real `bilum run` in a process of its own, or an application in a thread."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
import urllib.request
from contextlib import contextmanager
from typing import TYPE_CHECKING

from waitress import wasyncore
from waitress.server import create_server

from tests.support.paths import ROOT
from tests.support.ports import free_port

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from wsgiref.types import WSGIApplication

_COMMAND = "import sys; sys.argv = ['bilum', 'run']; from services.cli import main; main()"
_SECONDS = 60


@contextmanager
def running_bilum(folder: Path, **environ: str) -> Iterator[str]:
    """Run it on a data folder whose schema is in place; yield its address.

    Args:
        folder: such as a copy of the fixture `migrated_folder`; `server.log` in it has what it
            said, the texts that the console carrier showed among it.
        environ: further settings.
    """
    port = int(environ.get("BILUM_PORT") or free_port())
    with (
        (folder / "server.log").open("wb") as log,
        subprocess.Popen(
            [sys.executable, "-c", _COMMAND],
            env={
                "PATH": os.defpath,
                "PYTHONPATH": str(ROOT),
                "BILUM_DATA_DIR": str(folder),
                "BILUM_PORT": str(port),
                **environ,
            },
            stdout=log,
            stderr=log,
        ) as process,
    ):
        try:
            url = f"http://127.0.0.1:{port}"
            wait_until_ready(url, process)
            yield url
        finally:
            process.terminate()
            process.wait(_SECONDS)


def wait_until_ready(url: str, process: subprocess.Popen[bytes]) -> None:
    """Return when the server at an address takes requests."""
    end = time.monotonic() + _SECONDS
    while process.poll() is None and time.monotonic() < end:
        try:
            with urllib.request.urlopen(f"{url}/ready", timeout=2):  # noqa: S310 — our own
                return
        except OSError:
            time.sleep(0.05)
    raise RuntimeError(f"bilum did not start: {process.poll()}")


@contextmanager
def serving(app: WSGIApplication, port: int) -> Iterator[None]:
    """Serve an application of this process on a port of loopback."""
    channels: dict[int, object] = {}
    server = create_server(app, host="127.0.0.1", port=port, map=channels)
    stop = threading.Event()

    def run() -> None:
        while not stop.is_set():
            wasyncore.loop(0.02, map=channels, count=1)

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()
        server.task_dispatcher.shutdown()
        wasyncore.close_all(channels)
