"""Phrases and handlers of STOP, START and FORGET, in English and Tok Pisin."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import partial

from gateway.argument_parsers import Read, rest
from gateway.grammar import Argument, Phrase
from services.messaging.command_router import CommandHandler
from services.messaging.forget_command import code, forget_me
from services.messaging.stop_commands import NoProgrammes, Programmes, start, stop, stop_all

_THANKS = ("now", "nau", "thanks", "thank you", "tenkyu")
_MESSAGES = ("message", "messages", "text", "texts", "sms", "mesej", "toksave", "of")
# Mobile operators' word with the other language's.
_STOP_ALL = ("STOP OLGETA", "STOPIM ALL")
# `STOP ALL movements` and `STOP 1553` are about pigs.
_NO_PROGRAMME = re.compile(r"(?:all|olgeta|everything|.*[0-9]{3})(?![^\W_])", re.IGNORECASE)
_OF_PIGS = re.compile(r".*(?:\b(?:mov|pig|pik|muv)|[0-9]{3})", re.IGNORECASE | re.DOTALL)


def programme(text: str) -> Read | None:
    """Read what may name a programme: all that is left."""
    return None if _NO_PROGRAMME.match(text) else rest(text)


def why(text: str) -> Read | None:
    """Read why somebody stops everything: all that is left, but nothing of pigs."""
    return None if _OF_PIGS.match(text) else rest(text)


def _both(*words: str) -> Mapping[str, tuple[str, ...]]:
    """Return keywords for both languages, which mobile operators taught everybody."""
    return {"en": words, "tpi": words}


def handlers(programmes: Programmes) -> tuple[CommandHandler, ...]:
    """Return the handlers; STOP also leaves the health programmes of `programmes`."""
    return (
        CommandHandler(
            Phrase(
                "stop_all",
                {
                    "en": ("STOP ALL", "STOP EVERYTHING", "UNSUBSCRIBE", *_STOP_ALL),
                    "tpi": ("STOPIM OLGETA", *_STOP_ALL),
                },
                (Argument("why", why, required=False),),
                examples={"en": "STOP ALL", "tpi": "STOPIM OLGETA"},
                fillers=(*_MESSAGES, *_THANKS),
            ),
            partial(stop_all, programmes),
        ),
        CommandHandler(
            Phrase(
                "stop_all_word",
                _both("CANCEL", "END", "QUIT"),
                examples={"en": "CANCEL", "tpi": "CANCEL"},
            ),
            partial(stop_all, programmes),
        ),
        CommandHandler(
            Phrase(
                "stop",
                {"en": ("STOP",), "tpi": ("STOPIM",)},
                (Argument("programme", programme, required=False),),
                {"en": "STOP", "tpi": "STOPIM"},
            ),
            partial(stop, programmes),
        ),
        CommandHandler(
            Phrase(
                "start",
                {"en": ("START", "UNSTOP"), "tpi": ("STATIM",)},
                examples={"en": "START", "tpi": "STATIM"},
                fillers=(*_MESSAGES, *_THANKS),
            ),
            start,
        ),
        CommandHandler(
            Phrase(
                "forget",
                {"en": ("FORGET", "FORGET ME"), "tpi": ("RAUSIM MI",)},
                (Argument("digits", code, required=False),),
                {"en": "FORGET", "tpi": "RAUSIM MI"},
                fillers=("yes", "me", "code", "kod"),
            ),
            forget_me,
        ),
    )


HANDLERS = handlers(NoProgrammes())
