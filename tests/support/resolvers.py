"""A resolver that knows no name: no lookup of a test leaves this machine."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pytest


def know_no_name(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let every lookup fail, as where no resolver knows the name."""

    def look_up(*_: object, **__: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
