"""Styles and scripts of the pages, as `make console` made them, with a compressed copy of each."""

import json
from collections.abc import Mapping
from functools import cache
from hashlib import sha256
from http import HTTPStatus
from importlib.resources import files
from typing import Any, NamedTuple, cast

from flask import Response

from services.api.documents import pack
from services.api.guards import Public
from services.console.blueprint import ConsoleBlueprint
from services.console.browser_session import PREFIX
from services.core.errors import NotFound

_FOLDER = files("services.console") / "files"
_HASHES = "hashes.json"
_TYPES = {"css": "text/css; charset=utf-8", "js": "text/javascript; charset=utf-8"}
_FOR_GOOD = "public, max-age=31536000, immutable"
_OPEN = Public("Styles and scripts are the same for everybody, and tell nothing of anybody.")

blueprint = ConsoleBlueprint("assets", "Styles and scripts.")


class Asset(NamedTuple):
    """One file, plain and compressed."""

    plain: bytes
    packed: bytes
    content_type: str


@cache
def assets() -> Mapping[str, Asset]:
    """Return every file by name."""
    return {
        name: Asset(
            (_FOLDER / name).read_bytes(),
            (_FOLDER / f"{name}.gz").read_bytes(),
            _TYPES[name.rpartition(".")[2]],
        )
        for name in recorded()["hashes"]
    }


@cache
def recorded() -> dict[str, Any]:
    """Return the recorded versions of the packages and hashes of the files."""
    return cast("dict[str, Any]", json.loads((_FOLDER / _HASHES).read_text("utf-8")))


@cache
def version() -> str:
    """Return what stands in the address of every file, and changes whenever one does."""
    return sha256((_FOLDER / _HASHES).read_bytes()).hexdigest()[:12]


def address_of_assets() -> str:
    """Return where the files are."""
    return f"{PREFIX}/assets/{version()}"


@blueprint.route("/assets/<edition>/<name>", guard=_OPEN)
def asset(edition: str, name: str) -> Response:
    """Load a file; a page of before an update gets the file of today, and asks again."""
    found = assets().get(name)
    if found is None:
        raise NotFound("There is no such file")
    answer = Response(found.plain, HTTPStatus.OK, content_type=found.content_type)
    if edition == version():
        answer.headers["Cache-Control"] = _FOR_GOOD
    return pack(answer, found.packed)
