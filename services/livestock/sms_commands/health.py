"""TREAT, VACC, SICK and DEAD: treatments, vaccinations, sickness and deaths of pigs."""

import re
from collections.abc import Sequence
from dataclasses import replace
from itertools import dropwhile
from typing import cast

from gateway.grammar import Mood
from services.livestock.control.alarms import is_alarming, raise_alarm
from services.livestock.control.odd_reports import promise
from services.livestock.domain.details import read_details
from services.livestock.domain.head_counts import is_of_dead
from services.livestock.domain.model import EventType, Key, Recorded
from services.livestock.domain.whose_pigs import (
    is_of_others,
    is_of_people,
    is_over,
    names_somebody_alone,
)
from services.livestock.queries.positions import heads_now
from services.livestock.recording.short_numbers import EXAMPLE_PIG
from services.livestock.sms_commands.advice import recovered
from services.livestock.sms_commands.argument_kinds import (
    ACCOUNT,
    HEADS,
    MOB,
    PIG_WORDS,
    PIG_WORDS_ALONE,
    SITE,
    TAGS,
    Account,
    account,
    herd,
)
from services.livestock.sms_commands.common import (
    EventReport,
    Home,
    animals_of,
    caller_by_text,
    confirm,
    mob_of,
    record_event,
    today_at,
)
from services.livestock.sms_commands.doubts import require_heads, require_words
from services.livestock.sms_commands.phrases import command
from services.livestock.sms_commands.places import (
    heads_of,
    herd_text,
    named_numbers,
    seen_at,
)
from services.livestock.sms_commands.symptoms import (
    KNOWN,
    NAME_WORDS,
    SIGN_WORDS,
    causes_in,
    signs_in,
)
from services.messaging.command_router import CommandContext, FromAnybody, Reply
from services.texts.catalogue import say

_CAUSES = replace(ACCOUNT, kind=account(KNOWN))
# Words beside a death that change nothing of it.
_HARMLESS = KNOWN | {
    *("a", "an", "my", "our", "it", "he", "she", "em", "in", "on", "at", "to", "with", "because"),
    *("pig", "pigs", "piglet", "piglets", "pik", "bilong", "place", "ples", "hia", "here", "ya"),
    *("bite", "bit", "bites", "killed", "kilim", "hit", "age", "died", "dead", "dai", "indai"),
    *("please", "plis", "pls", "sir", "boss", "bos", "sorry", "sori", "thanks", "tenkyu", "tasol"),
    *("too", "tu", "very", "just", "all", "olgeta", "ol", "some", "of", "house", "haus", "bus"),
}
# `DEAD 1262 and 1359 sick` may tell of one death: `and 1359` is the last of its numbers.
_LAST = re.compile(
    r"(?:\b(?:and|na)\b|&)\W*(?:(?:pig|pik|number|namba|no)\W+)*[0-9]{4,15}(?!.*[0-9]{4})",
    re.IGNORECASE | re.DOTALL,
)
_IS_SICK = frozenset({"i", "is", "are", "was", "were", "em", "bin", "has", "have", "got", "gat"})
_SICK = frozenset({"sick", "sik", "ill", "unwell"})
_DIED = frozenset({"dead", "died", "dai", "indai"})
_BEFORE_SICK = (
    *("i", "i gat", "i kisim", "i kamap", "bin", "is", "are", "has", "have", "got", "em", "em i"),
    *("very", "is very", "are very"),
)
_HERD_WORDS = {"pig", "pigs", "pik", "piglet", "piglets", "pikpik", "sow", "sows", "boar", "mob"}
# A wrong alarm costs a call, so a doubt and hearsay are a suspicion.
_NO_SUSPICION = frozenset({Mood.QUESTION, Mood.DENIAL, Mood.FUTURE})
# Nobody has counted them, but an officer must know; of deaths without a number nothing is recorded.
_MANY = {
    "en": (
        *("MANY PIGS ARE SICK", "ALL PIGS ARE SICK", "ALL MY PIGS ARE SICK", "MY PIGS ARE DYING"),
        *("PIGS ARE DYING", "MANY PIGS DIED", "MANY PIGS ARE DEAD", "ALL MY PIGS DIED"),
    ),
    "tpi": (
        *("PLANTI PIK I SIK", "OLGETA PIK I SIK", "SAMPELA PIK I SIK", "PLANTI PIK I DAI"),
        *("OLGETA PIK I DAI", "SAMPELA PIK I DAI", "OL PIK I DAI"),
    ),
}
# Openings of a report of sick pigs that mean something else.
_NO_SICKNESS = {
    "en": ("NO SICK", "NOT SICK", "SICK NONE"),
    "tpi": (
        *("NO SIK", "SIK NOGAT", "SIK I NOGAT", "SIK I NO GAT", "NO GAT SIK", "NOGAT SIK"),
        *("SIK I PINIS", "SIK PINIS", "SIK BILONG MI", "SIK BILONG MIPELA", "SIK BILONG MAN"),
        "SIK BILONG MERI",
    ),
}


