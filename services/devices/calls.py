"""Requests of field devices: handed to the service that declared the call, and answered.

The counterpart of `services.messaging.command_router` for machines. A call is stored as it came,
and acted on when it is its turn, be it hours later: what it needs is in it, and a refusal is an
answer, stored like any other.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from marshmallow import Schema
from sqlalchemy import select

from gateway.envelope import Answer, Envelope
from gateway.errors import GatewayError
from services.api.problems import problem_of
from services.api.strict_json import read_json
from services.core.errors import ServiceError
from services.devices.call_format import REFUSED, TAKEN, read_call, write_answer
from services.devices.registry import DeviceKind
from services.storage.models import Device, Party
from services.storage.unit_of_work import Unit


@dataclass(frozen=True, slots=True)
class FieldCall:
    """One request of a device, as a handler sees it.

    Attributes:
        unit: the open unit of work; the handler never commits.
        device: that sent it.
        owner: whose device it is: it may do what he may.
        told: the body, as its schema loads it.
        of: the parts of its address.
        key: idempotency key within the channel.
        now: UTC; when it came.
    """

    unit: Unit
    device: Device
    owner: Party
    told: Any = field(repr=False)
    of: Mapping[str, str]
    key: str
    now: datetime


@dataclass(frozen=True, slots=True)
class DeviceCall:
    """A call that devices make.

    Attributes:
        name: such as `readers.scans`.
        schema: of its body.
        handle: acts on it, and returns what JSON writes.
        keeps_payload: whether the body is kept, sealed, when it has taken effect.
        path: its address, `<name>` for each part that `of` holds, `<device>` for the signer's own
            id; where it is told, a village's box may bring the request.
        kinds: of devices that may make it.
    """

    name: str
    schema: Schema
    handle: Callable[[FieldCall], Mapping[str, object]]
    keeps_payload: bool = True
    path: str = ""
    kinds: frozenset[DeviceKind] = frozenset()

    def parts_of(self, path: str) -> Mapping[str, str] | None:
        """Return the parts of an address that is this call's, None where it is another's."""
        pattern = re.sub(r"<(\w+)>", r"(?P<\1>[^/]+)", self.path)
        found = re.fullmatch(pattern, path) if self.path else None
        return found.groupdict() if found else None


class DeviceCallDispatcher:
    """Answers devices. Handles each turn of the one door: see `answer`."""

    def __init__(self, handled: Iterable[DeviceCall]) -> None:
        self._handled = {one.name: one for one in handled}

    def answer(self, unit: Unit, envelope: Envelope) -> Answer:
        """Act on one request; where it is refused, what it has written goes, the answer stays."""
        name, of, body = read_call(envelope.text)
        handled = self._handled[name]
        device = unit.session.scalars(
            select(Device).where(Device.public_id == UUID(envelope.sender))
        ).one()
        owner = unit.session.get_one(Party, device.owner_id)
        try:
            with unit.session.begin_nested():
                told = handled.schema.load(read_json(body.encode()))
                call = FieldCall(unit, device, owner, told, of, envelope.key, envelope.received_at)
                outcome, answer = TAKEN, dict(handled.handle(call))
        except (ServiceError, GatewayError) as error:
            if error.retryable:
                raise
            outcome, answer = f"{REFUSED}.{error.code}", problem_of(error)
        return Answer(outcome, write_answer(answer), handled.keeps_payload)
