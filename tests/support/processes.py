"""Real processes, really killed."""

from __future__ import annotations

import os
import signal
from itertools import count
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

DONE = 0


def die_at(number: int) -> Callable[[], None]:
    """Make the counter of points that kills this process at one of them."""
    passed = count(1)

    def point() -> None:
        if next(passed) == number:
            os.kill(os.getpid(), signal.SIGKILL)

    return point


def in_child(work: Callable[[], object]) -> int:
    """Run `work` in a forked process; return 0, or the signal that ended it."""
    child = os.fork()
    if child == 0:
        status = 1
        try:
            work()
            status = DONE
        finally:
            os._exit(status)
    _, status = os.waitpid(child, 0)
    return os.WTERMSIG(status) if os.WIFSIGNALED(status) else os.WEXITSTATUS(status)
