"""EPCIS documents: which events they hold, and how those that leave are wrapped."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple, TypeVar

from services.livestock.standards.claims import LOST
from services.livestock.standards.epcis.canonical import (
    CONTEXT,
    STANDARD_CONTEXT,
    canonical,
    prefixes_of,
)
from services.livestock.standards.errors import Path, UnreadableMember, at

T = TypeVar("T")

DEEPEST = 16
_VERSION = "2.0"
_LISTS: Mapping[str, Path] = {
    "EPCISDocument": ("epcisBody", "eventList"),
    "EPCISQueryDocument": ("epcisBody", "queryResults", "resultsBody", "eventList"),
}
# Members of the document itself.
_ENVELOPE = frozenset(
    {"@context", "id", "type", "schemaVersion", "creationDate", "epcisBody"}
    | {"queryName", "subscriptionID", "queryResults", "resultsBody", "eventList"}
)
_CONTEXTS = (STANDARD_CONTEXT, "https://gs1.github.io/EPCIS/epcis-context.jsonld")
_ENDS = tuple(":/?#[]@")


class Found(NamedTuple):
    """An event of a document, unchanged.

    Attributes:
        contexts: JSON-LD contexts that hold for it.
    """

    path: Path
    event: object
    contexts: Sequence[object]


def read_document(document: object) -> list[Found]:
    """Find the events of a document, of a query's answer, or one event alone.

    Raises:
        UnreadableMember: it is none of these, or has something besides events.
    """
    if not isinstance(document, dict):
        raise UnreadableMember("must be an EPCIS document or event")
    if _deeper(document, DEEPEST):
        raise UnreadableMember("is nested deeper than any event")
    with at("@context"):
        contexts = [*_contexts(document.get("@context"))]
    where = _LISTS.get(str(document.get("type")))
    if where is None:
        return [Found((), document, contexts)]
    events = enumerate(_events(document, where))
    return [Found((*where, place), event, contexts) for place, event in events]


def query_document(events: Sequence[Mapping[str, Any]], created: str) -> dict[str, Any]:
    """Wrap the answer of a query; `created` is an instant of RFC 3339."""
    return {
        "@context": CONTEXT,
        "type": "EPCISQueryDocument",
        "schemaVersion": _VERSION,
        "creationDate": created,
        "epcisBody": {
            "queryResults": {
                "queryName": "SimpleEventQuery",
                "resultsBody": {"eventList": list(events)},
            }
        },
    }


def each(found: Sequence[Found], read: Callable[[Path, dict[str, Any]], T]) -> list[T]:
    """Read every event, given in canonical form, and raise every fault at once.

    Raises:
        UnreadableMember: with the faults of all events.
    """
    done: list[T] = []
    faults: dict[Path, str] = {}
    for one in found:
        try:
            done.append(read(one.path, _canonical(one)))
        except UnreadableMember as error:
            faults.update(error.below(*one.path).faults)
    if faults:
        raise UnreadableMember(faults=faults)
    return done


def _canonical(found: Found) -> dict[str, Any]:
    if not isinstance(found.event, dict):
        raise UnreadableMember("must be an event")
    with at("@context"):
        own = _contexts(found.event.get("@context", []))
        prefixes = prefixes_of([*found.contexts, *own])
    return canonical(found.event, prefixes)


def _events(document: dict[str, Any], where: Path) -> list[Any]:
    here: Any = document
    for depth, step in enumerate(where):
        with at(*where[:depth]):
            if not isinstance(here, dict) or step not in here:
                raise UnreadableMember(f"must be an object with {step}")
            unknown: dict[Path, str] = {(name,): LOST for name in here.keys() - _ENVELOPE}
            if unknown:
                raise UnreadableMember(faults=unknown)
        here = here[step]
    with at("schemaVersion"):
        if not str(document.get("schemaVersion", _VERSION)).startswith(_VERSION):
            raise UnreadableMember(f"must be {_VERSION}")
    with at(*where):
        if not isinstance(here, list) or not here:
            raise UnreadableMember("must be a list of events, at least one")
    return list(here)


def _contexts(given: object) -> Iterator[object]:
    """Read a JSON-LD context: the standard's, and prefixes; nothing is fetched."""
    for part in given if isinstance(given, list) else [given]:
        if isinstance(part, dict):
            for name, address in part.items():
                if not isinstance(address, str) or not address.endswith(_ENDS) or ":" in name:
                    with at(name):
                        raise UnreadableMember("must be a prefix and its namespace")
        elif part not in _CONTEXTS:
            raise UnreadableMember(f"must be {STANDARD_CONTEXT} and objects with prefixes")
        yield part


def _deeper(found: object, most: int) -> bool:
    waiting = [(found, 0)]
    while waiting:
        one, depth = waiting.pop()
        if depth > most:
            return True
        inner = one.values() if isinstance(one, dict) else one if isinstance(one, list) else ()
        waiting += [(each_one, depth + 1) for each_one in inner]
    return False
