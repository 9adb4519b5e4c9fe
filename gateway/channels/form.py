"""Forms that carriers post: the first value of each field, in the shape that the carrier sends."""

import re
from collections.abc import Iterable, Mapping

from gateway.errors import MalformedMessage

Shapes = Mapping[str, re.Pattern[str] | None]
"""Fields that are read, each with the shape that its value has; None: any."""


def read_form(
    form: Iterable[tuple[str, str]],
    carrier: str,
    needed: Shapes,
    optional: Mapping[str, re.Pattern[str]] = {},
) -> dict[str, str]:
    """Return the first value of every field; `carrier` names who sent them.

    Args:
        needed: must be there, and may be empty where any shape will do.
        optional: have their shape where they are there and not empty.

    Raises:
        MalformedMessage: a field is missing, or has another shape.
    """
    found: dict[str, str] = {}
    for name, value in form:
        found.setdefault(name, value)
    for name, shape in needed.items():
        if name not in found:
            raise MalformedMessage(name, f"the field {name} is missing")
        _check(name, found[name], shape, carrier)
    for name, shape in optional.items():
        if found.get(name):
            _check(name, found[name], shape, carrier)
    return found


def _check(name: str, value: str, shape: re.Pattern[str] | None, carrier: str) -> None:
    if shape and not shape.fullmatch(value):
        raise MalformedMessage(name, f"the field {name} has a shape that {carrier} never sends")
