"""Details that EPCIS has no member for: weights as sensor reports, the rest as extensions."""

from __future__ import annotations

from typing import Any

from services.livestock.domain.model import EventType, read_key, write_key
from services.livestock.standards.epcis.canonical import PREFIX, extension
from services.livestock.standards.epcis.identifiers import Names
from services.livestock.standards.epcis.things import KILOGRAMS
from services.livestock.standards.errors import UnreadableMember, at

_MASS = "Mass"
_WEIGHED = frozenset({EventType.WEIGHT, EventType.SLAUGHTER})
# Details that are identifiers, so that a partner finds what they name.
_ANIMALS = frozenset({"dam", "part_of", "new", "lost"})
_PARTIES = frozenset({"owner", "giver", "receiver"})


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
