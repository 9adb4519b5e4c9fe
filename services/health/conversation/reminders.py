"""The clock of questions: asked again while nobody answers, and closed in the end."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from functools import partial

from sqlalchemy import ColumnElement, select, true
from sqlalchemy.orm import Session

from services.core.error_logging import alone
from services.health.conversation.answer_handler import close_unanswered
from services.health.conversation.member import Member, any_member_of
from services.health.courses.open_questions import AskingState
from services.health.courses.subscriptions import MEMBERS, OPEN, SubscriptionState
from services.health.format.entries import Question
from services.health.versions.store import approved_languages
from services.messaging.command_router import ReplyText
from services.messaging.outbox import OutboundMessage, SendOptions, enqueue_messages
from services.storage.models import Asking, Subscription
from sms.message import Kind, Late

REMINDER, FOLLOWING = "reminder", "following"
CHUNK = 200
_LOG = logging.getLogger(__name__)
_LIFE = timedelta(hours=24)
_ALL = true()
_TEXTED = OPEN - {SubscriptionState.PAUSED}


def remind(session: Session, now: datetime, limit: int = CHUNK) -> int:
    """Ask again what is due to be asked again, once each time.

    Args:
        session: an open writing session.
        now: UTC.
        limit: most questions in one transaction.

    Returns:
        How many were done; fewer than `limit`: nothing is left that can be.
    """
    due = (Asking.remind_at.is_not(None), Asking.remind_at <= now, Asking.closes_at > now)
    found = _open(session, due, limit)
    approved = approved_languages(session) if found else frozenset()

    def work(asking: Asking) -> None:
        member = any_member_of(session, session.get_one(Subscription, asking.subscription_id), now)
        question = member.programme.entry(asking.item).ask
        if question is None:
            return
        if member.row.state in _TEXTED and _may(member.row, approved):
            _ask_again(member, asking, question)
            asking.reminded_at = now
        # After a time in which nothing ran, one reminder is enough.
        while asking.remind_at is not None and asking.remind_at <= now:
            asking.reminded += 1
            asking.remind_at = _next(asking, question)

    return _each(session, found, work)


def close(session: Session, now: datetime, limit: int = CHUNK) -> int:
    """Close the questions that nobody answered, and do what their programmes say then.

    Who pauses is left alone until he goes on.

    The arguments and what is returned are those of `remind`.
    """
    running = Subscription.state != SubscriptionState.PAUSED.value
    found = _open(session, (Asking.closes_at <= now,), limit, running)
    approved = approved_languages(session) if found else frozenset()

    def work(asking: Asking) -> None:
        row = session.get_one(Subscription, asking.subscription_id)
        member = any_member_of(session, row, now)
        told = close_unanswered(member, asking)
        if row.number and _may(row, approved):
            _queue(member, told, f"{FOLLOWING}\0{row.public_id}\0{asking.item}\0{asking.asked_at}")

    return _each(session, found, work)


def _each(session: Session, found: Sequence[Asking], work: Callable[[Asking], None]) -> int:
    return sum(
        alone(session, _LOG, f"question {asking.id} is stuck", partial(work, asking))
        for asking in found
    )


def _open(
    session: Session,
    which: Sequence[ColumnElement[bool]],
    limit: int,
    courses: ColumnElement[bool] = _ALL,
) -> Sequence[Asking]:
    """Lock the courses, then the questions, as whoever answers or ends does."""
    found = session.scalars(
        select(Asking.id)
        .join(Subscription, Subscription.id == Asking.subscription_id)
        .where(Asking.state == AskingState.OPEN.value, *which, courses)
        .order_by(Asking.id)
        .limit(limit)
        .with_for_update(of=Subscription, skip_locked=True)
    ).all()
    return session.scalars(
        select(Asking)
        # Somebody may have answered just before.
        .where(Asking.id.in_(found), Asking.state == AskingState.OPEN.value, *which)
        .order_by(Asking.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).all()


def _may(row: Subscription, approved: frozenset[tuple[int, str]]) -> bool:
    return (row.version_id, row.language) in approved


def _next(asking: Asking, question: Question) -> datetime | None:
    days = question.remind_days[asking.reminded : asking.reminded + 1]
    return asking.asked_at + timedelta(days=days[0]) if days else None


def _ask_again(member: Member, asking: Asking, question: Question) -> None:
    entry = member.programme.entry(asking.item)
    said = member.said(question.reminder or entry.text, entry.id)
    member.session.flush()
    dedupe = f"{REMINDER}\0{member.row.public_id}\0{asking.item}\0{asking.asked_at}"
    _queue(
        member, [said], f"{dedupe}\0{asking.reminded}", min(asking.closes_at, member.now + _LIFE)
    )


def _queue(
    member: Member, told: Sequence[ReplyText], dedupe: str, until: datetime | None = None
) -> None:
    row = member.row
    agreed = row.state in MEMBERS
    mailing = SendOptions(
        REMINDER,
        member.now,
        until or member.now + _LIFE,
        # Who has not agreed yet was only asked whether he does.
        Kind.PROGRAMME if agreed else Kind.SERVICE,
        scope=row.programme if agreed else None,
        late=Late.SEND,
    )
    letters = [
        OutboundMessage(
            row.number or "",
            row.number_index,
            said.text,
            f"{dedupe}\0{place}",
            row.zone,
            said.trace,
        )
        for place, said in enumerate(told)
    ]
    enqueue_messages(member.session, letters, mailing)
