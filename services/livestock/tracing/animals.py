"""Tracing by animal: everywhere it was, and where those that it met came from and went."""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy.orm import Session

from services.livestock.domain.model import Key
from services.livestock.domain.movements import Stay
from services.livestock.recording.lookup import require_animal
from services.livestock.tracing.lives import EVER, Life, candidates, read_lives, shared, within
from services.livestock.tracing.model import Evidence, TracedPlace, TraceWindow
from services.livestock.tracing.movement_records import Keeper, events_of, keepers, read_places


@dataclass(frozen=True, slots=True)
class Companion:
    """An animal that was at the same premises at the same time.

    Attributes:
        shared: their common stays.
        before: its stays before the first shared one, from which it may have brought disease.
        after: its stays since then, to which it may have taken disease.
        located: True if its place or its end is known.
    """

    animal: Key
    shared: tuple[Stay, ...]
    before: tuple[Stay, ...]
    after: tuple[Stay, ...]
    located: bool


@dataclass(frozen=True, slots=True)
class AnimalTrace:
    """Stays of an animal and its companions; premises are keys of `places`."""

    animal: Key
    stays: tuple[Stay, ...]
    companions: tuple[Companion, ...]
    events: tuple[Evidence, ...]
    places: Mapping[int, TracedPlace]
    keepers: tuple[Keeper, ...]


def trace_animal(
    session: Session, key: Key, window: TraceWindow = EVER, *, phones: bool = False
) -> AnimalTrace:
    """Trace an animal by any of its numbers.

    Args:
        window: days that count; its stays that have a day in it are shown.

    Raises:
        UnknownNumber: nothing has the number.
        WrongKind: it is a number of premises.
    """
    (life,) = read_lives(session, [require_animal(session, key).id])
    stays = tuple(within(life.stays, window))
    companions = companions_of(session, life, window)
    others = [stay for one in companions for stay in (*one.before, *one.after)]
    seen = {stay.premises for stay in (*stays, *others) if stay.premises is not None}
    places = read_places(session, seen)
    return AnimalTrace(
        life.animal,
        stays,
        companions,
        events_of(session, life.animal),
        places,
        tuple(keepers(session, places.values(), phones=phones)),
    )


def companions_of(
    session: Session, life: Life, window: TraceWindow = EVER
) -> tuple[Companion, ...]:
    """Return every animal that shared premises with one within a window, by their numbers."""
    stays = within(life.stays, window)
    others = read_lives(session, candidates(session, stays) - {life.id})
    found = [one for other in others if (one := _companion(stays, other, window))]
    return tuple(sorted(found, key=lambda one: one.animal))


def _companion(stays: list[Stay], other: Life, window: TraceWindow) -> Companion | None:
    together = [shared(stays, [stay], window) for stay in other.stays]
    first = next((place for place, when in enumerate(together) if when), None)
    if first is None:
        return None
    return Companion(
        other.animal,
        tuple(one for when in together for one in when),
        other.stays[:first],
        other.stays[first + 1 :],
        other.ended_on is not None or other.stays[-1].until is None,
    )
