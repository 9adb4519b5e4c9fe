"""Content of an event without its sender, which records and standards share.

What a partner sends is compared with its round trip, so that nothing of it is dropped.
"""

from collections.abc import Callable, Iterator, Mapping
from json import dumps
from typing import Any, NamedTuple
from uuid import UUID

from services.core.errors import Invalid
from services.livestock.domain.details import read_details
from services.livestock.domain.model import (
    AnimalKind,
    EventType,
    Key,
    Occurred,
    Precision,
    Report,
    SecretSubject,
    read_key,
)
from services.livestock.standards.errors import Path, UnreadableMember

LOST = "is nothing that can be kept here"
MISSING = "is missing"


class Subject(NamedTuple):
    """An animal, a mob or a consignment of pork."""

    kind: AnimalKind
    key: Key


class Spot(NamedTuple):
    """Premises: by public id, by number, or both."""

    public_id: UUID | None
    number: Key | None = None


class ClaimedEvent(NamedTuple):
    """An event as it was claimed.

    Attributes:
        near: the place of departure, else of arrival or of the event.
        far: the other side of a movement.
        details: as `services.livestock.domain.details` writes them.
    """

    type: EventType
    subjects: tuple[Subject, ...]
    near: Spot | None
    far: Spot | None
    occurred: Occurred
    details: Mapping[str, Any]


def claim_of(record: Mapping[str, Any]) -> ClaimedEvent:
    """Read a canonical record without its sender and its secret subjects."""
    kind = EventType(record["type"])
    near, far = {EventType.DEPART: ("from", "to"), EventType.ARRIVE: ("at", "from")}.get(
        kind, ("at", "to")
    )
    occurred, details = record["occurred"], record.get("details", {})
    # The record of a new tag has it as a subject, too, so that the tag finds the record.
    added = read_key(details["new"]) if kind == EventType.RETAG else None
    subjects = (
        Subject(AnimalKind(one["kind"]), Key(one["scheme"], one["value"]))
        for one in record["subjects"]
        if "scheme" in one
    )
    return ClaimedEvent(
        kind,
        tuple(subject for subject in subjects if subject.key != added),
        _spot(record.get(near)),
        _spot(record.get(far)),
        Occurred(occurred["at"], Precision(occurred["precision"]), occurred["zone"]),
        details,
    )


def report_of(
    claim: ClaimedEvent,
    event_id: UUID,
    number: Callable[[Spot], Key],
    subjects: tuple[SecretSubject, ...] = (),
) -> Report:
    """Make the report of a claim; `number` looks up the local number of premises."""
    return Report(
        event_id,
        claim.type,
        tuple(subject.key for subject in claim.subjects),
        number(claim.near) if claim.near else None,
        number(claim.far) if claim.far else None,
        claim.occurred,
        claim.details,
        subjects,
    )


def checked_details(kind: EventType, given: Mapping[str, Any], prefix: str) -> dict[str, Any]:
    """Read details that a partner sent.

    Raises:
        UnreadableMember: each fault at `prefix` and the detail's name.
    """
    try:
        return read_details(kind, given)
    except Invalid as error:
        faults = error.fields["details"]
        messages = faults.items() if isinstance(faults, dict) else [("details", faults)]
        raise UnreadableMember(
            faults={(prefix + str(name),): _sentence(found) for name, found in messages}
        ) from error


def _spot(place: Mapping[str, str] | None) -> Spot | None:
    return Spot(UUID(place["premises"]), read_key(place["number"])) if place else None


def _sentence(found: object) -> str:
    if isinstance(found, list):
        return " ".join(map(str, found))
    return str(found)


def differences(given: object, again: object, path: Path = ()) -> Iterator[tuple[Path, str]]:
    """Compare JSON values.

    Yields:
        For each place that differs, its path and what is wrong there. A list is one place; order
        counts only in extensions of ours.
    """
    if isinstance(given, dict) and isinstance(again, dict):
        for name in given.keys() | again.keys():
            here = (*path, name)
            if name not in again:
                yield here, LOST
            elif name not in given:
                yield here, f"{MISSING}: write {again[name]}"
            else:
                yield from differences(given[name], again[name], here)
    elif isinstance(given, list) and isinstance(again, list) and ":" not in str(path[-1]):
        if sorted(map(_order, given)) != sorted(map(_order, again)):
            yield path, f"would come out as {again}"
    elif given != again or isinstance(given, bool) is not isinstance(again, bool):
        yield path, f"would come out as {again}"


def _order(value: object) -> str:
    return dumps(_whole(value), sort_keys=True)


def _whole(value: object) -> object:
    """Write 45.0 as 45: JSON has one kind of number."""
    if isinstance(value, dict):
        return {name: _whole(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [_whole(inner) for inner in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value
