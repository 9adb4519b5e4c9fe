"""Requests of field devices: the table of calls, and the dispatcher that acts on each in its turn.

A call is stored as it came and acted on when its turn comes, be it hours later. A refusal is an
answer, stored like any other.
"""

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from http import HTTPStatus
from typing import Any
from uuid import UUID

from marshmallow import Schema
from sqlalchemy import select
from werkzeug.exceptions import NotFound as NoRule
from werkzeug.routing import Map, Rule

from gateway.devices import RequestClaim
from gateway.envelope import DEVICE_CHANNEL, Answer, Envelope, SequencedEnvelope, turn_key
from gateway.errors import GatewayError
from services.api.problems import problem_of
from services.api.strict_json import read_json
from services.core.errors import NotFound, ServiceError, Unavailable
from services.devices.registry import DeviceKind
from services.storage.locks import one_writer
from services.storage.models import Device, Party
from services.storage.unit_of_work import Unit

TAKEN, REFUSED = "taken", "error"


@dataclass(frozen=True, slots=True)
class FieldCall:
    """One request of a device, as a handler sees it.

    Attributes:
        unit: the open unit of work; the handler never commits.
        device: that sent it.
        owner: whose device it is: it may do what its owner may.
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
class CallDescription:
    """A call in the API's description: its summary, examples, the answer's schema, refusals."""

    summary: str
    example: Mapping[str, object]
    answer: type[Schema]
    answer_example: Mapping[str, object]
    refusals: tuple[HTTPStatus, ...] = (HTTPStatus.CONFLICT,)


@dataclass(frozen=True, slots=True)
class DeviceCall:
    """A call that devices make: its route and its handler come from here.

    Attributes:
        name: `readers.scans`: the route's blueprint and endpoint, and what is stored.
        path: its address, as Flask writes rules; `<uuid:device>` is the signer's own id.
        schema: of its body.
        handle: acts on it, and returns what JSON writes.
        kinds: of devices that may make it.
        longest: its body at most, in bytes.
        keeps_payload: whether the body is kept, sealed, when it has taken effect.
        exclusive: tells whether the writers' lock is taken before it is handled.
        lock_first: locks the rows that are to be locked before that.
    """

    name: str
    path: str
    schema: Schema
    handle: Callable[[FieldCall], Mapping[str, object]]
    kinds: frozenset[DeviceKind] = frozenset(DeviceKind)
    longest: int | None = None
    keeps_payload: bool = True
    description: CallDescription | None = None
    exclusive: Callable[[FieldCall], bool] = lambda _: True
    lock_first: Callable[[FieldCall], None] = lambda _: None


@dataclass(frozen=True, slots=True)
class LoadedBody:
    """The body of the request with an envelope's key, as its schema has loaded it already."""

    key: str
    told: object = field(repr=False)


class DeviceCallDispatcher:
    """Acts on the stored requests of devices: see `answer`.

    `by_name` has each call that it acts on, by its name.
    """

    def __init__(self, calls: Iterable[DeviceCall]) -> None:
        self.calls = tuple(calls)
        self.by_name = {one.name: one for one in self.calls}
        rules = [Rule(one.path, endpoint=one.name, methods=["POST"]) for one in self.calls]
        self._addresses = Map(rules, merge_slashes=False).bind("")

    def at(self, path: str) -> tuple[DeviceCall, Mapping[str, str]]:
        """Return the call at an address, and the parts of the address.

        Raises:
            NotFound: there is none.
        """
        try:
            name, parts = self._addresses.match(path, method="POST")
        except NoRule as error:
            raise NotFound("There is nothing at this address that a box may bring") from error
        return self.by_name[name], {name: str(part) for name, part in parts.items()}

    def answer(self, unit: Unit, envelope: Envelope, loaded: LoadedBody | None = None) -> Answer:
        """Act on one request; where it is refused, its writes are undone and the answer stays.

        What may be otherwise when the device asks again is no answer, and raised.

        Args:
            envelope: of the request whose turn it is.
            loaded: the body that was validated when it came; an earlier request that waited for
                its turn is loaded from its envelope.
        """
        name, of, body = read_call(envelope.text)
        call = self.by_name[name]
        device = unit.session.scalars(
            select(Device).where(Device.public_id == UUID(envelope.sender))
        ).one()
        owner = unit.session.get_one(Party, device.owner_id)
        try:
            if loaded is not None and loaded.key == envelope.key:
                told = loaded.told
            else:
                told = call.schema.load(read_json(body.encode()))
            now = envelope.received_at
            asked = FieldCall(unit, device, owner, told, of, envelope.key, now)
            call.lock_first(asked)
            if call.exclusive(asked):
                one_writer(unit.session)
            with unit.session.begin_nested():
                outcome, answer = TAKEN, dict(call.handle(asked))
        except (ServiceError, GatewayError) as error:
            if error.retryable or isinstance(error, Unavailable):
                raise
            outcome, answer = f"{REFUSED}.{error.code}", problem_of(error)
        return Answer(outcome, write_answer(answer), call.keeps_payload)


def turn_of(
    claim: RequestClaim, device: int, text: str, now: datetime, *, keeps_payload: bool = True
) -> SequencedEnvelope:
    """Return a signed request as the one door takes it.

    Args:
        claim: of its headers, which the signature has proven.
        device: database key.
        text: see `write_call`.
        now: UTC; when it came.
        keeps_payload: whether the body is kept for review where the counter was used before.
    """
    envelope = Envelope(
        channel=DEVICE_CHANNEL,
        key=turn_key(claim.device, claim.counter),
        sender=str(claim.device),
        text=text,
        received_at=now,
        keeps_payload=keeps_payload,
    )
    return SequencedEnvelope(envelope, device, claim.counter, claim.time)


def write_call(name: str, of: Mapping[str, str], body: bytes) -> str:
    """Write a call as it is stored: its name, the parts of its address, its body unchanged."""
    return "\n".join((name, json.dumps(dict(of), sort_keys=True), body.decode()))


def read_call(text: str) -> tuple[str, Mapping[str, str], str]:
    """Read what `write_call` wrote."""
    name, of, body = text.split("\n", 2)
    return name, json.loads(of), body


def write_answer(answer: Mapping[str, object]) -> str:
    """Write the answer to a device, as it is stored and sent."""
    return json.dumps(answer, ensure_ascii=False, default=str)
