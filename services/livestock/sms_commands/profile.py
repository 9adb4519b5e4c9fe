"""ME and LANG: the sender's data and language."""

from functools import partial

from services.livestock.queries.positions import heads_now
from services.livestock.sms_commands.common import home_of, today_at
from services.livestock.sms_commands.phrases import command
from services.messaging.command_router import CommandContext
from services.texts.catalogue import say


def me(context: CommandContext) -> str:
    """ME: the sender's place, and how many pigs are there."""
    home = home_of(context)
    heads = heads_now(context.unit.session, home.row.id, today_at(context, home))
    return say("me", context.language, place=home.label, heads=heads)


def speak(language: str, context: CommandContext) -> str:
    """Set the sender's language by its name: INGLIS, TOK PISIN."""
    context.party.language = language
    return say("language", language)


def languages(context: CommandContext) -> str:
    """LANG alone: which languages there are."""
    return say("languages", context.language)


def _both(*words: str) -> dict[str, tuple[str, ...]]:
    """Make keywords for both languages: the name of either is used in both."""
    return {"en": words, "tpi": words}


HANDLERS = (
    command(
        "me",
        me,
        {
            "en": ("ME", "WHO AM I", "HOW MANY PIGS", "HOW MANY PIGS DO I HAVE"),
            "tpi": ("MI", "MI HUSAT", "HAMAS PIK", "HAMAS PIK MI GAT"),
        },
    ),
    command(
        "english",
        partial(speak, "en"),
        _both(
            *("INGLIS", "ENGLISH", "LANG INGLIS", "LANG ENGLISH", "LANG EN", "TOK INGLIS"),
            *("SPEAK ENGLISH", "MI LAIK TOK INGLIS", "I WANT ENGLISH", "ANSWER IN ENGLISH"),
            "BEKIM LONG INGLIS",
        ),
    ),
    command(
        "tok_pisin",
        partial(speak, "tpi"),
        _both(
            *("TOK PISIN", "PISIN", "LANG TOK PISIN", "LANG PISIN", "LANG TPI", "I WANT TOK PISIN"),
            *("MI LAIK TOK PISIN", "ANSWER IN TOK PISIN", "BEKIM LONG TOK PISIN"),
        ),
    ),
    command(
        "languages",
        languages,
        _both("LANG", "LANGUAGE", "LANGUAGES", "WHICH LANGUAGES DO YOU SPEAK"),
        exclusive=False,
    ),
)
