"""The calls that devices make of reader sessions."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from uuid import UUID

from marshmallow import Schema

from services.devices.calls import DeviceCall, FieldCall
from services.devices.registry import DeviceKind
from services.livestock.domain.movement_decision import Policy
from services.livestock.readers.confirming import confirm_session, review_session
from services.livestock.readers.request_schemas import ConfirmSchema, ScansSchema
from services.livestock.readers.upload import take_scans

SCANS, REVIEW, CONFIRM = "readers.scans", "readers.review", "readers.confirm"


def handled(policy: Policy) -> tuple[DeviceCall, ...]:
    """Return the calls; `policy` is what holds for movements without any order."""

    def review(call: FieldCall) -> dict[str, object]:
        return review_session(call, UUID(call.of["session"]), policy)

    def confirm(call: FieldCall) -> dict[str, object]:
        return confirm_session(call, UUID(call.of["session"]), policy)

    def of_reader(
        name: str,
        path: str,
        schema: Schema,
        handle: Callable[[FieldCall], Mapping[str, object]],
        *,
        keeps_payload: bool = True,
    ) -> DeviceCall:
        address = f"/gateway/readers/<device>/{path}"
        return DeviceCall(name, schema, handle, keeps_payload, address, frozenset(DeviceKind))

    session = "sessions/<session>"
    return (
        of_reader(SCANS, "scans", ScansSchema(), take_scans),
        of_reader(REVIEW, f"{session}/review", ConfirmSchema(), review, keeps_payload=False),
        of_reader(CONFIRM, f"{session}/confirm", ConfirmSchema(), confirm),
    )
