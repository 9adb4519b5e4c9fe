"""An application on a socket of loopback, in a thread of the test."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

from waitress import wasyncore
from waitress.server import create_server

if TYPE_CHECKING:
    from collections.abc import Iterator

_LOOK = 0.02


@contextmanager
def on_socket(app: object, host: str = "127.0.0.1", port: int = 0) -> Iterator[str]:
    """Serve a WSGI application; yield its address."""
    channels: dict[int, object] = {}
    server = create_server(app, host=host, port=port, map=channels)
    stop = threading.Event()

    def run() -> None:
        while not stop.is_set():
            wasyncore.loop(_LOOK, map=channels, count=1)

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield f"http://{host}:{server.effective_port}"
    finally:
        stop.set()
        thread.join()
        server.task_dispatcher.shutdown()
        wasyncore.close_all(channels)
