"""A field device in a test: it signs what it sends to an application."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from gateway.devices import Request, RequestClaim, enrolment_bytes, key_id, sign
from services.devices.registry import DeviceKind, add_device
from services.storage.models import Party

if TYPE_CHECKING:
    from werkzeug.test import TestResponse

    from tests.services.world import World

CLOCK = "2026-11-25T01:02:03Z"


@dataclass
class SignedDevice:
    """Its id and key; `counter` is of its next request."""

    world: World
    id: str
    key: Ed25519PrivateKey
    counter: int = 1
    clock: str = CLOCK
    sent: list[tuple[str, bytes, dict[str, str]]] = field(default_factory=list)

    @property
    def key_id(self) -> str:
        return key_id(self.key.public_key().public_bytes_raw())

    def sign(
        self, path: str, body: object, counter: int | None = None
    ) -> tuple[str, bytes, dict[str, str]]:
        """Path, body and headers of the next request, or of one with another counter."""
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        claim = RequestClaim(UUID(self.id), self.key_id, counter or self.counter, self.clock)
        headers = sign(Request("POST", path, raw), claim, self.key)
        if counter is None:
            self.counter += 1
        return path, raw, headers | {"Content-Type": "application/json"}

    def post(self, path: str, body: object, counter: int | None = None) -> TestResponse:
        signed = self.sign(path, body, counter)
        self.sent.append(signed)
        return self.send(*signed)

    def send(self, path: str, raw: bytes, headers: dict[str, str]) -> TestResponse:
        return self.world.app.test_client().post(path, data=raw, headers=headers)


def enrol_body(code: str, key: Ed25519PrivateKey) -> dict[str, str]:
    return {
        "code": code,
        "public_key": base64.b64encode(key.public_key().public_bytes_raw()).decode(),
        "signature": base64.b64encode(key.sign(enrolment_bytes(code))).decode(),
    }


def enrol_device(
    world: World, kind: DeviceKind, owner_id: int, name: str = "a device"
) -> SignedDevice:
    """Register a device of a party, by its database key, and bring its key over HTTP."""
    with world.runtime.database.write() as session:
        owner = session.get_one(Party, owner_id)
        _, code = add_device(session, name, kind, owner, world.runtime.clock())
    key = Ed25519PrivateKey.generate()
    answer = world.app.test_client().post("/gateway/devices/enrol", json=enrol_body(code, key))
    assert answer.status_code == 200, answer.text
    return SignedDevice(world, answer.json["device"], key, answer.json["counter"])
