"""Port that lets STOP list and leave health programmes without importing them."""

from collections.abc import Sequence
from typing import Protocol

from services.messaging.command_router import CommandContext
from services.messaging.outbox import ReplyText


class Programmes(Protocol):
    """The programmes, as far as STOP is about them."""

    def title(self, code: str, language: str) -> str:
        """Return the title of a programme."""
        ...

    def shown_title(self, context: CommandContext, code: str) -> str:
        """Return how a reply calls a programme: neutrally where others read the phone."""
        ...

    def joined(self, context: CommandContext) -> Sequence[str]:
        """Return the codes of the programmes that the sender is in, the last joined at the end."""
        ...

    def joined_later(self, context: CommandContext) -> Sequence[str]:
        """Return the codes of those that the sender joined by a text written after this one."""
        ...

    def leave(self, context: CommandContext, code: str, *, quietly: bool) -> Sequence[ReplyText]:
        """End a programme for the sender; return what it says to that, nothing when `quietly`."""
        ...


class NoProgrammes:
    """The port without any programme: a scope of consent is called by its code."""

    def title(self, code: str, language: str) -> str:  # noqa: ARG002 — the protocol's signature
        """Return the code."""
        return code

    def shown_title(self, context: CommandContext, code: str) -> str:  # noqa: ARG002 — as above
        """Return the code."""
        return code

    def joined(self, context: CommandContext) -> Sequence[str]:  # noqa: ARG002 — as above
        """Return nothing."""
        return ()

    def joined_later(self, context: CommandContext) -> Sequence[str]:  # noqa: ARG002 — as above
        """Return nothing."""
        return ()

    def leave(self, context: CommandContext, code: str, *, quietly: bool) -> Sequence[ReplyText]:  # noqa: ARG002 — as above
        """Say nothing."""
        return ()
