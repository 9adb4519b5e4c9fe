"""The API's description (OpenAPI 3.1), and where it is served."""

from collections.abc import Callable
from http import HTTPStatus
from importlib.metadata import version
from threading import Lock
from typing import Any

from flask import Flask, Response, jsonify
from flask_smorest import Api as SmorestApi
from flask_smorest import current_api
from marshmallow import fields
from werkzeug.exceptions import HTTPException

from services.api.blueprint import Blueprint
from services.api.guards import SCHEMES, Public
from services.api.problems import MEDIA_TYPE, document, from_http
from services.api.schemas import AnswerSchema

# To look for it among the installed packages takes longer than to make the rest of the API.
_VERSION = version("bilum")
_INFO = {
    "title": "Bilum",
    "description": "Pig traceability on a ledger that anyone can check. Every error is a problem "
    "document (RFC 9457) with a code that never changes.",
    "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
}

blueprint = Blueprint("description", "This document.", "/api")


class WrongFieldSchema(AnswerSchema):
    """One field that is wrong."""

    pointer = fields.String(
        required=True,
        metadata={
            "description": "JSON pointer into the body, or the name of a parameter.",
            "example": "#/to",
        },
    )
    detail = fields.String(required=True)


class ProblemSchema(AnswerSchema):
    """A problem document: RFC 9457."""

    type = fields.String(
        required=True,
        metadata={"format": "uri", "description": "`urn:bilum:error:` and the code."},
    )
    title = fields.String(required=True)
    status = fields.Integer(required=True)
    detail = fields.String(required=True, metadata={"description": "What to do, in one sentence."})
    code = fields.String(required=True, metadata={"description": "Stable, for machines."})
    errors = fields.List(
        fields.Nested(WrongFieldSchema),
        metadata={"description": "Each wrong field, with status 422."},
    )


class Api(SmorestApi):  # type: ignore[misc]  # the library has no types
    """Registers blueprints and describes them; errors of HTTP become problem documents."""

    ERROR_SCHEMA = ProblemSchema

    def __init__(self, app: Flask, **options: Any) -> None:  # noqa: ANN401 — the library's
        self._undescribed: list[Callable[[], None]] = []
        self._describing = Lock()
        super().__init__(app, **options)

    def describe_later(self, describe: Callable[[], None]) -> None:
        """Describe some routes when somebody asks; at once, it would be most of a start."""
        self._undescribed.append(describe)

    def describe(self) -> dict[str, Any]:
        """Return the description of every route, as an OpenAPI document."""
        with self._describing:
            while self._undescribed:
                self._undescribed.pop(0)()
            described: dict[str, Any] = self.spec.to_dict()
        return described

    def handle_http_exception(self, error: HTTPException) -> Response:
        """Answer with a problem document, where the library would with a shape of its own."""
        return from_http(error)

    def _register_responses(self) -> None:
        self.describe_later(self._describe_responses)

    def _describe_responses(self) -> None:
        for status in HTTPStatus:
            if status >= HTTPStatus.BAD_REQUEST:
                self._register_problem(status.name, status.value, status.phrase)
        self._register_problem("DEFAULT_ERROR", 500, "Any other error")

    def _register_problem(self, name: str, status: int, phrase: str) -> None:
        code = HTTPStatus(status).name.lower()
        example = document(status, code, "One sentence that tells what to do")
        content = {MEDIA_TYPE: {"schema": ProblemSchema, "example": example}}
        self.spec.components.response(name, {"description": phrase, "content": content}, lazy=True)


def make_api(app: Flask) -> Api:
    """Return the API of `app`, to register blueprints with."""
    app.config.update(API_TITLE=_INFO["title"], API_VERSION=_VERSION, OPENAPI_VERSION="3.1.0")
    # A number may hold slashes; two in a row must not send the caller elsewhere.
    app.url_map.merge_slashes = False
    api = Api(app, spec_kwargs={"info": _INFO})
    for name, scheme in SCHEMES.items():
        api.spec.components.security_scheme(name, dict(scheme))
    return api


@blueprint.route(
    "/openapi.json", guard=Public("It describes; it holds no data."), operation="get_description"
)
@blueprint.response(
    HTTPStatus.OK, {"type": "object"}, description="An OpenAPI document, version 3.1."
)
def openapi() -> Response:
    """Read this description."""
    return jsonify(current_api.describe())
