"""The simulator's page, its files, and what has reached its phones."""

from collections.abc import Sequence
from datetime import datetime
from http import HTTPStatus
from importlib.resources import files
from typing import NamedTuple
from uuid import UUID

from flask import Response, g, jsonify
from marshmallow import fields
from sqlalchemy import select
from sqlalchemy.orm import Session

from services.api.blueprint import Blueprint, refuses
from services.api.context import context
from services.api.documents import Page
from services.api.guards import Development
from services.api.schemas import WholeSchema
from services.core.look import tokens
from services.simulator.setup import make_setup
from services.storage.models import Attempt, Message
from services.storage.vault import NumberIndexes
from sms.message import AttemptState
from sms.numbers import normalise
from sms.settings import HERE

_ALONE = Development("Who tries the program alone has no token yet; the page shows trial data.")
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_FILES = files("services.simulator") / "files"
_TEXT = {"type": "string"}

blueprint = Blueprint("simulator", "Phones to try it with, in development mode.", "/simulator")

_MOST = 100


class PhoneTextSchema(WholeSchema):
    """One text on a phone."""

    id = fields.UUID()
    text = fields.String()
    at = fields.DateTime()


class PhoneTextsSchema(WholeSchema):
    """The newest texts to one number, oldest first."""

    number = fields.String(metadata={"description": "E.164."})
    texts = fields.List(fields.Nested(PhoneTextSchema))


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


@blueprint.route("", guard=_ALONE, operation="show_simulator")
@blueprint.response(
    HTTPStatus.OK, _TEXT, content_type="text/html", example="<!doctype html>", description="A page."
)
def page() -> Response:
    """Play phones in the browser."""
    return _file("phone.html", "text/html; charset=utf-8")


@blueprint.route("/phone.css", guard=_ALONE, operation="get_simulator_style")
@blueprint.response(HTTPStatus.OK, _TEXT, content_type="text/css", example="", description="How.")
def style() -> Response:
    """Load how the page looks."""
    return _file("phone.css", "text/css; charset=utf-8", tokens())


@blueprint.route("/phone.js", guard=_ALONE, operation="get_simulator_script")
@blueprint.response(
    HTTPStatus.OK, _TEXT, content_type="text/javascript", example="", description="What it does."
)
def script() -> Response:
    """Load what the page does."""
    return _file("phone.js", "text/javascript; charset=utf-8")


@blueprint.route("/setup", guard=_ALONE, operation="get_simulator_setup")
@blueprint.response(
    HTTPStatus.OK,
    {"type": "object"},
    example={"sms": {"address": "/gateway/kannel/mo?secret=…", "to": "16345"}},
    description="Addresses with their secrets, phones, alphabet, words.",
)
def setup() -> Response:
    """Read what a phone must know."""
    return jsonify(make_setup(context().gateway))


@blueprint.route(
    "/phones/<number>/texts", guard=_ALONE, parameters=[_NUMBER], operation="list_simulator_texts"
)
@blueprint.response(HTTPStatus.OK, PhoneTextsSchema, example=_TEXTS)
@refuses(HTTPStatus.UNPROCESSABLE_ENTITY)
def texts(number: str) -> "dict[str, str | Sequence[Text]]":
    """Read what has reached a phone, which asks again and again."""
    g.polled = True
    phone, database = normalise(number), context().database
    with database.read() as session:
        return {"number": phone, "texts": texts_to(session, database.vault.indexes(phone))}


def _file(name: str, content_type: str, before: str = "") -> Response:
    text = before + (_FILES / name).read_text("utf-8")
    return Page(text, _POLICY, content_type=content_type)


class Text(NamedTuple):
    """One text that a phone shows, and when it came, UTC."""

    id: UUID
    text: str
    at: datetime | None


def texts_to(session: Session, indexes: NumberIndexes) -> Sequence[Text]:
    """Return the newest texts to one number, oldest first."""
    shown = (
        select(Message.public_id, Message.body, Attempt.finished_at)
        .join(Attempt, Attempt.message_id == Message.id)
        .where(
            Message.recipient_index.in_(indexes),
            Attempt.channel == HERE,
            Attempt.state == AttemptState.SENT,
        )
        .order_by(Attempt.id.desc())
        .limit(_MOST)
    )
    return [Text(*row) for row in session.execute(shown)][::-1]
