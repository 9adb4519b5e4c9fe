"""Markers of the servers, programs and data that a test needs, checked at collection and in use.

`make test` leaves out what is marked. A test that lacks a marker passes where the server runs and
breaks that command elsewhere, so it is refused: at collection where the test or a fixture of it
names the server, and when a helper starts one unseen.
"""

from __future__ import annotations

from functools import cache
from types import CodeType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import pytest

# Of each test that has one of the markers in environment.NEEDS.
EXTERNAL = "external"

_FIXTURES = {
    "postgres_url": "postgres",
    "migrated_server": "postgres",
    "migrated_url": "postgres",
    "server_staged": "postgres",
    "server_template": "postgres",
    "server_scene": "postgres",
    "browser": "browser",
    "shared_data": "shared_data",
}
_STARTERS = {
    "running_anvil": "anvil",
    "running_node": "anvil",
    "starting_rabbitmq": "rabbitmq",
    "running_kannel": "kannel",
    "Browser": "browser",
    "chromium": "browser",
    "hosts": "namespaces",
    "running_cluster": "namespaces",
    "SHARED_DATA": "shared_data",
}
# Values of a parameter of `database`, `stage` and their like.
_PARAMETERS = {
    "postgresql": {"postgres"},
    "server_scene": {"postgres"},
    "servers": {"postgres", "anvil"},
    "anvil": {"anvil"},
}

# What `open_database` is handed for PostgreSQL.
_OPENED = "postgresql"

# Of the test that runs; None: none does, and whoever starts a server may.
_current: frozenset[str] | None = None


class UnmarkedServerError(Exception):
    """A test uses a server without the marker that says so."""


def names(item: pytest.Item) -> frozenset[str]:
    """Return the names of an item's markers."""
    return frozenset(marker.name for marker in item.iter_markers())


def set_current(markers: frozenset[str] | None) -> None:
    """Remember the markers of the test that runs."""
    global _current  # noqa: PLW0603 — as pytest, one test at a time in a process
    _current = markers


def require(marker: str) -> None:
    """Refuse to start a server for a test that is not marked so."""
    if _current is not None and marker not in _current:
        raise UnmarkedServerError(f"mark the test `{marker}`: it uses what that marker stands for")


def unmarked(item: pytest.Function) -> str | None:
    """Say which server an item uses without its marker; None: none."""
    own = names(item)
    for what, marker in _uses(item):
        if marker not in own:
            return f"{item.nodeid} uses {what}: mark it `{marker}`"
    return None


def _uses(item: pytest.Function) -> Iterator[tuple[str, str]]:
    """Yield each server that an item uses, in words, with its marker."""
    fixtures = item._fixtureinfo.name2fixturedefs
    yield from _started_by(item.function, item.name)
    for name, definitions in fixtures.items():
        if name in _FIXTURES:
            yield f"the fixture `{name}`", _FIXTURES[name]
        yield from _started_by(definitions[-1].func, f"its fixture `{name}`")
    for name, value in _parameters(item).items():
        for marker in sorted(_PARAMETERS.get(value, ()) if isinstance(value, str) else ()):
            yield f"`{value}` of `{name}`", marker


def _parameters(item: pytest.Function) -> dict[str, object]:
    """Return the parameters of fixtures, without those of the test itself."""
    given = item.callspec.params if hasattr(item, "callspec") else {}
    fixtures = item._fixtureinfo.name2fixturedefs
    return {
        name: value
        for name, value in given.items()
        if not fixtures[name][-1].func.__module__.startswith("_pytest.")
    }


@cache
def _started_by(function: Callable[..., object], who: str) -> list[tuple[str, str]]:
    """List the servers that a function names, in words, each with its marker."""
    if "request" in function.__code__.co_varnames:
        # A fixture that has parameters starts it for one of them alone.
        return []
    named = {name for code in _codes(function.__code__) for name in code.co_names}
    named &= function.__globals__.keys() & _STARTERS.keys()
    found = [(f"`{name}` in {who}", _STARTERS[name]) for name in sorted(named)]
    if "open_database" in function.__code__.co_varnames and _OPENED in function.__code__.co_consts:
        found.append((f"`{_OPENED}` in {who}", "postgres"))
    return found


def _codes(code: CodeType) -> Iterator[CodeType]:
    """Yield the code of a function and of the functions within it."""
    yield code
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _codes(constant)
