"""The details of each type of event, as JSON Schema for the API's description."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

from apispec import APISpec
from apispec.ext.marshmallow import MarshmallowPlugin

from services.traceability.details import SCHEMAS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from services.traceability.model import EventType


def detail_shapes(kinds: Iterable[EventType]) -> list[dict[str, Any]]:
    """Return one JSON Schema for each shape of details, with the types that have it."""
    plugin = MarshmallowPlugin()
    APISpec("", "", "3.1.0", plugins=[plugin])
    by_shape = defaultdict(list)
    for kind in sorted(kinds):
        by_shape[SCHEMAS[kind]].append(kind.value)
    return [
        {
            "title": shape.__name__,
            "description": f"Of {', '.join(names)}: {(shape.__doc__ or '').splitlines()[0]}",
            **plugin.converter.schema2jsonschema(shape()),  # type: ignore[union-attr]  # made by the line above
        }
        for shape, names in by_shape.items()
    ]
