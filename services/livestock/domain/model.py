"""Identifiers, reports from the field and recorded events."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Any, NamedTuple
from uuid import UUID, uuid5

from services.livestock.domain.actors import Actor
from sms.local_time import DEFAULT_ZONE

_OFFICIAL_DIGITS = 15

# Namespace of event ids (RFC 9562, section 6.5): a random UUID, fixed for good.
EVENTS = UUID("5f1d2f0a-6d0c-5c4b-9d5e-0a6b0f6f1b11")


class Scheme(StrEnum):
    """Issuer of an identifier. Source identifiers keep the name of what they number."""

    OFFICIAL = "iso11784"
    SHORT = "bilum"
    ANIMAL = "animal"
    PREMISES = "premises"


_BARE = frozenset({Scheme.OFFICIAL, Scheme.SHORT})


class Key(NamedTuple):
    """An identifier: unique over all animals and premises."""

    scheme: str
    value: str

    def __str__(self) -> str:
        """Write it as people type it: an official or short number bare, others with scheme."""
        return self.value if self.scheme in _BARE else ":".join(self)


def write_key(key: Key) -> str:
    """Write an identifier as `details` hold it, always with its scheme: `scheme:value`."""
    return f"{key.scheme}:{key.value}"


def read_key(text: str) -> Key:
    """Read an identifier as records hold it: with its scheme, or as `Key` writes itself."""
    scheme, colon, value = text.partition(":")
    if colon:
        return Key(scheme, value)
    is_official = len(text) == _OFFICIAL_DIGITS and text.isascii() and text.isdigit()
    return Key(Scheme.OFFICIAL if is_official else Scheme.SHORT, text)


class EventType(StrEnum):
    """Event type. The words stand in canonical records, so they never change.

    The details of each type are in `services.livestock.domain.details`.
    """

    PREMISES = "premises"
    ALLOCATION = "allocation"
    REGISTER = "register"
    BIRTH = "birth"
    RETAG = "retag"
    TAG_LOST = "tag_lost"
    COUNT = "count"
    DEPART = "depart"
    ARRIVE = "arrive"
    TRANSFER = "transfer"
    TREATMENT = "treatment"
    VACCINATION = "vaccination"
    WEIGHT = "weight"
    FEED = "feed"
    CONDITION = "condition"
    CHECK = "check"
    DECISION = "decision"
    SICKNESS = "sickness"
    SAMPLE = "sample"
    RESULT = "result"
    DEATH = "death"
    SLAUGHTER = "slaughter"
    DECLARATION = "declaration"
    ORDER = "order"
    PERMIT = "permit"
    OUTBREAK = "outbreak"
    NOTICE = "notice"
    NOTIFICATION = "notification"
    CENSUS = "census"
    STATUS = "status"
    STOLEN = "stolen"
    RECOVERED = "recovered"
    VOID = "void"
    AGREE = "agree"
    OBJECT = "object"


class FlagCode(StrEnum):
    """Oddity that an officer should look at. A flag never blocks evidence."""

    REGISTERED_TWICE = "registered_twice"
    DEPARTURE_ELSEWHERE = "departure_elsewhere"
    EVENT_AFTER_DEATH = "event_after_death"
    TWO_PLACES = "two_places"
    NEGATIVE_COUNT = "negative_count"
    BIRTH_AFTER_EVENT = "birth_after_event"
    MOVED_IN_QUARANTINE = "moved_in_quarantine"
    LEFT_ZONE = "left_zone"
    ENTERED_ZONE = "entered_zone"
    MOVED_WITHOUT_PERMIT = "moved_without_permit"
    ABOVE_PERMIT = "above_permit"
    LEFT_IN_STANDSTILL = "left_in_standstill"
    MOVED_WHILE_INFECTED = "moved_while_infected"
    MOVED_WHILE_SUSPECT = "moved_while_suspect"
    MOVED_AT_INFECTED_PLACE = "moved_at_infected_place"
    MOVED_AT_SUSPECT_PLACE = "moved_at_suspect_place"
    SEEN_WHILE_STOLEN = "seen_while_stolen"
    SLAUGHTERED_IN_WITHDRAWAL = "slaughtered_in_withdrawal"
    PORK_OF_STOLEN = "pork_of_stolen"
    PORK_OF_SICK = "pork_of_sick"
    PORK_OF_DEAD = "pork_of_dead"
    PORK_IN_WITHDRAWAL = "pork_in_withdrawal"
    PORK_OF_LIVING = "pork_of_living"
    PORK_BEFORE_SLAUGHTER = "pork_before_slaughter"
    PORK_OF_UNKNOWN = "pork_of_unknown"
    PORK_OF_OTHERS = "pork_of_others"
    PORK_TOO_HEAVY = "pork_too_heavy"
    PASSED_AGAINST_BOOK = "passed_against_book"
    SAMPLE_NUMBER_TAKEN = "sample_number_taken"
    RESULT_WITHOUT_SAMPLE = "result_without_sample"
    RESULTS_CONTRADICT = "results_contradict"
    TAG_ISSUED_ELSEWHERE = "tag_issued_elsewhere"
    TAG_FITTED_TWICE = "tag_fitted_twice"
    TAG_OUT_OF_USE = "tag_out_of_use"
    PARENT_IMPOSSIBLE = "parent_impossible"
    WEIGHT_UNLIKELY = "weight_unlikely"
    DECLARED_HEALTHY = "declared_healthy"
    DECLARED_UNTREATED = "declared_untreated"
    DECLARED_NO_SWILL = "declared_no_swill"
    # Of movements that were judged before the flag told which rule was broken.
    MOVED_WHILE_BARRED = "moved_while_barred"
    REPORTED_LATE = "reported_late"
    NOT_THE_KEEPER = "not_the_keeper"


class SuspicionStanding(StrEnum):
    """Standing of a suspicion: its reporter keeps the animals, or the place with what is there."""

    OF_ANIMALS = "of_animals"
    OF_PLACE = "of_place"


class AnimalKind(StrEnum):
    """Unit that moves as one."""

    ANIMAL = "animal"
    MOB = "mob"
    CONSIGNMENT = "consignment"


class Precision(StrEnum):
    """Precision of a claimed time."""

    DAY = "day"
    SECOND = "second"


@dataclass(frozen=True, slots=True)
class Occurred:
    """Claimed time of an event.

    Attributes:
        text: ISO 8601 date or local date and time.
        precision: day or second.
        zone: IANA zone of the premises.
    """

    text: str
    precision: Precision
    zone: str = DEFAULT_ZONE

    @property
    def day(self) -> date:
        """The local day."""
        return date.fromisoformat(self.text[:10])

    @classmethod
    def on(cls, day: date, zone: str = DEFAULT_ZONE) -> "Occurred":
        """Claim a day."""
        return cls(day.isoformat(), Precision.DAY, zone)


class AnimalRef(NamedTuple):
    """An animal, mob or consignment with its database key.

    `key` is its first official identifier, `kind` one of `AnimalKind`. `lost_on` is when the number
    was lost that it was looked up by. `new`: these very reports made it, so nothing is told of it.
    """

    id: int
    key: Key
    kind: str
    lost_on: date | None = None
    new: bool = False


class PremisesRef(NamedTuple):
    """Premises with their database key. `number` is what people call them by."""

    id: int
    public_id: UUID
    subject_key: bytes
    number: Key


class TagHolder(NamedTuple):
    """The animal that a number belongs to, when it lost the number, and when it died."""

    animal_id: int
    lost_on: date | None
    ended_on: date | None


@dataclass(frozen=True, slots=True)
class Issue:
    """Premises to which a tag was issued, and their keeper."""

    premises_id: int
    keeper: int | None
    reachable: bool

    def is_elsewhere(self, reporter: int | None, here: int | None) -> bool:
        """Tell whether a tag was issued neither to whoever reports nor to where it is put in."""
        return self.premises_id != here and (self.keeper is None or self.keeper != reporter)


class ResolvedReferences(NamedTuple):
    """Animals and premises by each identifier that reports name them by.

    `holders` are of the numbers that retaggings give, where they belong to an animal already;
    `issued` tells to whom the animals' tags were issued, None where nobody asked.
    """

    animals: Mapping[Key, AnimalRef]
    premises: Mapping[Key, PremisesRef]
    holders: Mapping[Key, TagHolder] = {}
    issued: Mapping[Key, Issue] | None = None


class SecretSubject(NamedTuple):
    """A permit, order, outbreak or census that an event is about: a secret subject of the ledger.

    `id` is its database key, None while it has no row yet.
    """

    kind: str
    public_id: UUID
    subject_key: bytes
    number: str
    id: int | None = None


@dataclass(frozen=True, slots=True)
class Report:
    """Event as reported.

    Attributes:
        event_id: UUIDv5 of channel, idempotency key and ordinal: see `event_id`.
        animals: may be empty for an event of premises alone.
        premises: place of registration, departure or arrival.
        other: far side of a movement; None: not known.
        details: as `services.livestock.domain.details` writes them: values of JSON, nothing that
            names a person.
        subjects: permits, orders, outbreaks or censuses that it is about.
        evidence: it has no effect until a keeper or an officer agrees.
        standing: of sickness or deaths that somebody reports who may say so: whose status it makes.
    """

    event_id: UUID
    type: EventType
    animals: tuple[Key, ...]
    premises: Key | None
    other: Key | None
    occurred: Occurred
    details: Mapping[str, Any] = field(default_factory=dict)
    subjects: tuple[SecretSubject, ...] = ()
    evidence: bool = False
    standing: SuspicionStanding | None = None


@dataclass(frozen=True, slots=True)
class Origin:
    """Reporter, channel and time of reports.

    Attributes:
        reporter: public id of the party; None: not known.
        recorded_at: UTC.
        actor: whose authority the reports need; None: the program's own events, and acts that were
            allowed before, such as an officer's orders.
    """

    channel: str
    reporter: UUID | None
    recorded_at: datetime
    actor: Actor | None = None


class Act(NamedTuple):
    """Event that a command is to make: its id, local day and origin."""

    event_id: UUID
    day: date
    origin: Origin


class Warned(NamedTuple):
    """A warning about one animal: sentence `warn.<code>`, with its values.

    `condition` is what it warns of: see `services.livestock.domain.consequences`.
    """

    animal: Key
    condition: str
    code: str
    values: Mapping[str, Any] = {}


@dataclass(frozen=True, slots=True)
class Recorded:
    """Report that is in the journal.

    Attributes:
        receipt: code over the first subject's commitment.
        journal_id: database key of its row in the journal.
        known: animals and premises of all reports of its batch.
        flags: by animal.
        warnings: what its sender must be told to do now, by animal.
        alarms: animals whose keeper, and the officers, are told at once that they were seen.
        beside: events without effect that the same report became, for animals of other keepers.
        asked: who is asked about the evidence among them, a value of `authority.Decider`.
    """

    report: Report
    receipt: str
    journal_id: int
    known: ResolvedReferences
    flags: tuple[tuple[Key, FlagCode], ...] = ()
    warnings: tuple[Warned, ...] = ()
    alarms: tuple[Key, ...] = ()
    beside: tuple["Recorded", ...] = ()
    asked: str | None = None

    @property
    def parts(self) -> tuple["Recorded", ...]:
        """The events that the report became, itself the first."""
        return (self, *self.beside)

    @property
    def evidence(self) -> tuple["Recorded", ...]:
        """The events of the report that have no effect."""
        return tuple(one for one in (self, *self.beside) if one.report.evidence)

    @property
    def animals(self) -> tuple[AnimalRef, ...]:
        """The animals that the report names, in its order."""
        return tuple(self.known.animals[key] for key in self.report.animals)


def event_id(channel: str, key: str, ordinal: int) -> UUID:
    """Return an event's id: the same report by the same channel always has the same."""
    return uuid5(EVENTS, f"{channel}\0{key}\0{ordinal}")
