"""Events as machines send them, read into reports; every fault by event and field."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, TypedDict
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.core.errors import Invalid, ServiceError
from services.core.geography import zone_of
from services.livestock.domain.details import read_details
from services.livestock.domain.errors import SamePlace, UnknownNumber, WrongKind
from services.livestock.domain.model import (
    EventType,
    Key,
    Origin,
    Report,
    Scheme,
    event_id,
    write_key,
)
from services.livestock.recording.lookup import read_number
from services.livestock.recording.permit_subjects import permits_named
from services.livestock.reporting.occurred import Claimed, read_occurred
from services.livestock.reporting.status_ends import ends_too_early
from services.storage.models import Identifier, Party, Premises

MOST_NUMBERS = 2_000
_BY_PREMISES = frozenset({EventType.REGISTER, EventType.BIRTH, EventType.DEPART, EventType.ARRIVE})
_BY_ANIMALS = frozenset(EventType) - {
    EventType.SICKNESS,
    EventType.SAMPLE,
    EventType.RESULT,
    EventType.CHECK,
    EventType.STATUS,
}
_NUMBERED = {
    EventType.RETAG: ("new", "lost"),
    EventType.TAG_LOST: ("lost",),
    EventType.REGISTER: ("dam", "sire", "part_of"),
    EventType.BIRTH: ("dam", "sire", "part_of"),
}


class EventInput(TypedDict):
    """One event as its schema loads it."""

    type: str
    animals: list[str]
    premises: str | None
    other: str | None
    occurred: Claimed
    details: dict[str, Any]


class Faults(dict[str, object]):
    """Faults of one event, by field."""

    def read(self, field: str, function: Callable[..., Any], *given: Any) -> Any:  # noqa: ANN401 — whatever the function takes and returns
        """Read a field by `function`; note its fault and return None if it cannot be read."""
        try:
            return function(*given)
        except ServiceError as error:
            told = getattr(error, "fields", None) or error.detail
            self[field] = told.get(field, told) if isinstance(told, dict) else told
            return None


class Numbers:
    """Reader of numbers; each distinct text is read once."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self._read: dict[tuple[str, str], Key] = {}

    def known(self, text: str, want: str) -> Key:
        """Return the key of an animal or premises that an event may name, known here or not.

        Raises:
            ServiceError: it cannot be read, is of the other kind, or a number never issued.
        """
        if (want, text) not in self._read:
            key = read_number(self.session, text, want)
            self._check(key, want)
            self._read[want, text] = key
        return self._read[want, text]

    def zone_at(self, key: Key | None) -> str:
        """Return the zone of premises."""
        row = self.session.get(Identifier, tuple(key)) if key else None
        place = row and row.premises_id and self.session.get(Premises, row.premises_id)
        return zone_of(place.province if place else None)

    def same(self, one: Key | None, other: Key | None) -> bool:
        """Tell whether two numbers stand for the same premises."""
        rows = [self.session.get(Identifier, tuple(key)) for key in (one, other) if key]
        both = len(rows) == len((one, other)) and all(rows)
        return one is not None and (
            one == other or (both and len({row and row.premises_id for row in rows}) == 1)
        )

    def _check(self, key: Key, want: str) -> None:
        row = self.session.get(Identifier, tuple(key))
        if row is None and key.scheme == Scheme.SHORT:
            raise UnknownNumber(number=key)
        place = key.scheme == Scheme.PREMISES if row is None else row.premises_id is not None
        animal = (
            key.scheme in {Scheme.ANIMAL, Scheme.OFFICIAL}
            if row is None
            else row.animal_id is not None
        )
        if not (place if want == "premises" else animal):
            raise WrongKind(key, "premises" if want == "premises" else "an animal")


