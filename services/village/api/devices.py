"""Field devices in the API: who owns each, when it was seen, and ending one."""

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from http import HTTPStatus
from typing import Any, NamedTuple
from uuid import UUID

from marshmallow import fields
from sqlalchemy import select
from sqlalchemy.orm import Session

from services.api.blueprint import Blueprint, refuses
from services.api.context import context
from services.api.guards import Roles
from services.api.idempotency import Work, idempotent
from services.api.paging import LINK, PageQuery, PageRequest, page_schema, read_newest
from services.api.schemas import AnswerSchema, one_of
from services.core.errors import NotFound
from services.core.roles import Role, Scope
from services.devices.registry import DeviceKind
from services.storage.models import Device, Party
from services.village.device_ends import end_device

blueprint = Blueprint("field_devices", "What signs in the field.", "/api/v1/devices")

_ADMINISTRATORS = Roles(Role.ADMINISTRATOR)


class DeviceState(StrEnum):
    """State of a device: its keys count, a code waits for one, or it was ended."""

    IN_USE = "in_use"
    WAITS = "waits"
    ENDED = "ended"


class DeviceSchema(AnswerSchema):
    """A reader, a page or a village box."""

    id = fields.UUID(required=True)
    name = fields.String(required=True, metadata={"example": "Mendi 1"})
    kind = fields.String(required=True, validate=one_of(DeviceKind), metadata={"example": "page"})
    owner = fields.UUID(required=True)
    state = fields.String(
        required=True, validate=one_of(DeviceState), metadata={"example": "in_use"}
    )
    seen_at = fields.DateTime(required=True, allow_none=True)
    skew_seconds = fields.Integer(
        required=True, allow_none=True, metadata={"description": "Its clock, behind ours."}
    )


DevicePageSchema = page_schema(DeviceSchema, "Device")


class DeviceView(NamedTuple):
    """A device, as `DeviceSchema` tells it; `owner_name` stays on pages."""

    id: UUID
    name: str
    kind: str
    owner: UUID
    owner_name: str | None
    state: str
    seen_at: datetime | None
    skew_seconds: int | None


@blueprint.route("", guard=_ADMINISTRATORS, scope=Scope.PEOPLE)
@blueprint.arguments(PageQuery, location="query")
@blueprint.response(HTTPStatus.OK, DevicePageSchema, headers=LINK)
def list_devices(query: PageRequest) -> Any:  # noqa: ANN401 — body and headers
    """List devices, the newest first."""
    here = context()
    with here.database.read() as session:
        page = read_newest(session, select(Device), Device.id, query)
        return page.answer(device_views(session, page.rows, here.clock()))


@blueprint.route(
    "/<uuid:device_id>/end",
    methods=["POST"],
    guard=_ADMINISTRATORS,
    scope=Scope.PEOPLE,
    operation="end_device",
)
@idempotent(exclusive=True)
@blueprint.response(HTTPStatus.NO_CONTENT, description="Ended for good")
@refuses(HTTPStatus.NOT_FOUND)
def stop_device(work: Work, device_id: UUID) -> None:
    """End a device: nothing that it signs is believed any more, and a box writes for nobody."""
    row = work.session.scalars(select(Device).where(Device.public_id == device_id)).first()
    if row is None:
        raise NotFound("There is no such device")
    end_device(work.session, row, work.now)


def device_views(session: Session, rows: Sequence[Device], now: datetime) -> list[DeviceView]:
    """Return devices as they are shown."""
    owners = {
        party.id: party
        for party in session.scalars(
            select(Party).where(Party.id.in_({row.owner_id for row in rows}))
        )
    }
    return [
        DeviceView(
            row.public_id,
            row.name,
            row.kind,
            owners[row.owner_id].public_id,
            owners[row.owner_id].name,
            _state(row, now).value,
            row.seen_at,
            row.skew_seconds,
        )
        for row in rows
    ]


def _state(row: Device, now: datetime) -> DeviceState:
    if row.revoked_at is not None:
        return DeviceState.ENDED
    waits = row.code_until is not None and row.code_until > now
    return DeviceState.WAITS if waits else DeviceState.IN_USE
