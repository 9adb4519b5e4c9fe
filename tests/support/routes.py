"""Routes, compiled once in a process: nearly each test makes an application of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from werkzeug.routing import Rule

if TYPE_CHECKING:
    from collections.abc import Callable


def compile_routes_once() -> None:
    """Let a rule have the function that builds its address from one that reads the same.

    Werkzeug writes that function as Python and compiles it, twice a rule: two thirds of what an
    application takes to make, which a server does once and the tests do two thousand times.
    """
    whole = Rule._compile_builder
    made: dict[tuple[object, ...], Callable[..., tuple[str, str]]] = {}

    def compile_builder(rule: Any, append_unknown: bool = True) -> Callable[..., tuple[str, str]]:  # noqa: FBT001, FBT002 — the library's signature
        # A default may be written into it.
        if rule.defaults:
            return whole(rule, append_unknown)
        reads = (*rule._trace, append_unknown)
        if reads not in made:
            made[reads] = whole(rule, append_unknown)
        return made[reads]

    Rule._compile_builder = compile_builder
