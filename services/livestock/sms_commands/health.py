"""TREAT, VACC, SICK and DEAD: treatments, vaccinations, sickness and deaths of pigs."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from functools import partial
from typing import cast

from sqlalchemy import func, select

from gateway.argument_parsers import count
from gateway.grammar import Argument, Mood
from services.livestock.control.alarms import is_alarming, raise_alarm
from services.livestock.domain.details import read_details
from services.livestock.domain.model import EventType, Key, Recorded
from services.livestock.recording.short_numbers import EXAMPLE_PIG
from services.livestock.sms_commands.argument_kinds import (
    ACCOUNT,
    DAY,
    HEADS,
    MOB,
    PIG_WORDS,
    SITE,
    TAGS,
    Account,
    account,
    herd,
    product,
)
from services.livestock.sms_commands.common import (
    EventReport,
    Home,
    animals_of,
    confirm,
    mob_of,
    record_event,
)
from services.livestock.sms_commands.phrases import command
from services.livestock.sms_commands.places import (
    herd_text,
    named_numbers,
    place_of_animals,
    seen_at,
)
from services.livestock.sms_commands.symptoms import KNOWN, SIGN_WORDS, causes_in, signs_in
from services.livestock.sms_commands.wording import list_numbers
from services.messaging.command_router import CommandContext, CommandHandler
from services.storage.models import Animal
from services.texts.catalogue import day_and_month, say

_LONGEST_WITHDRAWAL = 365
_TREATING = ("days", "day", "de", "withdrawal", "wait", "wet", "with", "i", "kisim", "givim", "mi")
_ARGUMENTS = (TAGS, Argument("product", product))
_CAUSES = replace(ACCOUNT, kind=account(KNOWN))
# `1262 i dai o nogat?` is a question, and `bai` marks the future.
_END = replace(
    ACCOUNT, kind=account(never={"nogat", "o", "or", "if", "sapos", "bai", "will", "maybe"})
)
_BEFORE_SICK = ("i", "i gat", "i kisim", "i kamap", "bin", "is", "are", "has", "have", "got")
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
        *(
            "SIK I PINIS",
            "SIK PINIS",
            "SIK BILONG MI",
            "SIK BILONG MIPELA",
            "SIK BILONG MAN",
            "SIK BILONG MERI",
        ),
    ),
}
_AFTERWARDS = (Argument("days", count(_LONGEST_WITHDRAWAL), required=False), DAY)


def treat(kind: EventType, context: CommandContext) -> str:
    """TREAT and VACC: a product was given; it may keep the animals from slaughter for some days."""
    animals = animals_of(context, "tags")
    given = {
        "product": context.arguments["product"],
        "withdrawal_days": context.arguments["days"] or 0,
    }
    at = place_of_animals(context, animals)
    done = record_event(context, kind, EventReport(at, animals, details=read_details(kind, given)))
    until = _withdrawal(context, done)
    unknown = "treatment.no_days" if kind is EventType.TREATMENT else "vaccination"
    return confirm(
        context,
        "treatment" if until else unknown,
        done,
        pigs=list_numbers(animals),
        product=context.arguments["product"],
        until=day_and_month(until, context.language) if until else "",
    )


def sick(context: CommandContext) -> str:
    """SICK: some pigs are sick; officers are alarmed at once."""
    context = _on_its_day(context)
    animals, place = named_numbers(context, "site")
    at = seen_at(context, animals, place)
    done = _sickness(context, animals, at)
    raise_alarm(context.unit.session, done, context.now)
    return confirm(context, "sickness", done, what=herd_text(context, animals), place=at.label)


def no_sickness(context: CommandContext) -> str:
    """SICK, but of nobody's pigs: nothing is recorded."""
    return say("sickness.none", context.language)


def dead(context: CommandContext) -> str:
    """DEAD: named pigs, or so many, of a mob or without tags."""
    context = _on_its_day(context)
    named, place = named_numbers(context, "site")
    # A place alone is no death: it is refused as an animal.
    animals = (
        (named or animals_of(context, "tags")) if "tags" in context.arguments else mob_of(context)
    )
    at = seen_at(context, animals, place)
    suspected = (
        [_sickness(context, animals, at)] if signs_in(_account(context).words).suspicion else []
    )
    details = read_details(EventType.DEATH, causes_in(_account(context).words) | _heads(context))
    told = EventReport(at, animals, details=details, ordinal=len(suspected))
    done = record_event(context, EventType.DEATH, told)
    alarming = bool(suspected) or is_alarming(done)
    if alarming:
        raise_alarm(context.unit.session, (suspected or [done])[0], context.now)
    code = "death.alarm" if alarming else "death"
    return confirm(context, code, done, what=herd_text(context, animals), place=at.label)


