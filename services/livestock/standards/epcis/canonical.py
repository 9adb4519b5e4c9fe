"""Canonical form of EPCIS events: one spelling of words, prefixes and times.

Two events of one meaning have one canonical form. In it standard words are bare
(`departing`), extensions of ours have our prefix (`bilum:zone`), those of others their namespace
in braces (`{https://…/}zone`), and instants are in UTC with milliseconds. Lists keep their order.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

from services.livestock.standards.errors import UnreadableMember, at
from services.livestock.standards.times import read_instant

STANDARD_CONTEXT = "https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"
PREFIX, NAMESPACE = "bilum", "urn:bilum:epcis:"
CONTEXT = [STANDARD_CONTEXT, {PREFIX: NAMESPACE}]
_CBV, _VOC = "https://ref.gs1.org/cbv/", "https://gs1.org/voc/"
PREFIXES: Mapping[str, str] = {
    "cbv": _CBV,
    "gs1": _VOC,
    "epcis": "https://ref.gs1.org/epcis/",
    PREFIX: NAMESPACE,
}


class _Words(NamedTuple):
    """A vocabulary of CBV 2.0: its web address, and the beginning of its old URNs."""

    web: str
    urn: str = ""


_REASONS = _Words(_CBV + "ER-", "urn:epcglobal:cbv:er:")
_PARTIES = _Words(_CBV + "SDT-", "urn:epcglobal:cbv:sdt:")
_DISPOSITIONS = _Words(_CBV + "Disp-", "urn:epcglobal:cbv:disp:")
_WORDS: Mapping[tuple[str, str], _Words] = {
    ("", "bizStep"): _Words(_CBV + "BizStep-", "urn:epcglobal:cbv:bizstep:"),
    ("", "disposition"): _DISPOSITIONS,
    ("persistentDisposition", "set"): _DISPOSITIONS,
    ("persistentDisposition", "unset"): _DISPOSITIONS,
    ("bizTransactionList", "type"): _Words(_CBV + "BTT-", "urn:epcglobal:cbv:btt:"),
    ("sourceList", "type"): _PARTIES,
    ("destinationList", "type"): _PARTIES,
    ("errorDeclaration", "reason"): _REASONS,
    ("sensorReport", "type"): _Words(_VOC),
    ("sensorReport", "exception"): _Words(_VOC),
    ("sensorReport", "component"): _Words(_CBV + "Comp-"),
}
_TIMES = frozenset({"eventTime", "declarationTime", "time", "startTime", "endTime"})


def extension(name: str) -> str:
    """Return the canonical name of an extension of ours."""
    return f"{PREFIX}:{name}"


def full_name(name: str) -> str:
    """Return the canonical name of an extension as event ids are made of it; of others "" ."""
    if name.startswith(f"{PREFIX}:"):
        return f"{{{NAMESPACE}}}{name.removeprefix(f'{PREFIX}:')}"
    return name if name.startswith("{") else ""


def canonical(event: Mapping[str, Any], prefixes: Mapping[str, str] = PREFIXES) -> dict[str, Any]:
    """Return the canonical form of an event.

    Args:
        event: an event, or a part of one, of JSON.
        prefixes: those of its context, and those that EPCIS always has.

    Raises:
        UnreadableMember: a time is none.
    """
    return _object(event, "", prefixes)


def web_word(parent: str, name: str, value: str) -> str:
    """Return a standard word in full, as event ids are made of it (CBV 2.0, section 8.9)."""
    words = _WORDS.get((parent, name))
    return words.web + value if words and ":" not in value else value


def prefixes_of(context: object) -> dict[str, str]:
    """Read which prefixes a JSON-LD context declares beside the standard's."""
    declared = {name: space for name, space in PREFIXES.items() if name != PREFIX}
    for part in context if isinstance(context, list) else [context]:
        if isinstance(part, dict):
            declared |= {
                str(name): address for name, address in part.items() if isinstance(address, str)
            }
    return declared


def _object(given: Mapping[str, Any], parent: str, prefixes: Mapping[str, str]) -> dict[str, Any]:
    made: dict[str, Any] = {}
    for name, value in given.items():
        if name == "@context":
            continue
        full = _canonical_name(name, prefixes)
        with at(name):
            if full in made:
                raise UnreadableMember("is there twice, under two names")
            made[full] = _value(value, parent, full, prefixes)
    return made


def _value(value: object, parent: str, name: str, prefixes: Mapping[str, str]) -> object:
    if isinstance(value, dict):
        return _object(value, name, prefixes)
    if isinstance(value, list):
        return [_value(one, parent, name, prefixes) for one in value]
    if name in _TIMES:
        instant = read_instant(value)
        return instant.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    if isinstance(value, str) and (words := _WORDS.get((parent, name))):
        return _bare(value, words, prefixes)
    return value


def _bare(text: str, words: _Words, prefixes: Mapping[str, str]) -> str:
    prefix, colon, rest = text.partition(":")
    full = prefixes[prefix] + rest if colon and prefix in prefixes else text
    for start in words:
        if start and full.startswith(start):
            return full.removeprefix(start)
    return full


def _canonical_name(name: str, prefixes: Mapping[str, str]) -> str:
    prefix, colon, rest = name.partition(":")
    if name.startswith(NAMESPACE):
        return extension(name.removeprefix(NAMESPACE))
    if not colon:
        return name
    space = prefixes.get(prefix, f"{prefix}:")
    return extension(rest) if space == NAMESPACE else f"{{{space}}}{rest}"
