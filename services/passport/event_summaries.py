"""Summaries of events, a few words each; pure."""

from collections.abc import Callable, Iterator, Mapping
from datetime import date, timedelta
from typing import Any

from services.core.look import written_day
from services.passport.model import Event, PublicPlace
from services.texts.event_labels import Words, reason, value


def written(day: date | None) -> str:
    """Write a day as people read it in every country: 25 Nov 2026."""
    return written_day(day) if day else ""


def withdrawal_end(event: Event) -> date | None:
    """Return the last day on which a treatment keeps an animal from slaughter."""
    days = event.details.get("withdrawal_days", 0)
    return event.occurred_on + timedelta(days=days) if days else None


def tell(event: Event) -> list[Words]:
    """Return what an event tells besides when, where and of whom."""
    return tell_details(event.details)


def tell_details(details: Mapping[str, Any]) -> list[Words]:
    """Return what the details of an event's record tell."""
    names = sorted(details, key=lambda name: _ORDER.get(name, len(_ORDER)))
    return [words for name in names for words in _tell(details, name, details[name])]


def reasons(event: Event) -> list[Words]:
    """Return the reasons of a check or a decision."""
    return _reasons(event.details)


def outcome(event: Event) -> Words:
    """Return what a check or a decision came to."""
    return _outcome(event.details)


def is_good(event: Event) -> bool:
    """Tell whether a check let it pass, or a decision allowed what was asked."""
    return event.details.get("outcome") == "passed" or event.details.get("allowed") is True


def route(event: Event) -> tuple[PublicPlace | None, PublicPlace | None]:
    """Return where an event was, or left from; and where it went to."""
    places = event.places
    if "from" in places:
        return places["from"], places.get("to") or places.get("at")
    return places.get("at"), places.get("to")


def _reasons(details: Mapping[str, Any]) -> list[Words]:
    return [reason(code) for code in details.get("reasons", ())]


def _outcome(details: Mapping[str, Any]) -> Words:
    if "outcome" in details:
        return value(details["outcome"])
    act = "slaughter" if details.get("slaughter") else "move"
    return value(f"may_{act}" if details["allowed"] else f"may_not_{act}")


def _tell(details: Mapping[str, Any], name: str, told: Any) -> Iterator[Words]:  # noqa: ANN401 — values of JSON
    if name == "reasons":
        yield from _reasons(details)
    elif name == "allowed":
        yield _outcome(details)
    elif name == "signs":
        yield from map(value, told)
    elif name == "dose":
        yield Words(f"{told:g} {details.get('unit', '')}".strip())
    elif name in _NAMED:
        yield value(told)
    elif name in _SENTENCES:
        yield Words(_SENTENCES[name](told))


def number(place: PublicPlace) -> str:
    """Return the number of premises without the scheme that says they are premises."""
    return place.number.removeprefix("premises:")


def _bare(key: str) -> str:
    """Write a number without the scheme of tags and short numbers, as people know it."""
    return key.removeprefix("iso11784:").removeprefix("bilum:")


def _day(text: str) -> str:
    return written(date.fromisoformat(text))


# Words of closed lists, which have a translation; the rest are figures and names of products.
_NAMED = frozenset(
    {
        "sex", "outcome", "purpose", "cause", "disposal", "place", "action", "state", "terms",
        "method", "specimen", "disease", "suspicion", "reason",
    }
)  # fmt: skip
_CLEAN = "healthy, no medicine for 30 days, no swill"
_FIRST = ("outcome", "allowed", "sex", "product", "dose")
_SENTENCES: Mapping[str, Callable[[Any], str]] = {
    "product": str,
    "breed": str,
    "colour": str,
    "born": lambda told: f"born {_day(told)}",
    "dam": lambda told: f"mother {_bare(told)}",
    "sire": lambda told: f"father {_bare(told)}",
    "part_of": lambda told: f"from mob {_bare(told)}",
    "head_count": lambda told: f"{told} pigs",
    "taken": lambda told: f"{told} taken out",
    "added": lambda told: f"{told} added",
    "kilograms": lambda told: f"{told:g} kg",
    "clean": lambda told: _CLEAN if told else "not all healthy and clean",
    "score": lambda told: f"{told} of 5",
    "batch": lambda told: f"batch {told}",
    "permit": lambda told: f"permit {_bare(told)}",
    "sample": lambda told: f"sample {told}",
    "carcass": lambda told: f"carcass {told}",
    "new": _bare,
    "lost": lambda told: f"lost {_bare(told)}",
    "first_day": lambda told: f"from {_day(told)}",
    "last_day": lambda told: f"to {_day(told)}",
}
# A canonical record sorts its members; people say the product before its dose.
_ORDER = {name: place for place, name in enumerate(dict.fromkeys([*_FIRST, *_SENTENCES]))}