def _sickness(context: CommandContext, animals: tuple[Key, ...], at: Home) -> Recorded:
    signs, suspicion = signs_in(_account(context).words)
    details: dict[str, object] = {"signs": signs}
    details |= {"suspicion": suspicion} if suspicion else {}
    told = EventReport(at, animals, details=details | _heads(context))
    return record_event(context, EventType.SICKNESS, told)


def _heads(context: CommandContext) -> dict[str, object]:
    heads = context.arguments.get("heads")
    return {"head_count": heads} if heads else {}


def _on_its_day(context: CommandContext) -> CommandContext:
    """Return the message with the day that its words name, where other phrases have theirs."""
    told = _account(context)
    return replace(context, arguments={**context.arguments, "day": told.day})


def _account(context: CommandContext) -> Account:
    return cast("Account | None", context.arguments["account"]) or Account((), None)


def _withdrawal(context: CommandContext, done: Recorded) -> date | None:
    """Return the last day on which any of the animals must not be slaughtered."""
    known = [animal.id for animal in done.animals]
    latest = select(func.max(Animal.withdrawal_until)).where(Animal.id.in_(known))
    last = context.unit.session.scalar(latest)
    return last if last and last >= done.report.occurred.day else None


def _treating(kind: EventType, keywords: Mapping[str, tuple[str, ...]]) -> list[CommandHandler]:
    """Make the phrases of a treatment: the animals first, or the product first."""
    orders = (
        (kind.value, _ARGUMENTS, f"{EXAMPLE_PIG} IVOMEC 28", 1),
        (f"{kind.value}_first", _ARGUMENTS[::-1], f"IVOMEC {EXAMPLE_PIG} 28", 0),
    )
    return [
        command(
            code,
            partial(treat, kind),
            keywords,
            (*order, *_AFTERWARDS),
            example,
            fillers=_TREATING,
            subject=subject,
        )
        for code, order, example, subject in orders
    ]


_DYING = {"en": ("DEAD", "DIED"), "tpi": ("DAI", "INDAI")}
_BESIDE_DEAD = (*PIG_WORDS, "mob", "lain", "pinis", "bin", "has", "have")
_A_MOB = replace(MOB, required=False)
HANDLERS = (
    *_treating(
        EventType.TREATMENT,
        {
            "en": ("TREAT", "TREATED"),
            "tpi": ("MARASIN", "SUT", "GIVIM MARASIN", "KISIM MARASIN"),
        },
    ),
    *_treating(EventType.VACCINATION, {"en": ("VACC", "VACCINE", "VACCINATE"), "tpi": ("VAKSIN",)}),
    command(
        "sickness",
        sick,
        {"en": ("SICK", *_MANY["en"]), "tpi": ("SIK", *_MANY["tpi"])},
        (replace(HEADS, required=False), replace(TAGS, required=False), ACCOUNT),
        {"en": "SICK 3 fever", "tpi": "SIK 3 skin hot"},
        fillers=("mob", "lain", *_BEFORE_SICK),
        own=SIGN_WORDS,
        bars=_NO_SUSPICION,
        subject=2,
    ),
    command("no_sickness", no_sickness, _NO_SICKNESS, loose=True),
    command(
        "death",
        dead,
        _DYING,
        (TAGS, _END),
        EXAMPLE_PIG,
        fillers=_BESIDE_DEAD,
        own=SIGN_WORDS,
        subject=1,
    ),
    # So many without a tag: any words about pigs, or words of death alone. DAI is much else.
    command(
        "deaths",
        dead,
        _DYING,
        (replace(HEADS, kind=herd), _A_MOB, SITE, _END),
        "3 pik",
        fillers=_BESIDE_DEAD,
        subject=2,
    ),
    command(
        "deaths_alone", dead, _DYING, (HEADS, _A_MOB, SITE, _CAUSES), "3", fillers=_BESIDE_DEAD
    ),
)
