"""Records of the journal, the newest first, and where each is on the ledger."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement, select, true
from sqlalchemy.orm import Session

from chain.canonical import HASH_BYTES, commitment
from services.api.paging import Page, PageRequest, before_of, newest_of_each, newest_page
from services.core.errors import NotFound
from services.ledger.receipts import recorded_size
from services.storage.models import ControlOrder, Identifier, Journal, LedgerLeaf, Outbreak


class RecordFilter(NamedTuple):
    """Filter of records: types, local day on which they happened, ledger subject; None: any."""

    types: Collection[str] | None = None
    day: date | None = None
    subject: bytes | None = None


class LedgerPlace(NamedTuple):
    """Place of an event on the ledger: of its first record, the place and the commitment.

    `place` is None while one of its records waits, `salt` once it was erased.
    """

    place: int | None
    commitment: bytes
    salt: bytes | None

    def commits_to(self, content: bytes) -> bool:
        """Tell whether the event says what it said when it was recorded."""
        salt = self.salt or b""
        return len(salt) == HASH_BYTES and commitment(salt, content) == self.commitment


def read_records(session: Session, wanted: RecordFilter, asked: PageRequest) -> Page:
    """Read a page of the journal, the newest first.

    Raises:
        Invalid: the cursor is none of this list.
    """
    conditions, most = _conditions(wanted, before_of(asked, Journal.id)), asked["limit"] + 1
    # Without types one condition, that holds of all.
    kinds = [true()] if wanted.types is None else [Journal.type == one for one in wanted.types]
    chosen = newest_of_each(session, Journal.id, conditions, kinds, most)
    found = select(Journal).where(Journal.id.in_(chosen)).order_by(Journal.id.desc())
    return newest_page(session.scalars(found).all(), Journal.id, asked["limit"])


def places_of(session: Session, rows: Sequence[Journal]) -> Mapping[int | None, LedgerPlace]:
    """Return where events are on the ledger, by their keys in the journal."""
    size = recorded_size(session)
    leaves = session.execute(
        select(
            LedgerLeaf.journal_id,
            LedgerLeaf.index.label("place"),
            LedgerLeaf.commitment,
            LedgerLeaf.salt,
        )
        .where(LedgerLeaf.journal_id.in_([row.id for row in rows]))
        .order_by(LedgerLeaf.journal_id, LedgerLeaf.position.desc())
    )
    found: dict[int | None, LedgerPlace] = {}
    for journal_id, place, committed, salt in leaves:
        there = place is not None and place < size
        waits = journal_id in found and found[journal_id].place is None
        found[journal_id] = LedgerPlace(place if there and not waits else None, committed, salt)
    return found


def numbers_of_acts(session: Session, rows: Sequence[Journal]) -> Mapping[int | None, str]:
    """Return the numbers of the orders and outbreaks that events are about, by journal keys."""
    ids = [row.id for row in rows]
    orders = (
        select(LedgerLeaf.journal_id, ControlOrder.number)
        .join(ControlOrder, ControlOrder.subject_key == LedgerLeaf.subject)
        .where(LedgerLeaf.journal_id.in_(ids))
    )
    outbreaks = (
        select(LedgerLeaf.journal_id, Identifier.value)
        .join(Outbreak, Outbreak.subject_key == LedgerLeaf.subject)
        .join(Identifier, Identifier.outbreak_id == Outbreak.id)
        .where(LedgerLeaf.journal_id.in_(ids))
    )
    return {row[0]: str(row[1]) for row in session.execute(orders.union_all(outbreaks))}


def find_record(session: Session, event_id: UUID) -> Journal:
    """Return the event of a public id.

    Raises:
        NotFound: there is none.
    """
    row = session.scalars(select(Journal).where(Journal.event_id == event_id)).first()
    if row is None:
        raise NotFound("No event has this id")
    return row


def _conditions(wanted: RecordFilter, before: int | None) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if before is not None:
        found.append(Journal.id < before)
    if wanted.day is not None:
        found.append(Journal.occurred_on == wanted.day)
    if wanted.subject is not None:
        about = select(LedgerLeaf.journal_id).where(LedgerLeaf.subject == wanted.subject)
        found.append(Journal.id.in_(about))
    return found
