"""Lint rules for joining and leaving: shared phones, ages, consent, and the reply to STOP; pure."""

import re
from collections.abc import Iterator

from services.health.format.entries import Branch, Do, Entry, Expect, Question, Text
from services.health.format.model import Programme
from services.health.linting.findings import (
    Finding,
    LintSettings,
    fault,
    questions_of,
    warning,
)

AGE = "age"
"""Question of the intake that asks for the person's years."""

_YES_NO = {"yes", "no"}
_PRIVACY = re.compile(r"\b(?:privacy|praivet|praivesi)\b", re.IGNORECASE)
_STOP = re.compile(r"\bstop", re.IGNORECASE)
_STOP_ALL = re.compile(r"\b(?:stop all|stopim olgeta)\b", re.IGNORECASE)
_FREE = {
    "en": re.compile(r"\bfree|\bno (?:cost|charge)|\bpay nothing", re.IGNORECASE),
    "tpi": re.compile(r"\bfri\b|\bi no gat pe\b|\bno baim\b|\bnogat pe\b", re.IGNORECASE),
}


def lint_consent(programme: Programme, settings: LintSettings) -> Iterator[Finding]:
    """Yield faults in how people join and leave."""
    yield from _first(programme)
    yield from _ages(programme)
    yield from lint_cost(programme, settings)
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
        yield from _more(programme, entry)
    yield from _leaving(programme)


def _first(programme: Programme) -> Iterator[Finding]:
    """Warn where the first question is not who reads the phone: texts are discreet until told."""
    first = programme.intake[0] if programme.intake else None
    actions = [one for branch in _branches(first) for one in branch.actions]
    if {one.target for one in actions if one.do is Do.DISCREET} != {"on", "off"}:
        message = "the first question must be who reads the phone, with `discreet: on` and `off`"
        yield warning("shared_not_first", "intake", message)


def _ages(programme: Programme) -> Iterator[Finding]:
    """Yield faults in the least age: below it the question `age` ends the course, from it not."""
    least = programme.least_age
    if least is None:
        message = "needs `least_age`, which the ministry sets; 0: everybody may join"
        yield fault("no_age", "country", message)
    if not least:
        return
    entry = next((one for one in programme.intake if one.id == AGE), None)
    question = entry.ask if entry else None
    if question is None or question.expect is not Expect.NUMBER:
        message = f"nobody is asked whether they are {least}: ask a number, as `{AGE}`"
        yield fault("age_not_asked", "intake", message)
        return
    for years in range(question.least or 0, least):
        if not _ends(question, years):
            yield fault("too_young", f"intake.{AGE}", f"{years} years do not end it")
            return
    if _ends(question, least):
        yield fault("too_young", f"intake.{AGE}", f"{least} years, the least age, end it")


def _ends(question: Question, years: int) -> bool:
    fitting = (
        branch
        for branch in question.branches
        if (branch.least is None or branch.least <= years)
        and (branch.most is None or years <= branch.most)
    )
    first = next(fitting, None)
    return first is not None and any(one.do is Do.END for one in first.actions)


def _branches(entry: Entry | None) -> tuple[Branch, ...]:
    return entry.ask.branches if entry and entry.ask else ()


def lint_cost(programme: Programme, settings: LintSettings) -> Iterator[Finding]:
    """Warn of an invitation or consent that says `free` where it is not, or does not where it is.

    Without a number that the carriers do not charge for, an answer costs.
    """
    texts = [("invitation", programme.invitation)] if programme.invitation else []
    texts += [
        (f"intake.{one.id}", one.text) for one in programme.intake if one.ask and one.ask.consent
    ]
    for where, text in texts:
        for language, said in _says(text):
            free = _FREE.get(language)
            claimed = free is not None and free.search(said) is not None
            if claimed and not settings.free:
                message = "says that it is free: an answer costs until BILUM_SMS_FREE is set"
                yield warning("claims_free", where, message, language)
            if free and not claimed and settings.free and where != "invitation":
                yield warning("consent_not_free", where, "does not say that it is free", language)


def _more(programme: Programme, consent: Entry) -> Iterator[Finding]:
    """Warn where nothing before YES tells how to read what is kept, and for how long."""
    told = list(programme.intake[: programme.intake.index(consent)])
    texts = [consent.text, *(branch.reply for one in told for branch in _branches(one))]
    for language in programme.languages:
        if not any(text and _PRIVACY.search(text.say.get(language, "")) for text in texts):
            message = "nothing before it tells where to read more: the word PRIVACY or PRAIVET"
            yield warning("consent_privacy", f"intake.{consent.id}", message, language)


def _question(entry: Entry) -> Iterator[Finding]:
    where, question = f"intake.{entry.id}", entry.ask
    codes = {option.code for option in question.options} if question else set()
    if question is None or question.expect is not Expect.CHOICE or codes != _YES_NO:
        yield fault("consent", where, "must be a choice with the codes `yes` and `no`")
    for language, text in _says(entry.text):
        if not _STOP.search(text):
            message = "must say how to stop, with the word STOP or STOPIM"
            yield fault("consent_text", where, message, language)


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
