"""The first page of the address, and the reference of the API."""

from collections.abc import Mapping
from typing import cast

from flask import Response, current_app
from flask_smorest import current_api

from services.api.context import context
from services.api.guards import Public
from services.console.blueprint import ConsoleBlueprint
from services.console.front.api_reference import Part, read_parts
from services.console.pages import show
from services.core.errors import NotFound

_ANYBODY = Public("It leads to the parts of the program, and tells nothing of anybody.")
_DESCRIBED = Public("The API's description is public: see /api/openapi.json.")

_PARTS = "bilum.api_parts"

blueprint = ConsoleBlueprint("front", "Pages that anybody may open.", prefix="")


@blueprint.route("/", guard=_ANYBODY)
def first_page() -> Response:
    """See what is here, and for whom."""
    here = context()
    return show("front/first.html", plays_phones=here.development, docs=here.settings.docs_url)


@blueprint.route("/api", guard=_DESCRIBED)
def api() -> Response:
    """See the parts of the API."""
    return show("front/api.html", parts=_parts().values())


@blueprint.route("/api/reference/<name>", guard=_DESCRIBED)
def api_part(name: str) -> Response:
    """See the operations of one part of the API."""
    part = _parts().get(name)
    if part is None:
        raise NotFound("The API has no such part: see /api")
    return show("front/api_part.html", part=part)


def _parts() -> Mapping[str, Part]:
    """Return the parts, read once for each application: its routes do not change."""
    kept = current_app.extensions
    if _PARTS not in kept:
        kept[_PARTS] = read_parts(current_api.describe())
    return cast("Mapping[str, Part]", kept[_PARTS])
