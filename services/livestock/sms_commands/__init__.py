"""The phrases of traceability, in English and Tok Pisin: one module a subject, words and handlers.

Where two phrases fit a message, the earlier one is meant.
"""

from __future__ import annotations

from services.livestock.domain.movement_decision import Policy
from services.livestock.sms_commands import (
    answers,
    corrections,
    groups,
    health,
    lead_ins,
    movements,
    ownership,
    permits,
    profile,
    questions,
    registration,
    roadblock,
    slaughter,
    tags,
)
from services.messaging.command_router import CommandHandler

FILLERS = (
    *("to", "at", "from", "and", "the", "a", "on", "in", "for", "please", "pls", "plz", "my"),
    *("pig", "pigs", "pig is", "pigs are", "place", "number", "sorry", "sir", "boss", "officer"),
    *("long", "i go", "go", "na", "plis", "ol", "bilong mi", "bilong mipela", "bilong", "kam"),
    *("pik", "pik i", "bilong mi i", "ples", "namba", "sori", "bos", "ofisa"),
    *("hello", "hi", "halo", "gude", "good morning", "gutmoning", "moning", "apinun"),
)

_RECORDING = (
    *registration.SPOKEN,
    *movements.SPOKEN,
    *groups.SPOKEN,
    *health.SPOKEN,
    *tags.SPOKEN,
    *corrections.SPOKEN,
    *profile.SPOKEN,
    *slaughter.SPOKEN,
    *ownership.SPOKEN,
    *answers.SPOKEN,
)


def spoken(policy: Policy) -> tuple[CommandHandler, ...]:
    """Return every phrase, with the policy that decisions are made by."""
    every = (*questions.SPOKEN, *_RECORDING, *roadblock.spoken(policy), *permits.spoken(policy))
    return tuple(lead_ins.opened(every))


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
