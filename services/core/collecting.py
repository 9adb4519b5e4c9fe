"""Collection of garbage, and how seldom work in bulk needs it."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock

# Work in bulk makes millions of rows that hold no cycles: at the usual 700, a twelfth of an
# import's time goes into looking for some.
_SELDOM = 50_000

_LOCK = Lock()

_USUAL: list[tuple[int, int, int]] = []
"""The usual thresholds, once for each piece of work in bulk that is being done."""


@contextmanager
def seldom() -> Iterator[None]:
    """Look for garbage seldom during work in bulk.

    Several threads may do so at once: the first begins it, the last ends it.
    """
    with _LOCK:
        _USUAL.append(_USUAL[0] if _USUAL else gc.get_threshold())
        first, *others = _USUAL[0]
        gc.set_threshold(max(_SELDOM, first), *others)
    try:
        yield
    finally:
        with _LOCK:
            usual = _USUAL.pop()
            if not _USUAL:
                gc.set_threshold(*usual)
