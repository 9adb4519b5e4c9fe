"""Figures and groups in words."""

import re
from collections.abc import Mapping
from decimal import Decimal

from services.console.words import language, t
from services.health.format.model import Programme
from services.health.indicators.disaggregation import UNKNOWN, Cut
from services.health.indicators.measure import Family, Figure, Measure
from services.texts.catalogue import has_sentence

NONE = "\N{EN DASH}"
HIDDEN = "*"

_NUMBER = re.compile(r"(?<=[a-z]{3})(?=\d)")

HEADINGS = (
    (Family.WAY_IN, "indicators_joining"),
    (Family.MEMBERS, "indicators_members"),
    (Family.WAY_OUT, "indicators_leaving"),
    (Family.FOLLOW_UP, "indicators_outcomes"),
    (Family.KEPT, "indicators_staying"),
    (Family.TEXTS, "indicators_texts"),
    (Family.ANSWERS, "indicators_answers"),
    (Family.HARM, "indicators_harm"),
    (Family.COST, "indicators_cost"),
)
"""Families in the order of display, and their headings."""


def measure_name(measure: Measure, programme: Programme) -> str:
    """Name an indicator, with its reason, or its outcome and day of asking."""
    code = f"indicators_m_{measure.code}"
    name = t(code) if has_sentence(f"console.{code}") else _plain(measure.code)
    detail = _detail(measure, programme)
    return f"{name}: {detail}" if detail else name


def _detail(measure: Measure, programme: Programme) -> str:
    if measure.code == "kept":
        return t("indicators_after_days", count=measure.detail.removeprefix("d"))
    outcome, _, rest = measure.detail.partition(".")
    labels = {one.code: _in(one.label, one.code) for one in programme.outcomes}
    if outcome in labels:
        return f"{labels[outcome]}, {_plain(rest)}" if rest else labels[outcome]
    return _plain(measure.detail)


def group_name(cut: Cut, group: str) -> str:
    """Name a group of a cut."""
    code = f"indicators_g_{cut}_{group}"
    if group == UNKNOWN:
        return t("indicators_unknown")
    return t(code) if has_sentence(f"console.{code}") else _plain(group)


def cut_name(cut: Cut) -> str:
    """Name a cut."""
    return t(f"indicators_cut_{cut}")


def number(value: Decimal | int | None) -> str:
    """Write a number with its thousands apart."""
    return NONE if value is None else f"{int(value):,}"


def percent(value: Decimal | None) -> str:
    """Write a share in per cent."""
    return NONE if value is None else f"{value * 100:.0f} %"


def kina(value: Decimal | None) -> str:
    """Write an amount in kina."""
    return NONE if value is None else f"K {value:,.2f}"


def short(measure: Measure, shown: Figure | None) -> str:
    """Write a figure in as little room as it needs: a share, a count or an amount."""
    if shown is None:
        return HIDDEN
    if measure.is_money:
        return kina(shown.value)
    return number(shown.numerator) if measure.denominator is None else percent(shown.value)


def whole(measure: Measure, shown: Figure | None) -> str:
    """Write a figure with both its parts: 60 of 100 (60 %)."""
    if shown is None or measure.is_money or shown.denominator is None:
        return short(measure, shown)
    if shown.denominator == 0:
        return NONE
    values = {"part": number(shown.numerator), "all": number(shown.denominator)}
    return t("indicators_part_of", **values, share=percent(shown.value))


def goal_in_words(measure: Measure, goal: int | None) -> str:
    """Write a target."""
    if goal is None:
        return NONE
    return number(goal) if measure.denominator is None else f"{goal} %"


def _in(labels: Mapping[str, str], otherwise: str) -> str:
    return labels.get(language()) or labels.get("en") or otherwise


def _plain(code: str) -> str:
    """Write a code as words: `month6` is month 6."""
    return _NUMBER.sub(" ", code.replace("_", " ").replace(".", ", "))
