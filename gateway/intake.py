"""The one door: every message of a field device takes effect once, and is answered always."""

from collections.abc import Callable
from functools import partial
from typing import Generic, NamedTuple, TypeVar

from gateway.envelope import WAITING, Answer, Envelope, SequencedEnvelope
from gateway.errors import KeyConflict
from gateway.ports import IntakeUnit, IntakeUnits, SequencedUnit, SequencedUnits

AnyUnit = TypeVar("AnyUnit", bound=IntakeUnit)
AnySequencedUnit = TypeVar("AnySequencedUnit", bound=SequencedUnit)


class Prepared(NamedTuple, Generic[AnyUnit]):
    """The part of a request that may be kept, and its handler.

    Attributes:
        envelope: of the same request the same each time.
        handle: acts on the envelope.
    """

    envelope: Envelope
    handle: Callable[[AnyUnit, Envelope], Answer]


def receive(
    envelope: Envelope,
    units: IntakeUnits[AnyUnit],
    handle: Callable[[AnyUnit, Envelope], Answer],
) -> Answer:
    """Let `handle` act on an envelope, once for each key, in one unit of work.

    The envelope, what it caused and its answer commit together or not at all. The same key
    with the same content gets the first answer and has no effect.

    Returns:
        The answer, which is stored.

    Raises:
        KeyConflict: the key was used with other content. The envelope is kept, committed.
    """
    return receive_prepared(units, lambda _: Prepared(envelope, handle))


def receive_prepared(
    units: IntakeUnits[AnyUnit], prepare: Callable[[AnyUnit], Prepared[AnyUnit]]
) -> Answer:
    """Do the same with what `prepare` makes of a request, in the unit and before anything else."""

    def work(unit: AnyUnit) -> Answer | None:
        prepared = prepare(unit)
        return take(prepared.envelope, unit, prepared.handle)

    return _agreed(units.run(work))


def take(
    envelope: Envelope, unit: AnyUnit, handle: Callable[[AnyUnit, Envelope], Answer]
) -> Answer | None:
    """Do the same within an open unit of work; None: a conflict, which is kept."""
    receipt = unit.admit(envelope)
    if receipt is None:
        answer = handle(unit, envelope)
        unit.settle(envelope, answer)
        return answer
    if receipt.same_content:
        return receipt.answer
    unit.keep_conflict(envelope)
    return None


def receive_in_turn(
    turn: SequencedEnvelope,
    units: SequencedUnits[AnySequencedUnit],
    handle: Callable[[AnySequencedUnit, Envelope], Answer],
) -> Answer:
    """Let `handle` act on a device's requests, once for each counter, in the counter's order.

    One that comes before its turn is stored, and answered with the outcome WAITING. It takes effect
    after the request that fills the gap before it. Sent again, it is answered with what became of
    it. Each has a unit of work of its own: what waited for long keeps other writers waiting no
    longer than one request does.

    Raises:
        KeyConflict: the counter was used with other content. The envelope is kept, committed.
    """
    answer = units.run(partial(take_in_turn, turn, handle=handle))
    take_waiting(turn.device, units, handle)
    return _agreed(answer)


def take_in_turn(
    turn: SequencedEnvelope,
    unit: AnySequencedUnit,
    handle: Callable[[AnySequencedUnit, Envelope], Answer],
) -> Answer | None:
    """Do the same within an open unit of work, for this request alone; None: a conflict."""
    envelope = turn.envelope
    receipt = unit.admit(envelope)
    if receipt is not None:
        if receipt.same_content:
            return receipt.answer
        unit.keep_conflict(envelope)
        return None
    # The payload lies there for its turn, whenever that comes.
    unit.settle(envelope, Answer(WAITING))
    unit.queue_turn(turn)
    take_turn(turn.device, unit, handle)
    return unit.answer_to(envelope)


def take_waiting(
    device: int,
    units: SequencedUnits[AnySequencedUnit],
    handle: Callable[[AnySequencedUnit, Envelope], Answer],
) -> None:
    """Let everything take effect whose turn it is; killed in between, the next call goes on."""
    while units.run(partial(take_turn, device, handle=handle)):
        pass


def take_turn(
    device: int, unit: AnySequencedUnit, handle: Callable[[AnySequencedUnit, Envelope], Answer]
) -> bool:
    """Let the request take effect whose turn it is; False: it has not come."""
    envelope = unit.next_turn(device)
    if envelope is None:
        return False
    unit.settle(envelope, handle(unit, envelope))
    return True


def _agreed(answer: Answer | None) -> Answer:
    # Raised only now: inside the unit it would roll back the conflict that must be kept.
    if answer is None:
        raise KeyConflict("this idempotency key was used before with other content")
    return answer
