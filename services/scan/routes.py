"""The page `/scan` and its files: the program alone, and nothing of anybody.

What is scanned stays on the device until it is sent, signed, to `/gateway/readers`. Tok Pisin is a
draft until a named speaker has reviewed it, as in `services.texts`.
"""

import gzip
import hashlib
import json
from collections.abc import Iterator, Mapping
from functools import cache
from http import HTTPStatus
from importlib.resources import files
from typing import NamedTuple

from flask import Response

from services.api.blueprint import Blueprint
from services.api.documents import Page, pack
from services.api.guards import Public
from services.core.errors import NotFound
from services.core.look import tokens
from services.livestock.domain.details import NOTIFIABLE, OUTCOMES
from services.livestock.domain.model import EventType, FlagCode
from services.texts import event_labels
from services.texts.catalogue import has_sentence, templates
from services.texts.event_labels import Words

PAGE, WORKER, WORDS, STYLE = "scan.html", "worker.js", "words.json", "scan.css"
PREFIX = "/scan"

_TYPES = {
    "html": "text/html; charset=utf-8",
    "css": "text/css; charset=utf-8",
    "js": "text/javascript; charset=utf-8",
    "json": "application/json",
    "svg": "image/svg+xml",
}

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

_ORDERS = ("quarantine", "zone")


@blueprint.route("", guard=_ANYONE, operation="show_scan")
@blueprint.response(
    HTTPStatus.OK, _TEXT, content_type="text/html", example="<!doctype html>", description="A page."
)
def page() -> Response:
    """Scan animals, and record what it was."""
    return _answer(PAGE)


@blueprint.route("/<name>", guard=_ANYONE, parameters=[_NAME], operation="get_scan_file")
@blueprint.response(
    HTTPStatus.OK, _TEXT, content_type="text/plain", example="", description="A file of the page."
)
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
    return pack(answer, asset.packed)


class Asset(NamedTuple):
    """One file, as a browser gets it, and its copy in gzip."""

    text: str
    packed: bytes
    content_type: str


@cache
def assets() -> Mapping[str, Asset]:
    """Return every file by name; the worker knows the others, and the version of all."""
    folder = files("services.scan") / "files"
    texts = {one.name: one.read_text("utf-8") for one in folder.iterdir() if one.is_file()}
    texts[STYLE] = tokens() + texts[STYLE]
    texts[WORDS] = json.dumps(page_words(), ensure_ascii=False, sort_keys=True)
    texts[WORKER] = _head(texts) + texts[WORKER]
    return {
        name: Asset(text, gzip.compress(text.encode(), mtime=0), _TYPES[name.rpartition(".")[2]])
        for name, text in texts.items()
    }


def _head(texts: Mapping[str, str]) -> str:
    """Write the line that the worker begins with: it changes whenever any file does."""
    digest = hashlib.sha256(json.dumps(texts, sort_keys=True).encode()).hexdigest()[:16]
    named = [f"{PREFIX}/{name}" for name in sorted(texts) if name not in {PAGE, WORKER}]
    return f"const VERSION = {json.dumps(digest)}, FILES = {json.dumps([PREFIX, *named])};\n"


def page_words() -> Mapping[str, Mapping[str, str]]:
    """Return every word of the page by code and language."""
    own = (files("services.scan") / "files" / "words.json").read_text("utf-8")
    return {**dict(_shared()), **json.loads(own)}


def _shared() -> Iterator[tuple[str, dict[str, str]]]:
    for kind in EventType:
        yield f"event.{kind}", _both(event_labels.event(kind))
    for flag in FlagCode:
        yield f"flag.{flag}", _both(event_labels.flag(flag))
    for code in _ORDERS:
        yield f"order.{code}", _both(event_labels.value(code))
    for code in OUTCOMES:
        yield f"choice.outcome.{code}", _both(event_labels.value(code))
    for code in NOTIFIABLE:
        if has_sentence(f"disease.{code}"):
            yield f"disease.{code}", templates(f"disease.{code}")


def _both(told: Words) -> dict[str, str]:
    return {"en": told.en, "tpi": told.tpi or told.en}
