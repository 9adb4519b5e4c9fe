"""Statements, compiled once in a process: nearly each test opens a database of its own."""

from __future__ import annotations

from copy import copy
from typing import TYPE_CHECKING, Any

from sqlalchemy import Engine
from sqlalchemy.orm import Mapper
from sqlalchemy.util import HasMemoized, LRUCache

if TYPE_CHECKING:
    from sqlalchemy.engine.interfaces import Compiled

# By the kind of database and all of a key but the dialect; as they left the compiler.
_compiled: dict[tuple[Any, ...], Compiled] = {}


class SharedStatements(LRUCache[Any, Any]):
    """The compiled statements of an engine or a mapper, which take those of others.

    A compiled statement goes to another database as a copy: it finds the vault of sealed columns
    by its dialect, and keeps what it made of it from the first execution on.
    """

    __slots__ = ()

    def get(self, key: tuple[Any, ...], default: Any = None) -> Any:
        """Return the compiled statement of a key, or a copy of another engine's."""
        found = super().get(key)
        if found is None and (shared := _compiled.get(_without_dialect(key))) is not None:
            found = _of(shared, key)
            super().__setitem__(key, found)
        return default if found is None else found

    def __setitem__(self, key: tuple[Any, ...], compiled: Any) -> None:
        super().__setitem__(key, compiled)
        _compiled[_without_dialect(key)] = copy(compiled)


def _without_dialect(key: tuple[Any, ...]) -> tuple[Any, ...]:
    return type(key[0]), *key[1:]


def _of(compiled: Compiled, key: tuple[Any, ...]) -> Compiled:
    own = copy(compiled)
    own.dialect = key[0]
    return own


class _CompiledCache:
    """The attribute of an engine that holds its statements."""

    def __get__(self, engine: Engine | None, _: type[Engine]) -> Any:
        return self if engine is None else vars(engine)["_compiled_cache"]

    def __set__(self, engine: Engine, cache: LRUCache[Any, Any]) -> None:
        # An engine with options of its own is handed that of the engine that it stands for.
        shared = isinstance(cache, SharedStatements)
        vars(engine)["_compiled_cache"] = cache if shared else SharedStatements(cache.capacity)


def compile_statements_once() -> None:
    """Let each engine take the statements that another one has compiled.

    An engine keeps its own alone. A server has one; the tests make some thousands, and compiled
    for each of them what the one before had compiled: a sixth of all their time.
    """

    def _compiled_cache(mapper: Mapper[Any]) -> SharedStatements:
        return SharedStatements(mapper._compiled_cache_size)

    Engine._compiled_cache = _CompiledCache()
    Mapper._compiled_cache = HasMemoized.memoized_attribute(_compiled_cache)
