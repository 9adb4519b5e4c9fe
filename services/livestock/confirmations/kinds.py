"""Kinds of livestock confirmations."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from services.messaging.command_router import CommandContext
from services.storage.models import PendingConfirmation

CODE_LIFE = timedelta(minutes=30)

Executor = Callable[[CommandContext, PendingConfirmation, Mapping[str, Any], int], str]
"""Handler of an answered confirmation: context, confirmation, its command, choice (1 for a code).

It returns the reply, and may set the confirmation's state to refused.
"""


@dataclass(frozen=True, slots=True)
class ConfirmationKind:
    """Kind of confirmation.

    Attributes:
        name: stored with each confirmation.
        execute: called at most once.
        options: number of choices, counted from 1; 0: a code confirms.
        life: time in which an answer counts.
        ends: other kinds that a new one of the same sender and animals replaces.
    """

    name: str
    execute: Executor
    options: int = 0
    life: timedelta = CODE_LIFE
    ends: frozenset[str] = frozenset()
