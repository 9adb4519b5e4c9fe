"""Events declared wrong: the event again, with an `errorDeclaration` (EPCIS 2.0, section 7.4.1.4).

The declaration has no id or subjects of its own: those of the event that it declares wrong are
for it. When it was made is read in the zone of that event.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any
from uuid import UUID

from services.livestock.domain.model import EventType, Occurred, Precision
from services.livestock.standards.claims import LOST, ClaimedEvent, checked_details
from services.livestock.standards.epcis.canonical import PREFIX, extension
from services.livestock.standards.epcis.things import members_of
from services.livestock.standards.errors import Path, UnreadableMember, at
from services.livestock.standards.times import (
    offset_at,
    read_instant,
    read_time,
    read_zone,
    write_time,
)

MEMBER = "errorDeclaration"
_KNOWN = frozenset(
    {"declarationTime", "reason", "correctiveEventIDs", extension("precision"), extension("zone")}
)


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
