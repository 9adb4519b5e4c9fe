"""The indicators: numerator, denominator and unit of each; pure."""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum
from typing import NamedTuple

from services.health.indicators.disaggregation import Fact

COST: Fact = ("cost",)
_TOEA = Decimal(100)
_SHARE, _KINA = Decimal("0.0001"), Decimal("0.01")


class Family(StrEnum):
    """Indicators that can be computed from each other: see `tables`."""

    WAY_IN = "way_in"
    MEMBERS = "members"
    WAY_OUT = "way_out"
    TEXTS = "texts"
    ANSWERS = "answers"
    COST = "cost"


class Measure(NamedTuple):
    """An indicator; without a denominator, a count. It is shown where all its families are.

    `detail` is the reason, or outcome and assessment with a dot between; empty: none. `unit` is the
    numerator's.
    """

    code: str
    detail: str
    numerator: Fact
    denominator: Fact | None
    families: tuple[Family, ...]
    unit: str

    @property
    def name(self) -> str:
        """Code and detail with a dot between, as in a mapping file."""
        return f"{self.code}.{self.detail}" if self.detail else self.code

    @property
    def is_reason(self) -> bool:
        """True for the share of one reason in another indicator."""
        return bool(self.detail) and self.code in _REASONS

    @property
    def is_money(self) -> bool:
        """True where the numerator is toea, shown in kina."""
        return self.numerator == COST


class Figure(NamedTuple):
    """An indicator of a group: numerator (money in kina), denominator, and their ratio."""

    numerator: Decimal
    denominator: int | None
    value: Decimal | None


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
        ("members", ("opted_out", "completed", "lost", "excluded", "forgotten", "paused")),
    ),
}
"""Wholes and their disjoint parts: the remainder is no indicator, but can be computed."""

_REASONS = {
    "screened_out": ("attempts", (Family.WAY_IN,)),
    "opted_out": ("members", (Family.WAY_OUT, Family.MEMBERS)),
}


def measures(known: Collection[Fact]) -> list[Measure]:
    """Return the indicators in order of display; `known` facts decide the reasons and outcomes."""
    return [
        *_fixed(_WAY_IN, Family.WAY_IN, "people"),
        *_reasons("screened_out", known),
        *_fixed(_MEMBERS, Family.MEMBERS, "people"),
        *_fixed(_WAY_OUT, Family.WAY_OUT, "people", Family.MEMBERS),
        *_reasons("opted_out", known),
        *_fixed(_TEXTS, Family.TEXTS, "texts"),
        Measure("asked", "", ("asked",), None, (Family.ANSWERS,), "questions"),
        Measure("answered", "", ("answered",), ("asked",), (Family.ANSWERS,), "questions"),
        *_outcomes(known),
        Measure("texted", "", ("texted",), None, (Family.COST,), "people"),
        Measure("cost", "", COST, None, (Family.COST,), "kina"),
        Measure("cost_per_person", "", COST, ("texted",), (Family.COST,), "kina"),
        *(
            Measure(
                "cost_per_success",
                ".".join(place),
                COST,
                ("success", *place),
                (Family.COST, Family.ANSWERS),
                "kina",
            )
            for place in _places(known)
        ),
    ]


def figure(measure: Measure, counted: Counter[Fact]) -> Figure:
    """Return an indicator of a group; with a denominator of zero it has no value."""
    numerator = Decimal(counted[measure.numerator])
    if measure.is_money:
        numerator = (numerator / _TOEA).quantize(_KINA)
    if measure.denominator is None:
        return Figure(numerator, None, numerator)
    denominator = counted[measure.denominator]
    step = _KINA if measure.is_money else _SHARE
    value = (numerator / denominator).quantize(step, ROUND_HALF_UP) if denominator else None
    return Figure(numerator, denominator, value)


def _fixed(
    names: Collection[tuple[str, str | None]], family: Family, unit: str, *more: Family
) -> Iterator[Measure]:
    for name, below in names:
        denominator = None if below is None else (below,)
        counts = "people" if name in {"addressed", "reached"} else unit
        yield Measure(name, "", (name,), denominator, (family, *more), counts)


def _reasons(code: str, known: Collection[Fact]) -> Iterator[Measure]:
    below, families = _REASONS[code]
    for fact in sorted(known):
        if fact[0] == code and len(fact) > 1:
            yield Measure(code, fact[1], fact, (below,), families, "people")


def _outcomes(known: Collection[Fact]) -> Iterator[Measure]:
    family = (Family.ANSWERS,)
    for place in _places(known):
        detail = ".".join(place)
        asked, answered = ("outcome_asked", *place), ("outcome_answered", *place)
        success = ("success", *place)
        yield Measure("outcome_asked", detail, asked, None, family, "people")
        yield Measure("outcome_answered", detail, answered, asked, family, "people")
        yield Measure("success_of_asked", detail, success, asked, family, "people")
        yield Measure("success_of_answered", detail, success, answered, family, "people")


def _places(known: Collection[Fact]) -> list[Fact]:
    """Return each outcome with each of its assessments that was asked."""
    return sorted(fact[1:] for fact in known if fact[0] == "outcome_asked")
