"""TREAT and VACC: treatments and vaccinations of pigs."""

from collections.abc import Mapping
from datetime import date
from functools import partial

from sqlalchemy import func, select

from gateway.argument_parsers import count
from gateway.grammar import Argument
from services.livestock.domain.details import read_details
from services.livestock.domain.model import EventType, Key, Recorded
from services.livestock.recording.short_numbers import EXAMPLE_PIG
from services.livestock.sms_commands.argument_kinds import DAY, TAGS, product
from services.livestock.sms_commands.common import EventReport, animals_of, confirm, record_event
from services.livestock.sms_commands.doubts import require_words
from services.livestock.sms_commands.phrases import command
from services.livestock.sms_commands.places import place_of_animals
from services.livestock.sms_commands.wording import list_numbers
from services.messaging.command_router import CommandContext, CommandHandler, FromAnybody, Reply
from services.storage.models import Animal
from services.texts.catalogue import day_and_month

_LONGEST_WITHDRAWAL = 365
_KEYWORD = {"en": "TREAT", "tpi": "MARASIN"}
_TREATING = (
    *("days", "day", "de", "withdrawal", "wait", "wet", "with", "i", "kisim", "givim", "mi"),
    *("was", "were", "has been"),
)
_VACCINATING = {
    "en": ("VACC", "VACCINE", "VACCINATE", "VACCINATED", "VAC"),
    "tpi": ("VAKSIN",),
}
_ARGUMENTS = (TAGS, Argument("product", product))
_AFTERWARDS = (Argument("days", count(_LONGEST_WITHDRAWAL), required=False), DAY)
_PRODUCT_WORDS = frozenset(
    {"ivomec", "ivermectin", "oxytetracycline", "penicillin", "penisilin", "tetracycline", "iron"}
    | {"amoxicillin", "dectomax", "doramectin", "levamisole", "fenbendazole", "panacur"}
    | {"csf", "fmd", "erysipelas", "parvo", "vaccine", "vaksin", "injection", "la", "vitamin"}
    | {"super", "plus", "gold", "pour", "long", "acting", "dexamethasone", "tylosin", "sulfa"}
)


def treat(kind: EventType, context: CommandContext) -> Reply:
    """TREAT and VACC: a product was given; it may keep the animals from slaughter for some days."""
    animals = animals_of(context, "tags")
    given = {
        "product": context.arguments["product"],
        "withdrawal_days": context.arguments["days"] or 0,
    }
    at = place_of_animals(context, animals)
    _require_product(context, animals)
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
        example=f"{_KEYWORD[context.language]} {animals[0]} {context.arguments['product']} 28",
    )


def _require_product(context: CommandContext, animals: tuple[Key, ...]) -> None:
    """Ask where a product is called by several words, of which one is not known."""
    product = str(context.arguments["product"])
    unknown = [word for word in product.casefold().split() if word not in _PRODUCT_WORDS]
    if unknown and " " in product:
        require_words(context, f"{list_numbers(animals)}: {product}", unknown)


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
            anybody=FromAnybody.EVIDENCE,
        )
        for code, order, example, subject in orders
    ]


HANDLERS = (
    *_treating(
        EventType.TREATMENT,
        {
            "en": ("TREAT", "TREATED"),
            "tpi": ("MARASIN", "SUT", "GIVIM MARASIN", "KISIM MARASIN"),
        },
    ),
    *_treating(
        EventType.VACCINATION,
        _VACCINATING,
    ),
)
