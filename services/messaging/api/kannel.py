"""Kannel's calls: an SMS that came in, and what became of one that went out.

Kannel repeats a call until it is answered by 200 or 202, and would send the body of such an answer
to the phone. So every answer that settles a matter is 200 and empty; a fault of the configuration
is refused, and the message comes again when it is mended.
"""

from collections.abc import Callable
from http import HTTPStatus

from flask import Response, request

from gateway.channels.kannel import read_mo, read_report
from gateway.errors import KeyConflict
from services.api.blueprint import Blueprint
from services.api.context import context
from services.api.problems import Refusal, count_refusal, from_refusal, when_refused
from services.messaging.api.carrier_calls import (
    SharedSecret,
    answers_empty,
    empty,
    take_report,
    take_text,
)
from sms.carriers.kannel import report_from_dlr
from sms.errors import ReportError

View = Callable[[], Response]

blueprint = Blueprint("kannel", "Calls of Kannel's smsbox.", "/gateway/kannel")

_GUARD = SharedSecret("kannel")
_FROM_SMSBOX = {
    "from": ("%p", "+67570000001"),
    "to": ("%P", "16345"),
    "id": ("%I", "4549ced3-00d5-46b2-923a-1072292e6f50"),
    "ts": ("%t", "2026-11-25 01:02:03"),
    "charset": ("%C", "UTF-8"),
    "coding": ("%c", "0"),
    "udh": ("%u", "\x05\x00\x03\x07\x02\x01"),
}
_OCTETS = ("udh",)
_TEXT = {"text": ("%b", "TRACE 104276")}
_OF_REPORT = {
    "attempt": ("Our id of the attempt", "00000000-0000-4000-8000-000000000001"),
    "state": ("%d", "1"),
    "answer": ("%A", "id:1 sub:001 dlvrd:001 stat:DELIVRD err:000"),
}
_REQUIRED = ("from", "id", "text", "state")


def _described(
    parameters: dict[str, tuple[str, str]], description: str, **more: object
) -> Callable[[View], View]:
    """Describe a call: its parameters, each with what Kannel puts there, and its empty answer."""
    listed = [
        {
            "in": "query",
            "name": name,
            "required": name in _REQUIRED,
            "schema": {"type": "string"},
            "description": f"Kannel's {escape}." if escape.startswith("%") else f"{escape}.",
            "example": example,
        }
        for name, (escape, example) in parameters.items()
    ]

    answered = answers_empty(blueprint, description, HTTPStatus.BAD_REQUEST)
    documented = blueprint.doc(parameters=listed, **more)
    return lambda view: answered(documented(view))


_TAKEN = "Taken, or taken before; empty, the reply goes out as a message"
_BODY = {
    "required": True,
    "content": {"text/plain": {"schema": {"type": "string"}, "example": "TRACE 104276"}},
}


@blueprint.route(
    "/mo", methods=["GET"], guard=_GUARD, octets=_OCTETS, operation="receive_kannel_sms"
)
@_described(_FROM_SMSBOX | _TEXT, _TAKEN)
def mo() -> Response:
    """Take an SMS (`get-url`). The same id again is answered the same and has no effect."""
    return _receive(None)


@blueprint.route(
    "/mo", methods=["POST"], guard=_GUARD, octets=_OCTETS, operation="receive_kannel_sms_body"
)
@_described(_FROM_SMSBOX, _TAKEN, requestBody=_BODY)
def mo_post() -> Response:
    """Take an SMS whose text is the body (`post-url`), so that no address holds it."""
    return _receive(request.get_data())


@blueprint.route("/dlr", methods=["GET"], guard=_GUARD, operation="receive_kannel_report")
@_described(_OF_REPORT, "Taken; of an unknown attempt only counted")
def dlr() -> Response:
    """Take a delivery report. It may come late, twice, or before the attempt's own end."""
    told = read_report(request.query_string)
    take_report(report_from_dlr(told.state, told.answer, told.attempt))
    return empty()


def _receive(body: bytes | None) -> Response:
    here = context()
    told = read_mo(request.query_string, body, here.clock())
    take_text(told)
    return empty()


@blueprint.errorhandler(KeyConflict)
@blueprint.errorhandler(ReportError)
def _settled(error: Refusal) -> Response:
    _count(error)
    return empty()


def _refuse(error: Refusal) -> Response:
    _count(error)
    return from_refusal(error)


def _count(error: Refusal) -> None:
    count_refusal(f"kannel-{request.path.rpartition('/')[2]}", error)


when_refused(blueprint, _refuse)
