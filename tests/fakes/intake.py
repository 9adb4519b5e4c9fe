"""The intake's store, in memory: commits on leaving a unit, rolls back on an exception."""

from __future__ import annotations

from collections import ChainMap
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeVar

from gateway.envelope import Answer, Receipt

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from gateway.envelope import Envelope

Kept = tuple[bytes, Answer]
Result = TypeVar("Result")


@dataclass
class MemoryUnit:
    """One open unit: sees what is committed, writes to a layer of its own."""

    receipts: ChainMap[bytes, Kept]
    conflicts: list[Envelope] = field(default_factory=list)
    effects: list[str] = field(default_factory=list)
    admitted: set[bytes] = field(default_factory=set)

    def admit(self, envelope: Envelope) -> Receipt | None:
        kept = self.receipts.get(envelope.key_digest)
        if kept is None:
            self.admitted.add(envelope.key_digest)
            return None
        digest, answer = kept
        return Receipt(digest == envelope.content_digest, answer)

    def settle(self, envelope: Envelope, answer: Answer) -> None:
        if envelope.key_digest not in self.admitted:
            raise AssertionError("settled without being admitted")
        self.receipts[envelope.key_digest] = (envelope.content_digest, answer)

    def keep_conflict(self, envelope: Envelope) -> None:
        self.conflicts.append(envelope)


@dataclass
class MemoryIntake:
    """Opens units; holds what they committed."""

    receipts: dict[bytes, Kept] = field(default_factory=dict)
    conflicts: list[Envelope] = field(default_factory=list)
    effects: list[str] = field(default_factory=list)

    @contextmanager
    def __call__(self) -> Iterator[MemoryUnit]:
        written: dict[bytes, Kept] = {}
        unit = MemoryUnit(ChainMap(written, self.receipts))
        yield unit
        self.receipts.update(written)
        self.conflicts += unit.conflicts
        self.effects += unit.effects

    def run(self, work: Callable[[MemoryUnit], Result]) -> Result:
        with self() as unit:
            return work(unit)
