"""Village boxes as staff see them: whose numbers each knows, by state, and texts refused."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import Select, func, or_, select
from sqlalchemy.orm import Session

from services.core.errors import NotFound
from services.devices.registry import DeviceKind
from services.messaging.village_bindings import BindingState
from services.storage.models import Device, VillageBinding, VillageBox

_IN_USE = (Device.kind == DeviceKind.VILLAGE.value, Device.revoked_at.is_(None))


class BoxStanding(NamedTuple):
    """A box with its numbers counted by state, and the texts refused today, with the last reason.

    `box_id` is a database key.
    """

    box_id: int
    id: UUID
    name: str
    numbers: Mapping[BindingState, int]
    refused_today: int
    refused_why: str | None


def find_box(session: Session, told: str) -> Device:
    """Return the village box in use of a name or a public id.

    Raises:
        NotFound: there is none; a reader is none.
    """
    wanted = Device.name == told
    with suppress(ValueError):
        wanted = or_(wanted, Device.public_id == UUID(told))
    found = session.scalars(select(Device).where(wanted, *_IN_USE)).first()
    if found is None:
        raise NotFound(f"There is no village box {told} in use")
    return found


def list_boxes(session: Session) -> Sequence[BoxStanding]:
    """Return every box in use, in the order of their names."""
    boxes = session.execute(
        select(Device.id, Device.public_id, Device.name, VillageBox)
        .outerjoin(VillageBox, VillageBox.device_id == Device.id)
        .where(*_IN_USE)
        .order_by(Device.name)
    ).all()
    counts = session.execute(
        select(VillageBinding.device_id, VillageBinding.state, func.count()).group_by(
            VillageBinding.device_id, VillageBinding.state
        )
    )
    known = {(box, state): number for box, state, number in counts}
    return [
        BoxStanding(
            key,
            public_id,
            name,
            {state: known.get((key, state.value), 0) for state in BindingState},
            box.window_refused if box else 0,
            box.window_reason if box else None,
        )
        for key, public_id, name, box in boxes
    ]


def numbers_of(box: Device) -> Select[VillageBinding]:
    """Select the numbers that a box knows."""
    return select(VillageBinding).where(VillageBinding.device_id == box.id)
