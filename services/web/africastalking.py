"""Callbacks of Africa's Talking: an SMS that came in, and what became of one that went out."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING

from flask import Response, request

from gateway.channels.africastalking import read_delivery, read_sms
from gateway.errors import GatewayError
from gateway.intake import receive
from services.web.blueprint import Blueprint
from services.web.context import context
from services.web.guards import SharedSecret
from services.web.problems import from_error
from sms.carriers.africastalking import report_from_delivery
from sms.errors import SmsError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    View = Callable[..., Response]

blueprint = Blueprint("africastalking", "Callbacks of Africa's Talking.", "/gateway/africastalking")
_OPTIONAL = ("to", "date", "linkId", "networkCode", "cost", "failureReason", "retryCount")


def _form(**fields: str) -> Mapping[str, object]:
    """Describe the fields of a form, `from_` without its stroke, each with an example."""
    example = {name.rstrip("_"): value for name, value in fields.items()}
    schema = {
        "type": "object",
        "properties": {name: {"type": "string"} for name in example},
        "required": [name for name in example if name not in _OPTIONAL],
    }
    content = {"schema": schema, "example": example}
    return {"required": True, "content": {"application/x-www-form-urlencoded": content}}


def _answers(description: str, *refusals: HTTPStatus) -> Callable[[View], View]:
    """Describe the answers of a callback: an empty text, which is all that is asked for."""

    def describe(view: View) -> View:
        for status in (*refusals, HTTPStatus.REQUEST_ENTITY_TOO_LARGE):
            view = blueprint.alt_response(status, status.name)(view)
        answer = {"content_type": "text/plain", "example": "", "description": description}
        described: View = blueprint.response(HTTPStatus.OK, {"type": "string"}, **answer)(view)
        return described

    return describe


@blueprint.route("/sms", methods=["POST"], guard=SharedSecret("africastalking"))
@blueprint.doc(
    requestBody=_form(
        id="00000000-0000-4000-8000-000000000001",
        from_="+67570000001",
        to="21512",
        text="TRACE 104276",
        date="2026-11-25 01:02:03",
        linkId="00000000-0000-4000-8000-000000000002",
        networkCode="53701",
        cost="None",
    )
)
@_answers(
    "Taken, or taken before: the reply goes out as a message",
    HTTPStatus.BAD_REQUEST,
    HTTPStatus.CONFLICT,
)
def sms() -> Response:
    """Take an SMS. The same id again is answered the same and has no effect."""
    here = context()
    envelope = read_sms(request.form.items(multi=True), here.clock())
    answer = receive(envelope, here.units, here.answer)
    here.metrics.messages.labels(envelope.channel, answer.outcome).inc()
    return _taken()


@blueprint.route("/delivery", methods=["POST"], guard=SharedSecret("africastalking"))
@blueprint.doc(
    requestBody=_form(
        id="ATXid_00000000000000000000000000000001",
        status="Failed",
        phoneNumber="+67570000001",
        networkCode="53701",
        failureReason="UserDoesNotExist",
        retryCount="0",
    )
)
@_answers("Taken; of an unknown message only counted", HTTPStatus.BAD_REQUEST)
def delivery() -> Response:
    """Take a delivery report. It may come late, or twice."""
    here = context()
    told = read_delivery(request.form.items(multi=True))
    report = report_from_delivery(told.reference, told.status, told.reason)
    known = here.dispatch.report(report, here.clock())
    here.metrics.reports.labels(report.channel, "yes" if known else "no").inc()
    return _taken()


def _taken() -> Response:
    return Response("", content_type="text/plain; charset=utf-8")


@blueprint.errorhandler(GatewayError)
@blueprint.errorhandler(SmsError)
def _refuse(error: GatewayError | SmsError) -> Response:
    channel = (request.endpoint or "").replace(".", "-")
    context().metrics.refused.labels(channel, error.code).inc()
    return from_error(error)
