"""Codes of an authenticator app (RFC 6238), each taken once, and recovery codes; pure."""

import hmac
import secrets
from collections.abc import Collection
from datetime import datetime
from hashlib import sha256
from typing import NamedTuple

import pyotp
import segno

from chain.canonical import RECEIPT_BYTES, read_receipt, receipt_code
from chain.errors import ReceiptError

RECOVERY_CODES = 8
_STEP = 30
# RFC 6238, 5.2: one step for the time that a person and the network take, on either side.
_STEPS = (-1, 0, 1)
_ISSUER = "Bilum"


class SecondFactor(NamedTuple):
    """Kept part of a second factor: secret, last step, digests of recovery codes."""

    secret: str
    step: int
    recovery: frozenset[str]


def new_secret() -> str:
    """Draw the secret of an app, in base 32."""
    return str(pyotp.random_base32())


def key_address(secret: str, name: str) -> str:
    """Return the address that an app reads from a picture."""
    return str(pyotp.TOTP(secret).provisioning_uri(name=name, issuer_name=_ISSUER))


def picture(address: str) -> str:
    """Draw an address as a QR code, in SVG without style."""
    code = segno.make(address, error="m", micro=False)
    return code.svg_inline(scale=4, border=4, omitsize=True, dark="#111", light="#fff")


def check_code(kept: SecondFactor, typed: str, now: datetime) -> SecondFactor | None:
    """Return what is kept after a code was taken; None: it is wrong, or was taken before."""
    digits = "".join(typed.split())
    app, newest = pyotp.TOTP(kept.secret), int(now.timestamp()) // _STEP
    steps = [newest + offset for offset in _STEPS]
    # Every step is compared, so that the time tells nothing.
    right = [hmac.compare_digest(str(app.generate_otp(step)), _plain(digits)) for step in steps]
    fresh = [step for step, same in zip(steps, right, strict=True) if same and step > kept.step]
    if fresh:
        return kept._replace(step=max(fresh))
    digest = digest_of(typed)
    if digest is None or digest not in kept.recovery:
        return None
    return kept._replace(recovery=kept.recovery - {digest})


def new_codes(count: int = RECOVERY_CODES) -> list[str]:
    """Draw codes of 80 bits as people copy them: 7KQ2-M9XA-P4TD-WZ3C."""
    return [receipt_code(secrets.token_bytes(RECEIPT_BYTES)) for _ in range(count)]


def digests_of(codes: Collection[str]) -> frozenset[str]:
    """Return the digests that are kept of codes."""
    return frozenset(digest for one in codes if (digest := digest_of(one)))


def digest_of(typed: str) -> str | None:
    """Return the digest of a code as somebody typed it; None: it is none."""
    try:
        return sha256(read_receipt(typed)).hexdigest()
    except ReceiptError:
        return None


def _plain(digits: str) -> str:
    # `compare_digest` takes ASCII alone.
    return digits if digits.isascii() else ""
