"""STOP, STOP ALL and START: what a phone wants to be sent."""

from __future__ import annotations

from services.messaging.command_router import CommandContext, Reply
from services.messaging.consent import close_queued, grant, last_heard, named, refuse, wishes_of
from services.messaging.programme_port import Programmes
from services.texts.catalogue import say
from sms.consent import EVERYTHING

_BY_SMS = "sms"


def stop(programmes: Programmes, context: CommandContext) -> Reply:
    """STOP: the programme that is named ends, else the one that the phone heard of last.

    Words that name none are no reason to go on sending.
    """
    session, index = context.unit.session, context.unit.vault.index(context.number)
    wishes = wishes_of(session, index)
    codes = tuple(dict.fromkeys((*wishes.programmes, *programmes.joined(context))))
    titles = {code: programmes.title(code, context.language) for code in codes}
    meant = named(str(context.arguments["programme"] or ""), titles)
    scope = meant or last_heard(session, index, codes)
    if scope is None:
        return "" if wishes.nothing else say("stop.none", context.language)
    refuse(session, index, scope, _BY_SMS, context.now)
    # The course is locked before its texts, by everybody.
    told = programmes.leave(context, scope, quietly=False)
    close_queued(session, index, scope)
    return told or say("stop.programme", context.language, programme=titles[scope])


def stop_all(programmes: Programmes, context: CommandContext) -> Reply:
    """STOP ALL: nothing but answers from now on; told once, and not again to who says it again."""
    session, index = context.unit.session, context.unit.vault.index(context.number)
    codes = dict.fromkeys((*wishes_of(session, index).programmes, *programmes.joined(context)))
    said = [refuse(session, index, scope, _BY_SMS, context.now) for scope in (EVERYTHING, *codes)]
    for code in codes:
        programmes.leave(context, code, quietly=True)
    if not any(said):
        return ""
    close_queued(session, index, None)
    return say("stop.all", context.language)


def start(context: CommandContext) -> str:
    """START: messages come again, also by a carrier that was told to stop; no programme does."""
    session, index = context.unit.session, context.unit.vault.index(context.number)
    for scope in (EVERYTHING, *wishes_of(session, index).barred):
        grant(session, index, scope, _BY_SMS, context.now)
    return say("start", context.language)
