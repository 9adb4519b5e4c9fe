"""Indicators of everybody who began a course: outcomes, change, dose and staying; pure."""

from collections.abc import Collection, Iterator

from services.health.indicators.disaggregation import Fact
from services.health.indicators.measure import Family, Measure, Reading

_CHANGE = (
    ("paired", "paired", "due_answered"),
    ("success_before", "before", "paired"),
    ("success_after", "after", "paired"),
    ("improved", "improved", "not_before"),
    ("worsened", "worsened", "before"),
)


def follow_up_measures(known: Collection[Fact]) -> Iterator[Measure]:
    """Yield each outcome of all who began, whose day of the assessment has come."""
    for place in places(known, "due"):
        yield _measure("success_of_activated", place, "due_success", "due", Reading.HEADLINE)
        yield _measure("due", place, "due", None)
        yield _measure("answered_of_activated", place, "due_answered", "due")
        yield _measure("no_success", place, "due_failed", "due_answered")
        for anchor in sorted(one[2] for one in places(known, "dated") if one[:2] == place):
            yield from _of_own_date(place, anchor)


def _of_own_date(place: Fact, anchor: str) -> Iterator[Measure]:
    """Yield an outcome's counts from a date of the person's own, as they set it first."""
    detail, name, family = ".".join(place), anchor.replace("-", "_"), (Family.FOLLOW_UP,)
    dated, success = ("dated", *place, anchor), ("dated_success", *place, anchor)
    floating, won = ("floating", *place, anchor), ("due_success", *place)
    yield Measure(f"set_{name}_date", detail, dated, ("due", *place), family, "people")
    yield Measure(f"success_of_{name}_date", detail, success, dated, family, "people")
    yield Measure("floating", detail, floating, won, family, "people")


def change_measures(known: Collection[Fact]) -> Iterator[Measure]:
    """Yield the change since the start, of those who answered both times."""
    for place in places(known, "paired"):
        for code, numerator, denominator in _CHANGE:
            yield _measure(code, place, numerator, denominator, Reading.CAUTION)


def dose_measures(known: Collection[Fact]) -> Iterator[Measure]:
    """Yield each outcome by quarters of the people, from who got fewest texts to who got most."""
    for place in places(known, "dose"):
        yield _measure("dose", place, "dose", None, Reading.CAUTION)
        texts = _measure("texts_by_dose", place, "dose_texts", "dose", Reading.CAUTION)
        yield texts._replace(unit="texts")
        yield _measure("success_by_dose", place, "dose_success", "dose", Reading.CAUTION)


def kept_measures(known: Collection[Fact]) -> Iterator[Measure]:
    """Yield how many stayed, and how many never wrote, of those who began in the period."""
    family = (Family.KEPT,)
    yield Measure("began", "", ("began",), None, family, "people")
    yield Measure("unheard", "", ("unheard",), ("began",), family, "people")
    for days in sorted(fact[1] for fact in known if fact[0] == "keepable"):
        yield Measure("kept", days, ("kept", days), ("keepable", days), family, "people")


def _measure(
    code: str,
    place: Fact,
    numerator: str,
    denominator: str | None,
    reading: Reading = Reading.PLAIN,
) -> Measure:
    below = None if denominator is None else (denominator, *place)
    family = (Family.FOLLOW_UP,)
    detail = ".".join(place)
    return Measure(code, detail, (numerator, *place), below, family, "people", reading=reading)


def places(known: Collection[Fact], name: str) -> list[Fact]:
    """Return each outcome with each of its assessments that has a count of this name."""
    return sorted(fact[1:] for fact in known if fact[0] == name)
