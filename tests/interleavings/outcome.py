"""What may be seen of a database after some commands: everything but what is drawn by chance."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from sqlalchemy import case, select, text

from services.storage.models import (
    Arrival,
    Consent,
    Contact,
    Journal,
    LedgerLeaf,
    Message,
    Party,
    Premises,
)

if TYPE_CHECKING:
    from collections.abc import Mapping
    from uuid import UUID

    from services.storage.database import Database

_RECEIPT = re.compile(r"\b[0-9A-TV-Z]{4}(?:-[0-9A-TV-Z]{4}){3}\b")
_CODE = re.compile(r"(?<!\d)\d{6}(?!\d)")
_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_HEX = re.compile(r"\b[0-9a-f]{64}\b")

# Each thing by a number that it keeps, not by its key.
_TABLES = {
    "animals": """SELECT a.value, a.ended_on, o.number_index, p.public_id, s.public_id, a.seen_on,
        a.registered_on, a.kind, a.head_count FROM animal a
        LEFT JOIN contact o ON o.party_id = a.owner_id
        LEFT JOIN premises p ON p.id = a.registered_at_id
        LEFT JOIN premises s ON s.id = a.seen_at_id""",
    "movements": """SELECT a.value, f.public_id, t.public_id, m.departed_on, m.arrived_on,
        m.departure_id IS NULL, m.arrival_id IS NULL FROM movement m
        JOIN animal a ON a.id = m.animal_id
        LEFT JOIN premises f ON f.id = m.origin_id
        LEFT JOIN premises t ON t.id = m.destination_id""",
    "identifiers": """SELECT i.scheme, i.value, a.value, p.public_id, i.permit_id, i.retired_on
        FROM identifier i LEFT JOIN animal a ON a.id = i.animal_id
        LEFT JOIN premises p ON p.id = i.premises_id""",
    "permits": """SELECT p.public_id, p.state, p.head_count,
        (SELECT coalesce(sum(u.heads), 0) FROM permit_use u WHERE u.permit_id = p.id)
        FROM permit p""",
    "flags": "SELECT a.value, f.code FROM flag f JOIN animal a ON a.id = f.animal_id",
    "statuses": """SELECT a.value, p.public_id, s.kind, s.since, s.until FROM status s
        LEFT JOIN animal a ON a.id = s.animal_id LEFT JOIN premises p ON p.id = s.premises_id""",
    "orders": "SELECT number, kind, status, until FROM control_order",
    "questions": "SELECT kind, state, tries FROM claim",
    "erased": "SELECT count(*) FROM erasure",
    "devices": "SELECT name, next_counter FROM device",
    "counters": "SELECT name, value FROM counter",
    "bound": "SELECT state FROM village_binding",
}

_SEALED = {
    "people": select(Contact.number, Party.role, Party.name, Party.language).join(
        Party, Party.id == Contact.party_id
    ),
    "parties": select(Party.name),
    # One that is taken back, and one that went before it was erased, are both nothing.
    "texts": select(
        Message.recipient,
        Message.body,
        case((Message.recipient_index != b"", Message.state)),
        case((Message.recipient_index != b"", Message.reason)),
    ),
    "envelopes": select(Arrival.channel, Arrival.outcome, Arrival.sender, Arrival.payload),
    "places": select(Premises.public_id, Premises.name, Premises.province),
    "consents": select(Consent.scope, Consent.granted, Consent.source),
}


def outcome_of(database: Database, known: Mapping[str, str]) -> dict[str, list[str]]:
    """Return what each person got and what the book says, each list without an order of chance.

    `known`: names of UUIDs that are there from the beginning.
    """
    seen: dict[str, list[str]] = {}
    with database.read() as session:
        for name, asked in _TABLES.items():
            rows = session.execute(text(asked))
            seen[name] = sorted(plain(repr(tuple(map(_shown, row))), known) for row in rows)
        for name, asked in _SEALED.items():
            rows = session.execute(asked)
            seen[name] = sorted(plain(repr(tuple(map(_shown, row))), known) for row in rows)
        contents = session.scalars(select(Journal.content).order_by(Journal.id))
        # In its order: it is that of the commits, and one of the orders in turn.
        seen["journal"] = [plain((one or b"erased").decode(), known) for one in contents]
        leaves = select(LedgerLeaf.journal_id, LedgerLeaf.position).order_by(
            LedgerLeaf.journal_id, LedgerLeaf.position
        )
        seen["leaves"] = [str(one.position) for one in session.execute(leaves)]
    return seen


def _shown(value: Any) -> str:
    return value.hex() if isinstance(value, bytes) else str(value)


def plain(told: str, known: Mapping[str, str]) -> str:
    """Return a text without what is drawn by chance: receipts, codes, ids of what is new."""
    told = _UUID.sub(lambda found: known.get(found.group(), "{new}"), told)
    return _CODE.sub("{code}", _RECEIPT.sub("{receipt}", _HEX.sub("{digest}", told)))


def names_of(database: Database) -> dict[str, str]:
    """Return each UUID that is there, as its own name."""
    with database.read() as session:
        asked = (select(Party.public_id), select(Premises.public_id))
        ids: list[UUID] = [one for each in asked for one in session.scalars(each)]
        contents = b"".join(one or b"" for one in session.scalars(select(Journal.content)))
    return {one: one for one in [*map(str, ids), *_UUID.findall(contents.decode())]}
