"""Collection of garbage, and how seldom work in bulk needs it."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager

# Work in bulk makes millions of rows that hold no cycles: at the usual 700, a twelfth of an
# import's time goes into looking for some.
_SELDOM = 50_000


@contextmanager
def seldom() -> Iterator[None]:
    """Look for garbage seldom during work in bulk, and never in what is loaded before it."""
    usual = gc.get_threshold()
    gc.freeze()
    gc.set_threshold(_SELDOM, *usual[1:])
    try:
        yield
    finally:
        gc.set_threshold(*usual)
        gc.unfreeze()
