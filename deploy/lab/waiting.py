"""Waiting for what the lab's programs do by themselves."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")

_START_SECONDS = 300


def wait_for(found: Callable[[], T | None], what: str, seconds: float = _START_SECONDS) -> T:
    """Return what is found, as soon as it is.

    Raises:
        RuntimeError: it is not, within so many seconds.
    """
    end = time.monotonic() + seconds
    while not (one := found()):
        if time.monotonic() > end:
            raise RuntimeError(f"after {seconds:.0f} s there is still not {what}")
        time.sleep(0.1)
    return one
