"""The calls of field devices: let through the one door in the order of each device's counter."""

from __future__ import annotations

import json
from collections.abc import Mapping
from http import HTTPStatus

from flask import Response, g, request

from gateway.envelope import DEVICE_CHANNEL, WAITING, Answer
from gateway.intake import receive_in_turn
from services.api.context import context
from services.api.problems import from_document
from services.core.errors import Conflict
from services.devices.call_format import REFUSED, turn_of, write_answer, write_call
from services.storage.device_queue import gaps


def take_call(name: str, of: Mapping[str, str], *, keeps_payload: bool = True) -> Response:
    """Let the request of this thread through the one door, and answer with what became of it.

    Its body is one that the call's schema has read already; its guard was `DeviceSigned`.

    Args:
        name: of the call, see `services.devices.calls.Handled`.
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
