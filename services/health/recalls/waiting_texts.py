"""Waiting texts that were recalled, written anew.

A waiting message keeps its row, so that nobody gets both texts or neither: whoever is killed leaves
it wrong or right, and a wrong one is not sent.
"""

import logging
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial
from itertools import islice
from typing import Any

from sqlalchemy import ColumnElement, Row, and_, literal, or_, select
from sqlalchemy.orm import Session

from services.core.error_logging import isolated
from services.health.conversation.member import Member, any_member_of
from services.health.conversation.reminders import REMINDER
from services.health.courses.subscriptions import note_change
from services.health.format.entries import Text
from services.health.format.text_ids import REMINDER as REMINDER_PLACE
from services.health.format.text_ids import texts_by_id
from services.health.versions.store import programme_of
from services.messaging.outbox import ReplyText
from services.messaging.parts import begun, cancel_parts, join
from services.storage.key_check import as_stored, open_each
from services.storage.models import (
    Message,
    ProgrammeVersion,
    Recall,
    RecalledText,
    Subscription,
)
from sms.message import MessageState

_LOG = logging.getLogger(__name__)
_JUST_NOW, _HOURLY = timedelta(minutes=10), timedelta(hours=1)
_LONGEST = timedelta(days=8)
"""A text waits no longer, tries included."""


def replace_waiting(session: Session, now: datetime, limit: int) -> int:
    """Write waiting texts that were recalled anew, a chunk at a time; return how many.

    Those that cannot be written now keep no other recall waiting, and are tried again.
    """
    for recall in _to_sweep(session, now):
        left = False
        # Replies last: all that wait are opened for it.
        for look in (_named, _replies):
            found = look(session, recall, limit)
            if found and (done := _replace(session, recall, found, now)):
                return done
            left = left or bool(found)
        if not left:
            recall.swept_at = now
    return 0


def _to_sweep(session: Session, now: datetime) -> Sequence[Recall]:
    """Return recalls whose text may still wait: at once, then by the hour for what comes back."""
    rows = select(Recall).where(
        Recall.approved_at > now - _LONGEST,
        or_(
            Recall.swept_at.is_(None),
            Recall.swept_at <= now - _HOURLY,
            Recall.approved_at > now - _JUST_NOW,
        ),
    )
    return session.scalars(rows.order_by(Recall.id)).all()


def _holds_it(recall: Recall) -> ColumnElement[bool]:
    versions = select(RecalledText.version_id).where(
        RecalledText.recall_id == recall.id, RecalledText.until.is_(None)
    )
    return and_(
        # As a literal: with a parameter, PostgreSQL could not know that its partial index serves.
        Message.state == literal(MessageState.QUEUED.value, literal_execute=True),
        Message.version_id.in_(versions),
        Message.language == recall.language,
    )


def _named(session: Session, recall: Recall, limit: int) -> dict[int, list[int]]:
    """Return waiting messages that name the wrong text, by subscription."""
    wanted = (
        select(Message.id, Message.subscription_id)
        .where(
            _holds_it(recall),
            Message.subscription_id.is_not(None),
            Message.item == recall.text_id,
        )
        .order_by(Message.id)
        .limit(limit)
    )
    return _by_course(session.execute(wanted))


def _replies(session: Session, recall: Recall, limit: int) -> dict[int, list[int]]:
    """Return waiting replies with the wrong text, which show only opened, by subscription."""
    wanted = (
        select(as_stored(Message.reply), Message.id, Message.subscription_id)
        .where(
            _holds_it(recall),
            Message.subscription_id.is_not(None),
            Message.item.is_(None),
            Message.reply.is_not(None),
        )
        .order_by(Message.id)
    )
    opened = open_each(session, _LOG, Message.reply, session.execute(wanted))
    wrong = (row for text_id, row in opened if text_id == recall.text_id)
    return _by_course(islice(wrong, limit))


def _by_course(rows: Iterable[Row[*tuple[Any, ...]]]) -> dict[int, list[int]]:
    found: dict[int, list[int]] = {}
    for row in rows:
        found.setdefault(row.subscription_id, []).append(row.id)
    return found


def _replace(
    session: Session, recall: Recall, found: Mapping[int, Sequence[int]], now: datetime
) -> int:
    changed: list[int] = []

    def work(row: Subscription) -> None:
        messages = session.scalars(
            select(Message)
            .where(Message.id.in_(found[row.id]), _holds_it(recall))
            .order_by(Message.id)
            .with_for_update(skip_locked=True)
            .execution_options(populate_existing=True)
        ).all()
        for message in _joined(session, recall, messages, now):
            _write_anew(any_member_of(session, row, now), recall, message)
        changed.extend(message.id for message in messages)

    for row in lock_courses(session, list(found)):
        isolated(session, _LOG, f"texts of {row.id} are not replaced", partial(work, row))
    return len(changed)


def _joined(
    session: Session, recall: Recall, messages: Sequence[Message], now: datetime
) -> list[Message]:
    """Return texts to write anew, those that wait in parts as one.

    Of what has gone in part, the rest is wrong too: whoever has a part is corrected, or gets all.
    """
    alone = [one for one in messages if one.part_of is None]
    in_parts = {one.part_of for one in messages if one.part_of}
    left = begun(session, in_parts) if recall.correct else set[int]()
    cancel_parts(session, left, now)
    return [*alone, *join(session, in_parts - left, now)]


def lock_courses(session: Session, keys: Sequence[int]) -> Sequence[Subscription]:
    """Lock courses, without those that others change now; they are for the next time."""
    return session.scalars(
        select(Subscription)
        .where(Subscription.id.in_(keys))
        .order_by(Subscription.id)
        .with_for_update(skip_locked=True)
        .execution_options(populate_existing=True)
    ).all()


def _write_anew(member: Member, recall: Recall, message: Message) -> None:
    place = place_of(member, message, recall.text_id)
    text = texts_by_id(member.programme)[recall.text_id][place]
    said = said_anew(member, recall.text_id, text, as_reply=message.item is None)
    message.body, message.version_id = said.text, said.trace.version_id
    message.leased_by = message.leased_until = None
    one = {"item": recall.text_id, "at": message.planned_at.isoformat()}
    details = {"cancelled": [one], "created": [one], "recall": str(recall.public_id)}
    # Whom a reply waits for shows nowhere in clear.
    what = "recall" if message.item else "change"
    note_change(member.session, member.row, what, member.now, details)
    member.session.flush()


def said_anew(member: Member, text_id: str, text: Text, *, as_reply: bool) -> ReplyText:
    """Return a text as its person gets it now; `as_reply`: it answers what they wrote."""
    return member.said_back(text, text_id) if as_reply else member.reply(text, text_id)


def place_of(member: Member, message: Message, text_id: str) -> int:
    """Return which of the texts of an id a message holds: by its words, or else by its purpose."""
    version = member.session.get_one(ProgrammeVersion, message.version_id)
    texts = texts_by_id(programme_of(version))[text_id]
    for place, text in texts.items():
        if member.reply(text, text_id).text == message.body:
            return place
    asks = REMINDER_PLACE if message.purpose == REMINDER else 0
    return asks if asks in texts else min(texts)
