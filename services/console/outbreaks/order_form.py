"""The form of an order: what people type into it, as the API's body, and what of it is wrong."""

import json
import re
from datetime import date
from hashlib import sha256
from typing import Any

from flask import request
from sqlalchemy.orm import Session

from services.console.days import read_day
from services.console.outbreaks.fields import Wrong, sure_day, sure_name, typed
from services.console.outbreaks.order_shape import FAULT, SHAPE, Polygon, read_shape, typed_shape
from services.core.errors import Invalid, ServiceError
from services.livestock.control.errors import OrderNumberTaken
from services.livestock.domain.areas import LATITUDES, LONGITUDES, MOST_KILOMETRES
from services.livestock.domain.errors import BadArea
from services.livestock.domain.model import Key
from services.livestock.domain.orders import OrderKind, ZoneStatus
from services.livestock.domain.places import province_of
from services.livestock.recording.boundaries import known_districts
from services.livestock.recording.identity import find_premises
from services.livestock.recording.lookup import known_premises
from services.livestock.reporting.numbers import Numbers
from services.storage.models import Premises

WHAT = ("quarantine", "infected", "restricted", "free")
FIELDS = (
    "what",
    "places",
    "centre",
    "kilometres",
    "names",
    "shape",
    "area_name",
    "since",
    "until",
    "number",
)
_WHERE = ("places", "centre", "kilometres", "names", SHAPE)
_LONGEST_NAME, _LONGEST_NUMBER = 64, 32
# As long as a form may be: of a list that is cut, the last number could be another place's.
_LONGEST_LIST = 256 * 1024
_POINT = re.compile(r"(-?[0-9]{1,3}(?:\.[0-9]{1,8})?)\s*[,;\s]\s*(-?[0-9]{1,3}(?:\.[0-9]{1,8})?)")
_KILOMETRES = re.compile(r"[0-9]{1,3}(?:[.,][0-9]{1,3})?")
_MOST_PLACES, _MOST_NAMES = 500, 200

Told = dict[str, str]


def read_typed() -> Told:
    """Return what was typed."""
    told = {name: typed(name, _LONGEST_LIST) for name in (*FIELDS, sure_name("since"), "outbreak")}
    # Each line is a name of its own.
    lines = request.form.get("names", "")[:_LONGEST_LIST].replace("\r", "").split("\n")
    names = "; ".join(one.strip() for one in lines if one.strip())
    return told | {"names": names} | typed_shape()


def fingerprint(told: Told) -> str:
    """Return what stands for the form as it was when its reach was shown."""
    return sha256(json.dumps([told[name] for name in FIELDS]).encode()).hexdigest()[:32]


def read_body(session: Session, told: Told, disease: str | None) -> tuple[dict[str, Any], Wrong]:
    """Return the body that the API would take, and what of the form is wrong."""
    wrong: Wrong = {}
    area = _area(session, told, wrong)
    if told["what"] not in WHAT:
        wrong["what"] = "outbreaks_wrong_what"
    if not 0 < len(told["area_name"]) <= _LONGEST_NAME:
        wrong["area_name"] = "outbreaks_wrong_area_name"
    since = sure_day("since", told, wrong, "outbreaks_wrong_day")
    until = _day("until", told, wrong) if told["until"] else None
    if len(told["number"]) > _LONGEST_NUMBER:
        wrong["number"] = "outbreaks_wrong_number"
    of_zone = told["what"] != OrderKind.QUARANTINE
    body: dict[str, Any] = {
        "kind": (OrderKind.ZONE if of_zone else OrderKind.QUARANTINE).value,
        "status": told["what"] if of_zone else None,
        "disease": disease,
        "area": area,
        "premises": [],
        "area_name": told["area_name"],
        "since": since,
        "until": until,
        "number": told["number"] or None,
        "outbreak": told["outbreak"] or None,
    }
    return body, wrong


def fault_of(error: ServiceError) -> Wrong:
    """Return which field an error of the order is about.

    Raises:
        ServiceError: it is about none of them.
    """
    if isinstance(error, OrderNumberTaken):
        return {"number": "outbreaks_wrong_number_taken"}
    if isinstance(error, BadArea):
        return {"places": "outbreaks_wrong_area"}
    fields = error.fields if isinstance(error, Invalid) else {}
    found = {name: _CODES[name] for name in fields if name in _CODES}
    if not found:
        raise error
    return found


def suggested_status(what: str) -> str:
    """Return what kind of order a link asks for, or the usual one."""
    return what if what in WHAT else ZoneStatus.INFECTED.value


_CODES = {
    "since": "outbreaks_wrong_since",
    "until": "outbreaks_wrong_until",
    "number": "outbreaks_wrong_number",
}


