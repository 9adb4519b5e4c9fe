"""Commands of traceability in English and Tok Pisin: one module a subject, phrases and handlers.

Of two phrases that fit a message, the earlier one counts.
"""

from services.livestock.domain.movement_decision import Policy
from services.livestock.sms_commands import (
    abattoir,
    answers,
    births,
    census,
    clearing,
    groups,
    growth,
    health,
    helpers,
    herd_lists,
    laboratory,
    mistakes,
    movements,
    ownership,
    permits,
    phrases,
    profile,
    questions,
    registration,
    roadblock,
    slaughter,
    tags,
    theft,
    treatments,
)
from services.messaging.command_router import CommandHandler

FILLERS = (
    *("to", "at", "from", "and", "the", "a", "on", "in", "for", "please", "pls", "plz", "my"),
    *("pig", "pigs", "pig is", "pigs are", "place", "number", "sorry", "sir", "boss", "officer"),
    *("long", "i go", "go", "na", "plis", "ol", "bilong mi", "bilong mipela", "bilong", "kam"),
    *("pik", "pik i", "bilong mi i", "ples", "namba", "sori", "bos", "ofisa"),
    *("I want to report that", "I want to report", "sorry to tell you", "please note", "pls note"),
    *("mi laik tokim yu olsem", "mi laik ripot olsem", "plis raitim olsem", "pig no", "pik no"),
    *("hello", "hi", "halo", "gude", "good morning", "gutmoning", "moning", "apinun"),
)

_RECORDING = (
    *registration.HANDLERS,
    *movements.HANDLERS,
    *births.HANDLERS,
    *groups.HANDLERS,
    *census.HANDLERS,
    *treatments.HANDLERS,
    *health.HANDLERS,
    *growth.HANDLERS,
    *tags.HANDLERS,
    *theft.HANDLERS,
    *laboratory.HANDLERS,
    *clearing.HANDLERS,
    *profile.HANDLERS,
    *mistakes.HANDLERS,
    *herd_lists.HANDLERS,
    *helpers.HANDLERS,
    *slaughter.HANDLERS,
    *abattoir.HANDLERS,
    *ownership.HANDLERS,
    *answers.HANDLERS,
)


def handlers(policy: Policy) -> tuple[CommandHandler, ...]:
    """Return every command, with the policy of its decisions."""
    every = (
        *questions.HANDLERS,
        *_RECORDING,
        *roadblock.handlers(policy),
        *permits.handlers(policy),
    )
    return tuple(phrases.with_lead_ins(every))


HANDLERS = handlers(Policy())


def keywords() -> dict[str, str]:
    """Return the opening words of livestock messages, in lower case, with the code of each.

    A keyword of another service among them would catch messages of livestock.
    """
    return {
        " ".join(words.casefold().split()): one.phrase.code
        for one in HANDLERS
        for each in one.phrase.keywords.values()
        for words in each
    }
