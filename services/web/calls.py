"""The calls of field devices: let through the one door in the order of each device's counter."""

from __future__ import annotations

import json
from http import HTTPStatus
from typing import TYPE_CHECKING

from flask import Response, g, request

from gateway.envelope import DEVICE_CHANNEL, WAITING, Envelope, Turn, turn_key
from gateway.intake import receive_in_turn
from services.errors import Conflict
from services.storage.turns import gaps
from services.web.context import context
from services.web.problems import from_document

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from gateway.devices import Claim
    from gateway.envelope import Answer

TAKEN = "taken"
REFUSED = "error"


def take_call(name: str, of: Mapping[str, str], *, keeps_payload: bool = True) -> Response:
    """Let the request of this thread through the one door, and answer with what became of it.

    Its body is one that the call's schema has read already; its guard was `DeviceSigned`.

    Args:
        name: of the call, see `services.field.Handled`.
        of: the parts of its address that tell what it is about.
        keeps_payload: whether the body is kept for review where the counter was used before.

    Raises:
        KeyConflict: the counter was used with another content.
        Conflict: it was done so long ago that the answer is no longer kept.
    """
    here, signer = context(), g.signer
    text = write_call(name, of, request.get_data(cache=True))
    turn = turn_of(g.claim, signer.id, text, here.clock(), keeps_payload=keeps_payload)
    answer = receive_in_turn(turn, here.units, here.field)
    here.metrics.messages.labels(f"{DEVICE_CHANNEL}-{name}", answer.outcome).inc()
    return _response(answer, signer.id)


def turn_of(
    claim: Claim, device: int, text: str, now: datetime, *, keeps_payload: bool = True
) -> Turn:
    """Return a signed request as the one door takes it.

    Args:
        claim: of its headers, which the signature has proven.
        device: database key.
        text: see `write_call`.
        now: UTC; when it came.
        keeps_payload: see `take_call`.
    """
    envelope = Envelope(
        channel=DEVICE_CHANNEL,
        key=turn_key(claim.device, claim.counter),
        sender=str(claim.device),
        text=text,
        received_at=now,
        keeps_payload=keeps_payload,
    )
    return Turn(envelope, device, claim.counter, claim.time)


def write_call(name: str, of: Mapping[str, str], body: bytes) -> str:
    """Write a call as it is stored: its name, the parts of its address, and its body, unchanged."""
    return "\n".join((name, json.dumps(dict(of), sort_keys=True), body.decode()))


def read_call(text: str) -> tuple[str, Mapping[str, str], str]:
    """Read what `write_call` wrote."""
    name, of, body = text.split("\n", 2)
    return name, json.loads(of), body


def write_answer(answer: Mapping[str, object]) -> str:
    """Write what a device is answered, as it is stored and sent."""
    return json.dumps(answer, ensure_ascii=False, default=str)


def _response(answer: Answer, device: int) -> Response:
    if answer.outcome == WAITING:
        with context().database.read() as session:
            missing = [list(gap) for gap in gaps(session, device)]
        body = write_answer({"state": WAITING, "missing": missing})
        return Response(body, HTTPStatus.ACCEPTED, content_type="application/json")
    if not answer.text:
        raise Conflict("This was done before, so long ago that its answer is no longer kept")
    if answer.outcome.startswith(REFUSED):
        return from_document(json.loads(answer.text))
    return Response(answer.text, HTTPStatus.OK, content_type="application/json")
