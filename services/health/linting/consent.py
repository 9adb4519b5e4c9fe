"""Lint rules for joining and leaving: consent is asked once, and texts say how to stop; pure."""

from __future__ import annotations

import re
from collections.abc import Iterator

from services.health.format.entries import Entry, Expect, Text
from services.health.format.model import Programme
from services.health.linting.findings import Finding, fault, warning
from services.health.linting.places import questions_of

_CODES = {"yes", "no"}
_STOP = re.compile(r"\bstop", re.IGNORECASE)
_STOP_ALL = re.compile(r"\b(?:stop all|stopim olgeta)\b", re.IGNORECASE)
_FREE = {
    "en": re.compile(r"\bfree|\bno (?:cost|charge)|\bpay nothing", re.IGNORECASE),
    "tpi": re.compile(r"\bfri\b|\bi no gat pe\b|\bno baim\b|\bnogat pe\b", re.IGNORECASE),
}


def lint_consent(programme: Programme) -> Iterator[Finding]:
    """Yield faults in how people join and leave."""
    for entry in programme.intake:
        if entry.ask is None:
            message = "asks nothing, but the intake waits for an answer: put it into a reply"
            yield fault("intake_asks_nothing", f"intake.{entry.id}", message)
    questions = [entry for entry in programme.intake if entry.ask and entry.ask.consent]
    if len(questions) != 1:
        message = f"the intake must ask for consent once, not {len(questions)} times"
        yield fault("consent", "intake", message)
    for where, entry, question in questions_of(programme):
        if question.consent and entry not in programme.intake:
            yield fault("consent", where, "consent may only be asked for in the intake")
    for entry in questions:
        yield from _question(entry)
    yield from _leaving(programme)


def _question(entry: Entry) -> Iterator[Finding]:
    where, question = f"intake.{entry.id}", entry.ask
    codes = {option.code for option in question.options} if question else set()
    if question is None or question.expect is not Expect.CHOICE or codes != _CODES:
        yield fault("consent", where, "must be a choice with the codes `yes` and `no`")
    for language, text in _says(entry.text):
        if not _STOP.search(text):
            message = "must say how to stop, with the word STOP or STOPIM"
            yield fault("consent_text", where, message, language)
        free = _FREE.get(language)
        if free and not free.search(text):
            yield warning("consent_not_free", where, "does not say that it is free", language)


def _leaving(programme: Programme) -> Iterator[Finding]:
    if programme.stop is None:
        yield warning("no_stop", "stop", "people who leave are not asked why")
        return
    for language, text in _says(programme.stop.text):
        if not _STOP_ALL.search(text):
            message = "must say how to stop everything: STOP ALL or STOPIM OLGETA"
            yield fault("stop_text", "stop.text", message, language)


def _says(text: Text) -> Iterator[tuple[str, str]]:
    yield from text.say.items()
    yield from text.discreet.items()
