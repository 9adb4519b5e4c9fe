"""The id that follows a message through the log: from the request that brought it to the block.

It is a part of the digest of the message's idempotency key, so a repetition has the same one. It
says nothing of the sender or the text, and every thread and request has its own.
"""

from contextvars import ContextVar

_CURRENT: ContextVar[int | None] = ContextVar("correlation", default=None)


def current_correlation() -> int | None:
    """Return the id of the message that is being handled; None: it is none."""
    return _CURRENT.get()


def follow(correlation: int | None) -> None:
    """Handle a message from now on; None: none."""
    _CURRENT.set(correlation)


def written(correlation: int) -> str:
    """Write an id as the log does: 16 hexadecimal digits."""
    return f"{correlation:016x}"