def _area(session: Session, told: Told, wrong: Wrong) -> dict[str, Any]:
    parts: dict[str, Any] = {
        "premises": _places(session, told["places"], wrong),
        "circles": _circles(session, told, wrong),
        **_names(session, told["names"], wrong),
        "polygons": _shape(told, wrong),
    }
    area = {name: items for name, items in parts.items() if items}
    if not area and not wrong.keys() & set(_WHERE):
        wrong["places"] = "outbreaks_wrong_nowhere"
    return area


def _shape(told: Told, wrong: Wrong) -> list[Polygon]:
    polygons, fault = read_shape(told[SHAPE])
    if fault := fault or told.get(FAULT):
        wrong[SHAPE] = fault
    return polygons


def _places(session: Session, text: str, wrong: Wrong) -> list[str]:
    wanted = list(dict.fromkeys(one for one in re.split(r"[\s,;]+", text) if one))
    if len(wanted) > _MOST_PLACES:
        wrong["places"] = "outbreaks_wrong_many_places"
        return []
    numbers = Numbers(session, wanted)
    keys = [_premises_key(numbers, one) for one in wanted]
    found = find_premises(session, filter(None, keys))
    if not all(key in found for key in keys):
        wrong["places"] = "outbreaks_wrong_places"
    # As they were typed: an order of the same places is known by its list.
    return list(dict.fromkeys(str(found[key].public_id) for key in keys if key in found))


def _place(session: Session, number: str) -> Premises | None:
    try:
        return session.get_one(Premises, known_premises(session, number).id)
    except ServiceError:
        return None


def _premises_key(numbers: Numbers, text: str) -> Key | None:
    """Return the number of premises that a text is; None: it is none."""
    try:
        return numbers.known(text, "premises")
    except ServiceError:
        return None


def _circles(session: Session, told: Told, wrong: Wrong) -> list[dict[str, float]]:
    if not told["centre"] and not told["kilometres"]:
        return []
    is_number = _KILOMETRES.fullmatch(told["kilometres"])
    kilometres = float(told["kilometres"].replace(",", ".")) if is_number else 0.0
    if not 0 < kilometres <= MOST_KILOMETRES:
        wrong["kilometres"] = "outbreaks_wrong_kilometres"
    centre = _centre(session, told["centre"])
    if isinstance(centre, str):
        wrong["centre"] = centre
        return []
    return [{"latitude": centre[0], "longitude": centre[1], "kilometres": kilometres}]


def _centre(session: Session, text: str) -> tuple[float, float] | str:
    """Return latitude and longitude, or the code of what is wrong."""
    found = _POINT.fullmatch(text)
    if found is None:
        return _point_of(_place(session, text))
    # The whole country lies in the south: people leave the sign out.
    latitude, longitude = -abs(float(found[1])), float(found[2])
    if _within(latitude, LATITUDES) and _within(longitude, LONGITUDES):
        return latitude, longitude
    return "outbreaks_wrong_point"


def _point_of(row: Premises | None) -> tuple[float, float] | str:
    if row is None:
        return "outbreaks_wrong_centre"
    if row.latitude is None or row.longitude is None:
        return "outbreaks_wrong_no_point"
    return row.latitude, row.longitude


def _within(degrees: float, limits: tuple[float, float]) -> bool:
    return limits[0] <= degrees <= limits[1]


def _names(session: Session, text: str, wrong: Wrong) -> dict[str, Any]:
    """Read provinces and districts, each by itself: `Jiwaka; Anglimp South Waghi, Jiwaka`."""
    provinces, districts = [], []
    named = [part.strip() for part in text.split(";") if part.strip()]
    if len(named) > _MOST_NAMES:
        wrong["names"] = "outbreaks_wrong_names"
        return {}
    for one in named:
        if province := province_of(one):
            provinces.append(province)
            continue
        name, _, last = (part.strip() for part in one.rpartition(","))
        within = province_of(last)
        district = _district(session, within, name) if name and within else None
        if district is None:
            known = "outbreaks_wrong_district" if name and within else "outbreaks_wrong_names"
            wrong["names"] = known
        districts.append({"province": within, "district": district})
    return {"provinces": provinces, "districts": districts}


def _district(session: Session, province: str, name: str) -> str | None:
    """Return a district as its boundary has it; where none are known, as it was written."""
    known = [district for within, district in known_districts(session) if within == province]
    same = next((one for one in known if one.casefold() == name.casefold()), None)
    return same if known else name


def _day(name: str, told: Told, wrong: Wrong) -> date:
    day = read_day(told[name])
    if day is None:
        wrong[name] = "outbreaks_wrong_day"
    return day or date.max
