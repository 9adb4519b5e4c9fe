"""Phrases of STOP, START and FORGET in both languages; handlers of STOP and START."""

import re
from collections.abc import Mapping
from dataclasses import replace
from functools import partial

from sqlalchemy import select

from gateway.argument_parsers import either
from gateway.grammar import Argument, Phrase, Read
from services.messaging.codes import read_code
from services.messaging.command_router import CommandContext, CommandHandler, Reply
from services.messaging.consent import (
    close_queued,
    grant,
    last_programme,
    named_programme,
    preferences_of,
    refuse,
)
from services.messaging.forget_command import forget_me, keep
from services.messaging.offices import is_office
from services.messaging.outbox import ReplyText
from services.messaging.programmes import NoProgrammes, Programmes
from services.messaging.stop_words import (
    NO_MORE_MESSAGES,
    is_of_habit,
    mistyped_stop,
    programme,
    why,
)
from services.messaging.village_bindings import box_off, box_on
from services.storage.models import Premises
from services.texts.catalogue import say
from sms.answering import Weight
from sms.consent import EVERYTHING

_THANKS = ("now", "nau", "thanks", "thank you", "tenkyu")
_MESSAGES = ("message", "messages", "text", "texts", "sms", "mesej", "toksave", "of")
# Mobile operators' word with the other language's.
_STOP_ALL = ("STOP OLGETA", "STOPIM ALL")
_DIGITS = re.compile(r"[0-9](?:[ .-]?[0-9]){1,14}(?![^\W_])")
_BY_SMS = "sms"


def _mistyped_code(text: str) -> Read | None:
    """Read digits that are no code: FORGET says that they are wrong."""
    found = _DIGITS.match(text)
    return Read(re.sub("[^0-9]", "", found[0]), found.end()) if found else None


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
            private=True,
        ),
        CommandHandler(
            Phrase(
                "stop_all_word",
                _both("CANCEL", "END", "QUIT"),
                examples={"en": "CANCEL", "tpi": "CANCEL"},
            ),
            partial(operators_word, programmes),
            private=True,
        ),
        CommandHandler(
            Phrase(
                "stop",
                {"en": ("STOP",), "tpi": ("STOPIM",)},
                (Argument("programme", programme, required=False),),
                {"en": "STOP", "tpi": "STOPIM"},
            ),
            partial(stop, programmes),
            private=True,
        ),
        CommandHandler(
            Phrase(
                "stop_mistyped",
                {},
                (Argument("word", mistyped_stop),),
                {"en": "STOPP", "tpi": "STOPP"},
                bare=True,
                alone=True,
            ),
            partial(stop_last, programmes),
            told="stop",
            private=True,
        ),
        CommandHandler(
            Phrase(
                "stop_messages",
                NO_MORE_MESSAGES,
                (Argument("programme", why, required=False),),
                {"en": "NO MORE MESSAGES", "tpi": "NO KEN SALIM MESEJ"},
                fillers=(*_MESSAGES, *_THANKS),
            ),
            partial(stop_messages, programmes),
            private=True,
        ),
        CommandHandler(
            Phrase(
                "leave_me",
                _both("REMOVE ME", "TAKE ME OFF", "LEAVE ME ALONE"),
                examples={"en": "REMOVE ME", "tpi": "REMOVE ME"},
                fillers=(*_MESSAGES, *_THANKS, "this", "your", "list", "course", "kos"),
            ),
            partial(stop_messages, programmes),
            told="stop_messages",
            private=True,
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
                {"en": ("FORGET", "FORGET ME", "DELETE MY NUMBER"), "tpi": ("RAUSIM MI",)},
                (Argument("digits", either(read_code, _mistyped_code), required=False),),
                {"en": "FORGET", "tpi": "RAUSIM MI"},
                fillers=("yes", "me", "my", "code", "kod", "is", "em", "your", "list"),
            ),
            forget_me,
        ),
        CommandHandler(
            Phrase(
                "box_off",
                {"en": ("BOX OFF", "NO BOX"), "tpi": ("PASIM BOKS", "NOGAT BOKS")},
                examples={"en": "BOX OFF", "tpi": "PASIM BOKS"},
            ),
            box_off,
        ),
        CommandHandler(
            Phrase(
                "box_on",
                {"en": ("BOX ON",), "tpi": ("OPIM BOKS",)},
                examples={"en": "BOX ON", "tpi": "OPIM BOKS"},
            ),
            box_on,
        ),
    )


