"""What a course costs, before anybody joins; pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from services.health.format.model import ALL, Programme
from services.health.linting.anchors import usual_anchors
from services.health.linting.course import items_of
from services.health.linting.findings import Prices
from services.health.linting.places import placeholders
from services.health.linting.texts import longest_values
from sms.encoding import count


class Cost(NamedTuple):
    """What a whole course is for one person: the intake, the welcome, and every text to the end.

    Replies, reminders and answers to words come on top, as often as the person writes.

    Attributes:
        language: code.
        cohort: code.
        messages: how many texts.
        segments: of them, placeholders at their longest.
        toea: hundredths of a kina.
        besides: texts from days that not everybody has, such as of a slip; not in the sums.
    """

    language: str
    cohort: str
    messages: int
    segments: int
    toea: int
    besides: int


def costs(programme: Programme, prices: Prices) -> list[Cost]:
    """Return what a whole course costs, by language and cohort."""
    usual = usual_anchors(programme)
    asked = [*(entry.text for entry in programme.intake), programme.welcome]
    found = []
    for language in programme.languages:
        values = longest_values(programme, language)
        for cohort in programme.cohorts or (ALL,):
            items = items_of(programme, cohort)
            texts = [*asked, *(item.text for anchor, item in items if anchor in usual)]
            segments = sum(_segments(text.say.get(language, ""), values) for text in texts)
            besides = len(items) + len(asked) - len(texts)
            toea = segments * prices.toea
            found.append(Cost(language, cohort, len(texts), segments, toea, besides))
    return found


def _segments(template: str, values: Mapping[str, str]) -> int:
    if not template:
        return 0
    names = placeholders(template)
    known = names is not None and names <= values.keys()
    return count(template.format(**values) if known else template).segments
