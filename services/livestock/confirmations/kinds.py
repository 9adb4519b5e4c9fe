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
"""Acts on a claim that was answered: the answer's call, the claim, its command, the choice (1 for
a code). Returns the reply. It may set the claim's state to refused."""


@dataclass(frozen=True, slots=True)
class ClaimKind:
    """One kind of claim.

    Attributes:
        name: stored with each claim.
        execute: acts on it, at most once.
        options: how many choices are offered, numbered from 1; 0: a code confirms.
        life: how long an answer counts.
        ends: kinds whose open claims of the same claimant and animals a new one replaces, besides
            its own.
    """

    name: str
    execute: Executor
    options: int = 0
    life: timedelta = CODE_LIFE
    ends: frozenset[str] = frozenset()