def stop(programmes: Programmes, context: CommandContext) -> Reply:
    """End the programme that STOP names, else the one whose message went to the phone last.

    A name that is unknown is no reason to go on sending. What was joined since it was written is
    not meant.
    """
    session, number = context.unit.session, context.number
    preferences, later = preferences_of(session, number), programmes.joined_later(context)
    every = dict.fromkeys((*preferences.programmes, *programmes.joined(context)))
    codes = tuple(one for one in every if one not in later)
    titles = {one: programmes.title(one, context.language) for one in codes}
    words = str(context.arguments["programme"] or "")
    meant = named_programme(words, titles)
    if is_of_habit(words) and not _is_title(words, titles):
        return say("stop.habit", context.language)
    scope = meant or last_programme(session, number, codes)
    if scope is None:
        none = "stop.none_pigs" if _gets_livestock(context) else "stop.none"
        return "" if preferences.nothing or later else say(none, context.language)
    refuse(session, context.index_for(scope), scope, _BY_SMS, context.now)
    # The course is locked before its texts, by everybody.
    told = programmes.leave(context, scope, quietly=False)
    close_queued(session, number, scope)
    pigs = _gets_livestock(context)
    said = told or [ReplyText(_stopped(programmes, context, scope, pigs=pigs))]
    go_on = [ReplyText(say("stop.pigs", context.language))] if told and pigs else []
    return [one._replace(weight=Weight.STOP) for one in [*said, *go_on]]


def stop_last(programmes: Programmes, context: CommandContext) -> Reply:
    """End the programme whose message went to the phone last."""
    return stop(programmes, replace(context, arguments={"programme": None}))


def _stopped(programmes: Programmes, context: CommandContext, code: str, *, pigs: bool) -> str:
    """Return the reply for a programme that says nothing to STOP, such as one that is over."""
    title = programmes.shown_title(context, code)
    stopped = "stop.programme_pigs" if pigs else "stop.programme"
    return say(stopped, context.language, programme=title)


def _gets_livestock(context: CommandContext) -> bool:
    """Tell whether messages about pigs go on: a keeper with a place, or an office, gets some.

    To others a word of pigs would tell that the course and the pigs are one system.
    """
    party = context.party
    place = select(Premises.id).where(Premises.keeper_id == party.id).limit(1)
    return is_office(party.role) or context.unit.session.scalar(place) is not None


def _is_title(words: str, titles: Mapping[str, str]) -> bool:
    """Tell whether words name a programme by its title, and not a habit of the same name."""
    return named_programme(words, {title: title for title in titles.values()}) is not None


def stop_messages(programmes: Programmes, context: CommandContext) -> Reply:
    """End the course whose message went to the phone last; of who is in none, everything."""
    if programmes.joined(context):
        return stop_last(programmes, context)
    return stop_all(programmes, context)


def stop_all(programmes: Programmes, context: CommandContext) -> Reply:
    """Refuse everything but answers; a repeated STOP ALL is not confirmed again.

    The urgent texts of an office still come: whoever sent it, the office is not theirs to end.
    """
    session, number = context.unit.session, context.number
    codes = dict.fromkeys(
        (*preferences_of(session, number).programmes, *programmes.joined(context))
    )
    said = [
        refuse(session, context.index_for(scope), scope, _BY_SMS, context.now)
        for scope in (EVERYTHING, *codes)
    ]
    for scope in codes:
        programmes.leave(context, scope, quietly=True)
    if not any(said):
        return ""
    close_queued(session, number, None)
    return [ReplyText(_ended(context), weight=Weight.STOP)]


def _ended(context: CommandContext) -> str:
    role = context.party.role
    if is_office(role):
        return say("stop.office", context.language, office=say(f"office.{role}", context.language))
    return say("stop.all", context.language)


def operators_word(programmes: Programmes, context: CommandContext) -> Reply:
    """CANCEL, END, QUIT: keep a person whose erasure waits; else it is STOP ALL."""
    opening = re.match(r"[^\w]*(?:cancel|end|quit)\b", context.text, re.IGNORECASE)
    if context.text and not opening:
        # `the end` ends nothing.
        return say("not_understood", context.language)
    return keep(context) or stop_all(programmes, context)


def start(context: CommandContext) -> str:
    """Allow service messages again, on barred carriers too; programmes stay ended."""
    if context.text.rstrip().endswith("?"):
        return say("stop.none", context.language)
    session = context.unit.session
    for scope in (EVERYTHING, *preferences_of(session, context.number).barred):
        grant(session, context.index, scope, _BY_SMS, context.now)
    return say("start", context.language)


HANDLERS = handlers(NoProgrammes())
