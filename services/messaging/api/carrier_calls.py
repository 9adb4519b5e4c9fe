"""Parts that carriers' callbacks share: the secret that they carry, reports, descriptions."""

from collections.abc import Callable, Collection, Mapping, Sequence
from http import HTTPStatus
from typing import ClassVar

from flask import Response, request

from gateway.channels import shared
from services.api.blueprint import Blueprint, refuses
from services.api.context import Context, context
from sms.message import DeliveryReport

View = Callable[..., Response]


class SharedSecret:
    """A carrier may call it that signs nothing: its calls carry the channel's secret.

    Args:
        channel: one of `gateway.channels.shared.CHANNELS`, and the name of its security scheme.
    """

    refusals: ClassVar[Sequence[HTTPStatus]] = (HTTPStatus.FORBIDDEN,)

    def __init__(self, channel: str) -> None:
        self.channel = channel

    @property
    def security(self) -> Sequence[Mapping[str, Sequence[str]]]:
        """The channel's own scheme."""
        return ({self.channel: ()},)

    def admit(self, here: Context) -> None:
        """Compare the secret, and where the request comes from.

        Raises:
            BadSecret, ChannelOff: see `gateway.channels.shared.verify`.
        """
        verify_caller(self.channel, here)


def verify_caller(channel: str, here: Context) -> None:
    """Return if the request of this thread carries a channel's secret.

    Raises:
        BadSecret, ChannelOff: see `gateway.channels.shared.verify`.
    """
    given = shared.given_secret(request.headers, request.args)
    shared.verify(channel, given, request.remote_addr, here.gateway)


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
