"""Phones that village boxes serve, and the messages that wait for a box.

A box serves a number that is bound to it for thirty days after its owner wrote through it, until
they write by another road. Their messages wait in the lane `village` of the outbox: they are
queued, so whatever ends a queued message ends them, and no worker takes them. The box fetches them:
see `services.messaging.dispatch.village_handover`.
"""

from collections.abc import Collection
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, delete, exists, func, literal_column, select, update
from sqlalchemy.orm import Session

from gateway.envelope import Envelope, Relayed
from services.messaging.outbox import lock_messages
from services.storage.locks import require_one_writer
from services.storage.models import Device, Message, VillageBinding, VillagePhone
from sms.message import VILLAGE

SERVED = timedelta(days=30)
"""For how long a number is a box's after its owner was seen through it."""

MAIL = and_(
    # As literals: with parameters, PostgreSQL could not know that its partial index serves.
    Message.state == literal_column("'queued'"),
    Message.lane == literal_column(f"'{VILLAGE}'"),
)
"""The messages that wait for a box."""

_REPLY = "reply"


def may_change_route(session: Session, envelope: Envelope, index: bytes) -> bool:
    """Tell whether a village box brought a text, or any text of its sender's index before."""
    return envelope.relayed is not None or _phone(session, index) is not None


def note_route(session: Session, envelope: Envelope, index: bytes) -> None:
    """Note whether a village box reaches the sender of a text from now on.

    A box says nothing of a number that is not bound to it: it could draw anybody's messages.
    """
    require_one_writer(session)
    now = envelope.received_at
    if envelope.relayed is not None:
        if not envelope.relayed.bound:
            return
        _seen(session, index, envelope.relayed, now)
    elif (known := _phone(session, index)) is not None:
        _seen_elsewhere(session, known, index, now)


def served(now: datetime) -> ColumnElement[bool]:
    """Return the condition on `VillagePhone` and its `Device` of those that a box serves."""
    bound = exists().where(
        VillageBinding.device_id == VillagePhone.device_id,
        VillageBinding.number_index == VillagePhone.number_index,
        VillageBinding.state == literal_column("'bound'"),
    )
    return and_(
        bound,
        VillagePhone.device_id == Device.id,
        ~VillagePhone.elsewhere,
        VillagePhone.seen_at > now - SERVED,
        Device.revoked_at.is_(None),
    )


def served_of(session: Session, indexes: Collection[bytes], now: datetime) -> set[bytes]:
    """Return which of some numbers, by blind index, a box serves."""
    wanted = select(VillagePhone.number_index).where(VillagePhone.number_index.in_(indexes))
    return set(session.scalars(wanted.where(served(now)))) if indexes else set()


def free_mail(session: Session, now: datetime) -> None:
    """Let messages go by the ordinary road that wait for a box which does not serve them now.

    The box was revoked, or has not seen their receiver for long; the clock calls it every minute.
    """
    mine = VillagePhone.number_index == Message.recipient_index
    _free(session, ~exists(select(VillagePhone.id).where(mine, served(now))))


def forget_route(session: Session, box: int, index: bytes) -> None:
    """Let a number's messages go by the ordinary road, if a box serves it."""
    which = and_(VillagePhone.device_id == box, VillagePhone.number_index == index)
    if session.scalar(delete(VillagePhone).where(which).returning(VillagePhone.id)) is not None:
        _free(session, Message.recipient_index == index)


def forget_phone(session: Session, index: bytes) -> None:
    """Erase that a number was ever seen through a box."""
    session.execute(delete(VillagePhone).where(VillagePhone.number_index == index))


def _phone(session: Session, index: bytes) -> int | None:
    return session.scalar(select(VillagePhone.id).where(VillagePhone.number_index == index))


def _seen(session: Session, index: bytes, relayed: Relayed, now: datetime) -> None:
    said_at = relayed.said_at or now
    row = session.scalars(select(VillagePhone).where(VillagePhone.number_index == index)).first()
    if row is None:
        session.add(
            VillagePhone(
                number_index=index,
                device_id=relayed.box,
                said_at=said_at,
                seen_at=now,
                elsewhere=_wrote_since(session, index, said_at),
            )
        )
    elif said_at >= row.said_at:
        row.device_id, row.said_at, row.seen_at, row.elsewhere = relayed.box, said_at, now, False
    session.flush()


def _wrote_since(session: Session, index: bytes, since: datetime) -> bool:
    """Tell whether a person was answered by another road since: an old batch changes nothing."""
    newest = select(func.max(Message.created_at)).where(
        Message.recipient_index == index, Message.purpose == _REPLY, Message.via != VILLAGE
    )
    last = session.scalar(newest)
    return last is not None and last > since


def _seen_elsewhere(session: Session, row: int, index: bytes, now: datetime) -> None:
    session.execute(
        update(VillagePhone)
        .where(VillagePhone.id == row)
        .values(elsewhere=True, said_at=now)
        .execution_options(synchronize_session="fetch")
    )
    _free(session, Message.recipient_index == index)


def _free(session: Session, which: ColumnElement[bool]) -> None:
    waiting = and_(MAIL, which)
    lock_messages(session, waiting)
    session.execute(
        update(Message)
        .where(waiting)
        .values(lane="", reason=None)
        .execution_options(synchronize_session=False)
    )
