"""Signed requests of field devices: what is signed, and whether a signature is right; pure.

A request is signed with Ed25519 (RFC 8032) over eight lines, so nothing of it can be altered, and
nothing can be sent again with another content: its counter is used once. The time is the device's
own clock, a claim: what was signed a month ago is as good as what was signed now.
"""

import base64
import binascii
import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from gateway.errors import BadDeviceSignature, MalformedMessage

DEVICE_HEADER = "Bilum-Device"
KEY_HEADER = "Bilum-Key"
COUNTER_HEADER = "Bilum-Counter"
TIME_HEADER = "Bilum-Time"
SIGNATURE_HEADER = "Bilum-Signature"
CLAIM_HEADERS = (DEVICE_HEADER, KEY_HEADER, COUNTER_HEADER, TIME_HEADER, SIGNATURE_HEADER)

LARGEST_COUNTER = 2**53 - 1
"""The largest whole number that every JSON reader keeps (RFC 8259, section 6)."""

_FIRST_LINE = "bilum-device-1"
_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_KEY_ID = re.compile(r"[0-9a-f]{16}")
_COUNTER = re.compile(r"[1-9][0-9]{0,15}")
TIME = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z")
_SIGNATURE = re.compile(r"[A-Za-z0-9+/]{86}==")


@dataclass(frozen=True, slots=True)
class RequestClaim:
    """Headers of a signed request: device, key, counter and clock.

    Attributes:
        device: its id.
        key: id of the key that it signed with, see `key_id`.
        counter: from 1; each is used for one content.
        at: its clock, as it wrote it: `2026-11-25T01:02:03Z`.
    """

    device: UUID
    key: str
    counter: int
    at: str

    @property
    def time(self) -> datetime | None:
        """The device's clock in UTC; None where it shows no valid time."""
        try:
            return datetime.fromisoformat(self.at).astimezone(UTC)
        except ValueError:
            return None


@dataclass(frozen=True, slots=True)
class Request:
    """The other signed parts of a request: method, path as the gateway knows it, and body."""

    method: str
    path: str
    body: bytes


def key_id(public: bytes) -> str:
    """Return the id of a public key of 32 bytes: 16 hexadecimal digits of its SHA-256."""
    return hashlib.sha256(public).hexdigest()[:16]


def signed_bytes(request: Request, claim: RequestClaim) -> bytes:
    """Return the eight lines that are signed, each ended by a line feed."""
    lines = (
        _FIRST_LINE,
        request.method,
        request.path,
        hashlib.sha256(request.body).hexdigest(),
        str(claim.device),
        claim.key,
        str(claim.counter),
        claim.at,
    )
    return "".join(f"{line}\n" for line in lines).encode("utf-8", "surrogatepass")


def sign(request: Request, claim: RequestClaim, key: Ed25519PrivateKey) -> dict[str, str]:
    """Return the headers that prove a request."""
    signature = base64.b64encode(key.sign(signed_bytes(request, claim)))
    return {
        DEVICE_HEADER: str(claim.device),
        KEY_HEADER: claim.key,
        COUNTER_HEADER: str(claim.counter),
        TIME_HEADER: claim.at,
        SIGNATURE_HEADER: signature.decode(),
    }


def read_claim(headers: Mapping[str, str]) -> tuple[RequestClaim, bytes]:
    """Read what a device says of its request, and its signature; nothing is proven by that.

    Raises:
        MalformedMessage: a header is missing or has a shape that it never has.
    """
    counter = int(_need(headers, COUNTER_HEADER, _COUNTER))
    if counter > LARGEST_COUNTER:
        raise MalformedMessage(COUNTER_HEADER, f"the counter is above {LARGEST_COUNTER}")
    claim = RequestClaim(
        UUID(_need(headers, DEVICE_HEADER, _UUID)),
        _need(headers, KEY_HEADER, _KEY_ID),
        counter,
        _need(headers, TIME_HEADER, TIME),
    )
    written = _need(headers, SIGNATURE_HEADER, _SIGNATURE)
    signature = base64.b64decode(written)
    # The last letter holds four bits of nothing: sixteen letters would be one signature.
    if base64.b64encode(signature).decode() != written:
        raise MalformedMessage(SIGNATURE_HEADER, "the signature is written as no encoder writes it")
    return claim, signature


def verify(request: Request, claim: RequestClaim, signature: bytes, public: bytes) -> None:
    """Return if the owner of a public key signed this very request.

    Args:
        request: as it arrived.
        claim: of its headers.
        signature: 64 bytes.
        public: 32 bytes.

    Raises:
        BadDeviceSignature: it is another's, or something of the request was altered.
    """
    verify_bytes(signed_bytes(request, claim), signature, public)


def verify_bytes(signed: bytes, signature: bytes, public: bytes) -> None:
    """Return if the owner of a public key signed these bytes.

    Raises:
        BadDeviceSignature: it did not.
    """
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, signed)
    except (InvalidSignature, ValueError) as error:
        raise BadDeviceSignature("the signature is not of this device and this request") from error


def enrolment_bytes(code: str) -> bytes:
    """Return the bytes that a device signs to prove that a fresh key is its own."""
    return f"bilum-enrol-1\n{code}\n".encode("utf-8", "surrogatepass")


def read_base64(name: str, text: str, length: int) -> bytes:
    """Read `length` bytes in base64.

    Raises:
        MalformedMessage: it is something else.
    """
    try:
        found = base64.b64decode(text.encode("ascii"), validate=True)
    except (binascii.Error, UnicodeEncodeError) as error:
        raise MalformedMessage(name, f"{name} is not base64") from error
    if len(found) != length:
        raise MalformedMessage(name, f"{name} holds {len(found)} bytes, not {length}")
    return found


def _need(headers: Mapping[str, str], name: str, shape: re.Pattern[str]) -> str:
    value = headers.get(name)
    if not value:
        raise MalformedMessage(name, f"the header {name} is missing")
    if not shape.fullmatch(value):
        raise MalformedMessage(name, f"the header {name} has a shape that it never has")
    return value
