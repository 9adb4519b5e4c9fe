"""A phrase book of two services, as they would declare it, and of a third that is a toy."""

from __future__ import annotations

from gateway.argument_parsers import choice, count, either, receipt, rest
from gateway.dates import day
from gateway.phrases import Argument, Phrase, PhraseBook
from gateway.tags import tag

TAG = tag(schemes={"animal", "premises"})

TAGS = Argument("tags", TAG, many=True)
PLACE = Argument("place", TAG)
MAYBE_DAY = Argument("day", day, required=False)

LIVESTOCK = (
    Phrase(
        "register",
        {"en": ("REG",), "tpi": ("RAITIM",)},
        (Argument("tag", TAG), Argument("place", TAG, required=False)),
        {"en": "REG 104276 20468", "tpi": "RAITIM 104276 20468"},
    ),
    Phrase(
        "move",
        {"en": ("MOVE",), "tpi": ("MUVIM",)},
        (TAGS, PLACE, MAYBE_DAY),
        {"en": "MOVE 104276 TO 20468", "tpi": "MUVIM 104276 I GO LONG 20468"},
    ),
    Phrase(
        "check",
        {"en": ("OK",), "tpi": ("ORAIT",)},
        (TAGS,),
        {"en": "OK 104276", "tpi": "ORAIT 104276"},
        bare=True,
    ),
    Phrase(
        "death",
        {"en": ("DEAD",), "tpi": ("DAI", "INDAI")},
        (Argument("what", either(TAG, count(most=999)), many=True), MAYBE_DAY),
        {"en": "DEAD 104276", "tpi": "DAI 104276"},
    ),
    Phrase(
        "permit",
        {"en": ("PERMIT",), "tpi": ("PEMIT", "TOK ORAIT")},
        (TAGS, PLACE),
        {"en": "PERMIT 104276 20468", "tpi": "PEMIT 104276 20468"},
    ),
    Phrase(
        "sick",
        {"en": ("SICK",), "tpi": ("SIK",)},
        (
            Argument("tag", TAG, required=False),
            Argument("count", count(most=999), required=False),
            Argument("signs", rest, required=False),
        ),
        {"en": "SICK 104276 coughing", "tpi": "SIK 104276"},
    ),
    Phrase("receipt", {"en": ("RECEIPT",), "tpi": ("RISIT",)}, (Argument("code", receipt),)),
)

HEALTH = (
    Phrase("stop-all", {"en": ("STOP ALL",), "tpi": ("STOPIM OLGETA",)}, loose=True),
    Phrase("stop", {"en": ("STOP",), "tpi": ("STOPIM",)}, loose=True),
    Phrase("date", {"en": ("DATE",), "tpi": ("DE",)}, (Argument("day", day),)),
    Phrase("crave", {"en": ("CRAVE",), "tpi": ("LAIK SIMUK",)}, loose=True),
    Phrase("me", {"en": ("ME",), "tpi": ("MI",)}),
    Phrase("english", {"en": ("LANG EN",), "tpi": ("INGLIS",)}),
    Phrase(
        "language",
        {"en": ("LANG",)},
        (Argument("language", choice({"en": "en", "tpi": "tpi"})),),
        {"en": "LANG TPI"},
    ),
    Phrase("tok-pisin", {"tpi": ("TOK PISIN",)}),
    Phrase("yes", {"en": ("YES",), "tpi": ("YES",)}),
    Phrase("no", {"en": ("NO",), "tpi": ("NOGAT",)}),
    Phrase("help", {"en": ("HELP",), "tpi": ("HELPIM",)}, loose=True),
    Phrase("sold", {"en": ("1",), "tpi": ("1",)}),
)

WATER = (
    Phrase(
        "pump",
        {"en": ("PUMP",), "tpi": ("PAM",)},
        (
            Argument("number", count(most=9999)),
            Argument("state", choice({"broken": "broken", "bagarap": "broken", "dry": "dry"})),
        ),
        {"en": "PUMP 12 BROKEN", "tpi": "PAM 12 BAGARAP"},
        fillers=("is", "i"),
        subject=1,
    ),
)

FILLERS = (
    *("to", "at", "from", "and", "the", "on", "please", "pig", "pigs"),
    *("long", "i go", "na", "plis", "ol", "pik", "tenkyu", "bilong mi"),
)

BOOK = PhraseBook((*LIVESTOCK, *HEALTH, *WATER), FILLERS)
