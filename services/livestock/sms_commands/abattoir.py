"""KILL with a carcass, and CONDEMN: what an abattoir tells of the pigs that it slaughters.

In the evening the text goes out that tells whose pigs they were: `control.abattoir_feedback`.
"""

import re
from typing import cast

from gateway.grammar import Argument, Read
from gateway.matching import words_pattern
from services.core.roles import OFFICERS, Role
from services.livestock.confirmations.ask_first import require_yes
from services.livestock.control.abattoir_feedback import condemned_text
from services.livestock.domain.condemnations import WHOLE, post_mortem
from services.livestock.domain.details import CONDEMNED_FOR, PARTS, read_details
from services.livestock.domain.errors import AbattoirsOnly, NotSlaughtered
from services.livestock.domain.model import EventType, Key
from services.livestock.recording.identity import find_animals
from services.livestock.recording.short_numbers import EXAMPLE_PIG
from services.livestock.sms_commands.argument_kinds import DAY, TAG, kilograms_with_unit
from services.livestock.sms_commands.common import (
    EventReport,
    animals_of,
    confirm,
    home_of,
    record_event,
)
from services.livestock.sms_commands.doubts import doubt_of
from services.livestock.sms_commands.phrases import command
from services.livestock.sms_commands.slaughter import CarcassReport, kill_at_abattoir
from services.livestock.sms_commands.wording import list_numbers
from services.messaging.command_router import CommandContext, FromAnybody, Reply
from services.storage.models import Animal

MOST_OF_A_CARCASS = 300.0
_LEAST_OF_A_CARCASS = 2.0
_PARTS = {
    **{part: part for part in PARTS},
    **dict.fromkeys(("carcass", "all of it", "olgeta"), WHOLE),
    **dict.fromkeys(("lewa", "livers"), "liver"),
    **dict.fromkeys(("waitlewa", "lung"), "lungs"),
    **dict.fromkeys(("klok", "hat"), "heart"),
    **dict.fromkeys(("kidney", "kidni"), "kidneys"),
    **dict.fromkeys(("gut", "guts", "rop bilong bel", "intestine"), "intestines"),
    **dict.fromkeys(("het",), "head"),
    **dict.fromkeys(("legs", "lek"), "leg"),
}
_REASONS = {
    **{reason: reason for reason in CONDEMNED_FOR},
    **dict.fromkeys(("worm", "snek", "liklik snek", "fluke"), "worms"),
    **dict.fromkeys(("cyst", "measles", "cysticercosis"), "cysts"),
    **dict.fromkeys(("abscesses", "pus", "buk", "susu"), "abscess"),
    **dict.fromkeys(("kus", "sotwin"), "pneumonia"),
    **dict.fromkeys(("tb", "ti bi"), "tuberculosis"),
    **dict.fromkeys(("yellow", "yelo"), "jaundice"),
    **dict.fromkeys(("bruise", "bruises", "bruised", "bagarap"), "bruising"),
    **dict.fromkeys(("dirty", "doti", "contamination", "faeces"), "dirt"),
    **dict.fromkeys(("sick", "sik", "asf"), "disease"),
}
_PART, _REASON = words_pattern(_PARTS), words_pattern(_REASONS)
_BETWEEN = re.compile(r"[\W_]*")
_SPACES = re.compile(r"[\W_]+")


def condemnation(text: str) -> Read | None:
    """Read a part of a carcass and the reason why it is condemned: `LIVER WORMS`."""
    part = _PART.match(text)
    between = _BETWEEN.match(text, part.end()) if part else None
    reason = _REASON.match(text, between.end()) if between else None
    if part is None or reason is None:
        return None
    told = (_PARTS[_words(part[0])], _REASONS[_words(reason[0])])
    return Read(":".join(told), reason.end())


def _words(text: str) -> str:
    return " ".join(_SPACES.split(text.casefold().strip()))


def kill_weighed(context: CommandContext) -> Reply:
    """KILL with a carcass weight, and what of it was condemned: for abattoirs alone.

    Raises:
        AbattoirsOnly: the sender is none.
    """
    if context.party.role != Role.ABATTOIR:
        raise AbattoirsOnly
    weight = cast("float", context.arguments["kilograms"])
    if not _LEAST_OF_A_CARCASS <= weight <= MOST_OF_A_CARCASS:
        require_yes(context, "carcass", doubt_of(context, "kilograms", kilograms=f"{weight:g}"))
    told = CarcassReport(weight, _condemned(context))
    return kill_at_abattoir(context, animals_of(context, "tag"), told)


def condemn(context: CommandContext) -> Reply:
    """CONDEMN: what of a carcass must not be eaten, found after the slaughter.

    Raises:
        AbattoirsOnly: the sender is neither an abattoir nor an officer.
        NotSlaughtered: the pig lives in the book.
    """
    if context.party.role not in {Role.ABATTOIR, *OFFICERS}:
        raise AbattoirsOnly
    animals, found = animals_of(context, "tag"), _condemned(context)
    if not _is_dead(context, animals[0]):
        raise NotSlaughtered(number=animals[0])
    details = read_details(EventType.CHECK, post_mortem(found))
    report = EventReport(home_of(context), animals, details=details)
    done = record_event(context, EventType.CHECK, report)
    what = condemned_text([found], context.language)
    return confirm(context, "condemned", done, pigs=list_numbers(animals), what=what)


def _condemned(context: CommandContext) -> tuple[str, ...]:
    told = cast("tuple[str, ...] | None", context.arguments["condemned"])
    return tuple(dict.fromkeys(told or ()))


def _is_dead(context: CommandContext, animal: Key) -> bool:
    known = find_animals(context.unit.session, [animal]).get(animal)
    if known is None:
        return False
    return context.unit.session.get_one(Animal, known.id).ended_on is not None


_CONDEMNED = Argument("condemned", condemnation, many=True)
_BESIDE = (
    "kg",
    "carcass",
    "bodi",
    "is",
    "was",
    "i",
    "and",
    "na",
    "condemned",
    "because of",
    "long",
)

HANDLERS = (
    command(
        "kill_weighed",
        kill_weighed,
        {"en": ("KILL", "KILLED", "SLAUGHTER", "SLAUGHTERED"), "tpi": ("KILIM",)},
        (
            TAG,
            Argument("kilograms", kilograms_with_unit),
            Argument("condemned", condemnation, required=False, many=True),
            DAY,
        ),
        f"{EXAMPLE_PIG} 62 KG LIVER WORMS",
        fillers=_BESIDE,
        subject=1,
        anybody=FromAnybody.EVIDENCE,
    ),
    command(
        "condemn",
        condemn,
        {"en": ("CONDEMN", "CONDEMNED"), "tpi": ("KONDEM", "TAMBU LONG KAIKAI")},
        (TAG, _CONDEMNED, DAY),
        f"{EXAMPLE_PIG} LIVER WORMS",
        fillers=_BESIDE,
        subject=1,
    ),
)
