"""Cost and weekly overview of a course, before anybody joins; pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import NamedTuple

from services.health.format.model import ALL, Programme
from services.health.linting.course import items_of
from services.health.linting.findings import LintSettings, placeholders
from services.health.linting.flow import usual_anchors
from services.health.linting.texts import longest_values
from sms.encoding import count

_WEEK = 7


class Cost(NamedTuple):
    """Cost of a whole course for one person: intake, welcome, and every text to the end.

    Replies, reminders and answers to keywords come on top, as often as the person writes.

    Attributes:
        segments: of the messages, with placeholders at their longest.
        toea: hundredths of a kina.
        besides: texts from days that not everybody has, such as of a relapse; not in the sums.
    """

    language: str
    cohort: str
    messages: int
    segments: int
    toea: int
    besides: int


def costs(programme: Programme, settings: LintSettings) -> list[Cost]:
    """Return the cost of a whole course, by language and cohort."""
    usual = usual_anchors(programme)
    intake = [*(entry.text for entry in programme.intake), programme.welcome]
    found = []
    for language in programme.languages:
        values = longest_values(programme, language)
        for cohort in programme.cohorts or (ALL,):
            items = items_of(programme, cohort)
            texts = [*intake, *(item.text for anchor, item in items if anchor in usual)]
            segments = sum(_segments(text.say.get(language, ""), values) for text in texts)
            besides = len(items) + len(intake) - len(texts)
            toea = segments * settings.toea
            found.append(Cost(language, cohort, len(texts), segments, toea, besides))
    return found


def _segments(template: str, values: Mapping[str, str]) -> int:
    if not template:
        return 0
    names = placeholders(template)
    known = names is not None and names <= values.keys()
    return count(template.format(**values) if known else template).segments


class Week(NamedTuple):
    """Seven days from an anchor; week 0 begins on the anchor's day; `days`: number of texts."""

    anchor: str
    number: int
    days: tuple[int, ...]

    @property
    def total(self) -> int:
        """Texts of the whole week."""
        return sum(self.days)


def weeks_of(programme: Programme, cohort: str) -> list[Week]:
    """Return the weeks in which a cohort gets texts, by anchor, in order."""
    counted = Counter((anchor, item.day) for anchor, item in items_of(programme, cohort))
    weeks = sorted({(anchor, day // _WEEK) for anchor, day in counted})
    return [
        Week(anchor, week, tuple(counted[anchor, week * _WEEK + day] for day in range(_WEEK)))
        for anchor, week in weeks
    ]
