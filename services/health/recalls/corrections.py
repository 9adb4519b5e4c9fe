"""Corrections: a notice and the right text for each person who has the wrong one, once.

A correction is one row a person, and the names of its messages in the outbox are used once.
"""

import logging
from datetime import datetime, timedelta
from functools import partial
from uuid import uuid4

from sqlalchemy import exists, or_, select
from sqlalchemy.orm import Session, aliased

from services.core.error_logging import isolated
from services.health.conversation.member import Member, any_member_of, is_approved, is_intake
from services.health.conversation.reminders import REMINDER
from services.health.courses.staff import NOT_HAD
from services.health.courses.subscriptions import (
    MEMBERS,
    OPEN,
    QuestionState,
    SubscriptionState,
    record_question,
)
from services.health.format.entries import Entry
from services.health.format.text_ids import is_reply, texts_by_id
from services.health.recalls.waiting_texts import lock_courses, place_of, said_anew
from services.messaging.outbox import OutboundMessage, ReplyText, SendOptions, enqueue_messages
from services.storage.models import AskedQuestion, Message, Recall, Subscription, TextCorrection
from services.texts.catalogue import say
from sms.message import Kind
from sms.states import MAY_HAVE_COME

CORRECTION = "correction"
"""Purpose of the messages of a correction."""

SENT, LEFT, ANSWERED, LATER = "sent", "left", "answered", "superseded"
"""Outcomes of a correction: the person left; the question is over; a later recall corrects it."""

ENDS_WELL = frozenset({SubscriptionState.COMPLETED, SubscriptionState.LOST})
"""Ends of a course after which its person still agrees to its texts."""

_LOG = logging.getLogger(__name__)
_GAP = timedelta(minutes=2)
"""Between the notice and the right text, so that they come in this order."""
_LIFE = timedelta(hours=72)
_LEFT_TO_US = [state.value for state in OPEN - {SubscriptionState.PAUSED}] + [
    state.value for state in ENDS_WELL
]

_NEWER = aliased(Recall)
_NEWER_NOTES = exists().where(
    _NEWER.noted_to.is_not(None),
    _NEWER.id > Recall.id,
    _NEWER.programme == Recall.programme,
    _NEWER.text_id == Recall.text_id,
    _NEWER.language == Recall.language,
)


def send_corrections(session: Session, now: datetime, limit: int) -> int:
    """Correct people who have a recalled text, each once; return how many were decided on.

    Who is in a pause is corrected when their course goes on. While a later recall of the text still
    notes whom it corrects, those of this one wait: nobody is corrected twice.
    """
    ready = or_(
        Subscription.state.in_(_LEFT_TO_US),
        Subscription.state.not_in([state.value for state in OPEN]),
    )
    waiting = session.execute(
        select(TextCorrection.id, TextCorrection.subscription_id)
        .join(Subscription, Subscription.id == TextCorrection.subscription_id)
        .join(Recall, Recall.id == TextCorrection.recall_id)
        .where(TextCorrection.done_at.is_(None), ready, ~_NEWER_NOTES)
        .order_by(TextCorrection.id)
        .limit(limit)
    ).all()
    rows = {row.id: row for row in lock_courses(session, [one.subscription_id for one in waiting])}
    return sum(
        isolated(
            session,
            _LOG,
            f"correction {one.id} is stuck",
            partial(_correct, session, one.id, rows[one.subscription_id], now),
        )
        for one in waiting
        if one.subscription_id in rows
    )


def _correct(session: Session, key: int, row: Subscription, now: datetime) -> None:
    correction = session.get_one(TextCorrection, key, with_for_update=True, populate_existing=True)
    # Another worker may have sent it, or the person paused, just before the lock.
    if correction.done_at is not None or row.state == SubscriptionState.PAUSED:
        return
    recall = session.get_one(Recall, correction.recall_id)
    # Or a later recall was approved in between.
    if session.scalar(select(Recall.id).where(Recall.id == recall.id, _NEWER_NOTES)) is not None:
        return
    correction.outcome = _outcome(any_member_of(session, row, now), recall, correction)
    correction.done_at = now
    session.flush()


def _outcome(member: Member, recall: Recall, correction: TextCorrection) -> str:
    row = member.row
    agreed = row.state in MEMBERS | ENDS_WELL
    if not row.number or not (agreed or row.state in OPEN) or not is_approved(member.session, row):
        return LEFT
    if _is_superseded(member.session, recall, correction):
        return LATER
    place = _place_received(member, recall)
    if place is None:
        return NOT_HAD
    entry = next((one for one in member.programme.entries() if one.id == recall.text_id), None)
    if entry is not None and not _ask_again(member, entry):
        return ANSWERED
    text = texts_by_id(member.programme)[recall.text_id][place]
    as_reply = is_reply(member.programme, recall.text_id)
    _queue(member, recall, said_anew(member, recall.text_id, text, as_reply=as_reply))
    return SENT


def _is_superseded(session: Session, recall: Recall, correction: TextCorrection) -> bool:
    later = (
        select(TextCorrection.id)
        .join(Recall, Recall.id == TextCorrection.recall_id)
        .where(
            TextCorrection.subscription_id == correction.subscription_id,
            Recall.id > recall.id,
            Recall.text_id == recall.text_id,
            Recall.language == recall.language,
        )
    )
    return session.scalar(later.limit(1)) is not None


def _place_received(member: Member, recall: Recall) -> int | None:
    """Return which of the texts of an id the person has; None: that cannot be told any more."""
    rows = member.session.scalars(
        select(Message)
        .where(
            Message.subscription_id == member.row.id,
            Message.language == recall.language,
            Message.state.in_(MAY_HAVE_COME),
            or_(Message.item == recall.text_id, Message.reply.is_not(None)),
        )
        .order_by(Message.id.desc())
    )
    theirs = (one for one in rows if recall.text_id in {one.item, one.reply})
    newest = next(theirs, None)
    return None if newest is None else place_of(member, newest, recall.text_id)


def _ask_again(member: Member, entry: Entry) -> bool:
    """Ask a question anew: an answer to the wrong text may not count; false: it is over."""
    if entry.ask is None:
        return True
    if is_intake(member, entry):
        return _is_open(member, entry)
    if member.row.state != SubscriptionState.ACTIVE:
        return False
    record_question(member.session, member.row, entry.id, entry.ask, member.now + _GAP)
    return True


def _is_open(member: Member, entry: Entry) -> bool:
    asked = select(AskedQuestion.id).where(
        AskedQuestion.subscription_id == member.row.id,
        AskedQuestion.item == entry.id,
        AskedQuestion.state == QuestionState.OPEN.value,
        AskedQuestion.closes_at > member.now,
    )
    return member.session.scalar(asked.limit(1)) is not None


def _queue(member: Member, recall: Recall, said: ReplyText) -> None:
    row, sealed = member.row, said.trace.item is None
    # Of a reply, neither purpose nor name may tell who was answered.
    name = uuid4().hex if sealed else f"{recall.public_id}\0{row.public_id}"
    agreed = row.state in MEMBERS | ENDS_WELL
    notice = say("programme.correction", row.language)
    for number, body in enumerate((notice, said.text)):
        at, named = member.now + number * _GAP, f"{CORRECTION}\0{name}\0{number}"
        message = OutboundMessage(
            row.number or "", row.number_index, body, named, row.zone, said.trace
        )
        options = SendOptions(
            REMINDER if sealed else CORRECTION,
            at,
            at + _LIFE,
            Kind.PROGRAMME if agreed else Kind.SERVICE,
            scope=row.programme if agreed else None,
        )
        enqueue_messages(member.session, [message], options)
