"""The unit of work that a device message opens: the door's memory and the session in one."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from sqlalchemy import bindparam, literal, select, update
from sqlalchemy.orm import Session

from gateway.channels.village import SMS_CHANNEL
from gateway.envelope import (
    DEVICE_CHANNEL,
    Answer,
    Envelope,
    Receipt,
    SequencedEnvelope,
    turn_key,
)
from services.core.correlation import follow
from services.core.errors import Conflict
from services.storage.bulk import add_new
from services.storage.committed_lines import tell_once_committed
from services.storage.database import Database
from services.storage.models import Arrival, ArrivalConflict, Device, SequencedRequest
from services.storage.vault import Vault

Result = TypeVar("Result")

# Made once: every message is settled by it.
_SETTLE = update(Arrival).where(Arrival.key_digest == bindparam("key"))


class Unit:
    """One open transaction. Implements `gateway.ports.SequencedUnit`."""

    def __init__(self, session: Session, vault: Vault) -> None:
        self.session = session
        self.vault = vault

    def admit(self, envelope: Envelope) -> Receipt | None:
        """Insert the envelope's key; None when it is new, else what is stored under it."""
        follow(envelope.correlation)
        arrival = {
            "key_digest": envelope.key_digest,
            "content_digest": self._content_digest(envelope),
            "channel": envelope.channel,
            "received_at": envelope.received_at,
            "outcome": "",
        }
        if add_new(self.session, Arrival, arrival):
            tell_once_committed(self.session, "taken in", channel=envelope.channel)
            return None
        row = self.session.get_one(Arrival, envelope.key_digest)
        # Of before schema 0023 it is a digest without the key.
        before = self.vault.digest(envelope.content_digest)
        same = row.content_digest in {self._content_digest(envelope), before}
        return Receipt(same, Answer(row.outcome, row.answer or ""))

    def came_before(self, envelope: Envelope) -> bool:
        """Tell whether the same content came by the same channel under another key."""
        same = select(Arrival.key_digest).where(
            Arrival.channel == literal(envelope.channel, literal_execute=True),
            Arrival.content_digest == self._content_digest(envelope),
            Arrival.key_digest != envelope.key_digest,
        )
        return self.session.scalar(same.limit(1)) is not None

    def settle(self, envelope: Envelope, answer: Answer) -> None:
        """Store payload and answer of an admitted envelope, and who must read it."""
        service, province = answer.staff or (None, None)
        settled = {
            "key": envelope.key_digest,
            "outcome": answer.outcome,
            "sender": envelope.sender,
            "payload": envelope.text if answer.keeps_payload else None,
            "answer": answer.text,
            "service": service,
            "province": province,
        }
        self.session.flush()
        self.session.connection().execute(_SETTLE, settled)

    def keep_conflict(self, envelope: Envelope) -> None:
        """Keep an envelope whose key was used before with other content."""
        self.session.add(
            ArrivalConflict(
                key_digest=envelope.key_digest,
                content_digest=self._content_digest(envelope),
                channel=envelope.channel,
                received_at=envelope.received_at,
                sender=envelope.sender,
                payload=envelope.text if envelope.keeps_payload else None,
            )
        )

    def queue_turn(self, turn: SequencedEnvelope) -> None:
        """Store an admitted request among the turns of its device, and lock that.

        Raises:
            Conflict: it took effect, or was given up, so long ago that its row is deleted.
        """
        envelope, clock = turn.envelope, turn.clock
        skew = None if clock is None else round((envelope.received_at - clock).total_seconds())
        device = lock_device(self.session, turn.device)
        if turn.counter < device.oldest_counter:
            raise Conflict("This was done before, so long ago that its answer is no longer kept")
        self.session.execute(
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

    def next_turn(self, device: int) -> Envelope | None:
        """Return the envelope of the request whose turn it is, and pass the turn on.

        One that was passed over, and comes after all, has its turn at once.
        """
        row = lock_device(self.session, device)
        first = self.session.scalars(
            select(SequencedRequest)
            .where(
                SequencedRequest.device_id == device,
                SequencedRequest.waits,
                SequencedRequest.counter <= row.next_counter,
            )
            .order_by(SequencedRequest.counter)
            .limit(1)
        ).first()
        if first is None:
            return None
        first.waits = False
        row.next_counter = max(row.next_counter, first.counter + 1)
        self.session.flush()
        came = self.session.get_one(Arrival, first.key_digest)
        envelope = Envelope(
            channel=DEVICE_CHANNEL,
            key=turn_key(row.public_id, first.counter),
            sender=str(row.public_id),
            text=came.payload or "",
            received_at=came.received_at,
        )
        follow(envelope.correlation)
        return envelope

    def answer_to(self, envelope: Envelope) -> Answer:
        """Return what is stored as the answer to an admitted envelope."""
        row = self.session.get_one(Arrival, envelope.key_digest, populate_existing=True)
        return Answer(row.outcome, row.answer or "")

    def _content_digest(self, envelope: Envelope) -> bytes:
        # It outlives the payload, and without a key anybody could try all phone numbers on it. The
        # key's own digest needs none: it is the carrier's random id.
        # It is in it, or two texts of `1` by one number would show as the same; those of a box tell
        # their time, and are looked for.
        own = b"" if envelope.channel == SMS_CHANNEL else envelope.key_digest
        return self.vault.digest(own + envelope.content_digest)


class Units:
    """Opens units of work. Implements `gateway.ports.SequencedUnits`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @contextmanager
    def __call__(self) -> Iterator[Unit]:
        """Open a unit: commits on leaving, rolls back on an exception; its handler may lock."""
        with self._database.write(exclusive=False) as session:
            yield Unit(session, self._database.vault)

    def run(self, work: Callable[[Unit], Result]) -> Result:
        """Do work in a unit, and once more where it lost to another: see `Database.run`."""
        vault = self._database.vault
        return self._database.run(lambda session: work(Unit(session, vault)), exclusive=False)


def lock_device(session: Session, device_id: int) -> Device:
    """Read a device anew and lock it, so that its requests stay in order, until the commit."""
    return session.scalars(
        select(Device)
        .where(Device.id == device_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one()
