"""Free ports of loopback."""

from __future__ import annotations

import secrets
import socket
from itertools import count

from tests.support.environment import WORKER

# Below 32768, where Linux takes the ports of whoever connects or asks for any
# (ip_local_port_range); and of each worker of the tests others.
_FIRST, _EACH, _WORKERS = 10_000, 2_000, 10
_drawn = count(secrets.randbelow(_EACH))


def free_port() -> int:
    """Return a TCP port that nothing listens on; this process is given each once."""
    first = _FIRST + WORKER % _WORKERS * _EACH
    for _ in range(_EACH):
        port = first + next(_drawn) % _EACH
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise RuntimeError(f"no port from {first} on is free")
