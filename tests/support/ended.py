"""A server of https whose certificate has ended, of an authority that is trusted."""

from __future__ import annotations

import ssl
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler
from typing import TYPE_CHECKING

from deploy.lab.authority import Certificates, make_public
from tests.fakes.listener import Loopback, serving

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import pytest


@contextmanager
def ended_https(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Serve; yield the address."""
    made = Certificates(folder / "databases", folder / "public", "127.0.0.1")
    make_public(made)
    made.end_public("front")
    monkeypatch.setenv("SSL_CERT_FILE", str(made.public_authority))
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(made.public_authority))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(made.pem("front"))
    server = _Quiet(BaseHTTPRequestHandler)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    with serving(server):
        yield f"https://127.0.0.1:{server.server_port}/"


class _Quiet(Loopback):
    def handle_error(self, *_: object) -> None:
        """Say nothing."""
