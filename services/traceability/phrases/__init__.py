"""The phrases of traceability, in English and Tok Pisin: one module a subject, words and handlers.

Where two phrases fit a message, the earlier one is meant.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from services.traceability.phrases import (
    answering,
    asking,
    checking,
    correcting,
    groups,
    health,
    moving,
    myself,
    ownership,
    permitting,
    registering,
    slaughtering,
    tagging,
)
from services.traceability.rules.decision import Policy

if TYPE_CHECKING:
    from services.conversation import Spoken

FILLERS = (
    *("to", "at", "from", "and", "the", "on", "in", "please", "pls", "pig", "pigs", "place", "my"),
    *("long", "i go", "go", "na", "plis", "ol", "pik", "ples", "bilong mi", "bilong", "kam"),
)

_RECORDING = (
    *registering.SPOKEN,
    *moving.SPOKEN,
    *groups.SPOKEN,
    *health.SPOKEN,
    *tagging.SPOKEN,
    *correcting.SPOKEN,
    *myself.SPOKEN,
    *slaughtering.SPOKEN,
    *ownership.SPOKEN,
    *answering.SPOKEN,
)


def spoken(policy: Policy) -> tuple[Spoken, ...]:
    """Return every phrase, with the policy that decisions are made by."""
    return (*asking.SPOKEN, *_RECORDING, *checking.spoken(policy), *permitting.SPOKEN)


SPOKEN = spoken(Policy())
