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
    openings,
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
    *("to", "at", "from", "and", "the", "a", "on", "in", "for", "please", "pls", "plz", "my"),
    *("pig", "pigs", "pig is", "pigs are", "place", "number", "sorry", "sir", "boss", "officer"),
    *("long", "i go", "go", "na", "plis", "ol", "bilong mi", "bilong mipela", "bilong", "kam"),
    *("pik", "pik i", "bilong mi i", "ples", "namba", "sori", "bos", "ofisa"),
    *("hello", "hi", "halo", "gude", "good morning", "gutmoning", "moning", "apinun"),
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
    every = (*asking.SPOKEN, *_RECORDING, *checking.spoken(policy), *permitting.spoken(policy))
    return tuple(openings.opened(every))


SPOKEN = spoken(Policy())


def keywords() -> dict[str, str]:
    """Return the words that messages of livestock begin with, in lower case, and what each means.

    Another service that used one of them would take its messages away.
    """
    return {
        " ".join(words.casefold().split()): one.phrase.code
        for one in SPOKEN
        for each in one.phrase.keywords.values()
        for words in each
    }
