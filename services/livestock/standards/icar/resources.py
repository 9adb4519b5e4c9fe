"""Between claims and resources of ICAR ADE 1.3, one for each animal of an event.

Details without a member of the standard are in one of ours, `bilum`.
"""

from collections.abc import Callable, Mapping
from datetime import UTC
from typing import Any, NamedTuple

from services.livestock.domain.model import AnimalKind, EventType, Occurred, Precision
from services.livestock.standards.claims import (
    MISSING,
    ClaimedEvent,
    Spot,
    Subject,
    checked_details,
    differences,
)
from services.livestock.standards.errors import Path, UnreadableMember, at
from services.livestock.standards.icar import events
from services.livestock.standards.icar.events import Parts, identifier, read_number
from services.livestock.standards.times import (
    offset_at,
    read_instant,
    read_time,
    read_zone,
    write_time,
)
from sms.local_time import DEFAULT_ZONE

OURS = "bilum"
# Members beside the event's content.
_ABOUT = ("id", "meta", "@self")


class Resource(NamedTuple):
    """A resource of the standard.

    Attributes:
        name: its `resourceType`.
        types: of our events; the first is the default.
        write, read: of the members that not every event has.
        placed: whether it must have a location.
    """

    name: str
    types: tuple[EventType, ...]
    write: Callable[[Parts], dict[str, Any]]
    read: Callable[[Parts, dict[str, Any]], None]
    placed: bool = False


RESOURCES: Mapping[str, Resource] = {
    "arrivals": Resource(
        "icarMovementArrivalEventResource",
        (EventType.ARRIVE,),
        events.write_movement,
        events.read_movement,
    ),
    "departures": Resource(
        "icarMovementDepartureEventResource",
        (EventType.DEPART,),
        events.write_movement,
        events.read_movement,
    ),
    "births": Resource(
        "icarMovementBirthEventResource",
        (EventType.REGISTER, EventType.BIRTH),
        events.write_birth,
        events.read_birth,
        placed=True,
    ),
    "deaths": Resource(
        "icarMovementDeathEventResource",
        (EventType.DEATH, EventType.SLAUGHTER),
        events.write_death,
        events.read_death,
    ),
    "treatments": Resource(
        "icarTreatmentEventResource",
        (EventType.TREATMENT, EventType.VACCINATION),
        events.write_treatment,
        events.read_treatment,
    ),
    "weights": Resource(
        "icarWeightEventResource",
        (EventType.WEIGHT,),
        events.write_weight,
        events.read_weight,
    ),
    "diagnoses": Resource(
        "icarDiagnosisEventResource",
        (EventType.SICKNESS,),
        events.write_diagnosis,
        events.read_diagnosis,
    ),
}


def to_resources(resource: Resource, claim: ClaimedEvent) -> list[dict[str, Any]]:
    """Write a claim as resources, one for each animal, without `id` and `meta`.

    Returns:
        Nothing for mobs and pork, which are no animals of the standard, and nothing for an event
        that lacks the location which its resource must have.
    """
    if resource.placed and claim.near is None:
        return []
    return [
        _write(resource, claim, subject)
        for subject in claim.subjects
        if subject.kind == AnimalKind.ANIMAL
    ]


def from_resource(resource: Resource, given: Mapping[str, Any]) -> ClaimedEvent:
    """Read a resource.

    Raises:
        UnreadableMember: a member, `bilum` included, that would not come out again.
    """
    if given.get("resourceType") != resource.name:
        with at("resourceType"):
            raise UnreadableMember(f"must be {resource.name}")
    ours = given.get(OURS, {})
    if not isinstance(ours, dict) or not isinstance(ours.get("details", {}), dict):
        with at(OURS):
            raise UnreadableMember("must be an object")
    with at("animal"):
        animal = read_number(given.get("animal"))
    occurred = _occurred(given.get("eventDateTime"), ours)
    parts = Parts(resource.types[0], animal, occurred.day, left=dict(ours.get("details", {})))
    resource.read(parts, dict(given))
    claim = ClaimedEvent(
        parts.type,
        (Subject(AnimalKind.ANIMAL, animal),),
        _spot(given, "location"),
        Spot(None, parts.far) if parts.far else _spot(ours, "to"),
        occurred,
        checked_details(parts.type, parts.left, ""),
    )
    _refuse_differences(given, _write(resource, claim, claim.subjects[0]))
    return claim


def _write(resource: Resource, claim: ClaimedEvent, subject: Subject) -> dict[str, Any]:
    far = claim.far.number if claim.far else None
    parts = Parts(claim.type, subject.key, claim.occurred.day, far, dict(claim.details))
    when = write_time(claim.occurred)
    made: dict[str, Any] = {
        "resourceType": resource.name,
        "animal": identifier(*subject.key),
        "eventDateTime": when.time,
    }
    if claim.near and claim.near.number:
        made["location"] = identifier(*claim.near.number)
    made |= resource.write(parts)
    ours: dict[str, Any] = {}
    if when.precision == Precision.DAY:
        ours["precision"] = when.precision.value
    if claim.occurred.zone != DEFAULT_ZONE:
        ours["zone"] = claim.occurred.zone
    if parts.far:
        ours["to"] = identifier(*parts.far)
    if parts.left:
        ours["details"] = parts.left
    return made | ({OURS: ours} if ours else {})


def _occurred(text: object, ours: Mapping[str, Any]) -> Occurred:
    with at("eventDateTime"):
        instant = read_instant(text)
    with at(OURS, "zone"):
        zone = read_zone(ours.get("zone", DEFAULT_ZONE))
    precision = ours.get("precision", Precision.SECOND)
    return read_time(instant, offset_at(instant, zone), zone, precision)


def _spot(given: Mapping[str, Any], name: str) -> Spot | None:
    if name not in given:
        return None
    with at(name):
        return Spot(None, read_number(given[name]))


def _refuse_differences(given: Mapping[str, Any], again: dict[str, Any]) -> None:
    """Refuse members that would be lost; further ones of ours do no harm."""
    sent = {name: value for name, value in given.items() if name not in _ABOUT}
    faults: dict[Path, str] = {
        path: reason
        for path, reason in differences(_in_utc(sent), _in_utc(again))
        if not reason.startswith(MISSING)
    }
    if faults:
        raise UnreadableMember(faults=faults)


def _in_utc(resource: Mapping[str, Any]) -> dict[str, Any]:
    instant = read_instant(resource.get("eventDateTime"))
    return {**resource, "eventDateTime": instant.astimezone(UTC).isoformat()}
