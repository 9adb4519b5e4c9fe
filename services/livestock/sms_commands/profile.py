"""ME, LANG and WRONG: the sender's data, language and own reports."""

import re
from functools import partial

from chain.canonical import read_receipt, receipt_code
from gateway.argument_parsers import receipt
from gateway.grammar import Argument
from services.livestock.queries.positions import heads_now
from services.livestock.recording.corrections import event_of_receipt, of_one_message, void_event
from services.livestock.sms_commands.common import home_of, origin_of, today_at
from services.livestock.sms_commands.phrases import command
from services.messaging.command_router import CommandContext
from services.texts.catalogue import say

# Its letters are no words: `WZ3A` asks nothing.
_RECEIPT = re.compile(
    r"(?<![^\W_])(?=\D*\d)(?:[0-9A-TV-Z]{4}[\W_]?){3}[0-9A-TV-Z]{4}(?![^\W_])", re.IGNORECASE
)


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


def wrong(context: CommandContext) -> str:
    """WRONG: everything that the message did which got this receipt is declared wrong."""
    session, prefix = context.unit.session, read_receipt(str(context.arguments["receipt"]))
    first, *rest = of_one_message(session, event_of_receipt(session, prefix))
    done = void_event(session, first, "incorrect_data", origin_of(context), context.party)
    for event in rest:
        void_event(session, event, "incorrect_data", origin_of(context), context.party)
    return say("wrong", context.language, wrong=receipt_code(prefix), receipt=done.receipt)


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
    command(
        "wrong",
        wrong,
        {
            "en": ("WRONG", "I MADE A MISTAKE", "MISTAKE", "MY LAST REPORT WAS WRONG"),
            "tpi": ("RONG", "MI MEKIM RONG", "MI SALIM RONG NAMBA", "LAS RIPOT I RONG"),
        },
        (Argument("receipt", receipt),),
        "7KQ2-M9XA-P4TD-WZ3C",
        fillers=("receipt", "risit", "my", "report", "ripot", "was", "is", "i", "em"),
        subject=1,
        own=_RECEIPT,
    ),
)
