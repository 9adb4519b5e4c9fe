"""Proof files of both kinds, and receipts, made from the database and the ledger."""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import NamedTuple

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from chain.consistency import ConsistencyProof
from chain.merkle import ReadNodes, consistency_path, inclusion_path
from chain.ports import Checkpoint, LogReader
from chain.proof import Proof, ProvenRecord
from services.core.errors import NoCheckpoint, NoRecords, NothingRecorded, NotLater
from services.health.trials.closing import get_trial
from services.health.trials.drawing import subject_key
from services.health.versions.programme_log import PROGRAMME, programme_subject
from services.health.versions.store import find_version
from services.health.versions.trials import TRIAL
from services.ledger.batches import read_nodes
from services.ledger.journal import gives_commitment
from services.ledger.receipts import (
    IS_CHECKPOINT,
    ReceiptRow,
    ReceiptState,
    begins_with,
    newest_checkpoint,
    recorded_size,
)
from services.ledger.recorder_store import ledger_identity
from services.livestock.queries.animals import subject_of
from services.livestock.recording.lookup import parse_key
from services.storage.models import Journal, LedgerBatch, LedgerLeaf


def checkpoint(session: Session) -> Checkpoint:
    """Return the newest checkpoint that is on the chain.

    Raises:
        NothingRecorded: none is.
    """
    newest = newest_checkpoint(session)
    if newest is None:
        raise NothingRecorded("Nothing is on the ledger yet: wait for the recorder, or start it")
    return newest


def prove(session: Session, subject: bytes) -> Proof:
    """Make the proof of every record of one subject that is on the ledger.

    Of an erased record nothing is left to prove; its erasure is proven in its place. What else is
    missing, `not_disclosed` tells.

    Raises:
        NoRecords: there is none.
        NothingRecorded: none of them is on the ledger yet, or all are erased, lost or altered.
    """
    return _prove(session, LedgerLeaf.subject == subject)


def not_disclosed(session: Session, subject: bytes) -> tuple[int, ...]:
    """Return the indexes of a subject's records on the ledger that no proof from here can hold.

    Their content was lost, or is not what was recorded.
    """
    return _hidden(session, _leaves(session, LedgerLeaf.subject == subject))


def prove_receipt(session: Session, prefix: bytes) -> Proof:
    """Make the proof of the one record that a receipt of 10 bytes, or a whole digest, names.

    Raises:
        NoRecords: no record has it.
        NothingRecorded: it is not on the ledger yet, or was erased.
    """
    return _prove(session, begins_with(prefix))


def prove_events(session: Session, journal_ids: Collection[int]) -> Proof:
    """Make one proof of every record of events, by their keys in the journal.

    Raises:
        NoRecords: there is none.
        NothingRecorded: none of them is on the ledger yet, or all are erased.
    """
    return _prove(session, LedgerLeaf.journal_id.in_(journal_ids))


def events_not_disclosed(session: Session, journal_ids: Collection[int]) -> tuple[int, ...]:
    """Return the indexes of the records of events that no proof from here can hold."""
    return _hidden(session, _leaves(session, LedgerLeaf.journal_id.in_(journal_ids)))


class _Leaf(NamedTuple):
    """A leaf with its event: the key of the journal's row, and its content."""

    place: int | None
    subject: bytes
    salt: bytes | None
    position: int | None
    commitment: bytes
    event: int | None
    content: bytes | None

    @property
    def erased(self) -> bool:
        """True if its event is there without content."""
        return self.event is not None and self.content is None and self.salt is None

    def proven(self, checkpoint: Checkpoint, nodes: ReadNodes) -> ProvenRecord | None:
        """Return it with its way to the root; None: it is not below it, or not as recorded."""
        if self.place is None or self.place >= checkpoint.size:
            return None
        if self.salt is None or self.position is None or self.content is None:
            return None
        if not gives_commitment(self.content, self.salt, self.commitment):
            return None
        path = tuple(inclusion_path(self.place, checkpoint.size, nodes))
        return ProvenRecord(self.place, self.subject, self.salt, self.position, self.content, path)


def _leaves(session: Session, which: ColumnElement[bool]) -> list[_Leaf]:
    rows = session.execute(
        select(
            LedgerLeaf.index,
            LedgerLeaf.subject,
            LedgerLeaf.salt,
            LedgerLeaf.position,
            LedgerLeaf.commitment,
            Journal.id,
            Journal.content,
        )
        .outerjoin(Journal, Journal.id == LedgerLeaf.journal_id)
        .where(which)
        .order_by(LedgerLeaf.index)
    )
    return [_Leaf(*row) for row in rows]


