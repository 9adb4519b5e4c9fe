"""The simulator's page, its files, and what has reached its phones."""

from __future__ import annotations

from http import HTTPStatus
from importlib.resources import files
from typing import TYPE_CHECKING

from flask import Response, g, jsonify
from marshmallow import fields

from services.simulator.setup import make_setup
from services.simulator.texts import texts_to
from services.web.blueprint import Blueprint
from services.web.context import context
from services.web.guards import Development
from services.web.pages import Page
from services.web.schemas import AnswerSchema
from sms.numbers import normalise

if TYPE_CHECKING:
    from collections.abc import Sequence

    from services.simulator.texts import Text

_ALONE = Development("Who tries the program alone has no token yet; the page shows trial data.")
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_FILES = files("services.simulator") / "files"
_TEXT = {"type": "string"}

blueprint = Blueprint("simulator", "Phones to try it with, in development mode.", "/simulator")


class PhoneTextSchema(AnswerSchema):
    """One text on a phone."""

    id = fields.UUID(required=True)
    text = fields.String(required=True)
    at = fields.DateTime(required=True)


class PhoneTextsSchema(AnswerSchema):
    """The newest texts to one number, oldest first."""

    number = fields.String(required=True, metadata={"description": "E.164."})
    texts = fields.List(fields.Nested(PhoneTextSchema), required=True)


_NUMBER = {
    "in": "path",
    "name": "number",
    "description": "Phone number, as people write it.",
    "example": "+67570000001",
}
_TEXTS = {
    "number": "+67570000001",
    "texts": [
        {
            "id": "00000000-0000-4000-8000-000000000001",
            "text": "We wrote down your pig 104276. Receipt 7KQ2-M9XA-P4TD-WZ3C",
            "at": "2026-11-25T01:02:03+00:00",
        }
    ],
}


@blueprint.route("", guard=_ALONE)
@blueprint.response(
    HTTPStatus.OK, _TEXT, content_type="text/html", example="<!doctype html>", description="A page."
)
def page() -> Response:
    """Play phones in the browser."""
    return _file("phone.html", "text/html; charset=utf-8")


@blueprint.route("/phone.css", guard=_ALONE)
@blueprint.response(HTTPStatus.OK, _TEXT, content_type="text/css", example="", description="How.")
def style() -> Response:
    """Load how the page looks."""
    return _file("phone.css", "text/css; charset=utf-8")


@blueprint.route("/phone.js", guard=_ALONE)
@blueprint.response(
    HTTPStatus.OK, _TEXT, content_type="text/javascript", example="", description="What it does."
)
def script() -> Response:
    """Load what the page does."""
    return _file("phone.js", "text/javascript; charset=utf-8")


@blueprint.route("/setup", guard=_ALONE)
@blueprint.response(
    HTTPStatus.OK,
    {"type": "object"},
    example={"sms": {"address": "/gateway/kannel/mo?secret=…", "to": "16345"}},
    description="Addresses with their secrets, phones, alphabet, words.",
)
def setup() -> Response:
    """Read what a phone must know."""
    return jsonify(make_setup(context().gateway))


@blueprint.route("/phones/<number>/texts", guard=_ALONE, parameters=[_NUMBER])
@blueprint.response(HTTPStatus.OK, PhoneTextsSchema, example=_TEXTS)
@blueprint.alt_response(HTTPStatus.UNPROCESSABLE_ENTITY, HTTPStatus.UNPROCESSABLE_ENTITY.name)
def texts(number: str) -> dict[str, str | Sequence[Text]]:
    """Read what has reached a phone, which asks again and again."""
    g.polled = True
    phone, database = normalise(number), context().database
    with database.read() as session:
        return {"number": phone, "texts": texts_to(session, database.vault.index(phone))}


def _file(name: str, content_type: str) -> Response:
    return Page((_FILES / name).read_text("utf-8"), _POLICY, content_type=content_type)
