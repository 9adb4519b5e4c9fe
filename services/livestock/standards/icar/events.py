"""Members of movements, births, deaths, treatments, weights and diagnoses in ICAR ADE 1.3."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from services.livestock.domain.model import EventType, Key, read_key, write_key
from services.livestock.standards.errors import UnreadableMember, at

_PERMIT, _BREED = "permit", "breed"
_PARENTS = {"Female": "dam", "Male": "sire"}
_REASONS = {EventType.BIRTH: "Born", EventType.REGISTER: "Registered"}
_SIDES = {EventType.ARRIVE: "originLocation", EventType.DEPART: "destinationLocation"}

_VACCINATION, _KILOGRAMS, _SIGN, _DISEASE = "Vaccination", "KGM", "sign", "disease"

GENDERS = {"female": "Female", "male": "Male", "castrated": "MaleNeuter"}
UNKNOWN_GENDER = "Unknown"
MIDNIGHT = "T00:00:00Z"
# "Other" is a predator too, "OnPremise" burning too: `bilum` has the difference.
CAUSES = {
    "disease": "Disease",
    "accident": "Accident",
    "old_age": "Age",
    "culled": "Culled",
    "unknown": "Unknown",
}
DISPOSALS = {"buried": "OnPremise", "rendered": "ApprovedService", "eaten": "Consumption"}
DOSE_UNITS = {"ml": "MLT", "l": "LTR", "mg": "MGM", "g": "GRM"}
METHODS = {"scale": "LoadCell", "tape": "Girth", "eye": "Assessed"}


def write_movement(parts: "Parts") -> dict[str, Any]:
    """Write the far side of a movement and its permit."""
    consignment: dict[str, Any] = {}
    if parts.far:
        consignment[_SIDES[parts.type]] = identifier(*parts.far)
        parts.far = None
    if "permit" in parts.left:
        consignment["id"] = identifier(_PERMIT, parts.left.pop("permit"))
    return {"consignment": consignment} if consignment else {}


def read_movement(parts: "Parts", given: dict[str, Any]) -> None:
    """Read the far side of a movement and its permit."""
    consignment = _object(given, "consignment")
    with at("consignment"):
        if side := consignment.get(_SIDES[parts.type]):
            with at(_SIDES[parts.type]):
                parts.far = read_number(side)
        if permit := consignment.get("id"):
            with at("id"):
                parts.left["permit"] = read_identifier(permit, _PERMIT)


def write_birth(parts: "Parts") -> dict[str, Any]:
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
    named = [(sex, read_key(left.pop(name))) for sex, name in _PARENTS.items() if name in left]
    told = (
        {"parentOf": animal, "gender": sex, "identifier": identifier(*key)} for sex, key in named
    )
    detail |= {"parentage": list(told)} if named else {}
    return {"registrationReason": _REASONS[parts.type], "animalDetail": detail}


def read_birth(parts: "Parts", given: dict[str, Any]) -> None:
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
                parts.left |= _parents(parents)


def write_death(parts: "Parts") -> dict[str, Any]:
    """Write why it died and where its body went."""
    made: dict[str, Any] = {}
    if parts.type == EventType.SLAUGHTER:
        return {"deathMethod": "Slaughter", "deathReason": "Consumption"}
    move_word(parts.left, "cause", made, "deathReason", CAUSES)
    move_word(parts.left, "disposal", made, "disposalMethod", DISPOSALS)
    return made


def read_death(parts: "Parts", given: dict[str, Any]) -> None:
    """Read why it died and where its body went."""
    if given.get("deathMethod") == "Slaughter":
        parts.type = EventType.SLAUGHTER
        return
    _put(parts, "cause", read_word(given, "deathReason", CAUSES))
    _put(parts, "disposal", read_word(given, "disposalMethod", DISPOSALS))


def _parents(given: object) -> dict[str, str]:
    """Read the dam, the sire, or both; one without a sex is the dam, as partners wrote it."""
    some = [one for one in given if isinstance(one, dict)] if isinstance(given, list) else []
    told = {_PARENTS.get(str(one.get("gender", "Female")), ""): one for one in some}
    if not isinstance(given, list) or "" in told or not 0 < len(told) == len(given):
        raise UnreadableMember("must be the dam, the sire, or both: one Female, one Male")
    return {name: write_key(read_number(one.get("identifier"))) for name, one in told.items()}


def _object(given: dict[str, Any], name: str) -> dict[str, Any]:
    found = given.get(name, {})
    if not isinstance(found, dict):
        with at(name):
            raise UnreadableMember("must be an object")
    return dict(found)


def _put(parts: "Parts", name: str, value: object) -> None:
    if value is not None:
        parts.left[name] = value


def write_treatment(parts: "Parts") -> dict[str, Any]:
    """Write a product, its dose and batch, and until when it keeps from slaughter."""
    left = parts.left
    made: dict[str, Any] = {"medicine": {"name": left.pop("product")}}
    if parts.type == EventType.VACCINATION:
        made["procedure"] = _VACCINATION
    if "batch" in left:
        made["batches"] = [{"identifier": left.pop("batch")}]
    if "dose" in left:
        made["dose"] = {"doseQuantity": left.pop("dose")}
        move_word(left, "unit", made["dose"], "doseUnits", DOSE_UNITS)
    if days := left.pop("withdrawal_days"):
        until = f"{parts.day + timedelta(days=days)}{MIDNIGHT}"
        made["withdrawals"] = [{"productType": "Meat", "endDate": until}]
    return made


def read_treatment(parts: "Parts", given: dict[str, Any]) -> None:
    """Read a treatment or a vaccination."""
    if given.get("procedure") == _VACCINATION:
        parts.type = EventType.VACCINATION
    left = parts.left
    try:
        if "medicine" in given:
            left["product"] = given["medicine"]["name"]
        if "batches" in given:
            [batch] = given["batches"]
            left["batch"] = batch["identifier"]
        if "dose" in given:
            left["dose"] = given["dose"]["doseQuantity"]
            if unit := read_word(given["dose"], "doseUnits", DOSE_UNITS):
                left["unit"] = unit
        if "withdrawals" in given:
            [withdrawal] = given["withdrawals"]
            until = date.fromisoformat(withdrawal["endDate"].removesuffix(MIDNIGHT))
            left["withdrawal_days"] = (until - parts.day).days
    except (TypeError, ValueError, KeyError, AttributeError) as error:
        message = "a medicine has a name, one batch, one dose and one withdrawal by a UTC midnight"
        raise UnreadableMember(message) from error


def write_weight(parts: "Parts") -> dict[str, Any]:
    """Write a weight."""
    weight = {"measurement": parts.left.pop("kilograms"), "units": _KILOGRAMS}
    move_word(parts.left, "method", weight, "method", METHODS)
    return {"weight": weight}


def read_weight(parts: "Parts", given: dict[str, Any]) -> None:
    """Read a weight."""
    weight = given.get("weight")
    with at("weight"):
        if not isinstance(weight, dict) or weight.get("units") != _KILOGRAMS:
            raise UnreadableMember("must be an object with a measurement in KGM")
        if "measurement" in weight:
            parts.left["kilograms"] = weight["measurement"]
        if method := read_word(weight, "method", METHODS):
            parts.left["method"] = method


def write_diagnosis(parts: "Parts") -> dict[str, Any]:
    """Write signs and suspicion."""
    codes = [identifier(_SIGN, sign) for sign in parts.left.pop("signs")]
    if "suspicion" in parts.left:
        codes.append(identifier(_DISEASE, parts.left.pop("suspicion")))
    return {"diagnoses": [{"diagnosisCode": code} for code in codes]}


def read_diagnosis(parts: "Parts", given: dict[str, Any]) -> None:
    """Read signs and suspicion."""
    with at("diagnoses"):
        found = given.get("diagnoses", [])
        if not isinstance(found, list) or not all(isinstance(one, dict) for one in found):
            raise UnreadableMember("must be a list of objects")
        keys = [read_number(one.get("diagnosisCode")) for one in found]
    parts.left["signs"] = [key.value for key in keys if key.scheme == _SIGN]
    for key in keys:
        if key.scheme == _DISEASE:
            parts.left["suspicion"] = key.value


# Values without a word go into the member `bilum`.


def move_word(
    left: dict[str, Any], detail: str, made: dict[str, Any], member: str, words: Mapping[str, str]
) -> None:
    """Write a detail as a member, where ICAR has a word for it; else leave it."""
    if left.get(detail) in words:
        made[member] = words[left.pop(detail)]


def read_word(given: Mapping[str, Any], member: str, words: Mapping[str, str]) -> str | None:
    """Read a member's word; None where the member is not there.

    Raises:
        UnreadableMember: a word that is none of `words`.
    """
    found = given.get(member)
    for ours, theirs in words.items():
        if found == theirs:
            return ours
    if found is not None:
        raise UnreadableMember(faults={(member,): f"must be one of {', '.join(words.values())}"})
    return None


@dataclass(slots=True)
class Parts:
    """One animal's share of an event.

    Attributes:
        type: of the event.
        animal: its subject.
        day: local.
        far: number of the far side of a movement; None once it is written.
        left: details that are not written yet, or those that are read so far.
    """

    type: EventType
    animal: Key
    day: date
    far: Key | None = None
    left: dict[str, Any] = field(default_factory=dict)


def identifier(scheme: str, value: str) -> dict[str, str]:
    """Write an identifier."""
    return {"id": value, "scheme": scheme}


def read_number(given: object) -> Key:
    """Read a number of an animal or premises.

    Raises:
        UnreadableMember: it has no id or no scheme.
    """
    if not isinstance(given, dict):
        raise UnreadableMember("must be an object with an id and a scheme")
    return Key(_text(given, "scheme"), _text(given, "id"))


def read_identifier(given: object, scheme: str) -> str:
    """Read the id of an identifier that must be of one scheme.

    Raises:
        UnreadableMember: it is of another one.
    """
    key = read_number(given)
    if key.scheme != scheme:
        with at("scheme"):
            raise UnreadableMember(f"must be {scheme}")
    return key.value


def _text(given: dict[str, Any], name: str) -> str:
    value = given.get(name)
    if not isinstance(value, str) or not value:
        with at(name):
            raise UnreadableMember("must be a text")
    return str(value)
