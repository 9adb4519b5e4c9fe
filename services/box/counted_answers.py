"""Answers to each person, counted: so many an hour, and none that repeats itself without end."""

from dataclasses import asdict, fields
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import Connection, delete, select
from sqlalchemy.dialects.sqlite import insert

from services.box.local_answers import BoxRequest, LocalAnswer
from services.box.tables import ANSWERS
from services.messaging.answering import last_warning
from services.village.protocol import Answered
from sms.answering import (
    AnswerHistory,
    LastWarning,
    ProposedAnswer,
    Send,
    Silence,
    Weight,
    begin_history,
    may_answer,
)
from sms.local_time import local_day
from sms.reasons import Reason

_HISTORY = [ANSWERS.c[field.name] for field in fields(AnswerHistory)]
_KEPT = timedelta(days=1)


class Receiver(NamedTuple):
    """Receiver of an answer: blind index, language, and their limit an hour."""

    person: bytes
    language: str
    limit: int


class CountedAnswer(NamedTuple):
    """An answer within the limits: the text that goes, if any.

    `is_told`: whether the receiver has the answer, be it that it went five times just now.
    """

    text: str | None
    is_told: bool


def count_answer(
    unit: Connection, to: Receiver, told: LocalAnswer, digest: bytes, now: datetime
) -> CountedAnswer:
    """Decide on an answer, whose keyed digest is given, and count it."""
    row = unit.execute(select(*_HISTORY).where(ANSWERS.c.person == to.person)).first()
    known = AnswerHistory(*row) if row else begin_history(now)
    answer = ProposedAnswer(digest, _weight(told), to.limit)
    decision, counted = may_answer(known, answer, now)
    _keep(unit, to.person, counted)
    if isinstance(decision, Send):
        return CountedAnswer(told.text, is_told=True)
    if isinstance(decision, LastWarning):
        text = last_warning(decision, to.language, to.limit)
        return CountedAnswer(text, is_told=False)
    return CountedAnswer(None, is_told=decision == Silence(Reason.LOOP))


def delete_old_counts(unit: Connection, now: datetime) -> None:
    """Delete the counts of people who got no answer for a day."""
    unit.execute(delete(ANSWERS).where(ANSWERS.c.day < local_day(now - _KEPT)))


def _weight(told: LocalAnswer) -> Weight:
    if told.answered is Answered.DANGER:
        return Weight.DANGER
    return Weight.STOP if told.wish is BoxRequest.STOP else Weight.PLAIN


def _keep(unit: Connection, person: bytes, counted: AnswerHistory) -> None:
    values = asdict(counted)
    unit.execute(
        insert(ANSWERS)
        .values(person=person, **values)
        .on_conflict_do_update(index_elements=["person"], set_=values)
    )