def _prove(session: Session, which: ColumnElement[bool]) -> Proof:
    leaves = _leaves(session, which)
    if not leaves:
        raise NoRecords("No event names it: check the number")
    top = checkpoint(session)
    identity = ledger_identity(session)
    nodes = partial(read_nodes, session)
    proven = tuple(one for leaf in leaves if (one := leaf.proven(top, nodes)))
    if not proven or identity is None:
        raise NothingRecorded(_why_nothing(_hidden(session, leaves)))
    return Proof(identity, top, proven)


def _hidden(session: Session, leaves: Iterable[_Leaf]) -> tuple[int, ...]:
    size = recorded_size(session)
    return tuple(
        leaf.place
        for leaf in leaves
        if leaf.place is not None and leaf.place < size and not leaf.erased
        if leaf.content is None or not gives_commitment(leaf.content, leaf.salt, leaf.commitment)
    )


def _why_nothing(hidden: Collection[int]) -> str:
    if not hidden:
        return "Its records wait for the ledger: try again in a minute"
    places = ", ".join(map(str, hidden))
    return f"What it told is lost or altered here: on the ledger and not disclosed: {places}"


@dataclass(frozen=True, slots=True)
class ReceiptFound:
    """A receipt's record: its index, once it has one, and its block, where the chain was read."""

    state: ReceiptState
    index: int | None = None
    block: int | None = None


def find_receipt(
    prefix: bytes, subject: bytes | None, known: ReceiptRow, logs: LogReader
) -> ReceiptFound:
    """Look for a receipt's record on the chain itself; subject and database only shorten the way.

    `prefix` is the first 80 bits of its commitment, `known` what the database has of it. The record
    may be of another subject of its event.
    """
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


def subject_named(session: Session, tag: str) -> bytes:
    """Return the 32 bytes of an animal, of premises, of `programme:CODE`, or of a trial's people.

    That is `trial:CODE/TRIAL`.
    """
    scheme, _, code = tag.partition(":")
    if scheme.lower() == TRIAL:
        row = get_trial(session, *code.partition("/")[::2])
        return subject_key(bytes.fromhex(row.seed))
    if scheme.lower() == PROGRAMME:
        return programme_subject(find_version(session, code).code)
    return subject_of(session, parse_key(session, tag, "any"))


def prove_consistency(session: Session, old: int, new: int | None = None) -> ConsistencyProof:
    """Make the proof that the log over `new` records begins with the one over `old`.

    Args:
        old: size of a checkpoint, from 1.
        new: size of another, or the same; None: the newest.

    Raises:
        NothingRecorded: nothing is on the ledger yet.
        NoCheckpoint: no batch that is on the chain ended there.
        NotLater: `new` is smaller than `old`.
    """
    newest, identity = checkpoint(session), ledger_identity(session)
    if identity is None:
        raise NothingRecorded("This database belongs to no ledger yet: start the recorder")
    older = _checkpoint_at(session, old)
    newer = newest if new is None else _checkpoint_at(session, new)
    if newer.size < older.size:
        raise NotLater(f"{newer.size} records are fewer than {older.size}: give the smaller first")
    path = consistency_path(older.size, newer.size, partial(read_nodes, session))
    return ConsistencyProof(identity, older, newer, tuple(path))


def _checkpoint_at(session: Session, size: int) -> Checkpoint:
    root = session.scalar(select(LedgerBatch.root).where(LedgerBatch.size == size, IS_CHECKPOINT))
    if root is None:
        raise NoCheckpoint(f"No checkpoint is at {size} records: {_neighbours(session, size)}")
    return Checkpoint(size, root)


def _neighbours(session: Session, size: int) -> str:
    """Return which checkpoints are next to a size where none is, in words."""
    below = select(func.max(LedgerBatch.size)).where(IS_CHECKPOINT, LedgerBatch.size < size)
    above = select(func.min(LedgerBatch.size)).where(IS_CHECKPOINT, LedgerBatch.size > size)
    found = [session.scalar(side) for side in (below, above)]
    return "the next are at " + " and ".join(str(one) for one in found if one is not None)
