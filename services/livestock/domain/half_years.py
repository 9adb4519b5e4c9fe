"""Halves of a year, and the occurrence of a disease in one; pure."""

import re
from datetime import date
from enum import StrEnum
from typing import NamedTuple

from services.core.errors import Invalid

_PERIOD = re.compile(r"([0-9]{4})-?[HS]([12])", re.IGNORECASE)
# Words in the name of a product by which it is a vaccine against the disease.
_VACCINES = {
    "african_swine_fever": ("asf", "african swine fever"),
    "classical_swine_fever": ("csf", "classical swine fever", "hog cholera"),
    "foot_and_mouth": ("fmd", "foot and mouth", "foot-and-mouth"),
    "anthrax": ("anthrax",),
}


class Occurrence(StrEnum):
    """Occurrence of a disease in a province, as WAHIS has it."""

    PRESENT = "present"
    SUSPECTED = "suspected"
    ABSENT = "absent"
    NO_INFORMATION = "no information"


class HalfYear(NamedTuple):
    """The first or second half of a year."""

    year: int
    half: int

    @property
    def days(self) -> tuple[date, date]:
        """First and last local day."""
        if self.half == 1:
            return date(self.year, 1, 1), date(self.year, 6, 30)
        return date(self.year, 7, 1), date(self.year, 12, 31)

    def __str__(self) -> str:
        return f"{self.year}-H{self.half}"


def read_half_year(text: str) -> HalfYear:
    """Read `2026-H1`.

    Raises:
        Invalid: it is no half of a year.
    """
    found = _PERIOD.fullmatch(text.strip())
    if found is None or int(found[1]) == 0:
        raise Invalid("It is no half of a year", {"period": ["like 2026-H1 or 2026-H2"]})
    return HalfYear(int(found[1]), int(found[2]))


def occurrence_of(*, present: bool, suspected: bool, reports: int) -> Occurrence:
    """Tell the occurrence of a disease from what is known of it in a province; pure."""
    if present:
        return Occurrence.PRESENT
    if suspected:
        return Occurrence.SUSPECTED
    return Occurrence.ABSENT if reports else Occurrence.NO_INFORMATION


def is_against(disease: str, product: str) -> bool:
    """Tell whether a product is named as a vaccine against a disease."""
    words = "|".join(re.escape(one) for one in _VACCINES[disease])
    return re.search(rf"\b(?:{words})\b", product, re.IGNORECASE) is not None
