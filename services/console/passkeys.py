"""Passkeys (Web Authentication Level 3): keys of a person's device, which sign in on their own.

The device asks for the person's finger or code before it signs, so that a passkey is two factors:
something that they have, and something that they are or know (NIST SP 800-63B-4, 3.1.7).
"""

import secrets
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from typing import NamedTuple
from urllib.parse import urlsplit

from flask import request, session
from sqlalchemy import select
from sqlalchemy.orm import Session
from webauthn import (
    generate_authentication_options,
    generate_registration_options,
    options_to_json,
    verify_authentication_response,
    verify_registration_response,
)
from webauthn.helpers import (
    base64url_to_bytes,
    bytes_to_base64url,
    parse_authentication_credential_json,
)
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from services.api.context import Context
from services.core.settings import is_loopback
from services.storage.models import Party, Passkey

_NAME = "Bilum"
_KEPT, _TIME_BYTES, _CHANCE_BYTES = "challenge", 8, 24
_LIFE = timedelta(minutes=10)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_LONGEST = 16 * 1024


class Signature(NamedTuple):
    """A right answer of a passkey, not spent yet: its row, its uses, when it was asked for."""

    key: int
    uses: int
    drawn_at: datetime


class RelyingParty(NamedTuple):
    """Our own name to a device: the host, and the origin that a browser tells it."""

    host: str
    origin: str


def relying_party(here: Context) -> RelyingParty | None:
    """Return our name; None: the address has none that a passkey can be bound to."""
    address = here.gateway.public_url or ""
    if is_loopback(urlsplit(request.host_url).hostname or ""):
        address = request.host_url
    told = urlsplit(address)
    host = told.hostname or ""
    if not host or _is_number(host) or not (told.scheme == "https" or is_loopback(host)):
        return None
    return RelyingParty(host, f"{told.scheme}://{told.netloc}")


def ask_to_make(here: Context, party: Party, known: list[Passkey]) -> str | None:
    """Return what a device is asked for a new passkey, as JSON; None: it cannot be asked."""
    ours = relying_party(here)
    if ours is None:
        return None
    return options_to_json(
        generate_registration_options(
            rp_id=ours.host,
            rp_name=_NAME,
            user_id=party.public_id.bytes,
            user_name=party.name or _NAME,
            challenge=_challenge(here.clock()),
            authenticator_selection=AuthenticatorSelectionCriteria(
                resident_key=ResidentKeyRequirement.REQUIRED,
                user_verification=UserVerificationRequirement.REQUIRED,
            ),
            exclude_credentials=[
                PublicKeyCredentialDescriptor(id=one.credential_id) for one in known
            ],
        )
    )


def ask_to_sign(here: Context) -> str | None:
    """Return what a device is asked for a sign-in, as JSON; None: it cannot be asked."""
    ours = relying_party(here)
    if ours is None:
        return None
    return options_to_json(
        generate_authentication_options(
            rp_id=ours.host,
            challenge=_challenge(here.clock()),
            user_verification=UserVerificationRequirement.REQUIRED,
        )
    )


def read_made(here: Context, party_id: int, told: str) -> Passkey | None:
    """Return the passkey that a device made as we asked; None: it did not."""
    ours, challenge, now = relying_party(here), _asked(here.clock()), here.clock()
    if ours is None or challenge is None or len(told) > _LONGEST:
        return None
    try:
        found = verify_registration_response(
            credential=told,
            expected_challenge=challenge,
            expected_rp_id=ours.host,
            expected_origin=ours.origin,
            require_user_verification=True,
        )
    except (WebAuthnException, ValueError, RecursionError):
        return None
    return Passkey(
        party_id=party_id,
        credential_id=found.credential_id,
        public_key=found.credential_public_key,
        sign_count=found.sign_count,
        made_at=now,
        challenged_at=_drawn_at(challenge),
    )


def check_signature(here: Context, rows: Session, told: str) -> Signature | None:
    """Return what a passkey signed as we asked; None: it did not, or nobody has it."""
    ours, challenge = relying_party(here), _asked(here.clock())
    if ours is None or challenge is None or len(told) > _LONGEST:
        return None
    try:
        row = _row_of(rows, told)
        if row is None:
            return None
        found = verify_authentication_response(
            credential=told,
            expected_challenge=challenge,
            expected_rp_id=ours.host,
            expected_origin=ours.origin,
            credential_public_key=row.public_key,
            credential_current_sign_count=row.sign_count,
            require_user_verification=True,
        )
    except (WebAuthnException, ValueError, RecursionError):
        return None
    return Signature(row.id, found.new_sign_count, _drawn_at(challenge))


def spend_signature(rows: Session, signed: Signature) -> Party | None:
    """Return whose signature it is, once; None: it was spent, or is gone. `rows` is exclusive."""
    row = rows.get(Passkey, signed.key)
    if row is None or signed.drawn_at <= row.challenged_at:
        return None
    row.sign_count, row.challenged_at = signed.uses, signed.drawn_at
    return rows.get_one(Party, row.party_id)


def is_known_key(rows: Session, made: Passkey) -> bool:
    """Tell whether somebody has a passkey of this name already: a device may tell any name."""
    wanted = select(Passkey.id).where(Passkey.credential_id == made.credential_id)
    return rows.scalar(wanted) is not None


def passkeys_of(rows: Session, party_id: int) -> list[Passkey]:
    """Return the passkeys of a party, the oldest first."""
    wanted = select(Passkey).where(Passkey.party_id == party_id).order_by(Passkey.id)
    return list(rows.scalars(wanted))


def _row_of(rows: Session, told: str) -> Passkey | None:
    wanted = parse_authentication_credential_json(told).raw_id
    return rows.scalars(select(Passkey).where(Passkey.credential_id == wanted)).first()


def _challenge(now: datetime) -> bytes:
    """Draw a challenge that tells when it was drawn, and keep it in the browser's signed cookie."""
    drawn = ((now - _EPOCH) // _MICROSECOND).to_bytes(_TIME_BYTES)
    challenge = drawn + secrets.token_bytes(_CHANCE_BYTES)
    session[_KEPT] = bytes_to_base64url(challenge)
    return challenge


def _asked(now: datetime) -> bytes | None:
    """Return the challenge of this browser, which is used up; None: there is none, or it is old."""
    kept = session.pop(_KEPT, None)
    challenge = base64url_to_bytes(kept) if isinstance(kept, str) else b""
    if len(challenge) != _TIME_BYTES + _CHANCE_BYTES or now - _drawn_at(challenge) > _LIFE:
        return None
    return challenge


def _drawn_at(challenge: bytes) -> datetime:
    return _EPOCH + int.from_bytes(challenge[:_TIME_BYTES]) * _MICROSECOND


def _is_number(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True
