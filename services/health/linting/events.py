"""Lint rules for events of a person's life: each is answered, heard, and leads somewhere; pure."""

from collections.abc import Iterator

from services.health.format.entries import Do
from services.health.format.life_events import EVENTS, LifeEvent, Then
from services.health.format.model import Programme
from services.health.linting.findings import Finding, fault, plain

_LEAST_REASON, _LEAST_WORDS = 10, 2


def lint_events(programme: Programme) -> Iterator[Finding]:
    """Yield events that a course does not answer, and answers that lead nowhere."""
    answered = {event.code for event in programme.events}
    for code in EVENTS:
        if code not in answered:
            message = "is not answered: say what the course does, or `none: reason`"
            yield fault("event_unanswered", f"events.{code}", message)
    seen: dict[str, str] = {}
    for event in programme.events:
        if event.none:
            if len(event.none) < _LEAST_REASON:
                message = "needs the reason why the course has no answer"
                yield fault("event_unanswered", f"events.{event.code}", message)
            continue
        yield from _track(event)
        for cohort in sorted(set(event.cohorts) - set(programme.cohorts)):
            yield fault("unknown_cohort", f"events.{event.code}", f"there is no cohort {cohort}")
        yield from _words(programme, event, seen)
        if any(action.do is Do.EVENT for action in event.actions):
            message = "leads to another event: name what it does itself"
            yield fault("event_in_event", f"events.{event.code}", message)


def _track(event: LifeEvent) -> Iterator[Finding]:
    where = f"events.{event.code}"
    if (event.then is Then.CARE) != bool(event.messages):
        message = "`then: care` needs `messages`, and nothing else has any"
        yield fault("event_track", where, message)
    days = [item.day for item in event.messages]
    if any(day < 1 for day in days) or len(set(days)) < len(days):
        yield fault("event_track", where, "its messages need days of their own, from 1 on")
    if days and max(days) > event.last_day:
        message = f"has a message on day {max(days)}, and ends on day {event.last_day}"
        yield fault("event_track", where, message)


def _words(programme: Programme, event: LifeEvent, seen: dict[str, str]) -> Iterator[Finding]:
    where = f"events.{event.code}.hears"
    for language in programme.languages:
        if not event.hears.get(language):
            yield fault("missing_translation", where, f"hears nothing in {language}", language)
    for phrases in event.hears.values():
        for phrase in phrases:
            words = plain(phrase)
            if len(words.split()) < _LEAST_WORDS:
                message = f"{phrase}: a single word is also used of pigs or in passing"
                yield fault("vague_event", where, message)
            if seen.setdefault(words, event.code) != event.code:
                yield fault("event_word_twice", where, f"{phrase} also means {seen[words]}")
