"""REG and PLACE: an animal is at its keeper's premises; the premises have a name."""

import re
from dataclasses import replace

from gateway.grammar import Argument, Phrase, Read
from services.core.geography import split_province
from services.core.roles import Role
from services.livestock.control.affected import is_bound
from services.livestock.domain.model import EventType, FlagCode, Key, Recorded, write_key
from services.livestock.recording.short_numbers import EXAMPLE_TAG, name_animals
from services.livestock.sms_commands.argument_kinds import DAY, MOB, NEW_TAG, SEX, SITE, TAG
from services.livestock.sms_commands.common import (
    EventReport,
    Home,
    animals_of,
    confirm,
    home_of,
    mob_of,
    named_place,
    record_event,
    require_officer,
    today_at,
)
from services.livestock.sms_commands.wording import list_numbers
from services.messaging.command_router import CommandContext, CommandHandler, FromAnybody, Reply
from services.storage.locks import require_one_writer
from services.storage.models import Party
from services.texts.catalogue import say
from sms.encoding import shorten

_LONGEST_NAME = 40
# `ples bilong mi em Banz`, `my place is called Banz`.
_BEFORE_NAME = re.compile(
    r"(?:(?:bilong mi(?:pela)?|nem|name|em|is|called)\b[\W_]*)*", re.IGNORECASE
)
# A sentence about the place, or a number, is no name.
_NO_NAME = re.compile(
    r"\b(?:i|no|gat|we|where|yu|your|pik|pigs?|sik|sick|dai|dead|died)\b|[0-9]{4}|\A[\W\d_]*\Z",
    re.IGNORECASE,
)


def register(context: CommandContext) -> Reply:
    """REG: an animal is at the sender's premises, or at others that they register for.

    Where a mob is named, it was one of them until now.
    """
    at, (tag,), mobs = named_place(context), animals_of(context, "tag"), mob_of(context)
    sex = context.arguments["sex"]
    details = {"sex": sex} if sex else {}
    details |= {"part_of": write_key(mobs[0])} if mobs else {}
    told = EventReport(at, (tag,), details=details | _owner(context, at))
    done = [record_event(context, EventType.REGISTER, told)]
    # A pig that does not count yet has not left its mob.
    if mobs and not done[0].evidence:
        left = EventReport(at, mobs, details={"taken": 1}, ordinal=1)
        done.append(record_event(context, EventType.COUNT, left))
    twice = any(code is FlagCode.REGISTERED_TWICE for _, code in done[0].flags)
    return confirm(
        context,
        "registered_twice" if twice else "registered",
        *done,
        pig=_names(context, done[0])[0],
        tag=tag.value,
        place=at.label,
    )


def register_several(context: CommandContext) -> Reply:
    """REG with several tags: as REG, one report for all, and every number is told."""
    at, tags = named_place(context), animals_of(context, "new")
    sex = context.arguments["sex"]
    details = ({"sex": sex} if sex else {}) | _owner(context, at)
    done = record_event(context, EventType.REGISTER, EventReport(at, tags, details=details))
    pigs = list_numbers(_names(context, done))
    return confirm(context, "registered_several", done, heads=len(tags), pigs=pigs, place=at.label)


def _names(context: CommandContext, done: Recorded) -> list[Key]:
    """Return the short number of each animal; those that a box has promised, in their order.

    What anybody may have said names nothing.
    """
    if context.is_anybodys:
        return list(done.report.animals)
    promised = context.relayed.numbers if context.relayed else ()
    return name_animals(context.unit.session, done.animals, promised)


def _owner(context: CommandContext, at: Home) -> dict[str, str]:
    """Return the owner of an animal at somebody else's premises."""
    if at.row.keeper_id in {None, context.party.id}:
        return {}
    return {"owner": str(context.unit.session.get_one(Party, at.row.keeper_id).public_id)}


def name_of_place(text: str) -> Read | None:
    """Read the name of a place, to the end of the message."""
    before = _BEFORE_NAME.match(text)
    name = text[before.end() if before else 0 :].strip()
    return None if _NO_NAME.search(name) else Read(name, len(text))


def place(context: CommandContext) -> str:
    """PLACE: the sender names their premises."""
    require_one_writer(context.unit.session)
    home = home_of(context)
    name, province = split_province(str(context.arguments["name"]))
    moved = province and home.row.province not in {None, province}
    if moved and is_bound(context.unit.session, home.row.id, today_at(context, home)):
        # Or one text would lead out of a zone.
        require_officer(context, Role.RECORDER)
    if not (province or home.row.province):
        # Without a province its zone is unknown, and none of its pigs may move.
        named = f"{home.key} {shorten(name, _LONGEST_NAME)}"
        return say("place.nowhere", context.language, place=named)
    home.row.name = shorten(name, _LONGEST_NAME)
    home.row.province = province or home.row.province
    home.row.found = False
    done = record_event(context, EventType.PREMISES, EventReport(home))
    return say("place", context.language, place=home.label, receipt=done.receipt)


_REGISTER = {
    "en": ("REG", "REGISTER", "REGISTERED", "NEW PIG"),
    "tpi": ("RAITIM", "RAETIM", "NUPELA PIK", "NIUPELA PIK"),
}

HANDLERS = (
    CommandHandler(
        Phrase(
            "register",
            _REGISTER,
            (TAG, SEX, replace(MOB, required=False), SITE, DAY),
            {"en": f"REG {EXAMPLE_TAG}", "tpi": f"RAITIM {EXAMPLE_TAG}"},
            ("tag", "no", "nupela", "new"),
        ),
        register,
        anybody=FromAnybody.EVIDENCE,
    ),
    CommandHandler(
        Phrase(
            "register_several",
            _REGISTER,
            (replace(NEW_TAG, many=True), SEX, SITE, DAY),
            {
                "en": f"REG {EXAMPLE_TAG} {EXAMPLE_TAG}",
                "tpi": f"RAITIM {EXAMPLE_TAG} {EXAMPLE_TAG}",
            },
            ("tag", "tags", "nupela", "new"),
        ),
        register_several,
        anybody=FromAnybody.EVIDENCE,
    ),
    CommandHandler(
        Phrase(
            "place",
            {"en": ("PLACE",), "tpi": ("PLES",)},
            (Argument("name", name_of_place),),
            {"en": "PLACE Kudjip, Jiwaka", "tpi": "PLES Kudjip, Jiwaka"},
        ),
        place,
    ),
)
