"""The indicators in order of display; pure."""

from collections.abc import Collection, Iterator, Mapping

from services.health.indicators.disaggregation import Fact
from services.health.indicators.follow_up_measures import (
    change_measures,
    dose_measures,
    follow_up_measures,
    kept_measures,
    places,
)
from services.health.indicators.measure import COST, Family, Measure, Reading

_WAY_IN: tuple[tuple[str, str | None], ...] = (
    ("attempts", None),
    ("eligible", "attempts"),
    ("screened_out", "attempts"),
    ("consented", "attempts"),
    ("activated", "attempts"),
)
_MEMBERS: tuple[tuple[str, str | None], ...] = (("present", None), ("members", None))
_WAY_OUT: tuple[tuple[str, str | None], ...] = (
    ("declined", "present"),
    ("silent", "present"),
    ("opted_out", "members"),
    ("completed", "members"),
    ("lost", "members"),
    ("excluded", "members"),
    ("forgotten", "members"),
    ("ended", "members"),
    ("paused", "members"),
)
_TEXTS: tuple[tuple[str, str | None], ...] = (
    ("addressed", None),
    ("reached", "addressed"),
    ("expected", None),
    ("delivered", "expected"),
    ("unreported", "expected"),
    ("not_delivered", "expected"),
    ("waiting", "expected"),
)
REMAINDERS: Mapping[Family, tuple[tuple[str, tuple[str, ...]], ...]] = {
    Family.WAY_IN: (("eligible", ("consented",)), ("consented", ("activated",))),
    Family.MEMBERS: (("present", ("members",)),),
    Family.WAY_OUT: (
        ("present", ("members", "declined", "silent")),
        (
            "members",
            ("opted_out", "completed", "lost", "excluded", "forgotten", "ended", "paused"),
        ),
    ),
}
"""Wholes and their disjoint parts: the remainder is no indicator, but can be computed."""

_REASONS = {
    "screened_out": ("attempts", (Family.WAY_IN,)),
    "opted_out": ("members", (Family.WAY_OUT, Family.MEMBERS)),
    "concerns": ("concerns", (Family.HARM,)),
    "concern_outcome": ("concerns", (Family.HARM,)),
    "danger_asked": ("danger_asked", (Family.HARM,)),
    "life_events": ("life_events", (Family.HARM,)),
    "ended": ("members", (Family.WAY_OUT, Family.MEMBERS)),
}
_UNITS = {"concerns": "concerns", "danger_asked": "questions"}
"""What indicators by reason count, by the whole that they are a part of; people, if not here."""
_HARM: tuple[tuple[str, str | None], ...] = (
    ("concerns", None),
    ("untold", "concerns"),
    ("acted_in_1h", "concerns"),
    ("acted_in_24h", "concerns"),
)


MISLEADING = (
    "outcome_asked",
    "outcome_answered",
    "success_of_asked",
    "success_of_answered",
)
"""Indicators of an outcome that leave out who left before the question."""


def measures(known: Collection[Fact]) -> list[Measure]:
    """Return the indicators in order of display; `known` facts decide the reasons and outcomes."""
    return [
        *_fixed(_WAY_IN, Family.WAY_IN, "people"),
        *_reasons("screened_out", known),
        *_fixed(_MEMBERS, Family.MEMBERS, "people"),
        *_fixed(_WAY_OUT, Family.WAY_OUT, "people", Family.MEMBERS),
        *_reasons("opted_out", known),
        *follow_up_measures(known),
        *change_measures(known),
        *dose_measures(known),
        *kept_measures(known),
        *_harms(known),
        *_reasons("ended", known),
        *_fixed(_TEXTS, Family.TEXTS, "texts"),
        *_recalled(known),
        Measure("asked", "", ("asked",), None, (Family.ANSWERS,), "questions"),
        Measure("answered", "", ("answered",), ("asked",), (Family.ANSWERS,), "questions"),
        *_of_asked(known),
        *_quizzes(known),
        *_at_ceiling(known),
        Measure("texted", "", ("texted",), None, (Family.COST,), "people"),
        Measure("cost", "", COST, None, (Family.COST,), "kina"),
        Measure("cost_per_person", "", COST, ("texted",), (Family.COST,), "kina"),
        *(
            Measure(
                "cost_per_success",
                ".".join(place),
                COST,
                ("due_success", *place),
                (Family.COST, Family.FOLLOW_UP),
                "kina",
            )
            for place in places(known, "due")
        ),
    ]


