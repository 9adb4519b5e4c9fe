"""Members of treatments, weights and diagnoses in ICAR ADE 1.3."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from services.livestock.domain.model import EventType
from services.livestock.standards.errors import UnreadableMember, at
from services.livestock.standards.icar.members import (
    DOSE_UNITS,
    METHODS,
    MIDNIGHT,
    Parts,
    identifier,
    move_word,
    read_number,
    read_word,
)

_VACCINATION = "Vaccination"
_SIGN, _DISEASE, _KILOGRAMS = "sign", "disease", "KGM"


def write_treatment(parts: Parts) -> dict[str, Any]:
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


def read_treatment(parts: Parts, given: dict[str, Any]) -> None:
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


def write_weight(parts: Parts) -> dict[str, Any]:
    """Write a weight."""
    weight = {"measurement": parts.left.pop("kilograms"), "units": _KILOGRAMS}
    move_word(parts.left, "method", weight, "method", METHODS)
    return {"weight": weight}


def read_weight(parts: Parts, given: dict[str, Any]) -> None:
    """Read a weight."""
    weight = given.get("weight")
    with at("weight"):
        if not isinstance(weight, dict) or weight.get("units") != _KILOGRAMS:
            raise UnreadableMember("must be an object with a measurement in KGM")
        if "measurement" in weight:
            parts.left["kilograms"] = weight["measurement"]
        if method := read_word(weight, "method", METHODS):
            parts.left["method"] = method


def write_diagnosis(parts: Parts) -> dict[str, Any]:
    """Write signs and suspicion."""
    codes = [identifier(_SIGN, sign) for sign in parts.left.pop("signs")]
    if "suspicion" in parts.left:
        codes.append(identifier(_DISEASE, parts.left.pop("suspicion")))
    return {"diagnoses": [{"diagnosisCode": code} for code in codes]}


def read_diagnosis(parts: Parts, given: dict[str, Any]) -> None:
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
