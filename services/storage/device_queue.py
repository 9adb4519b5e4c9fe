"""The order of a device's requests: each takes effect after those with a smaller counter."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from gateway.envelope import DEVICE_CHANNEL, Envelope, SequencedEnvelope, turn_key
from services.storage.models import Arrival, Device, SequencedRequest


class CounterGap(NamedTuple):
    """Counters, from the first to the last, of which nothing has come while later ones have."""

    first: int
    last: int


def queue(session: Session, turn: SequencedEnvelope) -> None:
    """Add a request to the turns of its device, and lock the device until the transaction ends."""
    envelope = turn.envelope
    skew = (
        None if turn.clock is None else round((envelope.received_at - turn.clock).total_seconds())
    )
    device = _locked(session, turn.device)
    session.execute(
        SequencedRequest.__table__.insert().values(  # type: ignore[attr-defined]  # a Table
            device_id=turn.device,
            counter=turn.counter,
            key_digest=envelope.key_digest,
            received_at=envelope.received_at,
            skew_seconds=skew,
            waits=True,
        )
    )
    device.seen_at, device.skew_seconds = envelope.received_at, skew


def next_envelope(session: Session, device_id: int) -> Envelope | None:
    """Return the envelope of the request whose turn it is, and pass the turn on.

    One that was passed over, and comes after all, has its turn at once.
    """
    device = _locked(session, device_id)
    row = session.scalars(
        select(SequencedRequest)
        .where(
            SequencedRequest.device_id == device_id,
            SequencedRequest.waits,
            SequencedRequest.counter <= device.next_counter,
        )
        .order_by(SequencedRequest.counter)
        .limit(1)
    ).first()
    if row is None:
        return None
    row.waits = False
    device.next_counter = max(device.next_counter, row.counter + 1)
    session.flush()
    came = session.get_one(Arrival, row.key_digest)
    return Envelope(
        channel=DEVICE_CHANNEL,
        key=turn_key(device.public_id, row.counter),
        sender=str(device.public_id),
        text=came.payload or "",
        received_at=came.received_at,
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
    _locked(session, device_id)
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
    before = func.lag(SequencedRequest.counter, 1, 0).over(order_by=SequencedRequest.counter)
    pairs = (
        select(SequencedRequest.counter.label("counter"), before.label("before"))
        .where(SequencedRequest.device_id == device_id)
        .subquery()
    )
    rows = session.execute(
        select(pairs.c.before, pairs.c.counter)
        .where(pairs.c.counter > pairs.c.before + 1)
        .order_by(pairs.c.counter)
    )
    return [CounterGap(before + 1, counter - 1) for before, counter in rows]


def _locked(session: Session, device_id: int) -> Device:
    return session.scalars(
        select(Device)
        .where(Device.id == device_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one()
