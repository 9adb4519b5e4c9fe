"""Subjects of an event: EPCs, classes with quantities, tags and carcasses; and added details.

Details without a member of EPCIS are sensor reports, if they are weights, or extensions.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

from services.livestock.domain.model import AnimalKind, EventType, read_key, write_key
from services.livestock.standards.claims import Subject
from services.livestock.standards.epcis.canonical import PREFIX, extension
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

_MASS = "Mass"
# Details that are identifiers, so that a partner finds what they name.
_ANIMALS = frozenset({"dam", "sire", "part_of", "new", "lost"})
_PARTIES = frozenset({"owner", "giver", "receiver"})


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
    if event == TRANSFORMATION and kind == EventType.REGISTER:
        return _write_pork(subjects, left, names)
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
    if event == TRANSFORMATION and kind == EventType.REGISTER:
        return _read_pork(rest, names)
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


def _write_pork(subjects: Sequence[Subject], left: dict[str, Any], names: Names) -> dict[str, Any]:
    """Write a consignment as what an event makes out of pigs."""
    pigs = [names.animal(read_key(one)) for one in left.pop("pigs")]
    made = [_write_group(one, left, names) for one in subjects]
    return {"inputEPCList": pigs, "outputQuantityList": made}


def _read_pork(rest: dict[str, Any], names: Names) -> Things:
    """Read the consignment that an event makes out of pigs."""
    details: dict[str, Any] = {}
    with at("inputEPCList"):
        pigs = members_of(rest.pop("inputEPCList", None))
        details["pigs"] = sorted(write_key(names.read_animal(uri)) for uri in pigs)
    with at("outputQuantityList"):
        pork = _read_group(_only(rest.pop("outputQuantityList", None)), details, names)
    return Things((pork,), details)


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


def write_additions(kind: EventType, left: dict[str, Any], names: Names) -> dict[str, Any]:
    """Write everything that is still left."""
    made: dict[str, Any] = {}
    if kind in _WEIGHED and "kilograms" in left:
        report = {"type": _MASS, "value": left.pop("kilograms"), "uom": KILOGRAMS}
        made["sensorElementList"] = [{"sensorReport": [report]}]
    for name, value in left.items():
        made[f"{PREFIX}:{name}"] = _written(name, value, names)
    return made


def read_additions(kind: EventType, rest: dict[str, Any], names: Names) -> dict[str, Any]:
    """Read extensions of ours and a weight; the members read are taken from `rest`.

    Raises:
        UnreadableMember: an identifier or a sensor report that we cannot read.
    """
    details: dict[str, Any] = {}
    if kind in _WEIGHED and "sensorElementList" in rest:
        with at("sensorElementList"):
            details["kilograms"] = _mass(rest.pop("sensorElementList"))
    start = extension("")
    for name in [name for name in rest if name.startswith(start)]:
        plain = name.removeprefix(start)
        with at(name):
            details[plain] = _read(plain, rest.pop(name), names)
    return details


def _written(name: str, value: object, names: Names) -> object:
    if name in _ANIMALS:
        return names.animal(read_key(str(value)))
    return names.party(str(value)) if name in _PARTIES else value


def _read(name: str, value: object, names: Names) -> object:
    if name in _ANIMALS:
        return write_key(names.read_animal(value))
    return names.read_party(value) if name in _PARTIES else value


def _mass(elements: Any) -> object:  # noqa: ANN401 — JSON of a partner
    try:
        [element] = elements
        [report] = element["sensorReport"]
        return report["value"]
    except (TypeError, ValueError, KeyError) as error:
        raise UnreadableMember("must be one element with one report, a mass in KGM") from error
