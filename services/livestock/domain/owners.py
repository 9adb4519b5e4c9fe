"""The owners of an animal, and the days from and to which it was theirs; pure."""

from collections.abc import Iterable
from datetime import date
from typing import NamedTuple

from services.livestock.domain.events import BEGINNINGS, Event, registration_of


class Ownership(NamedTuple):
    """A time in which an animal was somebody's.

    Attributes:
        owner: database key of the party; None: the keeper of where it was registered.
        until: day on which it became another's; None: it is theirs.
        terms: sold or given; None: it began with them.
        event: key in the journal of what made them the owner.
    """

    owner: int | None
    since: date
    until: date | None
    terms: str | None
    event: int


def ownerships(events: Iterable[Event]) -> list[Ownership]:
    """Return the owners of an animal, the first first, in order of days.

    Evidence counts for nothing, and of two registrations the one in force, as for its state.
    """
    told = [one for one in events if not one.evidence]
    begun = registration_of(told)
    makes = sorted(
        (one for one in told if one == begun or _makes_owner(one)), key=lambda one: one.order
    )
    ends = [one.day for one in makes[1:]] + [None]
    return [
        Ownership(one.party, one.day, until, one.details.get("terms"), one.journal_id)
        for one, until in zip(makes, ends, strict=True)
    ]


def _makes_owner(event: Event) -> bool:
    return event.party is not None and (event.type not in BEGINNINGS or event.inherited)
