"""The shape of an order's area, as GeoJSON (RFC 7946): a chosen file, or what was pasted."""

import json
from collections.abc import Iterator
from typing import Any

from flask import request

from services.console.kept_forms import uploaded
from services.livestock.domain.areas import read_area
from services.livestock.domain.errors import BadArea

SHAPE, FILE, FAULT = "shape", "shape_file", "shape_fault"
LONGEST_SHAPE = 256 * 1024
"""Letters of a shape, as it is kept in the form."""
LONGEST_FORM = 5 * 1024 * 1024
"""Bytes that are read, so that a file that is too long is told as such."""
_MOST_POLYGONS, _MOST_POSITIONS = 100, 6_000
_DEEPEST = 12
_TOO_LONG, _NO_SHAPE = "outbreaks_wrong_shape_long", "outbreaks_wrong_shape_kind"
_FAULTS = (
    ("swapped", "outbreaks_wrong_shape_swapped"),
    ("outside the country", "outbreaks_wrong_shape_outside"),
    ("does not end where it begins", "outbreaks_wrong_shape_open"),
    ("fewer than", "outbreaks_wrong_shape_open"),
    ("no simple shape", "outbreaks_wrong_shape_crossed"),
)
"""Codes by a part of what `read_area` says."""

_HOLDERS = {
    "FeatureCollection": "features",
    "Feature": "geometry",
    "GeometryCollection": "geometries",
}
"""Members that hold other objects, by the type of GeoJSON that has them."""
_LONGEST_OTHER = 80
"""Letters that are shown of a file that is something else."""

Polygon = dict[str, Any]


def typed_shape() -> dict[str, str]:
    """Return the shape of the form: of the file, if one was chosen, else what was pasted.

    A shape that can be read is written anew, without what its file told beside it: names and notes
    of a map are nobody's business here. So it is the same from the field and from the file.
    """
    given = _of_file()
    text = (given or request.form.get(SHAPE, "")).strip()
    polygons = _polygons(text)
    if polygons is not None:
        return {SHAPE: _written(polygons)}
    if len(text) > LONGEST_SHAPE:
        # Nobody mends as much by hand: it is chosen again.
        return {SHAPE: "", FAULT: _TOO_LONG}
    return {SHAPE: text[:_LONGEST_OTHER] if given else text}


def read_shape(text: str) -> tuple[list[Polygon], str | None]:
    """Return the polygons of a shape, and the code of what is wrong with it."""
    if not text:
        return [], None
    if len(text) > LONGEST_SHAPE:
        return [], _TOO_LONG
    polygons = _polygons(text)
    if polygons is None:
        return [], _NO_SHAPE
    if len(polygons) > _MOST_POLYGONS or _positions(polygons) > _MOST_POSITIONS:
        return [], _TOO_LONG
    try:
        read_area({"polygons": polygons})
    except BadArea as fault:
        return [], next((code for part, code in _FAULTS if part in fault.detail), _NO_SHAPE)
    return polygons, None


def _of_file() -> str:
    file = uploaded(FILE)
    return file.content.decode("utf-8-sig", "replace").replace("\0", "") if file else ""


def _written(polygons: list[Polygon]) -> str:
    rings = [one["coordinates"] for one in polygons]
    whole = {"type": "MultiPolygon", "coordinates": rings} if rings[1:] else polygons[0]
    return json.dumps(whole, separators=(",", ":"))


def _polygons(text: str) -> list[Polygon] | None:
    """Return the polygons that GeoJSON holds, unchecked; None: it is none, or holds others."""
    if not text.startswith("{"):
        return None
    try:
        found = list(_parts(json.loads(text), _DEEPEST))
    except (ValueError, RecursionError, KeyError, TypeError):
        return None
    return found or None


def _parts(told: Any, depth: int) -> Iterator[Polygon]:  # noqa: ANN401 — any JSON
    """Yield the polygons of a GeoJSON object.

    Raises:
        ValueError: it has something that is no area; KeyError, TypeError: it is no GeoJSON.
    """
    kind = told["type"]
    if depth and kind in _HOLDERS:
        held = told[_HOLDERS[kind]]
        for one in held if isinstance(held, list) else [held]:
            yield from _parts(one, depth - 1)
    elif kind in {"Polygon", "MultiPolygon"}:
        told = told["coordinates"]
        for rings in told if kind == "MultiPolygon" else [told]:
            yield {"type": "Polygon", "coordinates": rings}
    else:
        raise ValueError(kind)


def _positions(polygons: list[Polygon]) -> int:
    """Count the corners of polygons; what is none counts nothing here."""
    rings = [
        ring
        for one in polygons
        if isinstance(one["coordinates"], list)
        for ring in one["coordinates"]
    ]
    return sum(len(ring) for ring in rings if isinstance(ring, list))
