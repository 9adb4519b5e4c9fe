"""Handlers of answers to pending confirmations, as screens and commands call them."""

from collections.abc import Callable
from typing import NamedTuple
from uuid import UUID

from services.messaging.command_router import CommandContext, Reply


class Answers(NamedTuple):
    """Handlers of answers to pending confirmations: each acts and returns the reply.

    Attributes:
        settle: takes the context, the confirmation's public id, the choice's number (1: confirm).
        code: takes the context, the confirmation's public id, and the text that was typed.
    """

    settle: Callable[[CommandContext, UUID, int], Reply]
    code: Callable[[CommandContext, UUID, str], Reply]
