"""Shared handling of carrier callbacks: texts, delivery reports, refusals."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from http import HTTPStatus

from flask import Response

from gateway.envelope import Envelope
from gateway.intake import receive
from gateway.multipart import Part
from services.api.blueprint import Blueprint, refuses
from services.api.context import context
from services.messaging.multipart import take_part
from sms.message import DeliveryReport

View = Callable[..., Response]

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
        view = refuses(*refusals, HTTPStatus.REQUEST_ENTITY_TOO_LARGE)(view)
        answer = {"content_type": "text/plain", "example": "", "description": description}
        described: View = blueprint.response(HTTPStatus.OK, {"type": "string"}, **answer)(view)
        return described

    return describe
