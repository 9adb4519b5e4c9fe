"""What tests of orders, outbreaks and notices are made of."""

from __future__ import annotations

import json
from dataclasses import dataclass
from itertools import count
from typing import TYPE_CHECKING
from uuid import UUID, uuid4

from sqlalchemy import select

from chain.verification import subject_of
from services.core.roles import Role
from services.livestock.control.notices import Officer
from services.livestock.control.orders import OrderDraft, declare_order
from services.livestock.control.outbreaks import OutbreakDraft, open_outbreak, outbreak_number
from services.livestock.domain.details import read_details
from services.livestock.domain.model import Act, EventType, Key, Occurred, Report, event_id
from services.livestock.domain.orders import OrderKind, ZoneStatus
from services.livestock.recording.identity import ensure_premises
from services.storage.models import Contact, Journal, LedgerLeaf, Message, Party, Premises
from tests.factories import NOW, TODAY, origin, source_place, write

if TYPE_CHECKING:
    from datetime import date

    from sqlalchemy.orm import Session

    from services.livestock.domain.model import Recorded
    from services.storage.database import Database

JIWAKA = {"provinces": ["Jiwaka"]}
ASF = "african_swine_fever"
PRICE = 25

_numbers = count(1)


def act(on: date = TODAY, *, key: str | None = None, at=NOW) -> Act:
    """An act of its own, or that of a key."""
    return Act(event_id("test", key or f"act {next(_numbers)}", 0), on, origin(at))


def draft(kind: str = "zone", **told: object) -> OrderDraft:
    """A zone of Jiwaka from today, or what is told."""
    usual: dict[str, object] = {
        "event_id": uuid4(),
        "kind": OrderKind(kind),
        "area": JIWAKA,
        "area_name": "Jiwaka",
        "since": TODAY,
        "status": ZoneStatus.INFECTED if kind == "zone" else None,
        "disease": ASF,
    }
    return OrderDraft(**(usual | told))  # type: ignore[arg-type]


@dataclass
class Office:
    """A database, and what happens in it."""

    database: Database

    def place(self, number: int, province: str | None = "Jiwaka", keeper: int | None = None) -> Key:
        """Premises, in a province, with a keeper."""
        key = source_place(number)
        with self.database.write() as session:
            row = session.get_one(Premises, ensure_premises(session, [key])[key].id)
            row.province, row.keeper_id = province, keeper
        return key

    def public_id(self, key: Key) -> str:
        with self.database.write() as session:
            return str(ensure_premises(session, [key])[key].public_id)

    def party(
        self,
        number: str | None = None,
        role: Role = Role.KEEPER,
        language: str | None = None,
        province: str | None = None,
    ) -> int:
        """A party, with a phone number or without."""
        with self.database.write() as session:
            party = Party(public_id=uuid4(), role=role.value, language=language, province=province)
            session.add(party)
            session.flush()
            if number:
                index = self.database.vault.index(number)
                session.add(Contact(party_id=party.id, number=number, number_index=index))
            return party.id

    def officer(self, on: date = TODAY) -> Officer:
        """A veterinary officer about to act."""
        return Officer(self.party(role=Role.VETERINARY_OFFICER), act(on))

    def order(self, kind: str = "zone", **told: object) -> str:
        """Declare an order; its number."""
        with self.database.write() as session:
            return declare_order(session, draft(kind, **told), origin()).number

    def outbreak(self, index: Key, began: date = TODAY, **told: object) -> str:
        """Open an outbreak; its number."""
        with self.database.write() as session:
            opened = OutbreakDraft(uuid4(), ASF, index, began, **told)  # type: ignore[arg-type]
            return outbreak_number(session, open_outbreak(session, opened, origin()).id)

    def tell(
        self, kind: str, at: Key, *animals: Key, on: date = TODAY, **details: object
    ) -> Recorded:
        """Report one event with its details."""
        event = EventType(kind)
        told = read_details(event, details)
        report = Report(uuid4(), event, animals, at, None, Occurred.on(on), told)
        return write(self.database, report)[0]

    def void(self, event: UUID, at: Key, *animals: Key) -> None:
        """Declare an event void."""
        self.tell("void", at, *animals, corrects=event, reason="did_not_occur")

    def messages(self) -> list[tuple[str, str, str]]:
        """Recipient, purpose and text of everything in the outbox."""
        with self.database.read() as session:
            rows = session.execute(
                select(Message.recipient, Message.purpose, Message.body).order_by(Message.id)
            )
            return [tuple(row) for row in rows]


def kept(session: Session) -> Session:
    """The session, whose rows may be looked at when it has ended."""
    session.expire_on_commit = False
    return session


def steps_of(database: Database, subject_key: bytes) -> list[tuple[str, dict[str, object]]]:
    """Type and details of each event with a leaf of a secret subject; each leaf is proven."""
    with database.read() as session:
        rows = session.execute(
            select(Journal.type, Journal.content, LedgerLeaf.position, LedgerLeaf.salt)
            .join(LedgerLeaf, LedgerLeaf.journal_id == Journal.id)
            .where(LedgerLeaf.subject == subject_key)
            .order_by(Journal.id)
        ).all()
    found = []
    for row in rows:
        record = json.loads(row.content)
        assert subject_of(record, row.position, row.salt, subject_key)
        found.append((row.type, record["details"]))
    return found
