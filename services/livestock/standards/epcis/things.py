"""Subjects of an event: EPCs, classes with quantities, tags and carcasses."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from services.livestock.domain.model import AnimalKind, EventType, read_key, write_key
from services.livestock.standards.claims import Subject
from services.livestock.standards.epcis.forms import (
    ASSOCIATION,
    CARCASS_FORM,
    OBJECT,
    TRANSFORMATION,
)
from services.livestock.standards.epcis.identifiers import Names
from services.livestock.standards.errors import UnreadableMember, at

KILOGRAMS = "KGM"
# Of UN/CEFACT Recommendation 20; pigs are counted without a unit.
_QUANTITIES = {AnimalKind.MOB: "head_count", AnimalKind.CONSIGNMENT: "kilograms"}
_WEIGHED = frozenset({EventType.WEIGHT, EventType.SLAUGHTER})
_LISTS = {
    OBJECT: ("epcList", "quantityList"),
    TRANSFORMATION: ("inputEPCList", "inputQuantityList"),
}
_TAGS = {EventType.RETAG: "new", EventType.TAG_LOST: "lost"}


class Things(NamedTuple):
    """Subjects of an event, and the details among them."""

    subjects: tuple[Subject, ...]
    details: dict[str, Any]


def write_things(
    kind: EventType,
    event: str,
    subjects: Sequence[Subject],
    left: dict[str, Any],
    names: Names,
) -> dict[str, Any]:
    """Write the subjects; details that are written are removed from `left`."""
    if event == ASSOCIATION:
        tag = names.animal(read_key(left.pop(_TAGS[kind])))
        return {"parentID": names.subject(subjects[0]), "childEPCs": [tag]}
    epcs, quantities = _LISTS[event]
    animals = [names.subject(one) for one in subjects if one.kind == AnimalKind.ANIMAL]
    groups = [one for one in subjects if one.kind != AnimalKind.ANIMAL]
    made: dict[str, Any] = {epcs: animals} if animals or not groups else {}
    if groups:
        measured = kind not in _WEIGHED or groups[0].kind == AnimalKind.MOB
        taken = left if len(subjects) == 1 and measured else {}
        made[quantities] = [_write_group(group, taken, names) for group in groups]
    if event == TRANSFORMATION:
        made["outputEPCList"] = [names.carcass(left.pop("carcass"))]
    return made


def read_things(kind: EventType, rest: dict[str, Any], names: Names) -> Things:
    """Read the subjects; members that are read are removed from `rest`.

    Args:
        rest: members of an event in canonical form that are not read yet.

    Raises:
        UnreadableMember: something that we cannot name.
    """
    event = rest["type"]
    if event == ASSOCIATION:
        return _read_association(kind, rest, names)
    details: dict[str, Any] = {}
    epcs, quantities = _LISTS[event]
    with at(epcs):
        animals = members_of(rest.pop(epcs, []))
        subjects = [Subject(AnimalKind.ANIMAL, names.read_animal(uri)) for uri in animals]
    with at(quantities):
        groups = members_of(rest.pop(quantities, []))
        subjects += [_read_group(element, details, names) for element in groups]
    if event == CARCASS_FORM.event:
        with at("outputEPCList"):
            details["carcass"] = names.read_carcass(_only(rest.pop("outputEPCList", None)))
    return Things(tuple(subjects), details)


def _write_group(group: Subject, taken: dict[str, Any], names: Names) -> dict[str, Any]:
    element: dict[str, Any] = {"epcClass": names.subject(group)}
    measure = _QUANTITIES[group.kind]
    if measure in taken:
        element["quantity"] = taken.pop(measure)
        if group.kind == AnimalKind.CONSIGNMENT:
            element["uom"] = KILOGRAMS
    return element


def _read_group(element: object, details: dict[str, Any], names: Names) -> Subject:
    if not isinstance(element, dict):
        raise UnreadableMember("must be an object")
    with at("epcClass"):
        group = names.read_group(element.get("epcClass"))
    if "quantity" in element:
        details[_QUANTITIES[group.kind]] = element["quantity"]
    return group


def _read_association(kind: EventType, rest: dict[str, Any], names: Names) -> Things:
    with at("parentID"):
        animal = names.read_animal(rest.pop("parentID", None))
    with at("childEPCs"):
        tag = names.read_animal(_only(rest.pop("childEPCs", None)))
    return Things((Subject(AnimalKind.ANIMAL, animal),), {_TAGS[kind]: write_key(tag)})


def members_of(members: object) -> list[Any]:
    """Return the members of a list.

    Raises:
        UnreadableMember: it is no list.
    """
    if not isinstance(members, list):
        raise UnreadableMember("must be a list")
    return members


def _only(members: object) -> object:
    if not isinstance(members, list) or len(members) != 1:
        raise UnreadableMember("must be a list of one")
    return members[0]
