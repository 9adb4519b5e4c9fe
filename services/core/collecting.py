"""Collection of garbage, and how seldom work in bulk needs it."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock
from typing import NamedTuple

# Work in bulk makes millions of rows that hold no cycles: at the usual 700, a twelfth of an
# import's time goes into looking for some.
_SELDOM = 50_000


_LOCK = Lock()


class _Usual(NamedTuple):
    thresholds: tuple[int, int, int]
    frozen: bool


_USUAL: list[_Usual] = []
"""How garbage is usually looked for, once for each piece of work in bulk that is being done."""


@contextmanager
def seldom() -> Iterator[None]:
    """Look for garbage seldom during work in bulk, and never in what is loaded before it.

    Several threads may do so at once: the first begins it, the last ends it.
    """
    with _LOCK:
        _USUAL.append(_USUAL[0] if _USUAL else _begin())
    try:
        yield
    finally:
        with _LOCK:
            usual = _USUAL.pop()
            if not _USUAL:
                _end(usual)


def _begin() -> _Usual:
    usual = _Usual(gc.get_threshold(), gc.get_freeze_count() > 0)
    if not usual.frozen:
        gc.freeze()
    first, *others = usual.thresholds
    gc.set_threshold(max(_SELDOM, first), *others)
    return usual


def _end(usual: _Usual) -> None:
    gc.set_threshold(*usual.thresholds)
    # What somebody else froze stays frozen.
    if not usual.frozen:
        gc.unfreeze()