def read_events(
    session: Session, origin: Origin, key: str, events: Sequence[EventInput]
) -> list[Report]:
    """Read the events of one request; their ids follow from its channel and `key`.

    Raises:
        Invalid: `fields` names each wrong field of each event.
    """
    if sum(len(told["animals"]) for told in events) > MOST_NUMBERS:
        raise Invalid(
            "Too many numbers", {"events": f"Send at most {MOST_NUMBERS} numbers at once."}
        )
    numbers = Numbers(session)
    reports, wrong = [], {}
    for ordinal, told in enumerate(events):
        faults = Faults()
        event = event_id(origin.channel, key, ordinal)
        report = _read(numbers, (event, told), origin.recorded_at, faults)
        if faults or report is None:
            wrong[ordinal] = faults
        else:
            reports.append(report)
    if wrong:
        raise Invalid("Some events are wrong, so none was recorded: see errors", {"events": wrong})
    return reports


def _read(
    numbers: Numbers, sent: tuple[UUID, EventInput], now: datetime, faults: Faults
) -> Report | None:
    event, told = sent
    kind = EventType(told["type"])
    animals = _animals(numbers, told, faults)
    premises, other = _places(numbers, told, faults)
    details = faults.read("details", _details, numbers, kind, told["details"])
    zone = numbers.zone_at(premises)
    occurred = faults.read("occurred", read_occurred, told["occurred"], zone, now)
    _require(kind, animals, premises, faults)
    if not faults and kind is EventType.STATUS and ends_too_early(details, occurred.day):
        faults["details"] = {"until": "A status cannot end before it begins."}
    if faults:
        return None
    return Report(
        event,
        kind,
        animals,
        premises,
        other,
        occurred,
        details,
        permits_named(numbers.session, details),
    )


def _animals(numbers: Numbers, told: EventInput, faults: Faults) -> tuple[Key, ...]:
    each = Faults()
    found = [
        each.read(str(place), numbers.known, text, "animal")
        for place, text in enumerate(told["animals"])
    ]
    if each:
        faults["animals"] = each
    return tuple(dict.fromkeys(key for key in found if key))


def _places(numbers: Numbers, told: EventInput, faults: Faults) -> tuple[Key | None, Key | None]:
    near, far = (
        faults.read(field, numbers.known, text, "premises") if text else None
        for field, text in (("premises", told["premises"]), ("other", told["other"]))
    )
    if near and far and numbers.same(near, far):
        faults["other"] = SamePlace(number=far).detail
    return near, far


def _details(numbers: Numbers, kind: EventType, given: Mapping[str, Any]) -> dict[str, Any]:
    found = read_details(kind, given)
    faults = Faults()
    for name in _NUMBERED.get(kind, ()):
        if name in found:
            key = faults.read(name, numbers.known, found[name], "animal")
            found[name] = write_key(key) if key else ""
    if "pigs" in found:
        found["pigs"] = _pigs(numbers, found["pigs"], faults)
    if "owner" in found and not _is_party(numbers.session, found["owner"]):
        faults["owner"] = "There is no party with this id."
    if faults:
        raise Invalid("Some details are wrong", {"details": dict(faults)})
    return found


def _pigs(numbers: Numbers, named: Sequence[str], faults: Faults) -> list[str]:
    """Read the pigs that pork came from, each once."""
    within = Faults()
    keys = [
        within.read(str(place), numbers.known, text, "animal") for place, text in enumerate(named)
    ]
    if within:
        faults["pigs"] = dict(within)
    return sorted({write_key(key) for key in keys if key})


def _is_party(session: Session, public_id: str) -> bool:
    wanted = select(Party.id).where(Party.public_id == UUID(public_id))
    return session.scalar(wanted) is not None


def _require(kind: EventType, animals: Sequence[Key], premises: Key | None, faults: Faults) -> None:
    if kind in _BY_PREMISES and premises is None:
        faults.setdefault("premises", "An event of this type needs the premises where it was.")
    if kind in _BY_ANIMALS and not animals:
        faults.setdefault("animals", "An event of this type needs an animal.")
    if kind is EventType.RETAG and len(animals) > 1:
        faults.setdefault("animals", "A new tag is for one animal alone.")
    if premises is None and not animals:
        faults.setdefault("premises", "An event needs an animal or premises.")
