"""Callbacks of Africa's Talking: an SMS that came in, and what became of one that went out."""

from http import HTTPStatus

from flask import Response, request

from gateway.channels.africastalking import read_delivery, read_sms
from services.api.blueprint import Blueprint
from services.api.context import context
from services.api.problems import count_refusal, when_refused
from services.messaging.api.carrier_calls import (
    SharedSecret,
    answers_empty,
    empty,
    form_body,
    take_report,
    take_text,
)
from sms.carriers.africastalking import report_from_delivery
from sms.errors import ReportError

blueprint = Blueprint("africastalking", "Callbacks of Africa's Talking.", "/gateway/africastalking")
_OPTIONAL = ("to", "date", "linkId", "networkCode", "cost", "failureReason", "retryCount")


@blueprint.route(
    "/sms",
    methods=["POST"],
    guard=SharedSecret("africastalking"),
    operation="receive_africastalking_sms",
)
@blueprint.doc(
    requestBody=form_body(
        _OPTIONAL,
        {
            "id": "00000000-0000-4000-8000-000000000001",
            "from": "+67570000001",
            "to": "21512",
            "text": "TRACE 104276",
            "date": "2026-11-25 01:02:03",
            "linkId": "00000000-0000-4000-8000-000000000002",
            "networkCode": "53701",
            "cost": "None",
        },
    )
)
@answers_empty(
    blueprint,
    "Taken, or taken before: the reply goes out as a message",
    HTTPStatus.BAD_REQUEST,
    HTTPStatus.CONFLICT,
)
def sms() -> Response:
    """Take an SMS. The same id again is answered the same and has no effect."""
    here = context()
    envelope = read_sms(request.form.items(multi=True), here.clock())
    take_text(envelope)
    return empty()


@blueprint.route(
    "/delivery",
    methods=["POST"],
    guard=SharedSecret("africastalking"),
    operation="receive_africastalking_report",
)
@blueprint.doc(
    requestBody=form_body(
        _OPTIONAL,
        {
            "id": "ATXid_00000000000000000000000000000001",
            "status": "Failed",
            "phoneNumber": "+67570000001",
            "networkCode": "53701",
            "failureReason": "UserDoesNotExist",
            "retryCount": "0",
        },
    )
)
@answers_empty(blueprint, "Taken; of an unknown message only counted", HTTPStatus.BAD_REQUEST)
def delivery() -> Response:
    """Take a delivery report. It may come late, or twice."""
    told = read_delivery(request.form.items(multi=True))
    take_report(report_from_delivery(told.reference, told.status, told.reason))
    return empty()


@blueprint.errorhandler(ReportError)
def _unknown(error: ReportError) -> Response:
    """Take a report of a state that is not documented: told again, it would say the same."""
    count_refusal("africastalking-delivery", error)
    return empty()


when_refused(blueprint)
