"""What the calls of all carriers share: taking a text, taking a report, counting a refusal."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING

from flask import Response, request
from werkzeug.exceptions import HTTPException

from gateway.errors import GatewayError
from gateway.intake import receive
from gateway.parts import Part
from services.joining import take_part
from services.web.context import context
from services.web.problems import from_error, from_http, http_code
from sms.errors import SmsError

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

    from gateway.envelope import Envelope
    from services.web.blueprint import Blueprint
    from sms.message import DeliveryReport

    View = Callable[..., Response]

Refusal = GatewayError | SmsError | HTTPException

# The outcome of a part, until the others are there.
_WAITS = "part"


def take_text(told: Envelope | Part) -> None:
    """Let a person's text through the one door, and count it; a part waits for the others."""
    here = context()
    if isinstance(told, Part):
        answer = take_part(told, here.units, here.answer)
    else:
        answer = receive(told, here.units, here.answer)
    outcome = answer.outcome if answer else _WAITS
    here.metrics.messages.labels(told.channel, outcome).inc()


def take_report(report: DeliveryReport) -> None:
    """Apply a delivery report, and count it; of an unknown attempt it is only counted."""
    here = context()
    known = here.dispatch.report(report, here.clock())
    here.metrics.reports.labels(report.channel, "yes" if known else "no").inc()


def count_refusal(channel: str, error: Refusal) -> None:
    """Count a call that was refused, or settled without effect."""
    code = http_code(error) if isinstance(error, HTTPException) else error.code
    context().metrics.refused.labels(channel, code).inc()


def refuse(error: Refusal) -> Response:
    """Count a refused call under its route, and answer with the problem."""
    count_refusal((request.endpoint or "").replace(".", "-"), error)
    return problem_of(error)


def problem_of(error: Refusal) -> Response:
    """Answer with the problem."""
    return from_http(error) if isinstance(error, HTTPException) else from_error(error)


def when_refused(blueprint: Blueprint, handle: Callable[[Refusal], Response] = refuse) -> None:
    """Let `handle` answer all that a carrier's calls are refused for, bodies too long as well."""
    for kind in (GatewayError, SmsError, HTTPException):
        blueprint.errorhandler(kind)(handle)


def empty() -> Response:
    """Answer with nothing, which is all that some carriers ask for."""
    return Response("", content_type="text/plain; charset=utf-8")


def form_body(optional: Collection[str], fields: Mapping[str, str]) -> Mapping[str, object]:
    """Describe the form that a carrier posts: its fields, each with an example."""
    schema = {
        "type": "object",
        "properties": {name: {"type": "string"} for name in fields},
        "required": [name for name in fields if name not in optional],
    }
    content = {"schema": schema, "example": dict(fields)}
    return {"required": True, "content": {"application/x-www-form-urlencoded": content}}


def answers_empty(
    blueprint: Blueprint, description: str, *refusals: HTTPStatus
) -> Callable[[View], View]:
    """Describe the answers of a call that gets an empty text, and what refuses it."""

    def describe(view: View) -> View:
        for status in (*refusals, HTTPStatus.REQUEST_ENTITY_TOO_LARGE):
            view = blueprint.alt_response(status, status.name)(view)
        answer = {"content_type": "text/plain", "example": "", "description": description}
        described: View = blueprint.response(HTTPStatus.OK, {"type": "string"}, **answer)(view)
        return described

    return describe