def sick(context: CommandContext) -> Reply:
    """SICK: some pigs are sick; officers are alarmed at once."""
    context = _on_its_day(context)
    animals, place = named_numbers(context, "site")
    written = context.text.casefold().split()
    of_pigs = _is_of_pigs(_account(context).words) or not _HERD_WORDS.isdisjoint(written)
    if not (animals or context.arguments["heads"] or of_pigs):
        return no_sickness(context)
    if is_over(context.text):
        return recovered(context, context.text, context.language)
    at = seen_at(context, animals, place)
    # A number says whose pig it is.
    counted = bool(context.arguments["heads"])
    own = bool(animals or place) or not is_of_others(context.text, counted=counted)
    context = _without_dead(context)
    done = _sickness(context, animals, at, own=own)
    caller = caller_by_text(context, " ".join(_unknown(_account(context).words)))
    reached = raise_alarm(context.unit.session, done, caller, context.now)
    if not own:
        return _told_officers(context, "sickness.others", done, reached=reached)
    # The alarm must not wait for the answer.
    died = not _DIED.isdisjoint(re.findall(r"[^\W\d_]+", context.text.casefold()))
    if died and not (animals or context.arguments["heads"]):
        return _told_officers(context, "sickness.deaths", done, reached=reached)
    call = promise(context.language, "call", kept=reached)
    code = "sickness.died" if died else "sickness"
    return confirm(context, code, done, what=herd_text(context, animals), place=at.label, call=call)


def _told_officers(context: CommandContext, code: str, done: Recorded, *, reached: bool) -> str:
    told = promise(context.language, "told", kept=reached)
    return say(code, context.language, receipt=done.receipt, told=told)


def no_sickness(context: CommandContext) -> str:
    """SICK, but of nobody's pigs: nothing is recorded."""
    return say("sickness.none", context.language)


def dead(context: CommandContext) -> Reply:
    """DEAD: named pigs, or so many, of a mob or without tags."""
    context = _on_its_day(context)
    named, place = named_numbers(context, "site")
    # A place alone is no death: it is refused as an animal.
    animals = (
        (named or animals_of(context, "tags")) if "tags" in context.arguments else mob_of(context)
    )
    at = seen_at(context, animals, place)
    _require_death(context, animals, at)
    suspected = (
        [_sickness(context, animals, at)] if signs_in(_account(context).words).suspicion else []
    )
    details = read_details(EventType.DEATH, causes_in(_account(context).words) | _heads(context))
    told = EventReport(at, animals, details=details, ordinal=len(suspected))
    done = record_event(context, EventType.DEATH, told)
    what = herd_text(context, animals)
    if not suspected and not is_alarming(done):
        return confirm(context, "death", done, what=what, place=at.label)
    alarming = (suspected or [done])[0]
    reached = raise_alarm(context.unit.session, alarming, caller_by_text(context), context.now)
    call = promise(context.language, "call", kept=reached)
    return confirm(context, "death.alarm", done, what=what, place=at.label, call=call)


def _require_death(context: CommandContext, animals: tuple[Key, ...], at: Home) -> None:
    """Ask about a death with words that are not known, or of more pigs than are known."""
    words = _account(context).words
    unknown = _unknown(words) or _of_the_last(context, animals)
    if unknown:
        dead = _DYING[context.language][0]
        require_words(context, f"{dead} {herd_text(context, animals)}", unknown)
    heads = cast("int | None", context.arguments.get("heads"))
    if heads is not None:
        here = heads_now(context.unit.session, at.row.id, today_at(context, at))
        require_heads(context, heads, heads_of(context, animals[0]) if animals else here)


