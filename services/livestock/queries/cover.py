"""Gaps in the field: provinces without officers, phones that are dead, devices that are silent."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from services.core.geography import PROVINCES
from services.core.roles import Role
from services.devices.registry import DeviceKind
from services.messaging.offices import reachable_holders, unreachable_holders
from services.storage.models import Device, Party, VillageBox

SILENT = {
    DeviceKind.READER: timedelta(days=7),
    DeviceKind.PAGE: timedelta(days=7),
    DeviceKind.VILLAGE: timedelta(days=3),
}
"""For how long a device of a kind may say nothing."""
MOST_LISTED = 100
_ROLES = (Role.VETERINARY_OFFICER, Role.INSPECTOR)


class ProvinceCover(NamedTuple):
    """Officers and inspectors of a province that can be reached; None: of the whole country."""

    province: str | None
    officers: int
    inspectors: int

    @property
    def missing(self) -> tuple[Role, ...]:
        """Offices that nobody holds there."""
        counts = zip(_ROLES, (self.officers, self.inspectors), strict=True)
        return tuple(role for role, count in counts if not count)


class DeadPhone(NamedTuple):
    """Holder of an office of whose phones none can be reached, and since when (UTC).

    `party_id` is a database key.
    """

    party_id: int
    role: str
    province: str | None
    since: datetime


class SilentDevice(NamedTuple):
    """A device that has said nothing for days; None: never. `owner_id` is a database key."""

    id: UUID
    name: str
    kind: str
    owner_id: int
    owner: UUID
    province: str | None
    heard_at: datetime | None


class Cover(NamedTuple):
    """People and devices that are there, and those that are missing."""

    country: ProvinceCover
    provinces: Sequence[ProvinceCover]
    dead_phones: Sequence[DeadPhone]
    silent: Sequence[SilentDevice]


def read_cover(session: Session, now: datetime) -> Cover:
    """Return which provinces lack an office, and whom and what nobody hears of."""
    roles = [role.value for role in _ROLES]
    holders = reachable_holders(session, Party.role.in_(roles))
    counts = Counter((one.province, one.role) for one in holders)
    country, *provinces = (
        ProvinceCover(place, *(counts[place, role.value] for role in _ROLES))
        for place in (None, *PROVINCES)
    )
    dead = [
        DeadPhone(one.party_id, one.role, one.province, since)
        for one, since in unreachable_holders(session)
        if one.role in roles
    ]
    return Cover(country, provinces, dead[:MOST_LISTED], silent_devices(session, now))


def silent_devices(session: Session, now: datetime) -> list[SilentDevice]:
    """Return the devices in use that have said nothing for days, the longest silent first."""
    heard = func.coalesce(VillageBox.synced_at, Device.seen_at)
    begun = func.coalesce(heard, Device.created_at)
    late = [
        (Device.kind == kind.value) & (begun < now - longest) for kind, longest in SILENT.items()
    ]
    rows = session.execute(
        select(Device, Party.public_id, Party.province, VillageBox.synced_at)
        .join(Party, Party.id == Device.owner_id)
        .outerjoin(VillageBox, VillageBox.device_id == Device.id)
        .where(Device.revoked_at.is_(None), or_(*late))
        .order_by(begun, Device.id)
        .limit(MOST_LISTED)
    )
    return [
        SilentDevice(
            device.public_id,
            device.name,
            device.kind,
            device.owner_id,
            owner,
            province,
            synced or device.seen_at,
        )
        for device, owner, province, synced in rows
    ]
