"""The id that an event has by its content: CBV 2.0, section 8.9 (EPCIS Event Hash ID).

Two parties that hold the same event derive the same id. Left out: GS1 keys (rules on EPC URNs and
Digital Links), which no event here has. Where the rules are silent on numbers, they are written
without an exponent; a text that looks like a plain decimal number counts as one, because XML
could not tell them apart.
"""

import re
from collections.abc import Iterable, Mapping
from decimal import Decimal
from hashlib import sha256
from typing import Any

from services.livestock.standards.epcis.canonical import full_name, web_word

_DECIMAL = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)", re.ASCII)
_IGNORED = frozenset({"type", "eventID", "recordTime", "errorDeclaration", "rdfs:comment"})

# "Canonical property order"; what a member's own members are sequenced by.
_EVENT = (
    "eventTime", "eventTimeZoneOffset", "epcList", "parentID", "inputEPCList", "childEPCs",
    "quantityList", "childQuantityList", "inputQuantityList", "outputEPCList",
    "outputQuantityList", "action", "transformationID", "bizStep", "disposition",
    "persistentDisposition", "readPoint", "bizLocation", "bizTransactionList", "sourceList",
    "destinationList", "sensorElementList", "ilmd",
)  # fmt: skip
_QUANTITY = ("epcClass", "quantity", "uom")
_ORDER: Mapping[str, tuple[str, ...]] = {
    "quantityElement": _QUANTITY,
    "persistentDisposition": ("set", "unset"),
    "readPoint": ("id",),
    "bizLocation": ("id",),
    "bizTransactionList": ("bizTransaction", "type"),
    "sourceList": ("source", "type"),
    "destinationList": ("destination", "type"),
    "sensorElement": ("sensorMetadata", "sensorReport"),
    "sensorMetadata": (
        "time", "startTime", "endTime", "deviceID", "deviceMetadata", "rawData",
        "dataProcessingMethod", "bizRules",
    ),
    "sensorReport": (
        "type", "exception", "deviceID", "deviceMetadata", "rawData", "dataProcessingMethod",
        "time", "microorganism", "chemicalSubstance", "value", "component", "stringValue",
        "booleanValue", "hexBinaryValue", "uriValue", "minValue", "maxValue", "meanValue", "sDev",
        "percRank", "percValue", "uom", "coordinateReferenceSystem",
    ),
}  # fmt: skip
# Prefix of each member of a list; transactions and parties have none.
_ELEMENTS: Mapping[str, str] = {
    "epcList": "epc",
    "inputEPCList": "epc",
    "outputEPCList": "epc",
    "childEPCs": "epc",
    "quantityList": "quantityElement",
    "childQuantityList": "quantityElement",
    "inputQuantityList": "quantityElement",
    "outputQuantityList": "quantityElement",
    "sensorElementList": "sensorElement",
    "bizTransactionList": "",
    "sourceList": "",
    "destinationList": "",
}


def event_hash(event: Mapping[str, Any]) -> str:
    """Return the id of an event in canonical form: a URI of the scheme `ni` (RFC 6920)."""
    digest = sha256(pre_hash(event).encode()).hexdigest()
    return f"ni:///sha-256;{digest}?ver=CBV2.0"


def pre_hash(event: Mapping[str, Any]) -> str:
    """Return the text whose hash is the id of an event in canonical form.

    Its id, record time and error declaration do not count.
    """
    kept = {name: value for name, value in event.items() if name not in _IGNORED}
    return f"eventType={event['type']}" + _members(kept, _EVENT, "")


def _members(given: Mapping[str, Any], order: Iterable[str], parent: str) -> str:
    """Write members that are in the order, then extensions, sorted."""
    first = [_member(name, given[name], parent) for name in order if name in given]
    added = sorted(
        _member(full, value, parent) for name, value in given.items() if (full := full_name(name))
    )
    return "".join([*first, *added])


def _member(name: str, value: object, parent: str) -> str:
    if name in _ELEMENTS and isinstance(value, list):
        inner = "".join(sorted(_element(name, one) for one in value))
        return name + inner if inner else ""
    if isinstance(value, list):
        return "".join(sorted(_member(name, one, parent) for one in value))
    if isinstance(value, dict):
        inner = _members(value, _ORDER.get(name, ()), name)
        return name + inner if inner else ""
    text = _text(value)
    if not text:
        return name if name.startswith("{") else ""
    return f"{name}={web_word(parent, name, text)}"


def _element(name: str, value: object) -> str:
    wrapper = _ELEMENTS[name]
    if isinstance(value, dict):
        inner = wrapper or name
        return wrapper + _members(value, _ORDER.get(inner, ()), inner)
    return f"{wrapper}={_text(value)}"


def _text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    text = str(value).strip()
    if isinstance(value, str) and not _DECIMAL.fullmatch(text):
        return text
    plain = format(Decimal(text), "f")
    plain = plain.rstrip("0").rstrip(".") if "." in plain else plain
    return "0" if plain == "-0" else plain
