"""A made-up person to whom the texts of a programme are shown; pure."""

from datetime import date, timedelta

from services.health.format.model import ENROLMENT, Personal, Programme

_DAY = date(2026, 12, 5)
_NAME, _PLACE, _WORDS = "Maria", "Kudjip", "my children"


def example_person(programme: Programme, *, discreet: bool = False) -> Personal:
    """Return a person with a name, a place, a date for each anchor, and words of their own.

    `discreet`: whether others read their phone.
    """
    days = {
        anchor.code: anchor.dates[0] if anchor.dates else _DAY + timedelta(days=place)
        for place, anchor in enumerate(programme.anchors)
    }
    kept = dict.fromkeys(programme.kept(), _WORDS)
    return Personal(_NAME, _PLACE, {ENROLMENT: _DAY, **days}, discreet, kept=kept)
