"""Requests of the command beside a reader: written down first, then sent until answered.

Each has its counter and its bytes in a file of its own, so that after a cut, or when the machine
was switched off, exactly the same is sent again and has its effect once.
"""

import base64
import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from chain.files import write_private
from services.core.errors import Refused, ServerUnreachable
from services.devices.signing_client import (
    Identity,
    Reply,
    SigningClient,
    enrol_key,
    load_identity,
    save_identity,
)

_REQUEST = "request-{:016}.json"
_REQUESTS = "request-*.json"
_DONE, _WAITS, _FAULT = 200, 202, 500
# What is refused so has used no counter: docs/devices.md, "The protocol".
_UNUSED_STATUSES = frozenset({400, 413, 415})
_UNUSED_CODES = frozenset({"invalid", "not_found"})
_GATEWAY = "gateway."
_ENROL = "bilum reader enrol URL CODE"


@dataclass(frozen=True, slots=True)
class Request:
    """One request that has not been answered yet."""

    counter: int
    path: str
    body: str


class Queue:
    """The folder of one device, for its owner alone: key, counter and unanswered requests."""

    def __init__(
        self, folder: Path, post: Callable[[str, bytes, int, datetime], Reply] | None = None
    ) -> None:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._folder, self._post = folder, post

    @property
    def identity(self) -> Identity:
        """The identity of the device.

        Raises:
            Invalid: it is not enrolled.
        """
        return load_identity(self._folder / "key.json", _ENROL)

    def enrol(self, url: str, code: str) -> Identity:
        """Bring a key to the server; after a cut, the same key again.

        Raises:
            ServerUnreachable: there is no whole answer.
            Invalid: the server takes no key for this code.
        """
        fresh = self._folder / f"fresh-{hashlib.sha256(code.encode()).hexdigest()[:16]}.key"
        if not fresh.exists():
            seed = Ed25519PrivateKey.generate().private_bytes_raw()
            write_private(fresh, base64.b64encode(seed).decode())
        seed = base64.b64decode(fresh.read_text(encoding="ascii"))
        identity, counter = enrol_key(url, code, Ed25519PrivateKey.from_private_bytes(seed))
        save_identity(identity, self._folder / "key.json")
        self._count_from(counter)
        fresh.unlink()
        return identity

    def add(self, path: str, body: Mapping[str, Any]) -> Request:
        """Write a request down under the next counter."""
        request = Request(self._next(), path, json.dumps(body, ensure_ascii=False))
        kept = json.dumps({"path": request.path, "body": request.body})
        write_private(self._folder / _REQUEST.format(request.counter), kept)
        self._count_from(request.counter + 1)
        return request

    def waiting(self) -> list[Request]:
        """Return what has not been answered, in order."""
        found = []
        for path in sorted(self._folder.glob(_REQUESTS)):
            kept = json.loads(path.read_text(encoding="utf-8"))
            found.append(Request(int(path.stem.partition("-")[2]), kept["path"], kept["body"]))
        return found

    def send(self, request: Request, now: datetime) -> dict[str, Any]:
        """Send a request and return the answer, after which it waits no more.

        Raises:
            ServerUnreachable: there is no answer; it goes on waiting.
            Refused: it waits no more.
        """
        post = self._post or SigningClient(self.identity).post
        reply = post(request.path, request.body.encode(), request.counter, now)
        if reply.status >= _FAULT:
            raise ServerUnreachable(f"The server cannot answer now: {reply.detail}")
        if reply.status == _WAITS:
            raise ServerUnreachable("The server waits for an earlier request of this device")
        told = reply.body if isinstance(reply.body, dict) else {}
        # A portal, or a proxy, gives no code of ours.
        if reply.status != _DONE and "code" not in told:
            raise ServerUnreachable("Something between answers in the server's place")
        if _is_unused(reply.status, str(told.get("code", ""))):
            self._count_from(request.counter)
        (self._folder / _REQUEST.format(request.counter)).unlink(missing_ok=True)
        if reply.status != _DONE:
            fields = {one["pointer"]: one["detail"] for one in told.get("errors", [])}
            raise Refused(reply.detail, fields, told.get("code"))
        answer: dict[str, Any] = reply.body
        return answer

    def _next(self) -> int:
        told = self._folder / "next"
        counted = int(told.read_text(encoding="ascii")) if told.exists() else 1
        waiting = [request.counter for request in self.waiting()]
        # A machine that was switched off between both files has the newest in the request's name.
        return max(counted, *[one + 1 for one in waiting], 1)

    def _count_from(self, counter: int) -> None:
        write_private(self._folder / "next", str(counter))


def _is_unused(status: int, code: str) -> bool:
    if status in _UNUSED_STATUSES:
        return True
    unproven = status == 403 and code.startswith(_GATEWAY)  # noqa: PLR2004 — of HTTP
    return unproven or code in _UNUSED_CODES
