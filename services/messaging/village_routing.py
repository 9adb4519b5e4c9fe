"""Phones that village boxes serve, and the messages that wait for a box.

A box serves a number that is bound to it for thirty days after its owner wrote through it, until
they write by another road. Their messages wait in the lane `village` of the outbox: they are
queued, so whatever ends a queued message ends them, and no worker takes them. The box fetches them:
see `services.messaging.dispatch.village_handover`.
"""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from functools import partial

from sqlalchemy import ColumnElement, and_, delete, exists, func, literal_column, select, update
from sqlalchemy.orm import Session, aliased

from gateway.envelope import Envelope, Relayed
from services.core.error_logging import do_each
from services.messaging.outbox import lock_messages
from services.storage.database import Database
from services.storage.locks import require_one_writer
from services.storage.models import Device, Message, VillageBinding, VillagePhone
from services.storage.rowsets import digests, keys
from services.storage.vault import NumberIndexes, vault_of
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
_CHUNK = 500


def note_route(session: Session, envelope: Envelope, index: bytes) -> None:
    """Note whether a village box reaches the sender of a text from now on.

    A box says nothing of a number that is not bound to it: it could draw anybody's messages.
    """
    require_one_writer(session)
    now = envelope.received_at
    if envelope.relayed is not None:
        if not envelope.relayed.bound:
            return
        _seen(session, envelope.sender, envelope.relayed, now)
    elif (known := _phone(session, index)) is not None:
        _seen_elsewhere(session, known, envelope.sender, now)


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
    if not indexes:
        return set()
    found = VillagePhone.number_index.in_(indexes)
    return set(session.scalars(select(VillagePhone.number_index).where(found, served(now))))


def free_mail(database: Database, now: datetime) -> None:
    """Let messages go by the ordinary road that wait for a box which does not serve them now.

    The box was revoked, or has not seen their receiver for long; the clock calls it every minute.
    Of each number that waits one text tells it: a course's is not found by the phone's index.
    """
    one_each = select(func.min(Message.id)).where(MAIL).group_by(Message.recipient_index)
    with database.read() as session:
        texts = session.scalars(one_each).all()
    chunks = [texts[start : start + _CHUNK] for start in range(0, len(texts), _CHUNK)]
    do_each(partial(_free_unserved, database, chunk, now) for chunk in chunks)


def _free_unserved(database: Database, texts: Sequence[int], now: datetime) -> None:
    """Free what waits for the numbers of some texts, of those that no box serves."""
    wanted = select(Message.recipient_index, Message.recipient)
    with database.read() as session:
        rows = session.execute(wanted.where(Message.id.in_(keys(session, texts)))).all()
        ordinary = {row.recipient: database.vault.index(row.recipient) for row in rows}
        here = served_of(session, ordinary.values(), now)
    left = [row.recipient_index for row in rows if ordinary[row.recipient] not in here]
    if left:
        database.run(partial(_free_all, indexes=left), exclusive=False)


def _free_all(session: Session, indexes: Collection[bytes]) -> None:
    _free(session, Message.recipient_index.in_(digests(session, indexes)))


def waiting_of(session: Session, box: int, now: datetime) -> Sequence[bytes]:
    """Return both blind indexes of every number that a box serves: its messages have either."""
    its = aliased(VillageBinding)
    wanted = (
        select(its.number)
        .join(VillagePhone, VillagePhone.number_index == its.number_index)
        .join(Device, served(now))
        .where(its.device_id == box, VillagePhone.device_id == box)
    )
    indexes = vault_of(session).indexes
    return [index for number in session.scalars(wanted) for index in indexes(number)]


def forget_route(session: Session, box: int, number: str) -> None:
    """Let a number's messages go by the ordinary road, if a box serves it."""
    indexes = vault_of(session).indexes(number)
    which = and_(VillagePhone.device_id == box, VillagePhone.number_index == indexes.ordinary)
    if session.scalar(delete(VillagePhone).where(which).returning(VillagePhone.id)) is not None:
        _free(session, Message.recipient_index.in_(indexes))


def forget_phone(session: Session, index: bytes) -> None:
    """Erase that a number was ever seen through a box."""
    session.execute(delete(VillagePhone).where(VillagePhone.number_index == index))


def _phone(session: Session, index: bytes) -> int | None:
    return session.scalar(select(VillagePhone.id).where(VillagePhone.number_index == index))


def _seen(session: Session, number: str, relayed: Relayed, now: datetime) -> None:
    said_at, indexes = relayed.said_at or now, vault_of(session).indexes(number)
    index = indexes.ordinary
    row = session.scalars(select(VillagePhone).where(VillagePhone.number_index == index)).first()
    if row is None:
        session.add(
            VillagePhone(
                number_index=index,
                device_id=relayed.box,
                said_at=said_at,
                seen_at=now,
                elsewhere=_wrote_since(session, indexes, said_at),
            )
        )
    elif said_at >= row.said_at:
        row.device_id, row.said_at, row.seen_at, row.elsewhere = relayed.box, said_at, now, False
    session.flush()


def _wrote_since(session: Session, indexes: NumberIndexes, since: datetime) -> bool:
    """Tell whether a person was answered by another road since: an old batch changes nothing."""
    newest = select(func.max(Message.created_at)).where(
        Message.recipient_index.in_(indexes),
        Message.purpose == _REPLY,
        Message.via != VILLAGE,
    )
    last = session.scalar(newest)
    return last is not None and last > since


def _seen_elsewhere(session: Session, row: int, number: str, now: datetime) -> None:
    session.execute(
        update(VillagePhone)
        .where(VillagePhone.id == row)
        .values(elsewhere=True, said_at=now)
        .execution_options(synchronize_session="fetch")
    )
    _free(session, Message.recipient_index.in_(vault_of(session).indexes(number)))


def _free(session: Session, which: ColumnElement[bool]) -> None:
    waiting = and_(MAIL, which)
    lock_messages(session, waiting)
    session.execute(
        update(Message)
        .where(waiting)
        .values(lane="", reason=None)
        .execution_options(synchronize_session=False)
    )
