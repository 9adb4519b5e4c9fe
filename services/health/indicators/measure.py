"""An indicator as a value: numerator, denominator, unit, and its figure of a group; pure."""

from collections import Counter
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
    FOLLOW_UP = "follow_up"
    KEPT = "kept"
    HARM = "harm"
    COST = "cost"


class Reading(StrEnum):
    """Reading of a figure. HEADLINE: it may stand alone. CAUTION: alone it misleads its reader.

    PLAIN: a count, or a share of one kind of thing. A caution is for the ministry only.
    """

    HEADLINE = "headline"
    PLAIN = ""
    CAUTION = "caution"


class Measure(NamedTuple):
    """An indicator; without a denominator, a count. It is shown where all its families are.

    Attributes:
        detail: the reason, or outcome and assessment with a dot between; empty: none.
        unit: the numerator's.
        is_reason: whether it is the share of one reason, or class, in another indicator.
    """

    code: str
    detail: str
    numerator: Fact
    denominator: Fact | None
    families: tuple[Family, ...]
    unit: str
    is_reason: bool = False
    reading: Reading = Reading.PLAIN

    @property
    def name(self) -> str:
        """Code and detail with a dot between, as in a mapping file."""
        return f"{self.code}.{self.detail}" if self.detail else self.code

    @property
    def is_money(self) -> bool:
        """True where the numerator is toea, shown in kina."""
        return self.numerator == COST


class Figure(NamedTuple):
    """An indicator of a group: numerator (money in kina), denominator, and their ratio."""

    numerator: Decimal
    denominator: int | None
    value: Decimal | None


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
