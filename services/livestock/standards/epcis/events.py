"""Between claims and EPCIS events: each is read back exactly as it was written.

An event declared wrong is written again, with an `errorDeclaration` (EPCIS 2.0, section 7.4.1.4).
The declaration has no id or subjects of its own: those of the event that it declares wrong are
for it. When it was made is read in the zone of that event.
"""

from collections.abc import Callable, Mapping
from typing import Any
from uuid import UUID

from services.livestock.domain.model import EventType, Occurred, Precision
from services.livestock.standards.claims import LOST, ClaimedEvent, checked_details, differences
from services.livestock.standards.epcis.canonical import PREFIX, PREFIXES, canonical, extension
from services.livestock.standards.epcis.forms import DISPOSITIONS, form_of, is_form_of, usual_type
from services.livestock.standards.epcis.identifiers import Names
from services.livestock.standards.epcis.places import read_places, write_places
from services.livestock.standards.epcis.things import (
    members_of,
    read_additions,
    read_things,
    write_additions,
    write_things,
)
from services.livestock.standards.errors import Path, UnreadableMember, at
from services.livestock.standards.times import (
    offset_at,
    read_instant,
    read_offset,
    read_time,
    read_zone,
    usual_zone,
    write_time,
)

# Members beside the event's content; `declarations` reads `errorDeclaration`.
_ABOUT = ("eventID", "recordTime", "errorDeclaration")

MEMBER = "errorDeclaration"
_KNOWN = frozenset(
    {"declarationTime", "reason", "correctiveEventIDs", extension("precision"), extension("zone")}
)


def to_event(claim: ClaimedEvent, names: Names) -> dict[str, Any] | None:
    """Write a claim as an EPCIS event without an id; None where EPCIS has no such event."""
    form = form_of(claim)
    if form is None:
        return None
    left, when = dict(claim.details), write_time(claim.occurred)
    things = write_things(claim.type, form.event, claim.subjects, left, names)
    found = DISPOSITIONS[left.pop("outcome")] if claim.type == EventType.CHECK else form.disposition
    marks = {
        "type": claim.type.value if usual_type(*form[:3]) != claim.type else None,
        "precision": when.precision.value if when.precision == Precision.DAY else None,
        "zone": when.zone,
    }
    made = {
        "type": form.event,
        "eventTime": when.time,
        "eventTimeZoneOffset": when.offset,
        **things,
        "action": form.action,
        "bizStep": form.step,
        "disposition": found,
        **write_places(claim, left, names),
        **{f"{PREFIX}:{name}": value for name, value in marks.items()},
        **write_additions(claim.type, left, names),
    }
    return {name: value for name, value in made.items() if value is not None}


def from_event(event: Mapping[str, Any], names: Names) -> ClaimedEvent:
    """Read an EPCIS event in canonical form.

    Raises:
        UnreadableMember: something in it could not be kept, so that it would not come out again.
    """
    rest = {name: value for name, value in event.items() if name not in _ABOUT}
    kind = _type(rest)
    occurred = _occurred(rest)
    things = read_things(kind, rest, names)
    near, far, details = read_places(kind, rest, names)
    details |= things.details | read_additions(kind, rest, names)
    if kind == EventType.CHECK:
        details["outcome"] = _outcome(rest.get("disposition"))
    checked = checked_details(kind, details, extension(""))
    claim = ClaimedEvent(kind, things.subjects, near, far, occurred, checked)
    _refuse_differences(event, to_event(claim, names))
    return claim


def _refuse_differences(event: Mapping[str, Any], again: dict[str, Any] | None) -> None:
    given = {name: value for name, value in event.items() if name not in _ABOUT}
    faults = dict(differences(given, canonical(again, PREFIXES) if again else None))
    if faults:
        raise UnreadableMember(faults=faults)


