"""Disease of pigs in people's own words: recorded as evidence, alarmed, and asked about."""

import re
from dataclasses import replace
from functools import lru_cache

from sqlalchemy import select

from gateway.grammar import NotUnderstood, Read, Understood
from gateway.phrases import clean
from gateway.tags import Identifier
from services.livestock.control.alarms import raise_alarm
from services.livestock.control.odd_reports import Unplaced, promise, tell_unplaced
from services.livestock.domain.disease_words import DiseaseText, Meaning, read_disease
from services.livestock.domain.model import EventType, Key
from services.livestock.domain.whose_pigs import is_of_others
from services.livestock.recording.identity import find_animals
from services.livestock.recording.short_numbers import EXAMPLES
from services.livestock.sms_commands.advice import asks_of_carcass
from services.livestock.sms_commands.argument_kinds import NUMBER
from services.livestock.sms_commands.common import (
    MOST_TAGS,
    EventReport,
    caller_by_text,
    confirm,
    record_event,
)
from services.livestock.sms_commands.places import herd_text, place_of_animals
from services.messaging.command_router import (
    DISEASE,
    CommandContext,
    InterceptResult,
    MessageInterceptor,
    Reply,
    texts_of,
)
from services.messaging.small_talk import Example
from services.storage.models import Premises
from services.texts.catalogue import say

_EXAMPLES = {
    "en": ("PLACE Kudjip, Jiwaka", "SICK 3"),
    "tpi": ("PLES Kudjip, Jiwaka", "SIK 3"),
}
_TAG = re.compile(r"(?<![0-9])[0-9]{4,15}(?![0-9])")
# What the router asks twice about one message is read once.
_read = lru_cache(64)(read_disease)


def disease_interceptor() -> MessageInterceptor:
    """Return the interceptor of texts that tell of disease, where no command took them."""
    return MessageInterceptor(notice, _is_exclusive, anybody=notice, unmatched=True)


def notice(
    context: CommandContext, text: str, found: Understood | NotUnderstood
) -> InterceptResult | None:
    """Alarm the officers of a text about disease, and ask its sender for what is missing.

    None: it tells of none, or asks about a pig by its number, which the book answers.
    """
    told = _read(text)
    if not context.complete:
        return _in_part(context, told, text)
    if (told is None or told.meaning is not Meaning.REPORT) and asks_of_carcass(text, found):
        return InterceptResult(DISEASE, texts_of(say("sickness.carcass", context.language)))
    of_the_book = found.mood is not None and _TAG.search(clean(text))
    if told is None or (of_the_book and told.meaning is not Meaning.REPORT):
        return None
    # `DEAD 3?` is answered as it is without a sign; a fever of nobody's is of a keeper's pigs.
    if (told.counted and found.mood is not None) or (told.unnamed and not _keeps_pigs(context)):
        return None
    reply: Reply
    if told.found:
        reply = _unplaced(context, text, Unplaced.FOUND)
    elif told.meaning is Meaning.REPORT:
        reply = _reported(context, told, text)
    else:
        reply = say(f"sickness.{told.meaning.value}", context.language)
    return InterceptResult(DISEASE, texts_of(reply))


def _in_part(
    context: CommandContext, told: DiseaseText | None, text: str
) -> InterceptResult | None:
    """Tell the officers of disease in a text that lacks a part, which may deny it."""
    if told is None or told.meaning is not Meaning.REPORT:
        return None
    if told.unnamed and not _keeps_pigs(context):
        return None
    return InterceptResult(DISEASE, texts_of(_unplaced(context, text, Unplaced.PART)))


def _unplaced(context: CommandContext, text: str, what: Unplaced) -> str:
    """Tell the officers, and ask for what is missing: at no place does anything stand."""
    caller = caller_by_text(context, " ".join(text.split()))
    reached = tell_unplaced(context.unit.session, context.party, caller, what, context.now)
    told = promise(context.language, "told", kept=reached)
    return say(f"sickness.{what}", context.language, told=told)


def _reported(context: CommandContext, told: DiseaseText, text: str) -> Reply:
    """Record sickness, of the animals and of so many as the text says plainly.

    A disease that is only named opens no outbreak: a person reads the message first.
    """
    animals = _animals(context, text) if told.certain else ()
    heads = {"head_count": told.sick} if told.sick and not told.deaths else {}
    at = place_of_animals(context, animals)
    # A number says whose pig it is.
    own = bool(animals) or told.own
    report = EventReport(at, animals, details={"signs": told.signs, **heads}, own=own)
    done = record_event(context, EventType.SICKNESS, report)
    caller = caller_by_text(context, " ".join(text.split()))
    caller = caller._replace(named=told.disease)
    reached = raise_alarm(context.unit.session, done, caller, context.now)
    if not animals and is_of_others(text, counted=told.heads is not None):
        said = promise(context.language, "told", kept=reached)
        return say("sickness.others", context.language, receipt=done.receipt, told=said)
    if heads or animals:
        call = promise(context.language, "call", kept=reached)
        counted = replace(context, arguments={"heads": told.sick})
        what = herd_text(counted, animals)
        code = "sickness.died" if told.died else "sickness"
        return confirm(context, code, done, what=what, place=at.label, call=call)
    code = "sickness.deaths" if told.deaths or told.died else "sickness.words"
    told_to = promise(context.language, "told", kept=reached)
    return say(code, context.language, receipt=done.receipt, told=told_to)


def _animals(context: CommandContext, text: str) -> tuple[Key, ...]:
    """Return the animals whose numbers a text holds; none unless every number is one."""
    readings = [NUMBER(written) for written in _TAG.findall(clean(text))]
    identifiers = [one.value for one in readings if isinstance(one, Read)]
    keys = {
        Key(one.scheme, one.value) for one in identifiers if isinstance(one, Identifier)
    } - EXAMPLES
    known = find_animals(context.unit.session, sorted(keys)[:MOST_TAGS])
    return tuple(sorted(known)) if len(known) == len(readings) else ()


def _is_exclusive(_context: CommandContext, text: str, _found: Understood | NotUnderstood) -> bool:
    told = _read(text)
    return told is not None and told.meaning is Meaning.REPORT


def example_report(context: CommandContext) -> Example:
    """Return an example for a keeper; for a stranger, of how to become one."""
    return Example(_EXAMPLES[context.language][_keeps_pigs(context)])


def _keeps_pigs(context: CommandContext) -> bool:
    """Tell whether the sender keeps pigs."""
    kept = select(Premises.id).where(Premises.keeper_id == context.party.id).limit(1)
    return context.unit.session.scalar(kept) is not None
