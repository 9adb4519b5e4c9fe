"""Places, parties and permit of an event: `readPoint`, `bizLocation`, lists."""

from typing import Any, NamedTuple

from services.livestock.domain.model import EventType
from services.livestock.standards.claims import ClaimedEvent, Spot
from services.livestock.standards.epcis.identifiers import Names
from services.livestock.standards.epcis.things import members_of
from services.livestock.standards.errors import UnreadableMember, at

_OWNER, _LOCATION, _PERMIT = "owning_party", "location", "cert"


class Places(NamedTuple):
    """Both sides of an event, and the details among them."""

    near: Spot | None
    far: Spot | None
    details: dict[str, Any]


def write_places(claim: ClaimedEvent, left: dict[str, Any], names: Names) -> dict[str, Any]:
    """Write the places; details that are written are removed from `left`."""
    made: dict[str, Any] = {}
    if claim.near and claim.near.public_id:
        made["readPoint"] = {"id": names.place(claim.near.public_id)}
        # Once it has departed, it is nowhere until it arrives.
        if claim.type != EventType.DEPART:
            made["bizLocation"] = dict(made["readPoint"])
    if "permit" in left:
        permit = {"bizTransaction": names.permit(left.pop("permit")), "type": _PERMIT}
        made["bizTransactionList"] = [permit]
    for role, party in (("source", "giver"), ("destination", "receiver")):
        members = []
        if claim.far and claim.far.public_id and role == _far_role(claim.type):
            members.append({role: names.place(claim.far.public_id), "type": _LOCATION})
        if claim.type == EventType.TRANSFER and party in left:
            members.append({role: names.party(left.pop(party)), "type": _OWNER})
        if members:
            made[f"{role}List"] = members
    return made


def read_places(kind: EventType, rest: dict[str, Any], names: Names) -> Places:
    """Read the places; members that are read are removed from `rest`.

    Raises:
        UnreadableMember: premises or a party that we cannot name.
    """
    with at("readPoint"):
        near = _id(rest.pop("readPoint", None), names)
    # The same place again; the comparison with the round trip finds another one.
    rest.pop("bizLocation", None)
    details: dict[str, Any] = {}
    sides: dict[str, Spot] = {}
    for role, party in (("source", "giver"), ("destination", "receiver")):
        members = _typed(rest, role)
        if _LOCATION in members:
            with at(f"{role}List"):
                sides[role] = Spot(names.read_place(members[_LOCATION]))
        if _OWNER in members:
            with at(f"{role}List"):
                details[party] = names.read_party(members[_OWNER])
    permits = _typed(rest, "bizTransaction")
    if _PERMIT in permits:
        with at("bizTransactionList"):
            details["permit"] = names.read_permit(permits[_PERMIT])
    return Places(near, sides.get(_far_role(kind)), details)


def _far_role(kind: EventType) -> str:
    return "source" if kind == EventType.ARRIVE else "destination"


def _id(member: object, names: Names) -> Spot | None:
    if member is None:
        return None
    with at("id"):
        return Spot(names.read_place(member.get("id") if isinstance(member, dict) else member))


def _typed(rest: dict[str, Any], role: str) -> dict[str, object]:
    """Return the members of a list by their type; one of each at most makes sense here."""
    name = f"{role}List"
    found: dict[str, object] = {}
    with at(name):
        for member in members_of(rest.pop(name, [])):
            kind = member.get("type") if isinstance(member, dict) else None
            if not isinstance(kind, str) or kind in found:
                raise UnreadableMember("must hold objects, no two of one type")
            found[kind] = member.get(role)
    return found