def _fixed(
    names: Collection[tuple[str, str | None]], family: Family, unit: str, *more: Family
) -> Iterator[Measure]:
    for name, below in names:
        denominator = None if below is None else (below,)
        counts = "people" if name in {"addressed", "reached"} else unit
        yield Measure(name, "", (name,), denominator, (family, *more), counts)


def _recalled(known: Collection[Fact]) -> Iterator[Measure]:
    """Yield the texts that came and were wrong, where a text was recalled."""
    name, caution = "recalled", Reading.CAUTION
    if (name,) in known:
        families = (Family.TEXTS,)
        yield Measure(name, "", (name,), ("expected",), families, "texts", reading=caution)


def _at_ceiling(known: Collection[Fact]) -> Iterator[Measure]:
    """Yield the people whose texts reached the ceiling of cost, where somebody's did."""
    name, families = "at_ceiling", (Family.COST, Family.MEMBERS)
    if (name,) in known:
        yield Measure(name, "", (name,), ("members",), families, "people", reading=Reading.CAUTION)


def _reasons(code: str, known: Collection[Fact]) -> Iterator[Measure]:
    below, families = _REASONS[code]
    for fact in sorted(known):
        if fact[0] == code and len(fact) > 1:
            unit = _UNITS.get(below, "people")
            yield Measure(code, fact[1], fact, (below,), families, unit, is_reason=True)


def _harms(known: Collection[Fact]) -> Iterator[Measure]:
    """Yield concerns and how soon somebody acted, then deaths and other events, each apart."""
    family = (Family.HARM,)
    yield from _fixed(_HARM, Family.HARM, "concerns")
    yield from _reasons("concerns", known)
    for code in ("acted_in_1h", "acted_in_24h"):
        for (of_class,) in filter(None, places(known, "concerns")):
            part, whole = (code, of_class), ("concerns", of_class)
            yield Measure(code, of_class, part, whole, family, "concerns", reading=Reading.CAUTION)
    yield from _reasons("concern_outcome", known)
    yield Measure("danger_asked", "", ("danger_asked",), None, family, "questions")
    yield from _reasons("danger_asked", known)
    yield Measure("life_events", "", ("life_events",), None, family, "people")
    yield from _reasons("life_events", known)
    for place in places(known, "died"):
        yield Measure("died", ".".join(place), ("died", *place), None, family, "people")


def _quizzes(known: Collection[Fact]) -> Iterator[Measure]:
    """Yield what people know: who answered a quiz, and who of them was right at the end."""
    for place in places(known, "quiz_asked"):
        asked, answered = ("quiz_asked", *place), ("quiz_answered", *place)
        parts = (
            ("quiz_answered", answered, asked),
            ("quiz_right", ("quiz_right", *place), answered),
        )
        for code, part, whole in parts:
            family, caution = (Family.ANSWERS,), Reading.CAUTION
            yield Measure(code, place[0], part, whole, family, "people", reading=caution)


def _of_asked(known: Collection[Fact]) -> Iterator[Measure]:
    """Yield what those who were asked answered: who left before the question is in none of it."""
    for place in places(known, "outcome_asked"):
        asked, answered = ("outcome_asked", *place), ("outcome_answered", *place)
        success = ("success", *place)
        parts = ((asked, None), (answered, asked), (success, asked), (success, answered))
        for code, (part, whole) in zip(MISLEADING, parts, strict=True):
            detail, family = ".".join(place), (Family.ANSWERS,)
            yield Measure(code, detail, part, whole, family, "people", reading=Reading.CAUTION)
