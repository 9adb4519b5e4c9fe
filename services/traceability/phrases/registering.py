"""REG and PLACE: an animal is at its keeper's premises; the premises have a name."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from gateway.grammar import Argument, Phrase
from gateway.kinds import rest
from services.conversation import Spoken
from services.storage.models import Party
from services.texts.catalogue import say
from services.texts.fitting import shorten
from services.traceability.journal import write_key
from services.traceability.model import EventType, FlagCode
from services.traceability.numbers import EXAMPLE_TAG, name_animal
from services.traceability.phrases.common import Told, animals_of, home_of, record_event
from services.traceability.phrases.confirming import confirm, mob_of, place_told
from services.traceability.phrases.reading import DAY, TAG
from services.traceability.phrases.words import MOB, SEX, SITE
from services.traceability.provinces import split_province
from services.traceability.registry import find_animals

if TYPE_CHECKING:
    from services.conversation import Call
    from services.traceability.phrases.common import Home

_LONGEST_NAME = 40


def register(call: Call) -> str:
    """REG: an animal is at the sender's premises, or at others that he registers for.

    Where a mob is named, it was one of them until now.
    """
    at, (tag,), mobs = place_told(call), animals_of(call, "tag"), mob_of(call)
    sex = call.arguments["sex"]
    details = {"sex": sex} if sex else {}
    details |= {"part_of": write_key(mobs[0])} if mobs else {}
    told = Told(at, (tag,), details=details | _owner(call, at))
    done = [record_event(call, EventType.REGISTER, told)]
    if mobs:
        left = Told(at, mobs, details={"taken": 1}, ordinal=1)
        done.append(record_event(call, EventType.COUNT, left))
    twice = any(code is FlagCode.REGISTERED_TWICE for _, code in done[0].flags)
    return confirm(
        call,
        "registered_twice" if twice else "registered",
        *done,
        pig=name_animal(call.unit.session, find_animals(call.unit.session, [tag])[tag].id),
        place=at.label,
    )


def _owner(call: Call, at: Home) -> dict[str, str]:
    """Return whose the animal is where its keeper is another than the sender."""
    if at.row.keeper_id in {None, call.party.id}:
        return {}
    return {"owner": str(call.unit.session.get_one(Party, at.row.keeper_id).public_id)}


def place(call: Call) -> str:
    """PLACE: the sender names his premises."""
    home = home_of(call)
    name, province = split_province(str(call.arguments["name"]))
    home.row.name = shorten(name, _LONGEST_NAME)
    home.row.province = province or home.row.province
    home.row.found = False
    done = record_event(call, EventType.PREMISES, Told(home))
    return say("place", call.language, place=home.label, receipt=done.receipt)


SPOKEN = (
    Spoken(
        Phrase(
            "register",
            {"en": ("REG", "REGISTER"), "tpi": ("RAITIM",)},
            (TAG, SEX, replace(MOB, required=False), SITE, DAY),
            {"en": f"REG {EXAMPLE_TAG}", "tpi": f"RAITIM {EXAMPLE_TAG}"},
        ),
        register,
    ),
    Spoken(
        Phrase(
            "place",
            {"en": ("PLACE",), "tpi": ("PLES",)},
            (Argument("name", rest),),
            {"en": "PLACE Kudjip, Jiwaka", "tpi": "PLES Kudjip, Jiwaka"},
        ),
        place,
    ),
)
