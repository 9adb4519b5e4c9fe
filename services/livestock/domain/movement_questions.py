"""Movement questions and their answers.

An answer tells reasons in the order of `Reason`: the longest-lasting comes first.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum

from services.livestock.domain.model import AnimalKind
from services.livestock.domain.places import Whereabouts
from services.livestock.domain.standing import Trip
from services.livestock.domain.statuses import Status

ABATTOIR = "abattoir"


class Reason(StrEnum):
    """Reason against a movement, most important first."""

    DEAD = "dead"
    GONE = "gone"
    UNKNOWN = "unknown"
    STOLEN = "stolen"
    RECORD_LOST = "record_lost"
    INFECTED = "infected"
    SUSPECT = "suspect"
    CONTACT = "contact"
    QUARANTINE = "quarantine"
    ZONE_LEAVING = "zone_leaving"
    ZONE_ENTERING = "zone_entering"
    UNKNOWN_ORIGIN = "unknown_origin"
    UNKNOWN_DESTINATION = "unknown_destination"
    WITHDRAWAL = "withdrawal"
    STANDSTILL = "standstill"
    # The permit that is nearest to being valid comes first.
    PERMIT_TOO_MANY = "permit_too_many"
    UNCOUNTED = "uncounted"
    PERMIT_NOT_YET = "permit_not_yet"
    PERMIT_WAITING = "permit_waiting"
    PERMIT_EXPIRED = "permit_expired"
    PERMIT_REVOKED = "permit_revoked"
    PERMIT_REFUSED = "permit_refused"
    PERMIT_USED = "permit_used"
    PERMIT_OTHER_ROUTE = "permit_other_route"
    PERMIT_OTHER_ANIMAL = "permit_other_animal"
    NO_PERMIT = "no_permit"


class Remedy(StrEnum):
    """Remedy for a reason."""

    NOTHING = "nothing"
    REGISTER = "register"
    RECOVERED = "recovered"
    OFFICER = "officer"
    ORDER_LIFTED = "order_lifted"
    TELL_PLACE = "tell_place"
    COUNT = "count"
    WAIT = "wait"
    PERMIT = "permit"


_REMEDIES = {
    Reason.DEAD: Remedy.NOTHING,
    Reason.GONE: Remedy.NOTHING,
    Reason.UNKNOWN: Remedy.REGISTER,
    Reason.STOLEN: Remedy.RECOVERED,
    Reason.RECORD_LOST: Remedy.OFFICER,
    Reason.INFECTED: Remedy.OFFICER,
    Reason.SUSPECT: Remedy.OFFICER,
    Reason.CONTACT: Remedy.OFFICER,
    Reason.QUARANTINE: Remedy.ORDER_LIFTED,
    Reason.ZONE_LEAVING: Remedy.ORDER_LIFTED,
    Reason.ZONE_ENTERING: Remedy.ORDER_LIFTED,
    Reason.UNKNOWN_ORIGIN: Remedy.TELL_PLACE,
    Reason.UNKNOWN_DESTINATION: Remedy.TELL_PLACE,
    Reason.WITHDRAWAL: Remedy.WAIT,
    Reason.STANDSTILL: Remedy.WAIT,
    Reason.UNCOUNTED: Remedy.COUNT,
    Reason.PERMIT_NOT_YET: Remedy.WAIT,
    Reason.PERMIT_WAITING: Remedy.WAIT,
}


@dataclass(frozen=True, slots=True)
class MovingAnimal:
    """One animal, mob or consignment of pork on the day it would move.

    Attributes:
        key: its number, as people type it.
        registered: False for a tag that was only seen.
        ended_on: day of its death, slaughter or use.
        withdrawal_until: last day on which a treatment keeps it from slaughter.
        moved_on: day of departure of the movement that brought it where it stands, or that it is
            on; None at the place of its birth.
        trip: the journey under way; None: it stands.
        head_count: pigs of a mob; None: not known.
        id: database key; None: unknown here.
        statuses: its own, past ones among them.
        record_lost: True if the ledger holds a record of it whose content was lost, so that
            nobody knows all that bars it.
    """

    key: str
    kind: AnimalKind = AnimalKind.ANIMAL
    registered: bool = True
    ended_on: date | None = None
    withdrawal_until: date | None = None
    moved_on: date | None = None
    trip: Trip | None = None
    head_count: int | None = None
    id: int | None = None
    statuses: tuple[Status, ...] = field(default=(), compare=False)
    record_lost: bool = False

    @property
    def heads(self) -> int | None:
        """Number of pigs; None where nobody knows, and for pork."""
        if self.kind == AnimalKind.ANIMAL:
            return 1
        known = self.kind == AnimalKind.MOB and self.head_count is not None and self.head_count > 0
        return self.head_count if known else None


@dataclass(frozen=True, slots=True)
class Journey:
    """Start, end, day and purpose of a movement.

    Attributes:
        start, end: None: not known.
        on: local day of leaving.
        slaughter: True if it is to be slaughtered, as always at an abattoir.
        known_at: judge by the orders that were declared by then (UTC); None: by all.
    """

    start: Whereabouts | None
    end: Whereabouts | None
    on: date
    slaughter: bool = False
    known_at: datetime | None = None

    @property
    def for_slaughter(self) -> bool:
        """True if the journey ends in a slaughter."""
        return self.slaughter or (self.end is not None and self.end.kind == ABATTOIR)

    @property
    def at_home(self) -> bool:
        """True for a slaughter on the spot, so that nothing moves."""
        here = self.start and self.start.premises
        there = self.end and self.end.premises
        return self.slaughter and here is not None and here == there


@dataclass(frozen=True, slots=True)
class Bar:
    """Reason against a movement, with the values of its sentence.

    Attributes:
        values: of the sentence, beside the animal and its places; days are dates, None: not known.
        lifted_on: first day on which it no longer holds; None: not known.
    """

    reason: Reason
    values: Mapping[str, object] = field(default_factory=dict)
    lifted_on: date | None = None

    @property
    def remedy(self) -> Remedy:
        """Remedy that would lift the bar."""
        return _REMEDIES.get(self.reason, Remedy.PERMIT)


@dataclass(frozen=True, slots=True)
class Decision:
    """Answer to a movement question.

    Attributes:
        reasons: most important first; empty if it may move.
        permit: number of the permit that allows it, if one is needed.
    """

    reasons: tuple[Bar, ...] = ()
    permit: str | None = None

    @property
    def allowed(self) -> bool:
        """True if nothing bars the movement."""
        return not self.reasons
