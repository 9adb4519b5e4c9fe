"""Records of events, the journal that holds them, and a leaf for each subject in the outbox."""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from chain.canonical import HASH_BYTES, canonical_bytes, commitment, receipt_code
from services.core.correlation import current_correlation
from services.storage.committed_lines import tell_once_committed
from services.storage.models import Journal, LedgerLeaf
from services.storage.owned_rows import Rows, insert_with_owned
from sms.local_time import DEFAULT_ZONE, local_day

# Of an entry these are columns of the journal.
_COLUMNS = 4
_LAST = select(func.max(Journal.id))


class SaltedSubject(NamedTuple):
    """Subject of a leaf, 32 bytes, and a salt of its own."""

    subject: bytes
    salt: bytes


class JournalEntry(NamedTuple):
    """One event: what the journal is searched by, its canonical bytes, and where it is filed.

    `filed` has one for each of the record's subjects, in their order; at least one.
    """

    event_id: UUID
    type: str
    occurred_on: date
    content: bytes
    filed: Sequence[SaltedSubject]


class WrittenEntry(NamedTuple):
    """An event's key in the journal, and the receipt of its first leaf."""

    journal_id: int
    receipt: str


class _Leaf(NamedTuple):
    position: int
    subject: bytes
    salt: bytes
    commitment: bytes


def write_entries(
    session: Session, entries: Sequence[JournalEntry], recorded_at: datetime
) -> list[WrittenEntry]:
    """Write new events to the journal and their leaves to the ledger's outbox.

    The session is the one writer: see `services.storage.locks`.
    """
    places, leaves, receipts = list[int](), list[_Leaf](), list[str]()
    for place, entry in enumerate(entries):
        made = [commitment(salt, entry.content) for _, salt in entry.filed]
        leaves += map(_Leaf, range(len(made)), *zip(*entry.filed, strict=True), made)
        places += [place] * len(made)
        receipts.append(receipt_code(made[0]))
    events = Rows(
        Journal,
        JournalEntry._fields[:_COLUMNS],
        [entry[:_COLUMNS] for entry in entries],
        {"recorded_at": recorded_at},
    )
    waiting = {"waiting_since": recorded_at, "correlation": current_correlation()}
    outbox = Rows(LedgerLeaf, _Leaf._fields, leaves, waiting)
    keys = insert_with_owned(session, events, "journal_id", outbox, places)
    for entry, receipt in zip(entries, receipts, strict=True):
        tell_once_committed(session, "in the journal", record=str(entry.event_id), receipt=receipt)
    return list(map(WrittenEntry, keys, receipts))


def last_entry(session: Session) -> int:
    """Return the key of the newest event that is committed, or this transaction's; 0: none is."""
    return session.scalar(_LAST) or 0


class RecordHead(NamedTuple):
    """An event's type, its times, and how it reached us.

    Attributes:
        event: its id.
        type: what happened, in a word that never changes.
        at: ISO 8601 date, or local date and time, as claimed.
        precision: day or second.
        zone: IANA name of the zone of `at`.
        recorded_at: UTC.
        channel: it came by.
        reporter: public id of the party that reported it; None: nobody did.
    """

    event: UUID
    type: str
    at: str
    precision: str
    zone: str
    recorded_at: datetime
    channel: str
    reporter: UUID | None = None


def read_content(content: bytes | None) -> dict[str, Any]:
    """Return the record of an event; empty: it was erased, or somebody changed it beyond reading.

    An audit tells which. A page goes on: others of its events can be read.
    """
    try:
        found = json.loads(content or b"{}")
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def gives_commitment(content: bytes, salt: bytes | None, recorded: bytes) -> bool:
    """Tell whether content and salt of a leaf are what was recorded: its commitment."""
    return salt is not None and len(salt) == HASH_BYTES and commitment(salt, content) == recorded


def begin_record(
    head: RecordHead, subjects: Sequence[Mapping[str, str]], details: Mapping[str, Any]
) -> dict[str, Any]:
    """Build what all records have: no name, phone, free text or point.

    There is a subject for each leaf, in leaf order.
    """
    record: dict[str, Any] = {
        "event": str(head.event),
        "type": head.type,
        "occurred": {"at": head.at, "precision": head.precision, "zone": head.zone},
        "recorded": instant(head.recorded_at),
        "channel": head.channel,
        "subjects": list(subjects),
    }
    if details:
        record["details"] = dict(details)
    if head.reporter is not None:
        record["reporter"] = str(head.reporter)
    return record


class RecordedAct(NamedTuple):
    """An act of this program's users that is dated by the day on which it reached us.

    `event` is its id, `type` a word that never changes, `now` UTC, `reporter` a party's public id.
    """

    event: UUID
    type: str
    now: datetime
    channel: str
    reporter: UUID | None


def entry_of_act(
    act: RecordedAct, named: Mapping[str, str], filed: SaltedSubject, details: Mapping[str, Any]
) -> JournalEntry:
    """Make the entry of an act with one subject: `named` in its record, `filed` on the ledger."""
    day = local_day(act.now)
    head = RecordHead(
        act.event,
        act.type,
        day.isoformat(),
        "day",
        DEFAULT_ZONE,
        act.now,
        act.channel,
        act.reporter,
    )
    content = canonical_bytes(begin_record(head, [named], details))
    return JournalEntry(act.event, act.type, day, content, [filed])


def write_act(
    session: Session,
    act: RecordedAct,
    named: Mapping[str, str],
    filed: SaltedSubject,
    details: Mapping[str, Any],
) -> int:
    """Write an act with one subject, see `entry_of_act`, to the journal; return the row's key."""
    (placed,) = write_entries(session, [entry_of_act(act, named, filed, details)], act.now)
    return placed.journal_id


def instant(at: datetime) -> str:
    """Write an instant as records do: ISO 8601, UTC, six decimals, `Z`."""
    return at.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def stored_instant(text: str) -> str:
    """Write an instant that a database gives as text, in any way that one does, as records do.

    Raises:
        ValueError: it is none.
    """
    moment = datetime.fromisoformat(text)
    return instant(moment if moment.tzinfo else moment.replace(tzinfo=UTC))


def name_public(kind: str, scheme: str, value: str) -> dict[str, str]:
    """Name a public subject: anyone with its number or code finds its leaves."""
    return {"kind": kind, "scheme": scheme, "value": value}
