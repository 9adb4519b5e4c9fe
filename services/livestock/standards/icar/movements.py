"""Members of movements, births and deaths in ICAR ADE 1.3."""

from __future__ import annotations

from typing import Any

from services.livestock.domain.model import EventType, Key, read_key, write_key
from services.livestock.standards.errors import UnreadableMember, at
from services.livestock.standards.icar.members import (
    CAUSES,
    DISPOSALS,
    GENDERS,
    MIDNIGHT,
    UNKNOWN_GENDER,
    Parts,
    identifier,
    move_word,
    read_identifier,
    read_number,
    read_word,
)

_PERMIT, _BREED = "permit", "breed"
_REASONS = {EventType.BIRTH: "Born", EventType.REGISTER: "Registered"}
_SIDES = {EventType.ARRIVE: "originLocation", EventType.DEPART: "destinationLocation"}


def write_movement(parts: Parts) -> dict[str, Any]:
    """Write the far side of a movement and its permit."""
    consignment: dict[str, Any] = {}
    if parts.far:
        consignment[_SIDES[parts.type]] = identifier(*parts.far)
        parts.far = None
    if "permit" in parts.left:
        consignment["id"] = identifier(_PERMIT, parts.left.pop("permit"))
    return {"consignment": consignment} if consignment else {}


def read_movement(parts: Parts, given: dict[str, Any]) -> None:
    """Read the far side of a movement and its permit."""
    consignment = _object(given, "consignment")
    with at("consignment"):
        if side := consignment.get(_SIDES[parts.type]):
            with at(_SIDES[parts.type]):
                parts.far = read_number(side)
        if permit := consignment.get("id"):
            with at("id"):
                parts.left["permit"] = read_identifier(permit, _PERMIT)


def write_birth(parts: Parts) -> dict[str, Any]:
    """Write an animal's traits and why it is registered."""
    left, animal = parts.left, identifier(*parts.animal)
    detail: dict[str, Any] = {
        "resourceType": "icarAnimalCoreResource",
        "identifier": animal,
        "specie": "Pig",
        "gender": GENDERS.get(left.pop("sex", ""), UNKNOWN_GENDER),
    }
    if "born" in left:
        detail["birthDate"] = left.pop("born") + MIDNIGHT
    if "breed" in left:
        detail["primaryBreed"] = identifier(_BREED, left.pop("breed"))
    if "colour" in left:
        detail["coatColor"] = left.pop("colour")
    if "dam" in left:
        dam = identifier(*read_key(left.pop("dam")))
        detail["parentage"] = [{"parentOf": animal, "gender": "Female", "identifier": dam}]
    return {"registrationReason": _REASONS[parts.type], "animalDetail": detail}


def read_birth(parts: Parts, given: dict[str, Any]) -> None:
    """Read an animal's traits and why it is registered."""
    if given.get("registrationReason") == _REASONS[EventType.BIRTH]:
        parts.type = EventType.BIRTH
    detail = _object(given, "animalDetail")
    with at("animalDetail"):
        if detail.get("gender") != UNKNOWN_GENDER:
            _put(parts, "sex", read_word(detail, "gender", GENDERS))
        _put(parts, "colour", detail.get("coatColor"))
        if born := detail.get("birthDate"):
            parts.left["born"] = str(born).removesuffix(MIDNIGHT)
        if breed := detail.get("primaryBreed"):
            with at("primaryBreed"):
                parts.left["breed"] = read_identifier(breed, _BREED)
        if parents := detail.get("parentage"):
            with at("parentage"):
                parts.left["dam"] = write_key(_dam(parents))


def write_death(parts: Parts) -> dict[str, Any]:
    """Write why it died and where its body went."""
    made: dict[str, Any] = {}
    if parts.type == EventType.SLAUGHTER:
        return {"deathMethod": "Slaughter", "deathReason": "Consumption"}
    move_word(parts.left, "cause", made, "deathReason", CAUSES)
    move_word(parts.left, "disposal", made, "disposalMethod", DISPOSALS)
    return made


def read_death(parts: Parts, given: dict[str, Any]) -> None:
    """Read why it died and where its body went."""
    if given.get("deathMethod") == "Slaughter":
        parts.type = EventType.SLAUGHTER
        return
    _put(parts, "cause", read_word(given, "deathReason", CAUSES))
    _put(parts, "disposal", read_word(given, "disposalMethod", DISPOSALS))


def _dam(parents: object) -> Key:
    if not isinstance(parents, list) or len(parents) != 1 or not isinstance(parents[0], dict):
        raise UnreadableMember("must be a list of one, the dam")
    return read_number(parents[0].get("identifier"))


def _object(given: dict[str, Any], name: str) -> dict[str, Any]:
    found = given.get(name, {})
    if not isinstance(found, dict):
        with at(name):
            raise UnreadableMember("must be an object")
    return dict(found)


def _put(parts: Parts, name: str, value: object) -> None:
    if value is not None:
        parts.left[name] = value
