"""Requests of readers that a box kept: each is verified and taken as if it had come by itself."""

import json
from collections.abc import Iterable, Mapping
from datetime import datetime
from functools import partial
from typing import Any
from uuid import UUID

from marshmallow import ValidationError
from sqlalchemy import select
from werkzeug.exceptions import HTTPException

from gateway.channels.village import SIGNED_CHANNEL
from gateway.devices import DEVICE_HEADER, Request, read_claim, verify
from gateway.envelope import Answer, Envelope
from gateway.errors import GatewayError, KeyConflict
from gateway.intake import take_in_turn, take_turn
from services.api.problems import KnownError, problem_of
from services.api.strict_json import read_json
from services.core.errors import Forbidden, Invalid, ServiceError, Unavailable
from services.devices.calls import (
    REFUSED,
    TAKEN,
    DeviceCall,
    DeviceCallDispatcher,
    FieldCall,
    LoadedBody,
    turn_of,
    write_answer,
    write_call,
)
from services.devices.registry import DeviceKind, find_signer
from services.storage.models import Device
from services.storage.unit_of_work import Unit
from services.village.protocol import SIGNED


class RelayedRequests:
    """Takes requests that readers signed; `dispatcher` knows the calls that a box may bring."""

    def __init__(self, dispatcher: DeviceCallDispatcher) -> None:
        self._dispatcher = dispatcher

    def envelope(self, item: Mapping[str, Any], key: str, now: datetime) -> Envelope:
        """Return a request as the box kept it; it is opened only by `handle`."""
        kept = {name: item[name] for name in ("method", "path", "headers", "body")}
        box = key.partition(":")[0]
        return Envelope(SIGNED_CHANNEL, key, box, json.dumps(kept), now, item["at"])

    def handle(self, unit: Unit, envelope: Envelope) -> Answer:
        """Take a request in its turn. What is refused stays in the box's envelope, for a person.

        What may be otherwise when it comes again is no refusal, and raised.
        """
        try:
            with unit.session.begin_nested():
                done = self._take(unit, json.loads(envelope.text), envelope.received_at)
        except (ServiceError, GatewayError) as error:
            if error.retryable or isinstance(error, Unavailable):
                raise
            return _refused(error)
        if done is None:
            return _refused(KeyConflict("The counter was used before with other content"))
        if done.outcome.startswith(REFUSED) and done.text:
            return done
        return Answer(TAKEN, keeps_payload=False)

    def _take(self, unit: Unit, kept: Mapping[str, Any], now: datetime) -> Answer | None:
        claim, signature = read_claim(kept["headers"])
        signer = find_signer(unit.session, claim, now)
        body: str = kept["body"]
        request = Request(kept["method"], kept["path"], body.encode("utf-8", "surrogatepass"))
        verify(request, claim, signature, signer.public)
        call, of = self._call(kept["path"], signer.kind, claim.device)
        told = _load(call, body)
        turn = turn_of(claim, signer.id, write_call(call.name, of, body.encode()), now)
        handle = partial(self._dispatcher.answer, loaded=LoadedBody(turn.envelope.key, told))
        answer = take_in_turn(turn, unit, handle)
        # What waited for it has its turn now.
        while take_turn(signer.id, unit, handle):
            pass
        return answer

    def _call(
        self, path: str, kind: DeviceKind, device: UUID
    ) -> tuple[DeviceCall, Mapping[str, str]]:
        """Return the call at an address, and the parts of the address.

        Raises:
            NotFound: there is none that a box may bring.
            Forbidden: a device of another kind, or in another device's name.
        """
        call, parts = self._dispatcher.at(path)
        if kind not in call.kinds:
            raise Forbidden(f"A device of the kind {kind} may not do this")
        if parts.get("device", str(device)) != str(device):
            raise Forbidden("A device may call its own address alone, without a query")
        return call, {name: part for name, part in parts.items() if name != "device"}


def _refused(error: KnownError) -> Answer:
    return Answer(f"{REFUSED}.{error.code}", write_answer(problem_of(error)))


def lock_signers(call: FieldCall) -> None:
    """Lock the readers of a batch before anything of it takes effect.

    In one order, and before the lock of those who write: whoever comes by himself does it so, too.
    """
    items = call.told["items"]
    told = {item["headers"][DEVICE_HEADER] for item in items if item["kind"] == SIGNED}
    if told:
        call.unit.session.execute(
            select(Device.id)
            .where(Device.public_id.in_(_ids(told)))
            .order_by(Device.id)
            .with_for_update()
        )


def _ids(told: Iterable[str]) -> list[UUID]:
    found = []
    for text in told:
        try:
            found.append(UUID(text))
        except ValueError:
            continue
    return found


def _load(call: DeviceCall, body: str) -> object:
    """Return the body as the call's schema loads it.

    Raises:
        Invalid: it is not as the call has it.
    """
    try:
        return call.schema.load(read_json(body.encode()))
    except ValidationError as error:
        raise Invalid("Some fields are wrong: see errors", error.messages_dict) from error
    except (HTTPException, UnicodeEncodeError) as error:
        raise Invalid("The body is not the JSON that this call takes") from error
