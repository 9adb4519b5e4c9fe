"""The cost of a whole course for one person, and its ceiling; pure."""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from services.health.format.entries import Question, Text
from services.health.format.items import Item
from services.health.format.model import Programme
from services.health.linting.course import items_of
from services.health.linting.findings import Finding, LintSettings, fault, placeholders
from services.health.linting.flow import usual_anchors
from services.health.linting.texts import longest_values
from sms.encoding import count

_TOEA = 100


class Cost(NamedTuple):
    """Cost of a whole course for one person: intake, welcome, and every text to the end.

    Replies, reminders and answers to keywords come on top, as often as the person writes.

    Attributes:
        segments: of the messages, with placeholders at their longest.
        toea: hundredths of a kina.
        besides: texts from days that not everybody has, such as of a relapse; not in the sums.
        longest: segments of the longest path: all texts, reminders, and the longest reply to each
            question. Answers to keywords, and days that begin again, are not in it.
    """

    language: str
    cohort: str
    messages: int
    segments: int
    toea: int
    besides: int
    longest: int


def costs(programme: Programme, settings: LintSettings) -> list[Cost]:
    """Return the cost of a whole course, by language and cohort, in a trial by arm."""
    usual = usual_anchors(programme)
    intake = [*(entry.text for entry in programme.intake), programme.welcome]
    found = []
    for language in programme.languages:
        values = longest_values(programme, language)
        for cohort in programme.groups():
            items = items_of(programme, cohort)
            texts = [*intake, *(item.text for anchor, item in items if anchor in usual)]
            segments = sum(_of(text, language, values) for text in texts)
            besides = len(items) + len(intake) - len(texts)
            toea = segments * settings.toea
            longest = _longest(programme, [item for _, item in items], language)
            found.append(Cost(language, cohort, len(texts), segments, toea, besides, longest))
    return found


def lint_ceiling(programme: Programme, settings: LintSettings) -> Iterator[Finding]:
    """Yield paths that cost more than the ceiling: nobody could finish the course within it."""
    ceiling = programme.ceiling
    if ceiling is None:
        return
    most = ceiling.segments or ceiling.toea // max(settings.toea, 1)
    for one in costs(programme, settings):
        if one.longest > most:
            toea = one.longest * settings.toea
            message = (
                f"the longest path of {one.cohort} is {one.longest} segments, "
                f"K{toea // _TOEA}.{toea % _TOEA:02}; the ceiling is {ceiling}"
            )
            yield fault("ceiling_exceeded", "ceiling", message, one.language)


def _longest(programme: Programme, items: list[Item], language: str) -> int:
    values = longest_values(programme, language)
    sums = _of(programme.welcome, language, values)
    for entry in (*programme.intake, *items, *programme.questions):
        sums += _of(entry.text, language, values)
        if entry.ask is not None:
            sums += _around(entry.ask, entry.text, language, values)
    return sums


def _around(question: Question, text: Text, language: str, values: Mapping[str, str]) -> int:
    """Return the segments of all reminders of a question, and of the longest reply to it."""
    again = _of(question.reminder or text, language, values) * len(question.remind_days)
    replies = [_of(branch.reply, language, values) for branch in question.branches if branch.reply]
    # Without a reply of its own, an answer is thanked for in one segment.
    return again + max(replies, default=1)


def _of(text: Text, language: str, values: Mapping[str, str]) -> int:
    """Return the segments of a text, the plain or the discreet one, whichever has more."""
    said = text.say.get(language, ""), text.discreet.get(language, "")
    return max(_segments(one, values) for one in said)


def _segments(template: str, values: Mapping[str, str]) -> int:
    if not template:
        return 0
    names = placeholders(template)
    known = names is not None and names <= values.keys()
    return count(template.format(**values) if known else template).segments
