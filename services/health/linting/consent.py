"""Rules for joining and leaving: consent is asked once, and every way out is told; pure."""

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
    """Yield what is wrong with how one joins, and how one leaves."""
    for entry in programme.intake:
        if entry.ask is None:
            told = "asks nothing, and the intake waits for an answer: put it into a reply"
            yield fault("intake_asks_nothing", f"intake.{entry.id}", told)
    asked = [entry for entry in programme.intake if entry.ask and entry.ask.consent]
    if len(asked) != 1:
        told = f"the intake must ask for consent once, not {len(asked)} times"
        yield fault("consent", "intake", told)
    for where, entry, question in questions_of(programme):
        if question.consent and entry not in programme.intake:
            yield fault("consent", where, "consent is asked for in the intake alone")
    for entry in asked:
        yield from _question(entry)
    yield from _leaving(programme)


def _question(entry: Entry) -> Iterator[Finding]:
    where, asked = f"intake.{entry.id}", entry.ask
    codes = {option.code for option in asked.options} if asked else set()
    if asked is None or asked.expect is not Expect.CHOICE or codes != _CODES:
        yield fault("consent", where, "must be a choice with the codes `yes` and `no`")
    for language, said in _says(entry.text):
        if not _STOP.search(said):
            told = "must say how to stop, with the word STOP or STOPIM"
            yield fault("consent_text", where, told, language)
        free = _FREE.get(language)
        if free and not free.search(said):
            yield warning("consent_not_free", where, "does not say that it is free", language)


def _leaving(programme: Programme) -> Iterator[Finding]:
    if programme.stop is None:
        yield warning("no_stop", "stop", "nobody who leaves is asked why")
        return
    for language, said in _says(programme.stop.text):
        if not _STOP_ALL.search(said):
            told = "must say how to stop everything: STOP ALL or STOPIM OLGETA"
            yield fault("stop_text", "stop.text", told, language)


def _says(text: Text) -> Iterator[tuple[str, str]]:
    yield from text.say.items()
    yield from text.discreet.items()
