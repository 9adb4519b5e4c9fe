"""The routes of device calls, each made from the table; requests take effect in counter order."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from http import HTTPStatus
from typing import Any, ClassVar

from flask import Flask, Response, current_app, g, request
from marshmallow import fields

from gateway import devices
from gateway.envelope import DEVICE_CHANNEL, WAITING, Answer
from gateway.errors import GatewayError
from gateway.intake import receive_in_turn
from services.api.blueprint import Blueprint, refuses
from services.api.context import Context, context
from services.api.problems import from_document, refuse
from services.api.schemas import AnswerSchema
from services.core.errors import Conflict, Forbidden
from services.devices.calls import (
    REFUSED,
    CallDescription,
    DeviceCall,
    DeviceCallDispatcher,
    LoadedBody,
    turn_of,
    write_answer,
    write_call,
)
from services.devices.counter_gaps import gaps
from services.devices.registry import DeviceKind, find_signer

View = Callable[..., Any]

_EXTENSION = "bilum.device_calls"
# By the names of their calls; most of what they take to make is their description.
_made: dict[tuple[str, ...], tuple[Blueprint, ...]] = {}

_WAITING = "Stored; it takes effect when earlier requests of the device have come"


class WaitingCallSchema(AnswerSchema):
    """A request that came before earlier ones of its device."""

    state = fields.String(required=True)
    missing = fields.List(
        fields.List(fields.Integer()),
        required=True,
        metadata={"description": "First and last counter of each gap."},
    )


class DeviceSigned:
    """A field device of one of these kinds may call it: it signs each request.

    `g.signer` tells which it is, `g.claim` what it claims. An id of a device in the address must be
    its own.
    """

    security: ClassVar[Sequence[Mapping[str, Sequence[str]]]] = ({"device": ()},)
    refusals: ClassVar[Sequence[HTTPStatus]] = (HTTPStatus.BAD_REQUEST, HTTPStatus.FORBIDDEN)

    def __init__(self, *kinds: DeviceKind) -> None:
        self.kinds = frozenset(kinds)

    def admit(self, here: Context) -> None:
        """Verify the signature with a key that is believed at this moment.

        Raises:
            MalformedMessage, UnknownDevice, DeviceRevoked, BadDeviceSignature: see
                `gateway.devices` and `services.devices.registry`.
            Forbidden: a device of another kind, or in another device's name.
        """
        claim, signature = devices.read_claim(dict(request.headers))
        with here.database.read() as session:
            signer = find_signer(session, claim, here.clock())
        signed = devices.Request(request.method, request.path, request.get_data(cache=True))
        devices.verify(signed, claim, signature, signer.public)
        if signer.kind not in self.kinds:
            raise Forbidden(f"A device of the kind {signer.kind} may not do this")
        of = (request.view_args or {}).get("device", claim.device)
        if of != claim.device or request.query_string:
            raise Forbidden("A device may call its own address alone, without a query")
        g.claim, g.signer = claim, signer


def device_blueprints(
    app: Flask, dispatcher: DeviceCallDispatcher, described: Mapping[str, str]
) -> tuple[Blueprint, ...]:
    """Return a blueprint for each first part of the calls' names; `app` gets the dispatcher.

    Calls of the same names have the same blueprints in every application of a process.

    Args:
        app: that will have them.
        dispatcher: acts on the requests of `app`.
        described: a sentence about each blueprint, by its name.
    """
    app.extensions[_EXTENSION] = dispatcher
    names = tuple(call.name for call in dispatcher.calls)
    if names not in _made:
        _made[names] = tuple(_make_blueprints(dispatcher.calls, described))
    return _made[names]


def _make_blueprints(
    calls: Sequence[DeviceCall], described: Mapping[str, str]
) -> Iterator[Blueprint]:
    for name, sentence in described.items():
        blueprint = Blueprint(name, sentence)
        for call in calls:
            feature, _, endpoint = call.name.partition(".")
            if feature == name:
                _add_route(blueprint, endpoint, call)
        blueprint.errorhandler(GatewayError)(refuse)
        yield blueprint


def _add_route(blueprint: Blueprint, endpoint: str, call: DeviceCall) -> None:
    def view(told: object, **parts: object) -> Response:
        return _take(call.name, told, parts)

    view.__name__ = endpoint
    route = blueprint.route(
        call.path,
        methods=["POST"],
        guard=DeviceSigned(*call.kinds),
        operation=call.name.replace(".", "_"),
        **({} if call.longest is None else {"body": call.longest}),
    )
    about = call.description
    described = view if about is None else _described(blueprint, about, view)
    route(blueprint.arguments(call.schema, example=about and about.example)(described))


def _described(blueprint: Blueprint, about: CallDescription, view: View) -> View:
    view.__doc__ = about.summary
    view = blueprint.alt_response(
        HTTPStatus.ACCEPTED,
        schema=WaitingCallSchema,
        example={"state": WAITING, "missing": [[3, 4]]},
        description=_WAITING,
    )(view)
    view = blueprint.response(HTTPStatus.OK, about.answer, example=about.answer_example)(view)
    return refuses(*about.refusals)(view)


def _take(name: str, told: object, parts: Mapping[str, object]) -> Response:
    """Let the request of this thread through the one door, and answer with its outcome.

    Raises:
        KeyConflict: the counter was used with another content.
        Conflict: it was done so long ago that the answer is no longer kept.
    """
    here, signer = context(), g.signer
    dispatcher: DeviceCallDispatcher = current_app.extensions[_EXTENSION]
    call = dispatcher.by_name[name]
    of = {name: str(part) for name, part in parts.items() if name != "device"}
    text = write_call(name, of, request.get_data(cache=True))
    turn = turn_of(g.claim, signer.id, text, here.clock(), keeps_payload=call.keeps_payload)
    loaded = LoadedBody(turn.envelope.key, told)
    answer = receive_in_turn(turn, here.units, partial(dispatcher.answer, loaded=loaded))
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
