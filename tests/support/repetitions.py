"""Which definitions of a test module do more in full: those that lead to a count or to Hypothesis.

Read from the source: a definition leads to whatever it names, be it called, a fixture, a parameter
or a string, and to what that names in turn. A statement that defines nothing speaks for its module.
"""

from __future__ import annotations

import ast
import sys
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from tests.support import environment

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import ModuleType

_MODULE = ""
_ENVIRONMENT = "environment"
_COUNTS = frozenset({*environment.COUNTS, "FULL"})
_DRAWING = frozenset({"hypothesis", "schemathesis"})
_SOURCES = _COUNTS | _DRAWING | {_ENVIRONMENT} | {f"{_ENVIRONMENT}.{name}" for name in _COUNTS}


def does_more_in_full(module: ModuleType | None, name: str) -> bool:
    """Whether a definition of a module may do more with BILUM_TEST_FULL=1."""
    if module is None or module.__file__ is None:
        return True
    repeat = _repeating(module.__name__, module.__file__)
    return name in repeat or _MODULE in repeat


@cache
def _repeating(module: str, file: str) -> frozenset[str]:
    uses: dict[str, set[str]] = {}
    for statement in ast.parse(Path(file).read_text("utf-8")).body:
        if isinstance(statement, ast.Import | ast.ImportFrom):
            uses.update((name, {_ENVIRONMENT}) for name in _imported(statement))
            continue
        named = set(_named(statement))
        for name in _defined(statement):
            uses.setdefault(name, set()).update(named - {module})
    return _leading(uses, _SOURCES) - _SOURCES


def _leading(uses: dict[str, set[str]], sources: frozenset[str]) -> frozenset[str]:
    """Return the sources, what names one of them, what names that, and so on."""
    found = set(sources)
    while more := {name for name, named in uses.items() if name not in found and named & found}:
        found |= more
    return frozenset(found)


def _defined(statement: ast.stmt) -> set[str]:
    match statement:
        case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
            return {name}
    names = {
        node.id
        for node in ast.walk(statement)
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
    }
    return names - {"pytestmark"} or {_MODULE}


def _named(statement: ast.stmt) -> Iterator[str]:
    """Yield whatever in a statement may be the name of something."""
    asked = set()
    for node in ast.walk(statement):
        match node:
            case ast.Attribute(value=ast.Name(id="environment") as whole, attr=name):
                asked.add(whole)
                yield f"{_ENVIRONMENT}.{name}"
            case ast.Name(id=name) if node not in asked:
                yield name
            case ast.arg(arg=name) | ast.Constant(value=str(name)):
                yield name
            case ast.alias(name=name):
                yield name.partition(".")[0]


def _imported(statement: ast.Import | ast.ImportFrom) -> Iterator[str]:
    """Yield the names that an import gives to what does more in full."""
    origin = statement.module if isinstance(statement, ast.ImportFrom) else None
    for alias in statement.names:
        whole = alias.name if origin is None else f"{origin}.{alias.name}"
        if _brings(origin, alias.name, whole):
            yield alias.asname or alias.name.partition(".")[0]


def _brings(origin: str | None, name: str, whole: str) -> bool:
    if whole.partition(".")[0] in _DRAWING:
        return True
    if not whole.startswith("tests.") or whole == environment.__name__:
        return False
    if origin == environment.__name__:
        return name in _COUNTS
    if whole in sys.modules:
        module = sys.modules[whole]
        return module.__file__ is None or bool(_repeating(whole, module.__file__))
    return does_more_in_full(sys.modules.get(origin or ""), name)
