"""The unit of work that a device message opens: the door's memory and the session in one."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import update
from sqlalchemy.orm import Session

from gateway.envelope import Answer, Envelope, Receipt, SequencedEnvelope
from services.storage import device_queue
from services.storage.database import Database
from services.storage.models import Arrival, ArrivalConflict
from services.storage.upsert import upsert
from services.storage.vault import Vault


class Unit:
    """One open transaction. Implements `gateway.ports.SequencedUnit`."""

    def __init__(self, session: Session, vault: Vault) -> None:
        self.session = session
        self.vault = vault

    def admit(self, envelope: Envelope) -> Receipt | None:
        """Insert the envelope's key; None when it is new, else what is stored under it."""
        inserted = self.session.execute(
            # The database itself waits for a concurrent insert of the same key.
            upsert(self.session, Arrival)
            .values(
                key_digest=envelope.key_digest,
                content_digest=self._content_digest(envelope),
                channel=envelope.channel,
                received_at=envelope.received_at,
                outcome="",
            )
            .on_conflict_do_nothing()
            .returning(Arrival.key_digest)
        ).first()
        if inserted:
            return None
        row = self.session.get_one(Arrival, envelope.key_digest)
        same = row.content_digest == self._content_digest(envelope)
        return Receipt(same, Answer(row.outcome, row.answer or ""))

    def settle(self, envelope: Envelope, answer: Answer) -> None:
        """Store payload and answer of an admitted envelope."""
        self.session.execute(
            update(Arrival)
            .where(Arrival.key_digest == envelope.key_digest)
            .values(
                outcome=answer.outcome,
                sender=envelope.sender,
                payload=envelope.text if answer.keeps_payload else None,
                answer=answer.text,
            ),
            execution_options={"synchronize_session": False},
        )

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
        """Store an admitted request among the turns of its device, and lock that."""
        device_queue.queue(self.session, turn)

    def next_turn(self, device: int) -> Envelope | None:
        """Return the envelope whose turn it is; it has it once."""
        return device_queue.next_envelope(self.session, device)

    def answer_to(self, envelope: Envelope) -> Answer:
        """Return what is stored as the answer to an admitted envelope."""
        row = self.session.get_one(Arrival, envelope.key_digest, populate_existing=True)
        return Answer(row.outcome, row.answer or "")

    def _content_digest(self, envelope: Envelope) -> bytes:
        # It outlives the payload, and without a key anybody could try all phone numbers on it. The
        # key's own digest needs none: it is the carrier's random id.
        return self.vault.digest(envelope.content_digest)


class Units:
    """Opens units of work. Implements `gateway.ports.SequencedUnits`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @contextmanager
    def __call__(self) -> Iterator[Unit]:
        """Open a unit: commits on leaving, rolls back on an exception; its handler may lock."""
        with self._database.write(exclusive=False) as session:
            yield Unit(session, self._database.vault)
