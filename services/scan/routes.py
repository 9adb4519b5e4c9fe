"""The page `/scan` and its files: the program alone, and nothing of anybody.

What is scanned stays on the device until it is sent, signed, to `/gateway/readers`.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING

from services.errors import NotFound
from services.scan.assets import PAGE, PREFIX, WORKER, assets
from services.web.blueprint import Blueprint
from services.web.guards import Public
from services.web.pages import Page

if TYPE_CHECKING:
    from flask import Response

_ANYONE = Public("It is the program alone; what it sends is signed by an enrolled device.")
_TEXT = {"type": "string"}
_MISSING = HTTPStatus.NOT_FOUND

# CSP 3; Trusted Types: no text becomes HTML, and no address a script, but the worker's own.
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "manifest-src 'self'; worker-src 'self'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types bilum-scan"
)

_NAME = {
    "in": "path",
    "name": "name",
    "description": "Name of a file that the page names.",
    "example": "scan.css",
}

blueprint = Blueprint("scan", "The page for RFID stick readers.", PREFIX)


@blueprint.route("", guard=_ANYONE)
@blueprint.response(
    HTTPStatus.OK, _TEXT, content_type="text/html", example="<!doctype html>", description="A page."
)
def page() -> Response:
    """Scan animals, and record what it was."""
    return _answer(PAGE)


@blueprint.route("/<name>", guard=_ANYONE, parameters=[_NAME])
@blueprint.response(
    HTTPStatus.OK, _TEXT, content_type="text/plain", example="", description="A file of the page."
)
@blueprint.alt_response(_MISSING, _MISSING.name)
def file(name: str) -> Response:
    """Load a file of the page."""
    if name == PAGE:
        raise NotFound("The page has no such file")
    return _answer(name)


def _answer(name: str) -> Response:
    asset = assets().get(name)
    if asset is None:
        raise NotFound("The page has no such file")
    answer = Page(asset.text, POLICY, content_type=asset.content_type)
    if name == WORKER:
        # It lies below the page that it serves: Service Workers, section 3.4.3.
        answer.headers["Service-Worker-Allowed"] = PREFIX
    return answer