def _of_the_last(context: CommandContext, animals: tuple[Key, ...]) -> list[str]:
    """Return the words that may say that the last of several pigs is only sick, with its number."""
    last = _LAST.search(context.text) if len(animals) > 1 else None
    words = list(dropwhile(_IS_SICK.__contains__, map(str.casefold, _account(context).words)))
    sign = SIGN_WORDS.match(" ".join(words))
    alive = bool(words) and words[0] in _SICK
    alive = alive or (sign is not None and signs_in([sign[0]]).signs != ["sudden_death"])
    return [last[0].strip(), *_account(context).words] if last and alive else []


def _unknown(words: Sequence[str]) -> list[str]:
    """Return the words that may change what a report says."""
    return [word for word in _unnamed(words) if word.casefold() not in _HARMLESS]


def _unnamed(words: Sequence[str]) -> list[str]:
    """Return the words that tell no sign and no disease."""
    return SIGN_WORDS.sub(" ", NAME_WORDS.sub(" ", " ".join(words))).split()


def _is_of_pigs(words: Sequence[str]) -> bool:
    """Tell whether words without a number tell of sick pigs: a sign, a disease, a word for pigs."""
    others = _unnamed(words)
    signs = len(" ".join(others)) < len(" ".join(words))
    return not words or signs or any(word.casefold() in _HERD_WORDS for word in others)


def _sickness(
    context: CommandContext, animals: tuple[Key, ...], at: Home, *, own: bool = True
) -> Recorded:
    signs, suspicion = signs_in(_account(context).words)
    details: dict[str, object] = {"signs": signs}
    details |= {"suspicion": suspicion} if suspicion else {}
    told = EventReport(at, animals, details=details | _heads(context), own=own)
    return record_event(context, EventType.SICKNESS, told)


def _heads(context: CommandContext) -> dict[str, object]:
    heads = context.arguments.get("heads")
    return {"head_count": heads} if heads else {}


def _on_its_day(context: CommandContext) -> CommandContext:
    """Return the message with the day that its words name, where other phrases have theirs."""
    told = _account(context)
    return replace(context, arguments={**context.arguments, "day": told.day})


def _without_dead(context: CommandContext) -> CommandContext:
    """Return a report of sickness without a number that counts dead pigs."""
    heads = cast("int", context.arguments["heads"] or 0)
    told = None if is_of_dead(context.text, heads) else heads or None
    return replace(context, arguments={**context.arguments, "heads": told})


def _account(context: CommandContext) -> Account:
    return cast("Account | None", context.arguments["account"]) or Account((), None)


_DYING = {"en": ("DEAD", "DIED"), "tpi": ("DAI", "INDAI")}
_BESIDE_DEAD = (
    *("mob", "lain", "pinis", "bin", "has", "have", "is", "are", "was", "were", "em"),
    *("em i", "that", "with", "no", "now", "we", "I", "there", "got", "mipela", "gat", "i gat"),
)
_A_MOB = replace(MOB, required=False)
HANDLERS = (
    command(
        "sickness",
        sick,
        {"en": ("SICK", *_MANY["en"]), "tpi": ("SIK", *_MANY["tpi"])},
        (replace(HEADS, required=False), replace(TAGS, required=False), ACCOUNT),
        {"en": "SICK 3 fever", "tpi": "SIK 3 skin hot"},
        fillers=("mob", "lain", *_BEFORE_SICK),
        own=SIGN_WORDS,
        unless=is_of_people,
        bars=_NO_SUSPICION,
        subject=2,
        anybody=FromAnybody.ALARM,
    ),
    command("no_sickness", no_sickness, _NO_SICKNESS, loose=True),
    command(
        "death",
        dead,
        _DYING,
        (TAGS, ACCOUNT),
        EXAMPLE_PIG,
        fillers=(*PIG_WORDS, *_BESIDE_DEAD),
        own=SIGN_WORDS,
        subject=1,
        anybody=FromAnybody.EVIDENCE,
    ),
    # So many without a tag: any words about pigs, or words of death alone. DAI is much else.
    command(
        "deaths",
        dead,
        _DYING,
        (replace(HEADS, kind=herd), _A_MOB, SITE, ACCOUNT),
        "3 pik",
        fillers=(*PIG_WORDS_ALONE, *_BESIDE_DEAD),
        subject=2,
        anybody=FromAnybody.EVIDENCE,
    ),
    command(
        "deaths_alone",
        dead,
        _DYING,
        (HEADS, _A_MOB, SITE, _CAUSES),
        "3",
        fillers=(*PIG_WORDS_ALONE, *_BESIDE_DEAD),
        unless=names_somebody_alone,
        subject=1,
        anybody=FromAnybody.EVIDENCE,
    ),
)
