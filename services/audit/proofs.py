"""Proof files and receipts, made from the database and the ledger."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from chain.merkle import ReadNodes, inclusion_path
from chain.ports import Checkpoint, LogReader
from chain.proof import Proof, ProvenRecord
from services.audit.errors import NoRecords, NothingRecorded
from services.ledger.merkle_nodes import read_nodes
from services.ledger.receipts import ON_CHAIN, ReceiptState, look_up_receipt
from services.ledger.recorder_store import ledger_identity
from services.storage.models import Journal, LedgerBatch, LedgerLeaf


def checkpoint(session: Session) -> Checkpoint:
    """Return the newest checkpoint that is on the chain.

    Raises:
        NothingRecorded: none is.
    """
    row = session.execute(
        select(LedgerBatch.size, LedgerBatch.root)
        .where(LedgerBatch.state.in_(ON_CHAIN))
        .order_by(LedgerBatch.size.desc())
        .limit(1)
    ).first()
    if row is None:
        raise NothingRecorded("Nothing is on the ledger yet: wait for the recorder, or start it")
    return Checkpoint(row.size, row.root)


def prove(session: Session, subject: bytes) -> Proof:
    """Make the proof of every record of one subject that is on the ledger.

    Of an erased record nothing is left to prove; its erasure is proven in its place.

    Args:
        subject: 32 bytes.

    Raises:
        NoRecords: there is none.
        NothingRecorded: none of them is on the ledger yet, or all are erased.
    """
    leaves = session.execute(
        select(
            LedgerLeaf.index.label("place"),
            LedgerLeaf.subject,
            LedgerLeaf.salt,
            LedgerLeaf.position,
            Journal.content,
        )
        .join(Journal, Journal.id == LedgerLeaf.journal_id)
        .where(LedgerLeaf.subject == subject)
        .order_by(LedgerLeaf.index)
    ).all()
    if not leaves:
        raise NoRecords("No event names it: check the number")
    top = checkpoint(session)
    identity = ledger_identity(session)
    nodes = nodes_of(session)
    proven = tuple(
        ProvenRecord(
            index=row.place,
            subject=row.subject,
            salt=row.salt,
            position=row.position,
            content=row.content,
            path=tuple(inclusion_path(row.place, top.size, nodes)),
        )
        for row in leaves
        if row.place is not None and row.place < top.size
        if row.salt is not None and row.position is not None and row.content is not None
    )
    if not proven or identity is None:
        raise NothingRecorded("Its records wait for the ledger: try again in a minute")
    return Proof(identity, top, proven)


def nodes_of(session: Session) -> ReadNodes:
    """Return how the paths of proofs read the stored tree."""
    return lambda keys: read_nodes(session, keys)


@dataclass(frozen=True, slots=True)
class ReceiptFound:
    """Place of a receipt's record.

    Attributes:
        state: on chain, waiting for it, or nowhere.
        index: the record's index, once it has one.
        block: number of the block that holds it, where the chain was read.
    """

    state: ReceiptState
    index: int | None = None
    block: int | None = None


def find_receipt(
    prefix: bytes, subject: bytes | None, session: Session, logs: LogReader
) -> ReceiptFound:
    """Look for a receipt's record on the chain itself; tag and database only shorten the way.

    Args:
        prefix: the first 80 bits of the commitment.
        subject: of the tag, where it was given; the receipt may be of another of its event's.
    """
    known = look_up_receipt(session, prefix)
    for index, commitment, block in _candidates(logs, (subject, known.subject)):
        if commitment.startswith(prefix):
            return ReceiptFound(ReceiptState.ON_CHAIN, index, block)
    if known.state is ReceiptState.WAITING:
        return ReceiptFound(known.state, known.place)
    return ReceiptFound(ReceiptState.OMITTED)


def _candidates(
    logs: LogReader, subjects: Iterable[bytes | None]
) -> Iterator[tuple[int, bytes, int]]:
    """Yield the chain's records, those of `subjects` first."""
    for subject in dict.fromkeys(subjects):
        if subject is not None:
            for found in logs.by_subject(subject):
                yield found.index, found.leaf.commitment, found.block_number
    for batch in logs.batches():
        for index, leaf in enumerate(batch.leaves, batch.first):
            yield index, leaf.commitment, batch.block_number
