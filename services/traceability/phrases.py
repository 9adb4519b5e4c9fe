"""The phrases of traceability, in English and Tok Pisin."""

from __future__ import annotations

import re

from gateway.dates import day
from gateway.errors import Mistake, TagError
from gateway.grammar import Argument, Phrase
from gateway.kinds import Kind, Misread, Read, either, receipt, rest, tag
from services.conversation import Spoken
from services.traceability import handlers
from services.traceability.numbers import EXAMPLE_PIG, EXAMPLE_PLACE, EXAMPLE_TAG
from sms.errors import NumberError
from sms.numbers import normalise

FILLERS = (
    *("to", "at", "from", "and", "the", "on", "in", "please", "pls", "pig", "pigs", "place", "my"),
    *("long", "i go", "go", "na", "plis", "ol", "pik", "ples", "bilong mi", "bilong", "kam"),
)

_SCHEMES = frozenset({"animal", "premises"})
_PHONE = re.compile(r"(?:\+?675[ -]?)?[78][0-9]{3}[ -]?[0-9]{4}(?![0-9])")


class PhoneNumber(str):
    """A buyer's phone number, which stands for his premises. E.164."""

    __slots__ = ()


def _phone(text: str) -> Read | Misread | None:
    found = _PHONE.match(text)
    if not found:
        return None
    try:
        return Read(PhoneNumber(normalise(found[0])), found.end())
    except NumberError:
        return Misread(TagError(Mistake.MOBILE), found.end())


_TAG: Kind = tag(_SCHEMES)
_TAGS = Argument("tags", _TAG, many=True)
_PLACE = either(_phone, _TAG)
_DAY = Argument("day", day, required=False)

SPOKEN = (
    Spoken(
        Phrase(
            "register",
            {"en": ("REG", "REGISTER"), "tpi": ("RAITIM",)},
            (Argument("tag", _TAG), _DAY),
            {"en": f"REG {EXAMPLE_TAG}", "tpi": f"RAITIM {EXAMPLE_TAG}"},
        ),
        handlers.register,
    ),
    Spoken(
        Phrase(
            "place",
            {"en": ("PLACE",), "tpi": ("PLES",)},
            (Argument("name", rest),),
            {"en": "PLACE Kudjip, Jiwaka", "tpi": "PLES Kudjip, Jiwaka"},
        ),
        handlers.place,
    ),
    Spoken(
        Phrase(
            "move",
            {"en": ("MOVE",), "tpi": ("MUVIM",)},
            (_TAGS, Argument("place", _PLACE), _DAY),
            {
                "en": f"MOVE {EXAMPLE_PIG} {EXAMPLE_PLACE}",
                "tpi": f"MUVIM {EXAMPLE_PIG} {EXAMPLE_PLACE}",
            },
        ),
        handlers.move,
    ),
    Spoken(
        Phrase(
            "arrive",
            {"en": ("ARRIVE",), "tpi": ("KAMAP", "KISIM")},
            (_TAGS, Argument("place", _phone, required=False), _DAY),
            {"en": f"ARRIVE {EXAMPLE_PIG}", "tpi": f"KAMAP {EXAMPLE_PIG}"},
        ),
        handlers.arrive,
    ),
    Spoken(
        Phrase(
            "trace",
            {"en": ("TRACE",), "tpi": ("STORI",)},
            (Argument("tag", _TAG),),
            {"en": f"TRACE {EXAMPLE_PIG}", "tpi": f"STORI {EXAMPLE_PIG}"},
        ),
        handlers.trace,
    ),
    Spoken(
        Phrase(
            "receipt",
            {"en": ("RECEIPT",), "tpi": ("RISIT",)},
            (Argument("receipt", receipt),),
            {"en": "RECEIPT 7KQ2-M9XA-P4TD-WZ3C", "tpi": "RISIT 7KQ2-M9XA-P4TD-WZ3C"},
        ),
        handlers.receipt,
    ),
    Spoken(
        Phrase(
            "help",
            {"en": ("HELP",), "tpi": ("HELPIM",)},
            examples={"en": "HELP", "tpi": "HELPIM"},
            loose=True,
        ),
        handlers.help_text,
    ),
)
