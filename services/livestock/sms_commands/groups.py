"""MOB, MOVE MOB and PORK: pigs without tags, and their pork."""

import re
from dataclasses import replace
from typing import cast

from gateway.grammar import Argument, Kind, Misread, Read
from services.livestock.confirmations.ask_first import require_yes
from services.livestock.control.warnings import warning_text, warnings_of
from services.livestock.domain.errors import UnknownNumber
from services.livestock.domain.model import (
    AnimalKind,
    EventType,
    Recorded,
    Scheme,
    write_key,
)
from services.livestock.queries.groups import KnownGroup, mob_like
from services.livestock.recording.identity import find_animals, new_group
from services.livestock.recording.short_numbers import EXAMPLE_PIG, EXAMPLE_PLACE
from services.livestock.sms_commands.argument_kinds import (
    DAY,
    HEADS,
    MOB,
    NUMBER,
    PIG_WORDS,
    PLACE,
    counted,
    following,
    kilograms,
)
from services.livestock.sms_commands.common import (
    EventReport,
    Home,
    animals_of,
    claimed_day,
    confirm,
    day_text,
    home_of,
    mob_of,
    record_event,
    today_at,
)
from services.livestock.sms_commands.doubts import doubt_of, require_heads
from services.livestock.sms_commands.phrases import command
from services.livestock.sms_commands.places import destination_of, heads_of, place_of_animals
from services.messaging.command_router import CommandContext, Reply
from services.messaging.outbox import ReplyText


def mob(context: CommandContext) -> Reply:
    """MOB: so many untagged pigs are at the sender's place; without a count, nobody knows."""
    home, heads = home_of(context), cast("int | None", context.arguments["heads"])
    require_heads(context, heads)
    session, day = context.unit.session, claimed_day(context, home)
    require_others(context, home, mob_like(session, home.row.id, heads, day))
    key = new_group(session, AnimalKind.MOB)
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


def require_others(context: CommandContext, home: Home, known: KnownGroup | None) -> None:
    """Ask whether pigs are others than those in the book: without an answer people send again.

    Raises:
        AskFirst: the sender must say yes first.
    """
    if known is not None:
        day = day_text(known.day, today_at(context, home), context.language)
        require_yes(context, "again", doubt_of(context, "again", pig=known.number, day=day))


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
