"""Values that a country sets once in a programme's file, and that the rest of it names; pure."""

import re
from collections.abc import Mapping
from typing import Any

from services.health.format.documents import Node

COUNTRY, LEAST_AGE = "country", "least_age"

_VALUE = re.compile("[^{}]{1,60}")
_LEAST, _MOST = 0, 10_000
# Keys whose values may name one: ranges of numbers and of days.
_RANGES = frozenset({"from", "to"})


def with_country(root: Node) -> Node:
    """Return a document with its country's values put in, in texts and in ranges."""
    values = _values(root.get(COUNTRY))
    if not values:
        return root
    filled = {key: _filled(one, key, values) for key, one in root.value.items() if key != COUNTRY}
    return Node(filled, root.where, root.faults)


def _values(node: Node) -> dict[str, str | int]:
    node.is_object("a mapping by name")
    return {one.name(): value for key, member in node.items() for one, value in [_one(key, member)]}


def _one(key: str, node: Node) -> tuple[Node, str | int]:
    name = Node(key, node.where, node.faults)
    if isinstance(node.value, str):
        if not _VALUE.fullmatch(node.value):
            node.fault("must be 1 to 60 letters, without { and }")
        return name, node.text()
    return name, node.whole(_LEAST, _LEAST, _MOST)


def _filled(value: Any, key: str, values: Mapping[str, str | int]) -> Any:  # noqa: ANN401 — JSON
    if isinstance(value, dict):
        return {name: _filled(one, name, values) for name, one in value.items()}
    if isinstance(value, list):
        return [_filled(one, key, values) for one in value]
    if not isinstance(value, str):
        return value
    if key in _RANGES and value in values:
        return values[value]
    for name, one in values.items():
        value = value.replace(f"{{{name}}}", str(one))
    return value
