"""Answers to one number: so many an hour, and none that repeats itself without end; pure.

A message that gets no answer is taken, recorded and acted on all the same.

| weight of the answer | goes beyond the limits | goes beyond the day's ceiling in money |
|---|---|---|
| plain | - | - |
| a code that was asked for | - | yes |
| what STOP does | once a day | yes |
| what to do in danger | three times a day | yes |
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import IntEnum
from typing import NamedTuple

from sms.local_time import local_day
from sms.reasons import Reason

WINDOW = timedelta(hours=1)
"""Time in which answers to a number are counted, from the first on."""
LOOP = 5
"""The same answer goes so many times within `LOOP_WINDOW`; then two programs talk to each other."""
LOOP_WINDOW = timedelta(minutes=10)


class Weight(IntEnum):
    """Weight of an answer: of the texts of one answer, the heaviest holds."""

    PLAIN = 0
    CODE = 1
    STOP = 2
    DANGER = 3


_SPARE: Mapping[Weight, int] = {Weight.STOP: 1, Weight.DANGER: 3}
"""Answers of a day that go beyond the limits, by weight."""


class AnswerLimits(NamedTuple):
    """Most answers an hour: to keepers and strangers, and to people whose work is to report."""

    keepers: int = 20
    workers: int = 200


USUAL = AnswerLimits()


@dataclass(frozen=True, slots=True)
class AnswerHistory:
    """Answers to one number so far.

    Attributes:
        since: beginning of the hour that is counted (UTC).
        answers: texts of answers in that hour.
        digest: of the last answer.
        run: times in a row that it was the same.
        run_since: when that began (UTC); in a loop, when it came last.
        day: local day of the next two.
        dangers, stops: answers that went beyond the limits.
    """

    since: datetime
    answers: int
    digest: bytes
    run: int
    run_since: datetime
    day: date
    dangers: int = 0
    stops: int = 0


class ProposedAnswer(NamedTuple):
    """An answer that may go: its keyed digest, its weight, the number's limit an hour, its texts.

    Each text costs money, so each counts.
    """

    digest: bytes
    weight: Weight
    limit: int
    texts: int = 1


class Send(NamedTuple):
    """The answer goes."""


class LastWarning(NamedTuple):
    """The answer does not go; a last text tells that none goes until then (UTC)."""

    until: datetime
    reason: Reason = Reason.TOO_MANY


class Silence(NamedTuple):
    """The answer does not go, for this reason, and the number is told nothing."""

    reason: Reason


Decision = Send | LastWarning | Silence


def begin_history(now: datetime) -> AnswerHistory:
    """Return the history of a number that got no answer yet."""
    return AnswerHistory(now, 0, b"", 0, now, local_day(now))


def may_answer(
    history: AnswerHistory, answer: ProposedAnswer, now: datetime
) -> tuple[Decision, AnswerHistory]:
    """Decide on an answer, and return the history with it counted."""
    today = local_day(now)
    known = history if history.day == today else replace(history, day=today, dangers=0, stops=0)
    counted = _counted(known, answer, now)
    decision = _decide(counted, answer)
    if not isinstance(decision, Send) and _spare(known, answer.weight):
        return Send(), _used(known, answer.weight)
    return decision, counted


def _counted(known: AnswerHistory, answer: ProposedAnswer, now: datetime) -> AnswerHistory:
    since, answers = known.since, known.answers
    # Of two messages at once, the earlier one may be counted last.
    if abs(now - since) >= WINDOW:
        since, answers = now, 0
    digest = answer.digest
    same = digest == known.digest and abs(now - known.run_since) < LOOP_WINDOW
    run = known.run + 1 if same else 1
    # A loop lasts until its answer has not been due for the whole window.
    run_since = known.run_since if same and run <= LOOP else now
    if run <= LOOP:
        answers += answer.texts
    return replace(known, since=since, answers=answers, digest=digest, run=run, run_since=run_since)


def _decide(counted: AnswerHistory, answer: ProposedAnswer) -> Decision:
    if counted.run > LOOP:
        return Silence(Reason.LOOP)
    # The first of an hour goes, however many texts it is.
    if counted.answers <= max(answer.limit, answer.texts):
        return Send()
    if counted.answers - answer.texts <= answer.limit:
        return LastWarning(counted.since + WINDOW)
    return Silence(Reason.TOO_MANY)


def _spare(known: AnswerHistory, weight: Weight) -> bool:
    used = known.dangers if weight is Weight.DANGER else known.stops
    return used < _SPARE.get(weight, 0)


def _used(known: AnswerHistory, weight: Weight) -> AnswerHistory:
    if weight is Weight.DANGER:
        return replace(known, dangers=known.dangers + 1)
    return replace(known, stops=known.stops + 1)
