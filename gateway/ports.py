"""Ports of the intake: a unit of work that remembers every envelope."""

from collections.abc import Callable
from typing import Protocol, TypeVar

from gateway.envelope import Answer, Envelope, Receipt, SequencedEnvelope


class IntakeUnit(Protocol):
    """One open database transaction, as the door sees it."""

    def admit(self, envelope: Envelope) -> Receipt | None:
        """Insert the envelope's key. None: it is new. Else what is stored under that key.

        A concurrent holder of the same key is waited for.
        """
        ...

    def settle(self, envelope: Envelope, answer: Answer) -> None:
        """Store the payload and the answer of an admitted envelope, in the same transaction."""
        ...

    def keep_conflict(self, envelope: Envelope) -> None:
        """Keep, for review, an envelope whose key was used before with other content."""
        ...


class SequencedUnit(IntakeUnit, Protocol):
    """The same, of what takes effect in the order of a device's counter."""

    def queue_turn(self, turn: SequencedEnvelope) -> None:
        """Store an admitted request among the turns of its device, which is locked from now on."""
        ...

    def next_turn(self, device: int) -> Envelope | None:
        """Return the envelope whose turn it is, as it was admitted; None: it has not come.

        It has its turn once: the next call looks for the one after it.
        """
        ...

    def answer_to(self, envelope: Envelope) -> Answer:
        """Return the stored answer to an admitted envelope."""
        ...


Result = TypeVar("Result")
UnitT = TypeVar("UnitT", bound=IntakeUnit, covariant=True)  # noqa: PLC0105 — the agreed name


class IntakeUnits(Protocol[UnitT]):
    """Opens units of work."""

    def run(self, work: Callable[[UnitT], Result]) -> Result:
        """Do work in a unit: commits after it, rolls back on an exception.

        Where the database ended it for another's sake, it is done once more.
        """
        ...


SequencedUnitT = TypeVar("SequencedUnitT", bound=SequencedUnit, covariant=True)  # noqa: PLC0105 — as above


class SequencedUnits(Protocol[SequencedUnitT]):
    """Opens units of work for turns."""

    def run(self, work: Callable[[SequencedUnitT], Result]) -> Result:
        """Do work in a unit: see `IntakeUnits`."""
        ...
