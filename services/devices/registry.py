"""The registry of field devices: who owns each, which keys it signs with, whether it is believed.

A device gets its key by a code that is shown once: it draws a key pair itself and sends the public
half with the code, so no private key ever travels.
"""

import hashlib
import secrets
from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NamedTuple
from uuid import UUID, uuid4

from sqlalchemy import Select, and_, func, or_, select, update
from sqlalchemy.orm import Session

from gateway.devices import RequestClaim, enrolment_bytes, key_id, verify_bytes
from gateway.errors import BadEnrolment, DeviceRevoked, UnknownDevice
from services.core.base32 import in_groups, symbols_of, typed_symbols
from services.core.errors import Conflict, NotFound
from services.storage.models import Device, DeviceKey, Party, SequencedRequest

CODE_LIFE = timedelta(days=7)
OVERLAP = timedelta(days=60)
"""How long the old key is good beside a new one: a village may be without signal for a month."""

_CODE_SYMBOLS = 16


class DeviceKind(StrEnum):
    """Kinds of device: a page in a browser, a command beside a reader, a village's box."""

    PAGE = "page"
    READER = "reader"
    VILLAGE = "village"


class Enrolled(NamedTuple):
    """A device that has a key now: its public id, the key's id, the counter of its next request."""

    device: UUID
    key: str
    counter: int


class Signer(NamedTuple):
    """A device whose keys are looked at: database key, public id, kind, and public key's bytes."""

    id: int
    public_id: UUID
    kind: DeviceKind
    public: bytes


def add_device(
    session: Session, name: str, kind: DeviceKind, owner: Party, now: datetime
) -> tuple[Device, str]:
    """Register a device; return it with its code of enrolment, which nothing can tell again.

    Raises:
        Conflict: another device has the name.
    """
    if session.scalar(select(Device.id).where(Device.name == name)) is not None:
        raise Conflict(f"There is a device {name} already: choose another name, or rotate its key")
    device = Device(
        public_id=uuid4(), name=name, kind=kind.value, owner_id=owner.id, created_at=now
    )
    code = give_code(device, now)
    session.add(device)
    session.flush()
    return device, code


def give_code(device: Device, now: datetime) -> str:
    """Return a fresh code with which a device may bring a key; an older code ends.

    Raises:
        DeviceRevoked: it is not believed any more.
    """
    if device.revoked_at is not None:
        raise DeviceRevoked("the device was revoked: add it again under another name")
    code = symbols_of(secrets.token_bytes(_CODE_SYMBOLS))
    device.code_digest, device.code_until = _digest(code), now + CODE_LIFE
    return in_groups(code)


def enrol(session: Session, code: str, public: bytes, signature: bytes, now: datetime) -> Enrolled:
    """Take a device's public key; older keys of it are good for `OVERLAP` from now on.

    The same code with the same key again is answered the same.

    Raises:
        BadEnrolment: no device waits for the code, or another key came with it.
        BadDeviceSignature: the key is not the sender's own.
    """
    verify_bytes(enrolment_bytes(code), signature, public)
    digest = _digest(code)
    known = session.scalars(select(DeviceKey).where(DeviceKey.code_digest == digest)).first()
    if known is None:
        known = _bring(session, digest, public, now)
    device = session.get_one(Device, known.device_id)
    if known.public != public or device.revoked_at is not None:
        raise BadEnrolment("another key came with this code: ask for a new code")
    last = session.scalar(
        select(func.max(SequencedRequest.counter)).where(SequencedRequest.device_id == device.id)
    )
    return Enrolled(device.public_id, known.key_id, max(last or 0, device.next_counter - 1) + 1)


def find_signer(session: Session, claim: RequestClaim, now: datetime) -> Signer:
    """Return the device and the key that a request claims; they are read anew each time.

    Raises:
        UnknownDevice: there is none.
        DeviceRevoked: it is not believed any more.
    """
    row = session.execute(
        select(Device, DeviceKey)
        .join(DeviceKey, DeviceKey.device_id == Device.id)
        .where(Device.public_id == claim.device, DeviceKey.key_id == claim.key)
    ).first()
    if row is None:
        raise UnknownDevice("no device has this id and a key with this id: enrol it")
    device, key = row
    if device.revoked_at is not None or (key.until is not None and key.until <= now):
        raise DeviceRevoked("the device or its key was revoked: ask who gave it to you")
    return Signer(device.id, device.public_id, DeviceKind(device.kind), key.public)


def revoke_device(device: Device, now: datetime) -> None:
    """End a device for good: nothing that it signs is believed from the commit on."""
    device.revoked_at = device.revoked_at or now
    device.code_digest = device.code_until = None


def revoke_other_keys(session: Session, device: Device, now: datetime) -> int:
    """End every key of a device but the newest; return how many ended."""
    newest = select(func.max(DeviceKey.id)).where(DeviceKey.device_id == device.id)
    ended = session.execute(
        update(DeviceKey)
        .where(
            DeviceKey.device_id == device.id,
            DeviceKey.id != newest.scalar_subquery(),
            or_(DeviceKey.until.is_(None), DeviceKey.until > now),
        )
        .values(until=now)
        .returning(DeviceKey.id)
        .execution_options(synchronize_session=False)
    )
    return len(ended.all())


def find_device(session: Session, told: str) -> Device:
    """Return the device of a name or a public id.

    Raises:
        NotFound: there is none.
    """
    wanted = Device.name == told
    with suppress(ValueError):
        wanted = or_(wanted, Device.public_id == UUID(told))
    found = session.scalars(select(Device).where(wanted)).first()
    if found is None:
        raise NotFound(f"There is no device {told}: `bilum device list` shows them")
    return found


def list_devices(session: Session) -> Sequence[Device]:
    """Return every device, revoked ones included, in the order of their names."""
    return session.scalars(select(Device).order_by(Device.name)).all()


def _bring(session: Session, digest: bytes, public: bytes, now: datetime) -> DeviceKey:
    device = session.scalars(
        select(Device)
        .where(Device.code_digest == digest, Device.code_until > now, Device.revoked_at.is_(None))
        .with_for_update()
    ).first()
    if device is None:
        raise BadEnrolment("no device waits for this code: it was used, or is too old")
    if session.scalar(_key_of(device, public)) is not None:
        raise BadEnrolment("the device has this key already: draw a fresh one")
    ends = now + OVERLAP
    old = and_(
        DeviceKey.device_id == device.id, or_(DeviceKey.until.is_(None), DeviceKey.until > ends)
    )
    session.execute(update(DeviceKey).where(old).values(until=ends))
    key = DeviceKey(
        device_id=device.id, key_id=key_id(public), public=public, added_at=now, code_digest=digest
    )
    device.code_digest = device.code_until = None
    session.add(key)
    session.flush()
    return key


def _key_of(device: Device, public: bytes) -> Select[int]:
    return select(DeviceKey.id).where(
        DeviceKey.device_id == device.id, DeviceKey.key_id == key_id(public)
    )


def _digest(code: str) -> bytes:
    # Eighty random bits: nobody tries them all, so no slow hash is needed.
    return hashlib.sha256(typed_symbols(code).encode("utf-8", "surrogatepass")).digest()
