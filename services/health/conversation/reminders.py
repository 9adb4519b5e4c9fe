"""Reminders of open questions, and their closing."""

import logging
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, literal, select, true
from sqlalchemy.orm import InstrumentedAttribute, Session

from services.core.error_logging import isolated
from services.health.conversation.answer_handler import close_unanswered
from services.health.conversation.member import Member, any_member_of
from services.health.courses.subscriptions import MEMBERS, OPEN, QuestionState, SubscriptionState
from services.health.format.entries import Question
from services.health.versions.store import approved_languages
from services.messaging.outbox import OutboundMessage, ReplyText, SendOptions, enqueue_messages
from services.storage.models import AskedQuestion, Subscription, TrialRow
from sms.message import Kind, Late

REMINDER, FOLLOWING = "reminder", "following"
CHUNK = 200
_LOG = logging.getLogger(__name__)
_LIFE = timedelta(hours=24)
_ALL = true()
# As a literal: with a parameter, PostgreSQL could not know that its partial indexes serve.
_IS_OPEN = AskedQuestion.state == literal(QuestionState.OPEN.value, literal_execute=True)
_BEFORE_TRIAL = and_(
    Subscription.state == SubscriptionState.CONSENTED.value,
    exists().where(TrialRow.programme == Subscription.programme, TrialRow.closed_at.is_(None)),
)
_TEXTED = OPEN - {SubscriptionState.PAUSED}


def remind(session: Session, now: datetime, limit: int = CHUNK) -> int:
    """Send due reminders, each once; return how many questions, `limit`: more may be due."""
    due = (
        AskedQuestion.remind_at.is_not(None),
        AskedQuestion.remind_at <= now,
        AskedQuestion.closes_at > now,
    )
    found = _open(session, due, AskedQuestion.remind_at, limit)
    approved = approved_languages(session) if found else frozenset()

    def work(question_row: AskedQuestion) -> None:
        member = any_member_of(
            session, session.get_one(Subscription, question_row.subscription_id), now
        )
        question = member.programme.entry(question_row.item).ask
        if question is None:
            return
        if member.row.state in _TEXTED and _may(member.row, approved):
            _ask_again(member, question_row, question)
            question_row.reminded_at = now
        # After an outage, one reminder is enough.
        while question_row.remind_at is not None and question_row.remind_at <= now:
            question_row.reminded += 1
            question_row.remind_at = _next(question_row, question)

    return _each(session, found, work)


def close(session: Session, now: datetime, limit: int = CHUNK, *, allocating: bool = False) -> int:
    """Close unanswered questions and carry out the programme's actions; return how many.

    Questions of a paused course stay open until it resumes. `allocating`: those alone after which
    a trial may allocate, in a session that is the one writer; otherwise all others.
    """
    running = Subscription.state != SubscriptionState.PAUSED.value
    courses = and_(running, _BEFORE_TRIAL if allocating else ~_BEFORE_TRIAL)
    past = (AskedQuestion.closes_at <= now,)
    found = _open(session, past, AskedQuestion.closes_at, limit, courses)
    approved = approved_languages(session) if found else frozenset()

    def work(question_row: AskedQuestion) -> None:
        row = session.get_one(Subscription, question_row.subscription_id)
        member = any_member_of(session, row, now)
        replies = close_unanswered(member, question_row)
        if row.number and _may(row, approved):
            _queue(
                member,
                replies,
                f"{FOLLOWING}\0{row.public_id}\0{question_row.item}\0{question_row.asked_at}",
            )

    return _each(session, found, work)


def allocation_waits(session: Session, now: datetime) -> bool:
    """Return whether a question closes after which a trial may allocate."""
    wanted = (
        select(AskedQuestion.id)
        .join(Subscription, Subscription.id == AskedQuestion.subscription_id)
        .where(_IS_OPEN, AskedQuestion.closes_at <= now, _BEFORE_TRIAL)
        .limit(1)
    )
    return session.scalar(wanted) is not None


def _each(
    session: Session, found: Sequence[AskedQuestion], work: Callable[[AskedQuestion], None]
) -> int:
    return sum(
        isolated(session, _LOG, f"question {question_row.id} is stuck", partial(work, question_row))
        for question_row in found
    )


def _open(
    session: Session,
    which: Sequence[ColumnElement[bool]],
    due_at: InstrumentedAttribute[Any],
    limit: int,
    courses: ColumnElement[bool] = _ALL,
) -> Sequence[AskedQuestion]:
    """Lock the courses, then the questions: the order of everyone who answers or ends.

    The first due come first, as the index has them: without a sort, it ends after the limit.
    """
    found = session.scalars(
        select(AskedQuestion.id)
        .join(Subscription, Subscription.id == AskedQuestion.subscription_id)
        .where(_IS_OPEN, *which, courses)
        .order_by(due_at)
        .limit(limit)
        .with_for_update(of=Subscription, skip_locked=True)
    ).all()
    return session.scalars(
        select(AskedQuestion)
        # The answer may have come just before the lock.
        .where(AskedQuestion.id.in_(found), _IS_OPEN, *which)
        .order_by(AskedQuestion.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).all()


def _may(row: Subscription, approved: frozenset[tuple[int, str]]) -> bool:
    return (row.version_id, row.language) in approved


def _next(question_row: AskedQuestion, question: Question) -> datetime | None:
    days = question.remind_days[question_row.reminded : question_row.reminded + 1]
    return question_row.asked_at + timedelta(days=days[0]) if days else None


def _ask_again(member: Member, question_row: AskedQuestion, question: Question) -> None:
    entry = member.programme.entry(question_row.item)
    reply = member.reply(question.reminder or entry.text, entry.id)
    member.session.flush()
    dedupe = f"{REMINDER}\0{member.row.public_id}\0{question_row.item}\0{question_row.asked_at}"
    _queue(
        member,
        [reply],
        f"{dedupe}\0{question_row.reminded}",
        min(question_row.closes_at, member.now + _LIFE),
    )


def _queue(
    member: Member, replies: Sequence[ReplyText], dedupe: str, until: datetime | None = None
) -> None:
    row = member.row
    agreed = row.state in MEMBERS
    options = SendOptions(
        REMINDER,
        member.now,
        until or member.now + _LIFE,
        # Before consent, a reminder only repeats the question for it.
        Kind.PROGRAMME if agreed else Kind.SERVICE,
        scope=row.programme if agreed else None,
        late=Late.SEND,
    )
    messages = [
        OutboundMessage(
            row.number or "",
            row.number_index,
            reply.text,
            f"{dedupe}\0{place}",
            row.zone,
            reply.trace,
        )
        for place, reply in enumerate(replies)
    ]
    enqueue_messages(member.session, messages, options)
