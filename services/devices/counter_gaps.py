"""Gaps in the counters of devices: later requests wait for a day, then take effect."""

import logging
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import NamedTuple

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from gateway.envelope import Answer, Envelope
from gateway.intake import take_waiting
from services.core.error_logging import do_each
from services.storage.database import Database
from services.storage.models import Device, SequencedRequest
from services.storage.unit_of_work import Unit, Units, lock_device

_LOG = logging.getLogger("bilum.devices")
WAIT = timedelta(days=1)
"""A batch that comes by another way than the one before it is seldom later than this."""


class CounterGap(NamedTuple):
    """Counters, from the first to the last, of which nothing has come while later ones have."""

    first: int
    last: int


def skip_stale_gaps(
    units: Units,
    database: Database,
    handle: Callable[[Unit, Envelope], Answer],
    now: datetime,
) -> None:
    """Let requests take effect that have waited for a day; the gap before them stays on record.

    What is missing may still come: it takes effect then. What was ready when the process died that
    was at it takes effect as well. A device whose request fails keeps no other waiting.
    """

    def skip(device: int) -> None:
        with units() as unit:
            skip_gap(unit.session, device)
        take_waiting(device, units, handle)
        _LOG.warning("device %s: requests are missing, those after them took effect", device)

    with database.read() as session:
        stuck, ready = stuck_devices(session, now - WAIT), ready_devices(session)
    do_each(
        (
            *(partial(take_waiting, device, units, handle) for device in ready),
            *(partial(skip, device) for device in stuck),
        )
    )


def stuck_devices(session: Session, before: datetime) -> Sequence[int]:
    """Return the devices of which a request waits that came before an instant."""
    waiting = select(SequencedRequest.device_id).where(
        SequencedRequest.waits, SequencedRequest.received_at < before
    )
    return session.scalars(waiting.distinct().order_by(SequencedRequest.device_id)).all()


def ready_devices(session: Session) -> Sequence[int]:
    """Return the devices of which a request waits whose turn it is."""
    ready = (
        select(SequencedRequest.device_id)
        .join(Device)
        .where(SequencedRequest.waits, SequencedRequest.counter <= Device.next_counter)
    )
    return session.scalars(ready.distinct().order_by(SequencedRequest.device_id)).all()


def skip_gap(session: Session, device_id: int) -> None:
    """Give up what is missing before the first request that waits: its turn has come."""
    lock_device(session, device_id)
    first = select(func.min(SequencedRequest.counter)).where(
        SequencedRequest.device_id == device_id, SequencedRequest.waits
    )
    session.execute(
        update(Device)
        .where(Device.id == device_id, Device.next_counter < first.scalar_subquery())
        .values(next_counter=first.scalar_subquery())
        .execution_options(synchronize_session="fetch")
    )


def gaps(session: Session, device_id: int) -> list[CounterGap]:
    """Return what is missing of a device, in order: batches that are lost, or on their way."""
    # What is below the oldest one is not missing: it was deleted.
    first = Device.oldest_counter - 1
    before = func.lag(SequencedRequest.counter, 1, first).over(order_by=SequencedRequest.counter)
    pairs = (
        select(SequencedRequest.counter.label("counter"), before.label("before"))
        .join(Device, Device.id == SequencedRequest.device_id)
        .where(SequencedRequest.device_id == device_id)
        .subquery()
    )
    rows = session.execute(
        select(pairs.c.before, pairs.c.counter)
        .where(pairs.c.counter > pairs.c.before + 1)
        .order_by(pairs.c.counter)
    )
    return [CounterGap(before + 1, counter - 1) for before, counter in rows]
