"""mERA and TIDieR, filled from a trial's file and records; what they cannot know stays open.

mERA: Agarwal and others, BMJ 352, 2016, i1174, the 16 items of mobile health. TIDieR: Hoffmann and
others, BMJ 348, 2014, g1687, 12 items. The wording of the items is this program's own.
"""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from services.health.format.model import Programme

OPEN = "OPEN: the records do not know; the authors must write it"

Fill = Callable[["Source"], str]


class Source(NamedTuple):
    """Facts that a checklist is filled from: programme, design, and the numbers of the flow."""

    programme: Programme
    design: Mapping[str, Any]
    flow: Mapping[str, Any]
    version: int
    toea: int

    @property
    def languages(self) -> str:
        """Languages that are complete."""
        return ", ".join(
            language
            for language, status in self.programme.languages.items()
            if status == "complete"
        )

    @property
    def arms(self) -> str:
        """Arms with their share and what they get."""
        return "; ".join(
            f"{arm['code']} ({arm['ratio']}): {arm['what']}" for arm in self.design["arms"]
        )

    def texts(self) -> str:
        """Number of texts of each arm."""
        found = []
        for arm in self.design["arms"]:
            phases = self.programme.phases_of(arm["code"])
            found.append(f"{arm['code']} {sum(len(phase.items) for phase in phases)}")
        return "texts of the course by arm: " + ", ".join(found)


def _delivery(source: Source) -> str:
    got = sum(arm["received"] for arm in source.flow["arms"])
    return f"{got} of {source.flow['allocated']} people got at least one text of the course"


def _questions(source: Source) -> str:
    asked = sum(
        1 for phase in source.programme.phases for item in phase.items if item.ask is not None
    )
    words = len(source.programme.words)
    return f"{asked} questions in the course, {words} words that are answered at any time"


def _costs(source: Source) -> str:
    return f"{source.toea} toea a segment to the ministry; staff and promotion: {OPEN}"


_MERA: Mapping[str, Fill | None] = {
    "1 infrastructure: what the place must have": lambda _: (
        "a phone that gets SMS, of any kind; no data, no application"
    ),
    "2 technology platform: software and hardware": lambda source: (
        f"Bilum; programme {source.programme.code}, version {source.version}"
    ),
    "3 interoperability with health information systems": lambda _: (
        "DHIS2 dataValueSets and FHIR R4, where the ministry has set them up: " + OPEN
    ),
    "4 intervention delivery: channel, dose, timing": Source.texts,
    "5 intervention content: where it comes from": None,
    "6 usability and content testing with users": None,
    "7 user feedback": _questions,
    "8 access of individual participants: what keeps people out": None,
    "9 cost assessment": _costs,
    "10 adoption inputs: how people learn of it, and are taught": None,
    "11 limitations for delivery at scale": None,
    "12 contextual adaptability: languages, groups": lambda source: (
        f"languages: {source.languages}; cohorts: "
        + (", ".join(source.programme.cohorts) or "one, everybody")
    ),
    "13 replicability: content and code for others": lambda source: (
        f"the whole file of version {source.version}, whose digest is on the ledger"
    ),
    "14 data security": lambda _: (
        "numbers, texts and answers are sealed at rest; allocations are concealed until the end"
    ),
    "15 compliance with national guidelines and laws": None,
    "16 fidelity: was it delivered as planned": _delivery,
}
_TIDIER: Mapping[str, Fill | None] = {
    "1 brief name": lambda source: str(source.design["title"]),
    "2 why: rationale, theory, goal": None,
    "3 what: materials": lambda source: source.arms,
    "4 what: procedures": lambda source: (
        f"intake of {len(source.programme.intake)} questions, then texts by SMS; follow-up: "
        + ", ".join(source.design["follow_up"])
        + ", alike in all arms"
    ),
    "5 who provided": lambda _: "texts are sent by the program; who answers concerns: " + OPEN,
    "6 how: mode of delivery": lambda _: "SMS to the person's own or shared phone, one by one",
    "7 where": lambda source: (
        f"assigned by {source.design['unit']}"
        + (f", {len(source.design['clusters'])} of them" if source.design["clusters"] else "")
        + f"; the places: {OPEN}"
    ),
    "8 when and how much": Source.texts,
    "9 tailoring": lambda source: (
        "by name, language, dates of the person's own and a discreet form on shared phones; "
        f"cohorts: {', '.join(source.programme.cohorts) or 'one'}"
    ),
    "10 modifications during the study": lambda source: (
        f"version {source.version} is in force; earlier ones are listed by `bilum programme list`"
    ),
    "11 how well: planned": lambda _: "each text is sent once, and its delivery is reported",
    "12 how well: actual": _delivery,
}


def checklists(source: Source) -> dict[str, list[dict[str, Any]]]:
    """Return both checklists, item by item; `known`: the records fill it, if only in part."""
    return {
        name: [_item(item, fill, source) for item, fill in items.items()]
        for name, items in (("mERA", _MERA), ("TIDieR", _TIDIER))
    }


def _item(item: str, fill: Fill | None, source: Source) -> dict[str, Any]:
    told = fill(source) if fill else OPEN
    return {"item": item, "told": told, "known": OPEN not in told}
