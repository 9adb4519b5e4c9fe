"""Comparison of a partner's event with its round trip: nothing of it is dropped."""

from __future__ import annotations

from collections.abc import Iterator
from json import dumps

from services.livestock.standards.errors import Path

LOST = "is nothing that can be kept here"
MISSING = "is missing"


def differences(given: object, again: object, path: Path = ()) -> Iterator[tuple[Path, str]]:
    """Compare JSON values.

    Args:
        given: of the partner.
        again: of the round trip.
        path: of both.

    Yields:
        For each place that differs, its path and what is wrong there. A list is one place; order
        counts only in extensions of ours.
    """
    if isinstance(given, dict) and isinstance(again, dict):
        for name in given.keys() | again.keys():
            here = (*path, name)
            if name not in again:
                yield here, LOST
            elif name not in given:
                yield here, f"{MISSING}: write {again[name]}"
            else:
                yield from differences(given[name], again[name], here)
    elif isinstance(given, list) and isinstance(again, list) and _unordered(path):
        if sorted(map(_order, given)) != sorted(map(_order, again)):
            yield path, f"would come out as {again}"
    elif given != again or isinstance(given, bool) is not isinstance(again, bool):
        yield path, f"would come out as {again}"


def _unordered(path: Path) -> bool:
    return ":" not in str(path[-1])


def _order(value: object) -> str:
    return dumps(_whole(value), sort_keys=True)


def _whole(value: object) -> object:
    """Write 45.0 as 45: JSON has one kind of number."""
    if isinstance(value, dict):
        return {name: _whole(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [_whole(inner) for inner in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value
