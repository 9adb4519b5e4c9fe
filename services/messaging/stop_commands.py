"""Handlers of STOP, STOP ALL and START: the consent of a phone.

`Programmes` is the port that lets STOP list and leave health programmes without importing them.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from services.messaging.command_router import CommandContext, Reply, ReplyText
from services.messaging.consent import (
    close_queued,
    grant,
    last_programme,
    named_programme,
    preferences_of,
    refuse,
)
from services.texts.catalogue import say
from sms.consent import EVERYTHING

_BY_SMS = "sms"


class Programmes(Protocol):
    """The programmes, as far as STOP is about them."""

    def title(self, code: str, language: str) -> str:
        """Return the title of a programme."""
        ...

    def joined(self, context: CommandContext) -> Sequence[str]:
        """Return the codes of the programmes that the sender is in, the last joined at the end."""
        ...

    def leave(self, context: CommandContext, code: str, *, quietly: bool) -> Sequence[ReplyText]:
        """End a programme for the sender; return what it says to that, nothing when `quietly`."""
        ...


class NoProgrammes:
    """The port without any programme: a scope of consent is called by its code."""

    def title(self, code: str, language: str) -> str:  # noqa: ARG002 — the protocol's signature
        """Return the code."""
        return code

    def joined(self, context: CommandContext) -> Sequence[str]:  # noqa: ARG002 — as above
        """Return nothing."""
        return ()

    def leave(self, context: CommandContext, code: str, *, quietly: bool) -> Sequence[ReplyText]:  # noqa: ARG002 — as above
        """Say nothing."""
        return ()


def stop(programmes: Programmes, context: CommandContext) -> Reply:
    """End the programme that STOP names, else the one whose message went to the phone last.

    A name that is unknown is no reason to go on sending.
    """
    session, index = context.unit.session, context.unit.vault.index(context.number)
    preferences = preferences_of(session, index)
    codes = tuple(dict.fromkeys((*preferences.programmes, *programmes.joined(context))))
    titles = {code: programmes.title(code, context.language) for code in codes}
    meant = named_programme(str(context.arguments["programme"] or ""), titles)
    scope = meant or last_programme(session, index, codes)
    if scope is None:
        return "" if preferences.nothing else say("stop.none", context.language)
    refuse(session, index, scope, _BY_SMS, context.now)
    # The course is locked before its texts, by everybody.
    told = programmes.leave(context, scope, quietly=False)
    close_queued(session, index, scope)
    return told or say("stop.programme", context.language, programme=titles[scope])


def stop_all(programmes: Programmes, context: CommandContext) -> Reply:
    """Refuse everything but answers; a repeated STOP ALL is not confirmed again."""
    session, index = context.unit.session, context.unit.vault.index(context.number)
    codes = dict.fromkeys((*preferences_of(session, index).programmes, *programmes.joined(context)))
    said = [refuse(session, index, scope, _BY_SMS, context.now) for scope in (EVERYTHING, *codes)]
    for code in codes:
        programmes.leave(context, code, quietly=True)
    if not any(said):
        return ""
    close_queued(session, index, None)
    return say("stop.all", context.language)


def start(context: CommandContext) -> str:
    """Allow service messages again, on barred carriers too; programmes stay ended."""
    session, index = context.unit.session, context.unit.vault.index(context.number)
    for scope in (EVERYTHING, *preferences_of(session, index).barred):
        grant(session, index, scope, _BY_SMS, context.now)
    return say("start", context.language)
