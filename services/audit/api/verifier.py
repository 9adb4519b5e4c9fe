"""The verifier for browsers, served as it is: the same files open from a disk."""

import re
from collections.abc import Mapping
from functools import cache
from http import HTTPStatus
from importlib.resources import files

from flask import Response

from services.api.blueprint import Blueprint
from services.api.documents import Page
from services.api.guards import Public
from services.core.errors import NotFound

PREFIX = "/verify"
_PAGE = "index.html"
_TYPES = {"html": "text/html; charset=utf-8", "js": "text/javascript; charset=utf-8"}
_ANYONE = Public("It is the program alone: the file that somebody checks never leaves the browser.")
_OWN_POLICY = re.compile(r'http-equiv="Content-Security-Policy" content="([^"]+)"')
_TEXT = {"type": "string"}
_NAME = {
    "in": "path",
    "name": "name",
    "description": "Name of a file that the page names.",
    "example": "page.js",
}

blueprint = Blueprint("verifier", "The page that checks proof files.", PREFIX)


@blueprint.route("/", guard=_ANYONE, operation="show_verifier")
@blueprint.response(
    HTTPStatus.OK, _TEXT, content_type="text/html", example="<!doctype html>", description="A page."
)
def page() -> Response:
    """Check a proof file in the browser, without this server's word."""
    return _answer(_PAGE)


@blueprint.route("/<name>", guard=_ANYONE, parameters=[_NAME], operation="get_verifier_file")
@blueprint.response(
    HTTPStatus.OK, _TEXT, content_type="text/plain", example="", description="A file of the page."
)
def file(name: str) -> Response:
    """Load a file of the page."""
    return _answer(name)


def _answer(name: str) -> Response:
    text = _files().get(name)
    if text is None:
        raise NotFound("The page has no such file")
    return Page(text, policy(), content_type=_TYPES[name.rpartition(".")[2]])


@cache
def _files() -> Mapping[str, str]:
    folder = files("services.audit") / "verifier"
    return {one.name: one.read_text("utf-8") for one in folder.iterdir() if one.is_file()}


@cache
def policy() -> str:
    """Return the policy that the page declares of itself, and that no page may frame it (CSP 3).

    Raises:
        ValueError: it declares none.
    """
    found = _OWN_POLICY.search(_files()[_PAGE])
    if found is None:
        raise ValueError("the verifier's page declares no policy")
    return f"{found[1]}; frame-ancestors 'none'"
