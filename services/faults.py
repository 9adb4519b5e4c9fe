"""Logging what nobody expected: where it happened, and never its own words.

They may hold what a request or a phone brought.
"""

from __future__ import annotations

from traceback import format_tb
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from logging import Logger


def log_fault(log: Logger, what: str, error: BaseException) -> None:
    """Log a fault with its stack; `what` failed, in words of ours alone."""
    stack = "".join(format_tb(error.__traceback__))
    log.error("%s: %s\n%s", what, type(error).__name__, stack)
