"""REG and PLACE: an animal is at its keeper's premises; the premises have a name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.grammar import Argument, Phrase
from gateway.kinds import rest
from services.conversation import Spoken
from services.texts.catalogue import say
from services.texts.fitting import shorten
from services.traceability.model import EventType, FlagCode
from services.traceability.numbers import EXAMPLE_TAG, name_animal
from services.traceability.phrases.common import Told, animals_of, home_of, record_event
from services.traceability.phrases.reading import DAY, TAG
from services.traceability.provinces import split_province
from services.traceability.registry import find_animals

if TYPE_CHECKING:
    from services.conversation import Call

_LONGEST_NAME = 40


def register(call: Call) -> str:
    """REG: an animal is at the sender's premises."""
    home = home_of(call)
    tag = animals_of(call, "tag")[0]
    done = record_event(call, EventType.REGISTER, Told(home, (tag,)))
    number = name_animal(call.unit.session, find_animals(call.unit.session, [tag])[tag].id)
    twice = any(code is FlagCode.REGISTERED_TWICE for _, code in done.flags)
    return say(
        "registered_twice" if twice else "registered",
        call.language,
        pig=number,
        place=home.label,
        receipt=done.receipt,
    )


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
            (TAG, DAY),
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
