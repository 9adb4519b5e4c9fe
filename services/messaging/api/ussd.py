"""Calls of operators for USSD: what was typed comes in, the next screen goes out.

An operator shows what it is answered, and ends the call when it cannot read it.
"""

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import ClassVar

from flask import Response, request

from gateway.channels.ussd import marked, read_call
from gateway.errors import GatewayError
from gateway.intake import receive_prepared
from gateway.operators import Operator
from services.api.blueprint import Blueprint, refuses
from services.api.context import Context, context
from services.api.problems import count_refusal, from_error
from services.core.errors import NotFound
from services.messaging.api.carrier_calls import form_body, verify_caller
from sms.errors import SmsError


class OperatorSecret:
    """An operator of USSD may call its own address: its calls carry the operator's secret."""

    security: ClassVar[Sequence[Mapping[str, Sequence[str]]]] = ({"ussd": ()},)
    refusals: ClassVar[Sequence[HTTPStatus]] = (HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND)

    def admit(self, here: Context) -> None:
        """Compare the secret, and where the request comes from.

        Raises:
            NotFound: there is no such operator.
            BadSecret, ChannelOff: see `gateway.channels.shared.verify`.
        """
        verify_caller(operator_called(here).channel, here)


def operator_called(here: Context) -> Operator:
    """Return the operator whose address is called.

    Raises:
        NotFound: there is none.
    """
    name = (request.view_args or {}).get("operator")
    for operator in here.gateway.ussd:
        if operator.name == name:
            return operator
    raise NotFound("There is no such operator: BILUM_USSD tells which there are")


blueprint = Blueprint("ussd", "Calls of operators for USSD.", "/gateway/ussd")

_EXAMPLE = "CON Pigs\n1 Move\n2 Arrived\n0 Back 00 Home"


@blueprint.route(
    "/<operator>", methods=["POST"], guard=OperatorSecret(), operation="take_ussd_step"
)
@blueprint.doc(
    requestBody=form_body(
        ("serviceCode", "networkCode"),
        {
            "sessionId": "ATUid_00000000000000000000000000000001",
            "serviceCode": "*123#",
            "phoneNumber": "+67570000001",
            "networkCode": "53701",
            "text": "1*2",
        },
    )
)
@refuses(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, HTTPStatus.CONFLICT, HTTPStatus.BAD_REQUEST)
@blueprint.response(
    HTTPStatus.OK,
    {"type": "string"},
    content_type="text/plain",
    example=_EXAMPLE,
    description="The next screen, at most 182 characters of GSM-7, marked as the operator wants it",
)
def step(operator: str) -> Response:  # noqa: ARG001 — the guard has looked it up
    """Take what was typed, and answer with the next screen.

    The fields are called as the operator's settings tell; these are Africa's Talking's. The same
    request again is answered the same and has no effect.
    """
    here = context()
    told = operator_called(here)
    dialled = read_call(request.form.items(multi=True), told, here.clock())
    done = receive_prepared(here.units, here.turn(dialled).foresee(here.database))
    here.metrics.messages.labels(told.channel, done.outcome).inc()
    body, headers = marked(told, done)
    return Response(body, headers=headers, content_type="text/plain; charset=utf-8")


@blueprint.errorhandler(GatewayError)
def _refuse(error: GatewayError | SmsError) -> Response:
    count_refusal("ussd", error)
    return from_error(error)
