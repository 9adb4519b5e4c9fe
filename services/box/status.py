"""Status of a box: queue, last sync, age of its lists."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select

from services.box.apply_sync import LAST_SYNC, REFUSED, SKEW
from services.box.pending_requests import pending_request, queued
from services.box.reference_data import PROGRAMMES, STATUSES, have
from services.box.runtime import Box
from services.box.sender import CARRIER
from services.box.store import get_state
from services.box.sync_loop import PROBLEM, STOPPED
from services.box.tables import TEXT
from services.core.errors import Invalid
from sms.message import MessageState


@dataclass(frozen=True, slots=True)
class BoxStatus:
    """Status of a box.

    Attributes:
        queued: items that wait for the sync.
        texts: that wait for phones.
        uncertain: texts of which nobody knows whether they went.
        carrier: why it takes nothing, and since when; None: it took the last text.
        on_its_way: counter of the request that is not answered yet.
        stopped: why nothing is sent any more.
        problem: what the last try met.
        refused: how many items the server has refused, by the code of the error.
        animals: how many, and when the newest of them was told.
        numbers: that may be promised.
        is_open: whether anything is taken in.
        skew_seconds: by how much the box's clock was ahead at the last sync.
    """

    is_enrolled: bool
    queued: int
    texts: int
    uncertain: int
    carrier: tuple[str, str] | None
    last_sync: str | None
    on_its_way: int | None
    stopped: str | None
    problem: str | None
    refused: Mapping[str, int]
    animals: tuple[int, str | None]
    words: int
    numbers: int
    free_bytes: int
    is_open: bool
    skew_seconds: int | None


def read_status(box: Box) -> BoxStatus:
    """Look how a box stands."""
    with box.store.read() as unit:
        states: dict[str, int] = {
            row.state: row.many
            for row in unit.execute(
                select(TEXT.c.state, func.count().label("many")).group_by(TEXT.c.state)
            )
        }
        request = pending_request(unit)
        carrier: dict[str, str] | None = get_state(unit, CARRIER)
        animals: dict[str, Any] = get_state(unit, STATUSES) or {}
        programmes: dict[str, Any] = get_state(unit, PROGRAMMES) or {}
        return BoxStatus(
            is_enrolled=_is_enrolled(box),
            queued=queued(unit),
            texts=states.get(MessageState.QUEUED.value, 0),
            uncertain=states.get(MessageState.UNCERTAIN.value, 0),
            carrier=(carrier["code"], carrier["since"]) if carrier else None,
            last_sync=get_state(unit, LAST_SYNC),
            on_its_way=request.counter if request else None,
            stopped=get_state(unit, STOPPED),
            problem=get_state(unit, PROBLEM),
            refused=get_state(unit, REFUSED) or {},
            animals=(animals.get("rows", 0), animals.get("as_of")),
            words=len(programmes.get("words", ())) + len(programmes.get("danger", ())),
            numbers=have(unit)["numbers"],
            free_bytes=box.reserve.free_bytes,
            is_open=box.reserve.is_kept,
            skew_seconds=get_state(unit, SKEW),
        )


def _is_enrolled(box: Box) -> bool:
    try:
        box.identity()
    except Invalid:
        return False
    return True
