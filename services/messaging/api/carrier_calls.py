"""Parts that carriers' callbacks share: the secret that they carry, reports, descriptions."""

from collections.abc import Callable, Collection, Mapping, Sequence
from http import HTTPStatus
from time import monotonic, sleep
from typing import ClassVar, TypeVar

from flask import Response, request

from gateway.channels import shared
from gateway.envelope import Answer, Envelope
from gateway.intake import receive
from gateway.multipart import Part
from services.api.blueprint import Blueprint, refuses
from services.api.context import Context, context
from services.core.errors import DatabaseUnreachable
from services.messaging.multipart import take_part
from sms.message import DeliveryReport

View = Callable[..., Response]
Result = TypeVar("Result")

LONGEST_WAIT = 8.0
"""Seconds after which no further try for the database begins: Twilio waits 15 for an answer, others
10. A try itself takes what connecting takes."""

FIRST_WAIT = 0.2
"""Seconds before the second try; each later wait is twice as long."""

_WAITS = "part"
"""Outcome of a part of a long text whose other parts are missing."""


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
    """Apply a delivery report, and count it; of an unknown attempt it is only counted.

    While the database is away for a moment, wait, and try again: see `take_text`. A report has the
    same effect however often it comes.

    Raises:
        DatabaseUnreachable: the database was away for longer than carriers wait.
    """
    here = context()
    known = patiently(lambda: here.dispatch.report(report, here.clock()))
    here.metrics.reports.labels(report.channel, "yes" if known else "no").inc()


def take_text(told: Envelope | Part) -> None:
    """Take an SMS and count it; while the database is away for a moment, wait, and try again.

    A carrier that calls once, as Twilio does, counts 503 as the end of that text. The carrier's own
    id is the text's key, so a second try has no second effect.

    Raises:
        DatabaseUnreachable: the database was away for longer than carriers wait.
        KeyConflict: the id came before with another text.
    """
    here = context()

    def take() -> Answer | None:
        if isinstance(told, Part):
            return take_part(told, here.units, here.answer)
        return receive(told, here.units, here.answer)

    answer = patiently(take)
    here.metrics.messages.labels(told.channel, answer.outcome if answer else _WAITS).inc()


def patiently(take: Callable[[], Result]) -> Result:
    """Try again while the database is unreachable, for as long as carriers wait for an answer."""
    until, wait = monotonic() + LONGEST_WAIT, FIRST_WAIT
    while True:
        try:
            return take()
        except DatabaseUnreachable:
            if monotonic() + wait > until:
                raise
        sleep(wait)
        wait *= 2


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
