"""BORN, MOB, MOVE MOB and PORK: pigs without tags, and their pork."""

import re
from dataclasses import replace
from typing import cast

from gateway.grammar import Argument, Kind, Misread, Read
from services.livestock.control.warnings import warning_text, warnings_of
from services.livestock.domain.errors import UnknownNumber
from services.livestock.domain.model import (
    AnimalKind,
    EventType,
    Key,
    Recorded,
    Scheme,
    write_key,
)
from services.livestock.domain.parentage import DAM, SIRE
from services.livestock.recording.identity import find_animals, new_group
from services.livestock.recording.short_numbers import EXAMPLE_PIG, EXAMPLE_PLACE, EXAMPLE_TAG
from services.livestock.sms_commands.argument_kinds import (
    DAY,
    HEADS,
    MOB,
    NEW_TAG,
    NUMBER,
    PIG_WORDS,
    PLACE,
    TAG,
    counted,
    following,
    kilograms,
)
from services.livestock.sms_commands.common import (
    EventReport,
    Home,
    animals_of,
    confirm,
    home_of,
    mob_of,
    record_event,
)
from services.livestock.sms_commands.doubts import require_heads
from services.livestock.sms_commands.phrases import command
from services.livestock.sms_commands.places import destination_of, heads_of, place_of_animals
from services.livestock.sms_commands.wording import list_numbers
from services.messaging.command_router import CommandContext, FromAnybody, Reply
from services.messaging.outbox import ReplyText


def born(context: CommandContext) -> Reply:
    """BORN with a count: a litter, kept as a mob under a number of its own."""
    require_heads(context, cast("int", context.arguments["heads"]))
    details = {"kind": "mob", "head_count": context.arguments["heads"], **_parents(context)}
    home = _beside_dam(context)
    mob = new_group(context.unit.session, AnimalKind.MOB)
    done = record_event(context, EventType.BIRTH, EventReport(home, (mob,), details=details))
    return confirm(
        context, "born", done, pig=mob, heads=context.arguments["heads"], place=home.label
    )


def born_tagged(context: CommandContext) -> Reply:
    """BORN with tags: each piglet has one already."""
    home, tags = _beside_dam(context), animals_of(context, "new")
    done = record_event(
        context, EventType.BIRTH, EventReport(home, tags, details=_parents(context))
    )
    return confirm(context, "born_tagged", done, pigs=list_numbers(tags), place=home.label)


def mob(context: CommandContext) -> Reply:
    """MOB: so many untagged pigs are at the sender's place; without a count, nobody knows."""
    home, heads = home_of(context), cast("int | None", context.arguments["heads"])
    require_heads(context, heads)
    key = new_group(context.unit.session, AnimalKind.MOB)
    details = {"kind": "mob"} | ({"head_count": heads} if heads is not None else {})
    done = record_event(context, EventType.REGISTER, EventReport(home, (key,), details=details))
    code = "mob" if heads is not None else "mob.uncounted"
    return confirm(context, code, done, pig=key, heads=heads, place=home.label)


def count_mob(context: CommandContext) -> Reply:
    """MOB with its number and a count: it was counted anew."""
    mobs, heads = mob_of(context), cast("int", context.arguments["heads"])
    require_heads(context, heads)
    told = EventReport(place_of_animals(context, mobs), mobs, details={"head_count": heads})
    done = record_event(context, EventType.COUNT, told)
    return confirm(context, "mob.counted", done, pig=mobs[0], heads=heads)


def move_mob(context: CommandContext) -> Reply:
    """MOVE MOB: a whole mob leaves, or so many of it, which become a mob of their own."""
    mobs, heads = mob_of(context), cast("int | None", context.arguments["heads"])
    require_heads(context, heads, heads_of(context, mobs[0]))
    home = place_of_animals(context, mobs)
    other, known = destination_of(context, home)
    if heads is None:
        left = EventReport(home, mobs, other, known=known)
        whole = record_event(context, EventType.DEPART, left)
        at = home.shown_to(context.party)
        return confirm(context, "move", whole, pigs=mobs[0], place=at, other=other)
    part = new_group(context.unit.session, AnimalKind.MOB)
    details = {"kind": "mob", "head_count": heads, "part_of": write_key(mobs[0])}
    events = (
        (EventType.REGISTER, EventReport(home, (part,), details=details)),
        (EventType.COUNT, EventReport(home, mobs, details={"taken": heads}, ordinal=1)),
        (EventType.DEPART, EventReport(home, (part,), other, ordinal=2, known=known)),
    )
    done = [record_event(context, kind, told) for kind, told in events]
    values = {"heads": heads, "mob": mobs[0], "pig": part, "other": other}
    at = home.shown_to(context.party)
    return confirm(context, "move_part", *reversed(done), place=at, **values)


def pork(context: CommandContext) -> Reply:
    """PORK: so many kilograms leave for another place."""
    home, weight = home_of(context), cast("float", context.arguments["kilograms"])
    (other, known), pigs = destination_of(context, home), _sources(context)
    key = new_group(context.unit.session, AnimalKind.CONSIGNMENT)
    details = {"kind": "consignment", "kilograms": weight, **pigs}
    begun = record_event(context, EventType.REGISTER, EventReport(home, (key,), details=details))
    left = EventReport(home, (key,), other, ordinal=1, known=known)
    done = record_event(context, EventType.DEPART, left)
    values = {"kilograms": f"{weight:g}", "pig": key, "place": home.key, "other": other}
    return _warned(context, confirm(context, "pork", done, begun, **values), done, begun)


