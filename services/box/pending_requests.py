"""The request that is on its way: written down before it is sent, the same until it is answered."""

import json
from collections.abc import Iterable, Iterator, Sequence
from importlib.metadata import version
from typing import NamedTuple, cast

from sqlalchemy import Connection, delete, func, or_, select, update
from sqlalchemy.dialects.sqlite import insert

from services.box.intake import STAMP, write_json
from services.box.reference_data import have
from services.box.store import get_state, set_state
from services.box.tables import ITEM, REQUEST, TEXT, ItemState
from services.core.clock import BoxClock, Stamp, write_time
from services.village.protocol import REPORTED, REPORTS_A_REQUEST, UNDATED, QueuedItem, fill

COUNTER = "counter"
"""Name of the state that holds the counter of the next request."""
_MOST_FILLED = 1000


class PendingRequest(NamedTuple):
    """A request.

    Attributes:
        counter: its number.
        body: to the byte.
        begun: by the box's clock, when it was composed; None: it may have been sent before.
    """

    counter: int
    body: bytes
    begun: float | None = None

    @property
    def seqs(self) -> list[int]:
        """Numbers of its items."""
        return [item["seq"] for item in json.loads(self.body)["items"]]

    @property
    def reports(self) -> dict[str, str]:
        """States of texts to phones, by id."""
        return {one["message"]: one["state"] for one in json.loads(self.body)["reports"]}


def pending_request(unit: Connection) -> PendingRequest | None:
    """Return the request that was written down, the lowest counter first."""
    row = unit.execute(select(REQUEST).order_by(REQUEST.c.counter).limit(1)).first()
    return PendingRequest(row.counter, row.body.encode()) if row else None


def compose_request(
    unit: Connection, free_bytes: int, most: int, clock: BoxClock
) -> PendingRequest:
    """Compose the next request and write it down.

    Items wait for the request after the one that learns the time: their days follow from it.
    """
    counter = int(get_state(unit, COUNTER))
    set_state(unit, COUNTER, counter + 1)
    items = _chosen(unit, most, clock) if clock.is_set else []
    request = _insert(unit, counter, free_bytes, items, list(_reports(unit)))
    return request._replace(begun=clock.begin())


def fill_gaps(unit: Connection, gaps: Iterable[tuple[int, int]], free_bytes: int) -> bool:
    """Write down a request without items for each counter that the server misses; False: none."""
    known = set(unit.scalars(select(REQUEST.c.counter)))
    missing = [
        counter
        for first, last in gaps
        for counter in range(first, min(last, first + _MOST_FILLED) + 1)
        if counter not in known
    ]
    for counter in missing[:_MOST_FILLED]:
        _insert(unit, counter, free_bytes)
    return bool(missing)


def forget_request(unit: Connection, counter: int) -> bool:
    """Take a request away that was answered; False: another process did."""
    return unit.execute(delete(REQUEST).where(REQUEST.c.counter == counter)).rowcount > 0


def mark_reported(unit: Connection, reports: dict[str, str]) -> None:
    """Note what the server has been told of texts."""
    for name, state in reports.items():
        unit.execute(update(TEXT).where(TEXT.c.id == name).values(reported=state))


def queued(unit: Connection) -> int:
    """Return how many items wait."""
    which = ITEM.c.state == ItemState.QUEUED.value
    return unit.scalar(select(func.count()).select_from(ITEM).where(which)) or 0


def has_more(unit: Connection) -> bool:
    """Tell whether there is anything to send."""
    return queued(unit) > 0 or next(_reports(unit), None) is not None


def _insert(
    unit: Connection,
    counter: int,
    free_bytes: int,
    items: Sequence[object] = (),
    reports: Sequence[object] = (),
) -> PendingRequest:
    box = {"version": version("bilum"), "queued": queued(unit), "free_bytes": free_bytes}
    body = {"box": box, "items": items, "reports": reports, "have": have(unit)}
    written = write_json(body)
    unit.execute(insert(REQUEST).values(counter=counter, body=written))
    return PendingRequest(counter, written.encode())


def _chosen(unit: Connection, most: int, clock: BoxClock) -> list[dict[str, object]]:
    """Return the items of a request; only their contents are read."""
    waiting = unit.execute(
        select(ITEM.c.seq, ITEM.c.size)
        .where(ITEM.c.state == ItemState.QUEUED.value)
        .order_by(ITEM.c.seq)
        .limit(most)
    ).all()
    taken = fill([QueuedItem(*row) for row in waiting], most)
    rows = unit.execute(
        select(ITEM.c.seq, ITEM.c.body)
        .where(ITEM.c.seq.in_([one.seq for one in taken]))
        .order_by(ITEM.c.seq)
    )
    return [{"seq": row.seq, **_dated(json.loads(row.body), clock)} for row in rows]


def _dated(item: dict[str, object], clock: BoxClock) -> dict[str, object]:
    """Return an item with its instant, or with none that can be where nothing tells it."""
    if (stamp := item.pop(STAMP, None)) is None:
        return item
    at = clock.date(Stamp(*cast("tuple[str, float]", stamp)))
    return item | {"at": write_time(at) if at else UNDATED}


def _reports(unit: Connection) -> Iterator[dict[str, str]]:
    told = or_(TEXT.c.reported.is_(None), TEXT.c.reported != TEXT.c.state)
    rows = unit.execute(
        select(TEXT.c.id, TEXT.c.state, TEXT.c.code)
        .where(TEXT.c.of_server.is_(True), TEXT.c.state.in_(REPORTED), told)
        .order_by(TEXT.c.place)
        .limit(REPORTS_A_REQUEST)
    ).all()
    for row in rows:
        code = {"code": row.code} if row.code else {}
        yield {"message": row.id, "state": row.state, **code}
