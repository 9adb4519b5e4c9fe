"""Twilio's webhooks: an SMS that came in, and what became of one that went out."""

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import ClassVar

from flask import Response, request

from gateway.channels.twilio import (
    EMPTY_TWIML,
    SIGNATURE_HEADER,
    read_sms,
    read_status,
    verify,
)
from services.api.blueprint import Blueprint, refuses
from services.api.context import Context, context
from services.api.problems import when_refused
from services.messaging.api.carrier_calls import form_body, take_report, take_text
from sms.carriers.twilio import report_from_status

blueprint = Blueprint("twilio", "Webhooks that Twilio calls.", "/gateway/twilio")
_OPTIONAL = ("ErrorCode",)


class TwilioSigned:
    """Twilio may call it: the request carries its signature."""

    security: ClassVar[Sequence[Mapping[str, Sequence[str]]]] = ({"twilio": ()},)
    refusals: ClassVar[Sequence[HTTPStatus]] = (HTTPStatus.FORBIDDEN,)

    def admit(self, here: Context) -> None:
        """Verify the signature.

        Raises:
            BadSignature, ChannelOff: see `gateway.channels.twilio.verify`.
        """
        verify(
            request.url,
            request.form.items(multi=True),
            request.headers.get(SIGNATURE_HEADER),
            here.gateway,
        )


@blueprint.route("/sms", methods=["POST"], guard=TwilioSigned(), operation="receive_twilio_sms")
@blueprint.doc(
    requestBody=form_body(
        _OPTIONAL,
        {
            "MessageSid": "SM00000000000000000000000000000001",
            "From": "+67570000001",
            "To": "+67570000009",
            "Body": "TRACE 104276",
        },
    )
)
@blueprint.response(
    HTTPStatus.OK,
    {"type": "string"},
    content_type="text/xml",
    example=EMPTY_TWIML,
    description="Taken, or taken before: no TwiML to do, the reply goes out as a message",
)
@refuses(HTTPStatus.BAD_REQUEST, HTTPStatus.CONFLICT, HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
def sms() -> Response:
    """Take an SMS. The same MessageSid again is answered the same and has no effect."""
    here = context()
    envelope = read_sms(request.form.items(multi=True), here.clock())
    take_text(envelope)
    return Response(EMPTY_TWIML, content_type="text/xml; charset=utf-8")


@blueprint.route(
    "/status",
    methods=["POST"],
    guard=TwilioSigned(),
    parameters=[
        {
            "in": "query",
            "name": "attempt",
            "schema": {"type": "string", "format": "uuid"},
            "description": "Our id of the attempt, as we put it into the callback's address.",
        }
    ],
    operation="receive_twilio_status",
)
@blueprint.doc(
    requestBody=form_body(
        _OPTIONAL,
        {
            "MessageSid": "SM00000000000000000000000000000001",
            "MessageStatus": "undelivered",
            "ErrorCode": "30003",
        },
    )
)
@blueprint.response(HTTPStatus.NO_CONTENT, description="Taken; of an unknown attempt only counted")
@refuses(HTTPStatus.BAD_REQUEST, HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
def status() -> None:
    """Take a delivery report. It may come late, twice, or before the attempt's own end."""
    told = read_status(request.form.items(multi=True), request.args.items(multi=True))
    take_report(report_from_status(told.reference, told.status, told.error_code, told.attempt))


when_refused(blueprint)
