"""Lint rules for texts: all languages, one segment, known placeholders, nothing revealing; pure."""

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache

from services.health.format.model import (
    KEPT_LETTERS,
    NAME_LETTERS,
    PLACE_LETTERS,
    Programme,
    Status,
)
from services.health.linting.findings import (
    Finding,
    Placed,
    fault,
    items_with_places,
    placeholders,
    texts_of,
    warning,
)
from services.texts.catalogue import LANGUAGES, longest_help_words, say
from sms.encoding import count, outside_gsm7

LONGEST_TITLE = 20
_DAY = "25 Nov"
# Sent to strangers, who chose no manner.
_NEVER_DISCREET = "invitation"
_NOTHING = re.compile(r"(?!)")
_PROMISE = re.compile(
    r"\b(?:will|shall|going to) (?:call|ring|phone|visit|contact|hear from)\b"
    r"|\bwe (?:will )?(?:tell|told|inform) (?:a|the|our) (?:nurse|doctor|clinic|health worker)\b"
    r"|\bbai (?:i )?(?:ringim|kolim) yu\b|\bmipela (?:bai )?tokim (?:helt|nes|dokta)",
    re.IGNORECASE,
)
# Who sends CALL is told whether somebody can call.
_ASKED_FOR = re.compile(r"\b(?:CALL ME|CALL|RINGIM MI)\b")
# Replies to a person's own keyword alone say back words that they gave.
_SAID_BACK = "words."


def lint_texts(programme: Programme) -> Iterator[Finding]:
    """Yield faults in texts."""
    for language, status in programme.languages.items():
        where = f"languages.{language}"
        if status is Status.DRAFT:
            message = "it is a draft: it cannot be approved and is not sent"
            yield warning("draft_language", where, message, language)
        if language not in LANGUAGES:
            message = f"Bilum answers only in {' and '.join(LANGUAGES)} alone"
            yield fault("language_not_served", where, message, language)
        yield from _in_language(programme, language)
        yield from _twice(programme, language)
    yield from _unknown_languages(programme)


def longest_values(programme: Programme, language: str) -> dict[str, str]:
    """Return each placeholder's longest value."""
    neutral = say("programme.course", language) if language in LANGUAGES else ""
    values = {
        "name": "M" * NAME_LETTERS,
        "place": "M" * PLACE_LETTERS,
        # On a phone that others read, the neutral one stands for it.
        "title": max(programme.title.get(language, ""), neutral, key=len),
    }
    # Those who run the program answer in its own languages alone.
    values |= longest_help_words(language) if language in LANGUAGES else {}
    for anchor in programme.anchors:
        # Until the day is known, the text shows the anchor's label.
        values[anchor.code] = max(_DAY, anchor.label.get(language, ""), key=len)
    return values


def _in_language(programme: Programme, language: str) -> Iterator[Finding]:
    yield from _names(programme, language)
    values = longest_values(programme, language)
    kept = dict.fromkeys(programme.kept(), "M" * KEPT_LETTERS)
    for placed in texts_of(programme):
        template = placed.text.say.get(language)
        if not template:
            yield fault("missing_translation", placed.where, f"has no text in {language}", language)
            continue
        said = values | (kept if placed.where.startswith(_SAID_BACK) else {})
        yield from _text(template, placed.where, said, language)
        discreet = placed.text.discreet.get(language)
        if discreet:
            yield from _text(discreet, f"{placed.where}.discreet", values, language)
        if discreet or not placed.where.startswith(_NEVER_DISCREET):
            yield from _reveals(programme, placed, language, said)


def _names(programme: Programme, language: str) -> Iterator[Finding]:
    title = programme.title.get(language, "")
    if not title:
        yield fault("missing_translation", "title", f"has no text in {language}", language)
    if len(title) > LONGEST_TITLE:
        message = f"has {len(title)} letters; {LONGEST_TITLE} fit into answers"
        yield fault("long_title", "title", message, language)
    for anchor in programme.anchors:
        where, label = f"anchors.{anchor.code}.label", anchor.label.get(language, "")
        if not label:
            yield fault("missing_translation", where, f"has no text in {language}", language)
        yield from _letters(label, where, language)
    yield from _letters(title, "title", language)
    yield from _letters(programme.nameless.get(language, ""), "nameless", language)
    named = any("{name}" in placed.text.say.get(language, "") for placed in texts_of(programme))
    if named and not programme.nameless.get(language):
        message = f"says nothing in {language} for people whose name is not known"
        yield fault("missing_translation", "nameless", message, language)


def _text(template: str, where: str, values: Mapping[str, str], language: str) -> Iterator[Finding]:
    names = placeholders(template)
    unknown = names - values.keys() if names is not None else {"{ or }"}
    if names is None or unknown:
        known = ", ".join(f"{{{name}}}" for name in values)
        message = f"has no {', '.join(sorted(unknown))}; there are {known}"
        yield fault("unknown_placeholder", where, message, language)
        return
    if template != template.strip() or "  " in template:
        yield warning("untidy_text", where, "has an extra space", language)
    if _PROMISE.search(template) and not _ASKED_FOR.search(template):
        message = "promises somebody's act: the program says, after an `alert`, whether it is kept"
        yield fault("promises_call", where, message, language)
    filled = template.format(**values)
    strange = list(_letters(template, where, language))
    yield from strange
    counted = count(filled)
    if counted.segments > 1 and not strange:
        message = f"takes {counted.units} of the 160 characters of one SMS"
        yield fault("too_long", where, message, language)


def _letters(text: str, where: str, language: str) -> Iterator[Finding]:
    strange = outside_gsm7(text)
    if strange:
        message = f"has letters that limit an SMS to 70 characters: {' '.join(strange)}"
        yield fault("not_gsm7", where, message, language)


def _reveals(
    programme: Programme, placed: Placed, language: str, values: Mapping[str, str]
) -> Iterator[Finding]:
    discreet = placed.text.discreet.get(language)
    shown = discreet or placed.text.say[language]
    # The title is not shown where others read the phone.
    for name, value in {**values, "title": ""}.items():
        shown = shown.replace(f"{{{name}}}", value)
    words = _any_of(programme.revealing.get(language, ())).findall(shown)
    if words:
        message = f"says {', '.join(words)}: give a `discreet` text without it"
        where = f"{placed.where}.discreet" if discreet else placed.where
        yield fault("revealing", where, message, language)


@lru_cache
def _any_of(words: tuple[str, ...]) -> re.Pattern[str]:
    if not words:
        return _NOTHING
    longest_first = sorted(map(re.escape, words), key=len, reverse=True)
    return re.compile(rf"\b(?:{'|'.join(longest_first)})\b", re.IGNORECASE)


def _twice(programme: Programme, language: str) -> Iterator[Finding]:
    first: dict[str, str] = {}
    for where, _, item in items_with_places(programme):
        text = item.text.say.get(language, "")
        if text and first.setdefault(text, where) != where:
            message = f"says the same as {first[text]}"
            yield warning("same_text_twice", where, message, language)


def _unknown_languages(programme: Programme) -> Iterator[Finding]:
    """Yield texts in languages that the programme does not list: most often a typing error."""
    for placed in texts_of(programme):
        for language in sorted({*placed.text.say, *placed.text.discreet} - {*programme.languages}):
            message = f"{language} is none of its languages"
            yield warning("unknown_language", placed.where, message)