def _type(rest: dict[str, Any]) -> EventType:
    told = rest.pop(extension("type"), None)
    form = tuple(rest.get(name) for name in ("type", "action", "bizStep"))
    event, action, step = (one if isinstance(one, str) else None for one in form)
    usual = usual_type(event or "", action, step or "")
    if usual is None:
        with at("bizStep"):
            raise UnreadableMember("with this type of event and action means nothing here")
    if told is None:
        return usual
    with at(extension("type")):
        if not isinstance(told, str) or told not in set(EventType):
            raise UnreadableMember("is no type of event of ours")
        if not is_form_of(EventType(told), event or ""):
            raise UnreadableMember("is not written as this type of EPCIS event")
    return EventType(told)


def _outcome(disposition: object) -> str:
    for outcome, word in DISPOSITIONS.items():
        if disposition == word:
            return outcome
    with at("disposition"):
        raise UnreadableMember(f"of a check must be one of {', '.join(DISPOSITIONS.values())}")


def _occurred(rest: dict[str, Any]) -> Occurred:
    with at("eventTimeZoneOffset"):
        offset = rest.pop("eventTimeZoneOffset", None)
        ahead = read_offset(offset)
    with at("eventTime"):
        instant = read_instant(rest.pop("eventTime", None))
    name = extension("zone")
    with at(name if name in rest else "eventTimeZoneOffset"):
        zone = read_zone(rest.pop(name)) if name in rest else usual_zone(str(offset))
    return read_time(instant, ahead, zone, rest.pop(extension("precision"), Precision.SECOND))


# The declaration has no id or subjects of its own: those of the event that it declares wrong are
# for it. When it was made is read in the zone of that event.


def to_declaration(
    void: ClaimedEvent, declared: ClaimedEvent, identify: Callable[[str], str]
) -> dict[str, Any]:
    """Write the error declaration of an event.

    Args:
        void: the claim that declares it wrong.
        declared: the claim that is wrong.
        identify: from the UUID of an event to its EPCIS id.
    """
    when = write_time(void.occurred)
    made: dict[str, Any] = {"declarationTime": when.time, "reason": void.details["reason"]}
    if "corrected_by" in void.details:
        made["correctiveEventIDs"] = [identify(one) for one in void.details["corrected_by"]]
    if when.precision == Precision.DAY:
        made[f"{PREFIX}:precision"] = when.precision.value
    if void.occurred.zone != declared.occurred.zone:
        made[f"{PREFIX}:zone"] = void.occurred.zone
    return made


def from_declaration(
    declaration: object,
    declared: ClaimedEvent,
    event_id: UUID,
    identify: Callable[[object], str],
) -> ClaimedEvent:
    """Read the error declaration of an event.

    Args:
        declaration: in canonical form.
        declared: the event that is wrong.
        identify: from the EPCIS id of an event to its UUID.

    Raises:
        UnreadableMember: something in it could not be kept.
    """
    if not isinstance(declaration, dict):
        raise UnreadableMember("must be an object")
    unknown: dict[Path, str] = {(name,): LOST for name in declaration.keys() - _KNOWN}
    if unknown:
        raise UnreadableMember(faults=unknown)
    details: dict[str, Any] = {"corrects": str(event_id), "reason": declaration.get("reason")}
    if "correctiveEventIDs" in declaration:
        with at("correctiveEventIDs"):
            details["corrected_by"] = [
                identify(one) for one in members_of(declaration["correctiveEventIDs"])
            ]
    return ClaimedEvent(
        EventType.VOID,
        declared.subjects,
        declared.near,
        None,
        _declared_at(declaration, declared.occurred.zone),
        checked_details(EventType.VOID, details, ""),
    )


def _declared_at(declaration: Mapping[str, Any], usual: str) -> Occurred:
    with at("declarationTime"):
        instant = read_instant(declaration.get("declarationTime"))
    with at(extension("zone")):
        zone = read_zone(declaration.get(extension("zone"), usual))
    precision = declaration.get(extension("precision"), Precision.SECOND)
    return read_time(instant, offset_at(instant, zone), zone, precision)
