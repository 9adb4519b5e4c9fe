"""BORN: a litter, kept as a mob, or piglets with tags."""

from collections.abc import Mapping
from dataclasses import replace
from typing import NamedTuple, cast

from gateway.grammar import Argument
from services.livestock.domain.errors import UnknownNumber
from services.livestock.domain.model import AnimalKind, EventType, Key, Scheme, write_key
from services.livestock.domain.parentage import DAM, SIRE
from services.livestock.queries.groups import KnownGroup, litter_like, litter_of
from services.livestock.recording.identity import find_animals, new_group
from services.livestock.recording.short_numbers import EXAMPLE_PIG, EXAMPLE_TAG
from services.livestock.sms_commands.argument_kinds import (
    DAY,
    HEADS,
    NEW_TAG,
    NUMBER,
    PIG_WORDS,
    TAG,
    following,
)
from services.livestock.sms_commands.common import (
    EventReport,
    Home,
    animals_of,
    claimed_day,
    confirm,
    record_event,
)
from services.livestock.sms_commands.doubts import require_heads
from services.livestock.sms_commands.groups import require_others
from services.livestock.sms_commands.phrases import command
from services.livestock.sms_commands.places import place_of_animals
from services.livestock.sms_commands.wording import list_numbers
from services.messaging.command_router import CommandContext, FromAnybody, Reply


def born(context: CommandContext) -> Reply:
    """BORN with a count: a litter, kept as a mob under a number of its own."""
    heads = cast("int", context.arguments["heads"])
    require_heads(context, heads)
    parents, home = _parents(context), _beside_dam(context)
    require_others(context, home, _known_litter(context, home, heads, parents.get(DAM)))
    details = {"kind": "mob", "head_count": heads, **_written(parents)}
    mob = new_group(context.unit.session, AnimalKind.MOB)
    done = record_event(context, EventType.BIRTH, EventReport(home, (mob,), details=details))
    return confirm(context, "born", done, pig=mob, heads=heads, place=home.label)


def born_tagged(context: CommandContext) -> Reply:
    """BORN with tags: each piglet has one already."""
    home, tags = _beside_dam(context), animals_of(context, "new")
    told = EventReport(home, tags, details=_written(_parents(context)))
    done = record_event(context, EventType.BIRTH, told)
    return confirm(context, "born_tagged", done, pigs=list_numbers(tags), place=home.label)


def _beside_dam(context: CommandContext) -> Home:
    dams = () if context.arguments["dam"] is None else animals_of(context, "dam")
    return place_of_animals(context, dams)


class _Parent(NamedTuple):
    """Parent by the number that the ledger knows it by; `id`: database key, None: not known."""

    number: Key
    id: int | None


def _parents(context: CommandContext) -> dict[str, _Parent]:
    """Return the dam and the sire that a message names."""
    return {role: _parent(context, role) for role in (DAM, SIRE) if context.arguments[role]}


def _parent(context: CommandContext, role: str) -> _Parent:
    (key,) = animals_of(context, role)
    known = find_animals(context.unit.session, [key]).get(key)
    if known is None and key.scheme == Scheme.SHORT:
        raise UnknownNumber(number=key)
    return _Parent(known.key, known.id) if known else _Parent(key, None)


def _written(parents: Mapping[str, _Parent]) -> dict[str, str]:
    """Write parents as details of an event."""
    return {role: write_key(one.number) for role, one in parents.items()}


def _known_litter(
    context: CommandContext, home: Home, heads: int, dam: _Parent | None
) -> KnownGroup | None:
    """Return a litter in the book that a message may tell of once more."""
    session, day = context.unit.session, claimed_day(context, home)
    if dam is None:
        return litter_like(session, home.row.id, heads, day)
    return litter_of(session, home.row.id, dam.id, day) if dam.id else None


_DAM = replace(TAG, name=DAM, required=False)
_MOTHER = following(("mother", "mama", "bilong mama", "dam", "sow", "of"), NUMBER)
_FATHER = following(("sire", "father", "boar", "papa", "bilong papa"), NUMBER)
_SIRE = Argument(SIRE, _FATHER, required=False)
_BORN = {"en": ("BORN", "BIRTH", "GAVE BIRTH TO", "GAVE BIRTH"), "tpi": ("KARIM",)}
_BESIDE_BORN = (*PIG_WORDS, "sow", "has", "pinis")


HANDLERS = (
    command(
        "birth",
        born,
        _BORN,
        (HEADS, _DAM, _SIRE, DAY),
        f"6 {EXAMPLE_PIG}",
        fillers=_BESIDE_BORN,
        anybody=FromAnybody.EVIDENCE,
    ),
    command(
        "birth_of",
        born,
        _BORN,
        (replace(_DAM, required=True), HEADS, _SIRE, DAY),
        f"{EXAMPLE_PIG} 6",
        fillers=_BESIDE_BORN,
        subject=1,
        anybody=FromAnybody.EVIDENCE,
    ),
    command(
        "birth_tagged",
        born_tagged,
        _BORN,
        (replace(NEW_TAG, many=True), replace(_DAM, kind=_MOTHER), _SIRE, DAY),
        {
            "en": f"BORN {EXAMPLE_TAG} MOTHER {EXAMPLE_PIG}",
            "tpi": f"KARIM {EXAMPLE_TAG} MAMA {EXAMPLE_PIG}",
        },
        fillers=("pikinini", "piglet", "piglets", "i"),
        anybody=FromAnybody.EVIDENCE,
    ),
)
