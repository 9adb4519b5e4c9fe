"""Phases, their texts, and events of a person's life read from a document; pure."""

import re
from collections.abc import Iterator
from datetime import time

from services.health.format.documents import Node
from services.health.format.entry_parser import (
    read_actions,
    read_question,
    read_text,
    read_text_if,
    read_words,
)
from services.health.format.evidence import EVIDENCE, scoped
from services.health.format.items import ALL, Item, Phase
from services.health.format.life_events import EVENTS, LifeEvent, Then
from sms.message import Late

FARTHEST = 1_000
"""Days from an anchor, at most."""

_PHASE = ("id", "anchor", "cohorts", "late", "moves", "messages", EVIDENCE)
_ITEM = (
    *("id", "day", "at", "late", "cohorts", "double_ok", "assessment", "moves", "text", "ask"),
    EVIDENCE,
)
_EVENT = (
    *("none", "hears", "covers", "reply", "then", "messages", "last_day", "do", "cohorts"),
    EVIDENCE,
)
_TIME = re.compile("(?:[01][0-9]|2[0-3]):[0-5][0-9]")
_WHEN = "a local time, such as 09:00"


def names_of(node: Node, default: tuple[str, ...] = ()) -> tuple[str, ...]:
    """Read a list of codes."""
    return default if node.missing else tuple(one.name() for one in node.each())


def read_phase(node: Node) -> Phase:
    """Read a phase and its texts."""
    node.members(*_PHASE, needed=("id", "anchor", "messages"))
    node = scoped(node, f"phase/{node.get('id').value}")
    late = _late(node.get("late"), Late.SKIP)
    cohorts = names_of(node.get("cohorts"), (ALL,))
    moves = node.get("moves").flag()
    items = tuple(_item(one, late, cohorts, moves) for one in node.get("messages").each())
    return Phase(node.get("id").name(), node.get("anchor").name(), items, cohorts)


def read_events(node: Node) -> tuple[LifeEvent, ...]:
    """Read a course's answers to events of a person's life, in the order of `EVENTS`."""
    node.members(*EVENTS)
    return tuple(_events(node))


def _events(node: Node) -> Iterator[LifeEvent]:
    for code in EVENTS:
        if not node.has(code):
            continue
        one = node.get(code)
        if one.has("none"):
            one.members("none")
            yield LifeEvent(code, none=one.get("none").text() or "-")
        else:
            yield _event(code, one)


def _event(code: str, node: Node) -> LifeEvent:
    node.members(*_EVENT, needed=("hears", "reply", "then"))
    node = scoped(node, f"event/{code}")
    then = node.get("then").parsed(Then, Then.GO_ON, "stop, care, pause or go_on")
    return LifeEvent(
        code,
        hears=read_words(node.get("hears")),
        covers=names_of(node.get("covers")),
        reply=read_text_if(node.get("reply")),
        then=then,
        messages=tuple(_item(one, Late.SHIFT, (ALL,)) for one in node.get("messages").each()),
        last_day=node.get("last_day").whole(0, 0, FARTHEST),
        actions=read_actions(node.get("do")),
        cohorts=names_of(node.get("cohorts")),
    )


def _item(node: Node, late: Late, cohorts: tuple[str, ...], moves: bool = False) -> Item:  # noqa: FBT001, FBT002 — as the phase has it
    node.members(*_ITEM, needed=("id", "day", "at", "text"))
    node = scoped(node)
    return Item(
        id=node.get("id").name(),
        text=read_text(node.get("text")),
        ask=read_question(node),
        day=node.get("day").whole(0, -FARTHEST, FARTHEST),
        at=node.get("at").parsed(_time, time(9), _WHEN),
        late=_late(node.get("late"), late),
        cohorts=names_of(node.get("cohorts"), cohorts),
        double_ok=node.get("double_ok").flag(),
        assessment=node.get("assessment").flag(),
        moves=node.get("moves").flag(default=moves),
    )


def _late(node: Node, default: Late) -> Late:
    return node.parsed(Late, default, "send, shift, skip or expire")


def _time(text: str) -> time:
    if not _TIME.fullmatch(text):
        raise ValueError
    return time.fromisoformat(text)
