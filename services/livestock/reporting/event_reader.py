"""Events as machines send them, read into reports; every fault by event and field."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import chain
from typing import Any, NotRequired, TypedDict
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.core.errors import Invalid, ServiceError
from services.livestock.domain.details import read_details
from services.livestock.domain.errors import SamePlace
from services.livestock.domain.model import (
    EventType,
    Key,
    Origin,
    Report,
    event_id,
    write_key,
)
from services.livestock.recording.permit_subjects import permits_named
from services.livestock.reporting.numbers import Numbers
from services.livestock.reporting.occurred import Claimed, read_occurred
from services.livestock.reporting.status_ends import ends_too_early
from services.storage.models import Party

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

_DETAILS = sorted({name for names in _NUMBERED.values() for name in names})


class EventInput(TypedDict):
    """One event as its schema loads it; `anyway`: why pigs pass a roadblock against the book."""

    type: str
    animals: list[str]
    premises: str | None
    other: str | None
    occurred: Claimed
    details: dict[str, Any]
    anyway: NotRequired[str | None]


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
    numbers = Numbers(session, chain.from_iterable(map(_texts, events)))
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


def _texts(told: EventInput) -> Iterator[str]:
    """Yield the numbers that an event names, which may be wrong in every way."""
    yield from told["animals"]
    yield from filter(None, (told["premises"], told["other"]))
    named = [told["details"].get(name) for name in _DETAILS]
    listed = told["details"].get("pigs")
    named += listed if isinstance(listed, list) else []
    yield from (one for one in named if isinstance(one, str))


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
