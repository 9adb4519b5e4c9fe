"""From the contract's events to batches and indexes; pure.

The contract emits one `Recorded` an entry and then one `Checkpoint` a batch, so an entry's index is
its checkpoint's size less the distance between the two in the block's log.
"""

from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple

from eth_hash.auto import keccak

from chain.errors import LedgerError
from chain.ports import Leaf, LoggedBatch, LoggedLeaf

RECORDED: Final = keccak(b"Recorded(bytes32,bytes32)")
CHECKPOINT: Final = keccak(b"Checkpoint(uint64,uint64,bytes32)")

_WORD: Final = 32


class Event(NamedTuple):
    """One `Recorded` or `Checkpoint`, in the order that a node gives them.

    Attributes:
        block: number of its block.
        position: index in the block's log.
        kind: topic 0, `RECORDED` or `CHECKPOINT`.
        topic: topic 1, the subject or the first index.
        data: the commitment, or size and root.
    """

    block: int
    position: int
    kind: bytes
    topic: bytes
    data: bytes


def assemble(events: Iterable[Event], first: int) -> Iterator[LoggedBatch]:
    """Join events to batches and yield those that hold a record of index >= `first`.

    Args:
        events: from the start of a batch that begins at or before `first`.
        first: index.

    Raises:
        LedgerError: an entry is missing, or too many; it names the block.
    """
    leaves: list[Leaf] = []
    expected: int | None = None
    for event in events:
        if event.kind == RECORDED:
            leaves.append(Leaf(event.topic, event.data))
            continue
        batch = _close(event, leaves)
        _check_sequence(batch, expected, first)
        expected, leaves = batch.first + len(batch.leaves), []
        if expected > first:
            yield batch
    if leaves:
        raise LedgerError(f"The log ends with {len(leaves)} entries that no checkpoint closes.")


def locate(subject: bytes, events: Iterable[Event]) -> Iterator[LoggedLeaf]:
    """Yield the entries of `subject` in one block, each with its index by the checkpoint after it.

    Raises:
        LedgerError: there is none after it.
    """
    waiting: list[Event] = []
    for event in events:
        if event.kind == CHECKPOINT:
            size = int.from_bytes(event.data[:_WORD])
            for entry in waiting:
                index = size - (event.position - entry.position)
                yield LoggedLeaf(index, Leaf(entry.topic, entry.data), entry.block)
            waiting = []
        elif event.topic == subject:
            waiting.append(event)
    if waiting:
        raise LedgerError(f"Block {waiting[0].block} has entries that no checkpoint closes.")


def _close(checkpoint: Event, leaves: list[Leaf]) -> LoggedBatch:
    block = checkpoint.block
    if len(checkpoint.data) != 2 * _WORD or any(len(leaf.commitment) != _WORD for leaf in leaves):
        raise LedgerError(f"Block {block} has an event of the wrong length.")
    first = int.from_bytes(checkpoint.topic)
    counted = int.from_bytes(checkpoint.data[:_WORD]) - first
    if counted != len(leaves):
        raise LedgerError(
            f"Block {block}: {len(leaves)} entries where the checkpoint has {counted}."
        )
    return LoggedBatch(first, tuple(leaves), checkpoint.data[_WORD:], block)


def _check_sequence(batch: LoggedBatch, expected: int | None, first: int) -> None:
    fits = batch.first <= first if expected is None else batch.first == expected
    if not fits:
        due = first if expected is None else expected
        raise LedgerError(
            f"Block {batch.block_number} goes on at index {batch.first} where {due} was due."
        )
