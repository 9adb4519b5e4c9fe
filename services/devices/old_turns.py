"""Deletion of requests of devices that took effect long ago: an idle box makes one a minute.

From then on the device's `oldest_counter` tells a request that comes again from one that was
missing: what is below it came, or is given up.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Row, ScalarSelect, and_, delete, exists, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from services.storage.bulk import advance_counter
from services.storage.models import Arrival, Device, SequencedRequest, TaskSource, VillageAnswer
from services.storage.unit_of_work import lock_device

DEVICES = "device turns looked at"
"""The counter of the last device whose requests were deleted; after the last one begins again."""
ANSWERED = timedelta(days=90)
"""Age from which an answer is not kept either, see `services.messaging.retention`."""

_DEVICES, _TURNS = 20, 500

Turn = Row[int, bytes, datetime]
"""A request's counter, the key of its envelope, and when it came."""


def delete_old_turns(session: Session, now: datetime, days: int) -> int:
    """Delete old requests of some devices that have any; return how many went.

    `days`: of age, from which on a request that is missing before them is given up.
    """
    given_up = timedelta(days=days)
    # Locked, or two clocks at once would take the same devices.
    last = advance_counter(session, DEVICES, 0)
    wanted = select(Device.id).where(_has_old(now, given_up)).order_by(Device.id).limit(_DEVICES)
    found = session.scalars(wanted.where(Device.id > last)).all() or session.scalars(wanted).all()
    gone = sum(_delete_turns(session, one, now, given_up) for one in found)
    if found:
        advance_counter(session, DEVICES, found[-1] - last)
    return gone


def _has_old(now: datetime, given_up: timedelta) -> ColumnElement[bool]:
    """Return the condition on devices of whose requests the first one may go: see `_old`."""
    came = _of_first(SequencedRequest.received_at)
    nothing_missing = _of_first(SequencedRequest.counter) == Device.oldest_counter
    return and_(came < now - ANSWERED, or_(nothing_missing, came < now - given_up))


def _of_first(column: InstrumentedAttribute[Any]) -> ScalarSelect[Any]:
    """Return a column of the first request of each device that took effect and is there still."""
    return (
        select(column)
        .where(_took_effect(Device))
        .order_by(SequencedRequest.counter)
        .limit(1)
        .correlate(Device)
        .scalar_subquery()
    )


def _took_effect(device: Device | type[Device]) -> ColumnElement[bool]:
    """Return the condition on a device's requests that took effect and are there still."""
    return and_(
        SequencedRequest.device_id == device.id,
        SequencedRequest.counter.between(device.oldest_counter, device.next_counter - 1),
        ~SequencedRequest.waits,
    )


def _delete_turns(session: Session, device_id: int, now: datetime, given_up: timedelta) -> int:
    device = lock_device(session, device_id)
    rows = session.execute(
        select(SequencedRequest.counter, SequencedRequest.key_digest, SequencedRequest.received_at)
        .where(_took_effect(device))
        .order_by(SequencedRequest.counter)
        .limit(_TURNS)
    ).all()
    old = list(_old(rows, device.oldest_counter, now, given_up))
    if not old:
        return 0
    counters, keys = [row.counter for row in old], [row.key_digest for row in old]
    session.execute(delete(VillageAnswer).where(VillageAnswer.key_digest.in_(keys)))
    session.execute(
        delete(SequencedRequest).where(
            SequencedRequest.device_id == device_id, SequencedRequest.counter.in_(counters)
        )
    )
    named = exists().where(TaskSource.arrival == Arrival.key_digest)
    session.execute(delete(Arrival).where(Arrival.key_digest.in_(keys), ~named))
    device.oldest_counter = counters[-1] + 1
    session.flush()
    return len(old)


def _old(rows: Sequence[Turn], first: int, now: datetime, given_up: timedelta) -> Iterator[Turn]:
    """Yield the oldest ones, up to a younger one, or to one before which another may still come."""
    for row in rows:
        age = now - row.received_at
        if age <= ANSWERED or (row.counter > first and age <= given_up):
            return
        first = row.counter + 1
        yield row
