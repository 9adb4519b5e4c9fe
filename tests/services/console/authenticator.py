"""A device with a passkey, in software: the bytes of Web Authentication Level 3, section 6."""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
from dataclasses import dataclass, field

import cbor2
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

PRESENT, VERIFIED, WITH_KEY = 0x01, 0x04, 0x40


def text(octets):
    return base64.urlsafe_b64encode(octets).rstrip(b"=").decode()


@dataclass
class Authenticator:
    """`verifies`: it asks for its owner's finger or code; `origin`: what the browser tells."""

    origin: str
    verifies: bool = True
    key: ec.EllipticCurvePrivateKey = field(
        default_factory=lambda: ec.generate_private_key(ec.SECP256R1())
    )
    id: bytes = field(default_factory=lambda: secrets.token_bytes(16))
    count: int = 0

    def create(self, options):
        told = json.loads(options)
        data = self._data(told["rp"]["id"], WITH_KEY) + self._credential()
        attested = cbor2.dumps({"fmt": "none", "attStmt": {}, "authData": data})
        client = self._client("webauthn.create", told)
        return self._told(clientDataJSON=text(client), attestationObject=text(attested))

    def get(self, options):
        told = json.loads(options)
        data, client = self._data(told["rpId"]), self._client("webauthn.get", told)
        signed = self.key.sign(data + hashlib.sha256(client).digest(), ec.ECDSA(hashes.SHA256()))
        return self._told(
            clientDataJSON=text(client), authenticatorData=text(data), signature=text(signed)
        )

    def _told(self, **response):
        told = {"id": text(self.id), "rawId": text(self.id), "type": "public-key"}
        return json.dumps(told | {"response": response})

    def _client(self, kind, told):
        return json.dumps(
            {"type": kind, "challenge": told["challenge"], "origin": self.origin}
        ).encode()

    def _data(self, host, flags=0):
        self.count += 1
        flags |= PRESENT | (VERIFIED if self.verifies else 0)
        return hashlib.sha256(host.encode()).digest() + bytes([flags]) + self.count.to_bytes(4)

    def _credential(self):
        at = self.key.public_key().public_numbers()
        public = {1: 2, 3: -7, -1: 1, -2: at.x.to_bytes(32), -3: at.y.to_bytes(32)}
        return bytes(16) + len(self.id).to_bytes(2) + self.id + cbor2.dumps(public)
