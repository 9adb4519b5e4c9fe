"""The box's own web server, for the village: its Kannel, and readers on its network."""

import re
from http import HTTPStatus
from uuid import UUID

from flask import Flask, Response, jsonify, request
from werkzeug.exceptions import HTTPException

from gateway.channels.kannel import read_mo, read_report
from gateway.channels.shared import given_secret, verify
from gateway.devices import CLAIM_HEADERS, Request, read_claim
from gateway.envelope import Envelope
from gateway.errors import MalformedMessage
from gateway.multipart import Part
from gateway.settings import GatewaySettings
from services.api.problems import from_http, handle_problems
from services.box.intake import LARGEST_ITEM, Intake
from services.box.pending_requests import queued
from services.box.sender import Sender
from services.core.errors import Forbidden, NotFound
from sms.carriers.kannel import report_from_dlr

_LONGEST_TEXT = 64 * 1024
_PATH = re.compile(r"/[A-Za-z0-9_/.-]{1,300}")


def create_box_app(door: Intake, sender: Sender, gateway: GatewaySettings) -> Flask:
    """Make the WSGI application of a box.

    Phones come through Kannel, whose calls carry its secret; readers sign, and the server
    verifies: the box knows no keys. Nothing else is offered.
    """
    app = Flask(__name__, static_folder=None)
    app.config.update(DEBUG=False, MAX_CONTENT_LENGTH=LARGEST_ITEM)
    handle_problems(app)
    app.register_error_handler(HTTPException, from_http)

    def of_kannel() -> None:
        given = given_secret(request.headers, request.args)
        verify("kannel", given, request.remote_addr, gateway)

    @app.route("/gateway/kannel/mo", methods=["GET", "POST"])
    def mo() -> Response:
        of_kannel()
        request.max_content_length = _LONGEST_TEXT
        body = request.get_data() if request.method == "POST" else None
        door.take_text(_whole(read_mo(request.query_string, body, door.clock())))
        return _empty()

    @app.get("/gateway/kannel/dlr")
    def dlr() -> Response:
        of_kannel()
        told = read_report(request.query_string)
        sender.report(report_from_dlr(told.state, told.answer, told.attempt))
        return _empty()

    @app.post("/gateway/readers/<uuid:device>/<path:_rest>")
    def reader(device: UUID, _rest: str) -> tuple[Response, HTTPStatus]:
        claim, _ = read_claim(dict(request.headers))
        if not _PATH.fullmatch(request.path):
            raise NotFound("There is nothing at this address")
        if claim.device != device or request.query_string:
            raise Forbidden("A device may call its own address alone, without a query")
        signed = Request(request.method, request.path, request.get_data())
        door.take_signed(signed, {name: request.headers[name] for name in CLAIM_HEADERS})
        return jsonify(state="waiting"), HTTPStatus.ACCEPTED

    @app.get("/health")
    def health() -> Response:
        with door.store.read() as unit:
            waiting = queued(unit)
        return jsonify(state="ok" if door.reserve.is_kept else "full", queued=waiting)

    return app


def _whole(came: Envelope | Part) -> Envelope:
    if isinstance(came, Part):
        raise MalformedMessage("udh", "the box's own Kannel joins parts: leave out udh")
    return came


def _empty() -> Response:
    # Kannel would send the body of such an answer to the phone.
    return Response("", content_type="text/plain; charset=utf-8")
