"""Quota of waiting signed requests: the box cannot verify them, and anybody may invent some."""

from __future__ import annotations

from sqlalchemy import Connection, delete, func, select
from sqlalchemy.dialects.sqlite import insert

from services.box.errors import BoxFull
from services.box.tables import ITEM, SIGNED, ItemState

MOST_OF_A_DEVICE = 200
"""Requests that wait."""
MOST_BYTES = 16 << 20
"""Of the requests of all devices together: invented ids of devices make no more room."""

_OF_DEVICE = (
    "The box keeps {most} requests of this device already: send it again when it has synced"
)
_OF_ALL = "The box keeps as much of readers as it may: send it again when it has synced"


def require_share(unit: Connection, device: str) -> None:
    """Return if one more request of a device may wait.

    Raises:
        BoxFull: as many wait as may; texts are taken all the same.
    """
    waiting = select(ITEM.c.seq).where(ITEM.c.state == ItemState.QUEUED.value)
    unit.execute(delete(SIGNED).where(SIGNED.c.seq.not_in(waiting)))
    of_device = select(func.count()).select_from(SIGNED).where(SIGNED.c.device == device)
    if (unit.scalar(of_device) or 0) >= MOST_OF_A_DEVICE:
        raise BoxFull(_OF_DEVICE.format(most=MOST_OF_A_DEVICE))
    of_all = select(func.sum(ITEM.c.size)).join(SIGNED, SIGNED.c.seq == ITEM.c.seq)
    if (unit.scalar(of_all) or 0) >= MOST_BYTES:
        raise BoxFull(_OF_ALL)


def note_share(unit: Connection, seq: int, device: str) -> None:
    """Note whose request an item is."""
    unit.execute(insert(SIGNED).values(seq=seq, device=device))
