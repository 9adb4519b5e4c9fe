"""The other side of a signed request: what the command beside a reader and a village's box send.

A request that was not answered is sent again with the same counter and the same body, and has its
effect once; so whoever calls this writes both down before he sends.
"""

import base64
import json
import os
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import urllib3
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from urllib3.exceptions import HTTPError

from gateway.devices import Request, RequestClaim, enrolment_bytes, key_id, sign
from services.core.errors import Invalid, ServerUnreachable

_CONNECT_SECONDS, _READ_SECONDS = 10.0, 60.0
_NO_BILUM = (
    "No Bilum answers at {url}: check the address and the network, then give the same command "
    "again; the code is still good"
)


@dataclass(frozen=True, slots=True)
class Identity:
    """Id and key of a device, and its server's address; the file is readable by its owner alone.

    Attributes:
        url: of the server, without a slash at its end.
        device: its id.
        seed: private key, 32 bytes in base64; hidden from repr.
    """

    url: str
    device: str
    seed: str = field(repr=False)

    @classmethod
    def of(cls, url: str, device: str, private: Ed25519PrivateKey) -> "Identity":
        """Make the identity of a private key."""
        return cls(url.rstrip("/"), device, _base64(private.private_bytes_raw()))

    @property
    def private(self) -> Ed25519PrivateKey:
        """The private key."""
        return Ed25519PrivateKey.from_private_bytes(base64.b64decode(self.seed))


@dataclass(frozen=True, slots=True)
class Reply:
    """The server's answer: the status of HTTP, and the JSON; hidden from repr."""

    status: int
    body: Any = field(repr=False)

    @property
    def detail(self) -> str:
        """The sentence of a refusal."""
        told = self.body.get("detail") if isinstance(self.body, dict) else None
        return str(told or f"the server answered {self.status}")


class SigningClient:
    """Sends signed requests; one connection is kept. `enrol_key` makes an identity first."""

    def __init__(self, identity: Identity) -> None:
        self._identity, self._pool = identity, _pool()

    def post(self, path: str, body: bytes, counter: int, now: datetime) -> Reply:
        """Send one request.

        Args:
            path: from the server's address on, such as `/gateway/sync`.
            body: JSON; the same for the same counter, always.
            counter: from 1.
            now: UTC; what this device's clock shows.

        Raises:
            ServerUnreachable: there is no whole answer.
        """
        private = self._identity.private
        public = private.public_key().public_bytes_raw()
        at = now.strftime("%Y-%m-%dT%H:%M:%SZ")
        claim = RequestClaim(UUID(self._identity.device), key_id(public), counter, at)
        headers = sign(Request("POST", path, body), claim, private)
        return _ask(self._pool, self._identity.url + path, body, headers)


def enrol_key(url: str, code: str, private: Ed25519PrivateKey) -> tuple[Identity, int]:
    """Bring a key to the server; return the identity, and the counter to begin with.

    The same key again is answered the same, so whoever calls this writes the key down before.

    Raises:
        ServerUnreachable: there is no whole answer; nothing tries again by itself.
        Invalid: the server takes no key for this code.
    """
    base = url.rstrip("/")
    told = {
        "code": code,
        "public_key": _base64(private.public_key().public_bytes_raw()),
        "signature": _base64(private.sign(enrolment_bytes(code))),
    }
    try:
        reply = _ask(_pool(), f"{base}/gateway/devices/enrol", json.dumps(told).encode(), {})
    except ServerUnreachable as error:
        raise ServerUnreachable(_NO_BILUM.format(url=base)) from error
    if reply.status != 200:  # noqa: PLR2004 — of HTTP
        raise Invalid(f"The server refuses this code: {reply.detail}")
    return Identity.of(base, reply.body["device"], private), reply.body["counter"]


def save_identity(identity: Identity, path: Path) -> None:
    """Write an identity whole, or not at all; only its owner can read it."""
    fresh = path.with_suffix(".new")
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        json.dump(asdict(identity), file)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)


def load_identity(path: Path, command: str) -> Identity:
    """Read an identity.

    Args:
        command: makes one; it is named where there is none.

    Raises:
        Invalid: there is none.
    """
    try:
        return Identity(**json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError) as error:
        raise Invalid(f"{path} holds no key of a device: enrol it first: {command}") from error


def _pool() -> urllib3.PoolManager:
    timeout = urllib3.Timeout(connect=_CONNECT_SECONDS, read=_READ_SECONDS)
    return urllib3.PoolManager(timeout=timeout, retries=False, maxsize=1)


def _ask(pool: urllib3.PoolManager, url: str, body: bytes, headers: dict[str, str]) -> Reply:
    try:
        answer = pool.request(
            "POST", url, body=body, headers={"Content-Type": "application/json"} | headers
        )
        return Reply(answer.status, json.loads(answer.data) if answer.data else {})
    except (HTTPError, ValueError) as error:
        raise ServerUnreachable("The server does not answer: it is tried again later") from error


def _base64(raw: bytes) -> str:
    return base64.b64encode(raw).decode()
