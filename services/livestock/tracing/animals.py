"""Tracing by animal: everywhere it was, and where those that it met came from and went."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import NamedTuple

from sqlalchemy.orm import Session

from services.livestock.domain.model import Key
from services.livestock.domain.movements import Stay
from services.livestock.recording.lookup import require_animal
from services.livestock.tracing.lives import (
    EVER,
    Life,
    candidate_page,
    candidates,
    place_spans,
    read_lives,
    shared,
    within,
)
from services.livestock.tracing.model import Evidence, TracedPlace, TraceWindow
from services.livestock.tracing.movement_records import Keeper, events_of, keepers, read_places
from services.livestock.tracing.pork import PorkTrace, trace_pork


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


class Page(NamedTuple):
    """The animals to tell of that an animal may have met.

    Attributes:
        after: database key of the last one that was told of.
        most: how many are looked at.
        today: day on which it is asked where animals are presumed to be; None: nothing is.
    """

    after: int = 0
    most: int = 1_000
    today: date | None = None


FIRST_PAGE = Page()


class Met(NamedTuple):
    """Companions of an animal, in the order of their numbers, if they are all of them.

    Attributes:
        more: database key after which others may follow; None: these are all.
        at_most: how many there may be in all; exact if there are no others.
    """

    companions: tuple[Companion, ...]
    more: int | None
    at_most: int


@dataclass(frozen=True, slots=True)
class AnimalTrace:
    """Stays of an animal and its companions; premises are keys of `places`.

    Of pork the companions are those of the pigs that it came from.
    """

    animal: Key
    pork: PorkTrace
    stays: tuple[Stay, ...]
    met: Met
    events: tuple[Evidence, ...]
    places: Mapping[int, TracedPlace]
    keepers: tuple[Keeper, ...]

    @property
    def companions(self) -> tuple[Companion, ...]:
        """The companions that are told of."""
        return self.met.companions


def trace_animal(
    session: Session,
    key: Key,
    window: TraceWindow = EVER,
    page: Page = FIRST_PAGE,
    *,
    phones: bool = False,
) -> AnimalTrace:
    """Trace an animal by any of its numbers.

    Args:
        window: days that count; its stays that have a day in it are shown.
        page: which of its companions are told of.

    Raises:
        UnknownNumber: nothing has the number.
        WrongKind: it is a number of premises.
    """
    (life,) = read_lives(session, [require_animal(session, key).id], page.today)
    pork = trace_pork(session, life.id, page.today)
    stays = tuple(within(life.stays, window))
    met = meet(session, _with_pigs(life, pork), window, page)
    pigs = {one.key for one in pork.came_from}
    met = met._replace(companions=tuple(one for one in met.companions if one.animal not in pigs))
    others = [stay for one in met.companions for stay in (*one.before, *one.after)]
    seen = {stay.premises for stay in (*stays, *others, *pork.stays) if stay.premises is not None}
    places = read_places(session, seen)
    return AnimalTrace(
        life.animal,
        pork,
        stays,
        met,
        events_of(session, life.animal),
        places,
        tuple(keepers(session, places.values(), phones=phones)),
    )


def _with_pigs(life: Life, pork: PorkTrace) -> Life:
    """Return a life with the stays of the pigs that its meat came from, whose contacts are its."""
    if not pork.came_from:
        return life
    return replace(life, stays=tuple(stay for one in pork.came_from for stay in one.stays))


def meet(session: Session, life: Life, window: TraceWindow, page: Page) -> Met:
    """Return the animals that shared premises with one within a window, a page of them."""
    stays = within(life.stays, window)
    spans = place_spans(stays, window)
    found = candidate_page(session, spans, life.id, (page.after, page.most + 1))
    here, more = found.ids[: page.most], len(found.ids) > page.most
    companions = _companions(read_lives(session, here, page.today), stays, window)
    whole = page.after == 0 and not more
    return Met(companions, here[-1] if more else None, len(companions) if whole else found.total)


def companions_of(
    session: Session, life: Life, window: TraceWindow = EVER
) -> tuple[Companion, ...]:
    """Return every animal that shared premises with one within a window, by their numbers."""
    stays = within(life.stays, window)
    others = read_lives(session, candidates(session, stays) - {life.id})
    return _companions(others, stays, window)


def _companions(
    others: Iterable[Life], stays: list[Stay], window: TraceWindow
) -> tuple[Companion, ...]:
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
