"""Reading the course: phases and their texts, each with its day and time; pure."""

from __future__ import annotations

import re
from datetime import time
from typing import TYPE_CHECKING

from services.programmes.format.model import ALL, Item, Phase
from services.programmes.format.reading_entries import read_question, read_text
from sms.message import Late

if TYPE_CHECKING:
    from services.programmes.format.faults import At

_ITEM = ("id", "day", "at", "late", "cohorts", "double_ok", "assessment", "text", "ask")
FARTHEST = 1_000
"""Days from an anchor, at most."""

_TIME = re.compile("(?:[01][0-9]|2[0-3]):[0-5][0-9]")
_WHEN = "a local time, such as 09:00"


def read_phases(at: At) -> tuple[Phase, ...]:
    """Return the phases of a course."""
    return tuple(map(_phase, at.each()))


def _phase(at: At) -> Phase:
    at.members("id", "anchor", "cohorts", "late", "messages", needed=("id", "anchor", "messages"))
    late = _late(at.get("late"), Late.SKIP)
    cohorts = names_of(at.get("cohorts"), (ALL,))
    items = tuple(_item(one, late, cohorts) for one in at.get("messages").each())
    return Phase(at.get("id").name(), at.get("anchor").name(), items, cohorts)


def _item(at: At, late: Late, cohorts: tuple[str, ...]) -> Item:
    at.members(*_ITEM, needed=("id", "day", "at", "text"))
    return Item(
        id=at.get("id").name(),
        text=read_text(at.get("text")),
        ask=read_question(at),
        day=at.get("day").whole(0, -FARTHEST, FARTHEST),
        at=at.get("at").parsed(_time, time(9), _WHEN),
        late=_late(at.get("late"), late),
        cohorts=names_of(at.get("cohorts"), cohorts),
        double_ok=at.get("double_ok").flag(),
        assessment=at.get("assessment").flag(),
    )


def names_of(at: At, default: tuple[str, ...] = ()) -> tuple[str, ...]:
    """Return the codes of a list."""
    return default if at.missing else tuple(one.name() for one in at.each())


def _late(at: At, default: Late) -> Late:
    return at.parsed(Late, default, "send, shift, skip or expire")


def _time(text: str) -> time:
    if not _TIME.fullmatch(text):
        raise ValueError
    return time.fromisoformat(text)