def _warned(context: CommandContext, reply: Reply, done: Recorded, begun: Recorded) -> Reply:
    """Tell what is against the pigs of pork, too, where its road has graver things against it."""
    own, first = warnings_of([begun]), warnings_of([done, begun])
    if not own or own[0].code == first[0].code:
        return reply
    warning = ReplyText(warning_text(own, begun.receipt, context.language))
    texts = [ReplyText(reply)] if isinstance(reply, str) else list(reply)
    return [*texts[:1], warning, *texts[1:]]


def _sources(context: CommandContext) -> dict[str, list[str]]:
    """Return the pigs that pork came from, by the numbers that the ledger knows them by.

    Raises:
        UnknownNumber, WrongKind: a short number of nothing, or of premises.
    """
    if context.arguments["pigs"] is None:
        return {}
    named = animals_of(context, "pigs")
    known = find_animals(context.unit.session, named)
    for key in named:
        if key not in known and key.scheme == Scheme.SHORT:
            raise UnknownNumber(number=key)
    return {"pigs": sorted({write_key(known[key].key if key in known else key) for key in named})}


def _beside_dam(context: CommandContext) -> Home:
    dams = () if context.arguments["dam"] is None else animals_of(context, "dam")
    return place_of_animals(context, dams)


def _parents(context: CommandContext) -> dict[str, str]:
    """Return the dam and the sire that a message names, as details."""
    named = {role: _parent(context, role) for role in (DAM, SIRE) if context.arguments[role]}
    return {role: write_key(key) for role, key in named.items()}


def _parent(context: CommandContext, role: str) -> Key:
    (key,) = animals_of(context, role)
    known = find_animals(context.unit.session, [key]).get(key)
    if known is None and key.scheme == Scheme.SHORT:
        raise UnknownNumber(number=key)
    return known.key if known else key


_BETWEEN = re.compile(
    r"[\W_]*(?:(?:and|na|plus|pig|pigs|pik|pikpik|ol)(?![^\W_])[\W_]*)*", re.IGNORECASE
)


def numbers_following(words: tuple[str, ...], kind: Kind) -> Kind:
    """Make a reader of one number or more after one of `words`; its value is a tuple."""
    first = following(words, kind)

    def read(text: str) -> Read | Misread | None:
        found, position = [], 0
        reading = first(text)
        while isinstance(reading, Read):
            found.append(reading.value)
            position += reading.length
            gap = _BETWEEN.match(text, position)
            position += len(gap[0]) if gap else 0
            reading = kind(text[position:])
        if isinstance(reading, Misread):
            return replace(reading, length=position + reading.length)
        return Read(tuple(found), position) if found else None

    return read


_DAM = replace(TAG, name=DAM, required=False)
_MOTHER = following(("mother", "mama", "bilong mama", "dam", "sow", "of"), NUMBER)
_FATHER = following(("sire", "father", "boar", "papa", "bilong papa"), NUMBER)
_SIRE = Argument(SIRE, _FATHER, required=False)
_BORN = {"en": ("BORN", "BIRTH", "GAVE BIRTH TO", "GAVE BIRTH"), "tpi": ("KARIM",)}
_BESIDE_BORN = (*PIG_WORDS, "sow", "has", "pinis")
_MOB = {"en": ("MOB", "I HAVE A MOB OF"), "tpi": ("LAIN", "MI GAT LAIN BILONG")}
_MOVE = {"en": ("MOVE",), "tpi": ("MUVIM",)}
_FROM = (
    *("from", "from pig", "from pigs", "of", "of pig", "of pigs", "out of", "pig", "pigs"),
    *("from mob", "of mob", "long lain", "bilong lain"),
    *("long pik", "long ol pik", "bilong", "bilong pik", "bilong ol pik", "kam long", "pik"),
)
_PIGS = Argument("pigs", numbers_following(_FROM, NUMBER), required=False)
_SOME_HEADS = replace(HEADS, required=False)


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
    command(
        "mob_count",
        count_mob,
        _MOB,
        (Argument("mob", NUMBER), replace(HEADS, kind=counted(0)), DAY),
        f"{EXAMPLE_PIG} 12",
        fillers=(*PIG_WORDS, "now", "nau", "count", "has", "is", "nau i gat"),
    ),
    command("mob", mob, _MOB, (_SOME_HEADS, DAY), "14", fillers=PIG_WORDS),
    command(
        "move_mob",
        move_mob,
        _MOVE,
        (MOB, _SOME_HEADS, PLACE, DAY),
        {
            "en": f"MOVE MOB {EXAMPLE_PIG} 5 {EXAMPLE_PLACE}",
            "tpi": f"MUVIM LAIN {EXAMPLE_PIG} 5 {EXAMPLE_PLACE}",
        },
        fillers=PIG_WORDS,
    ),
    command(
        "move_of_mob",
        move_mob,
        _MOVE,
        (HEADS, MOB, PLACE, DAY),
        {
            "en": f"MOVE 5 MOB {EXAMPLE_PIG} {EXAMPLE_PLACE}",
            "tpi": f"MUVIM 5 LAIN {EXAMPLE_PIG} {EXAMPLE_PLACE}",
        },
        fillers=PIG_WORDS,
    ),
    command(
        "pork",
        pork,
        {"en": ("PORK", "SELL PORK"), "tpi": ("MIT", "SALIM MIT")},
        (Argument("kilograms", kilograms), PLACE, _PIGS, DAY),
        {
            "en": f"PORK 40 KG {EXAMPLE_PLACE} FROM {EXAMPLE_PIG}",
            "tpi": f"MIT 40 KG {EXAMPLE_PLACE} LONG PIK {EXAMPLE_PIG}",
        },
    ),
)
