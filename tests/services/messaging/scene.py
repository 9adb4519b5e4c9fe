"""Messages that wait for people or went to them, and what became of them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING
from uuid import uuid4

from sqlalchemy import select

from services.messaging.consent import consent_index, consents_of, grant, refuse
from services.storage.models import Message
from sms.message import Kind, MessageState
from tests.factories import FARMER, NOW

if TYPE_CHECKING:
    from services.storage.database import Database
    from tests.factories import Phones


@dataclass
class Mail:
    """What is sent to people that nobody asked for just now."""

    phones: Phones

    @property
    def database(self) -> Database:
        return self.phones.database

    def put(self, *, to=FARMER, kind=Kind.SERVICE, scope=None, state=MessageState.QUEUED, days=0):
        """Put one message in, created so many days ago; its public id."""
        public_id, at = uuid4(), NOW - timedelta(days=days)
        with self.database.write() as session:
            session.add(
                Message(
                    public_id=public_id,
                    dedupe_key=public_id.bytes,
                    recipient=to,
                    recipient_index=self.database.vault.indexes(to)[scope is not None],
                    body=f"something for {to}",
                    purpose="test",
                    kind=kind.value,
                    scope=scope,
                    state=state.value,
                    created_at=at,
                    planned_at=at,
                    due_at=at,
                    expires_at=at + timedelta(days=30),
                )
            )
        return public_id

    def read(self, public_id) -> Message:
        with self.database.read() as session:
            found = session.scalars(select(Message).where(Message.public_id == public_id)).one()
            session.expunge_all()
            return found

    def state(self, public_id) -> tuple[str, str | None]:
        row = self.read(public_id)
        return row.state, row.reason

    def join(self, *scopes, number=FARMER, granted=True):
        with self.database.write() as session:
            for scope in scopes:
                index = consent_index(self.database.vault, number, scope)
                (grant if granted else refuse)(session, index, scope, "officer", NOW)

    def consents(self, number=FARMER) -> dict[str, bool]:
        with self.database.read() as session:
            return consents_of(session, number)
