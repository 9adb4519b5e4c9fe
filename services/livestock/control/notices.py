"""Notices: a text to every keeper in an order's area, sent when a second officer approves it.

The texts stand in the keepers' languages, with their reach and its cost.
"""

import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, time, timedelta
from enum import StrEnum
from hashlib import sha256
from typing import NamedTuple
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from chain.canonical import canonical_bytes
from services.core.errors import Invalid, NotFound
from services.livestock.control.acts import act_report, recorded_key, row_made_by
from services.livestock.control.affected import (
    Keeper,
    area_of,
    keepers_of,
    phones_of,
    premises_bound,
)
from services.livestock.control.errors import NeedsAPerson, OrderEnded, SameOfficer
from services.livestock.control.orders import order_subject
from services.livestock.domain.model import Act, EventType
from services.livestock.recording.record import record_one
from services.messaging.outbox import OutboundMessage, SendOptions, enqueue_messages
from services.storage.models import ControlOrder, Notice
from services.texts.catalogue import LANGUAGES, day_and_month, say, sentences
from sms.encoding import count, simplify
from sms.local_time import DEFAULT_ZONE, local_day
from sms.message import Kind

PURPOSE = "notice"
LIFE = timedelta(days=7)

MOST_SEGMENTS = 3


class NoticeState(StrEnum):
    """State of a notice."""

    DRAFTED = "drafted"
    APPROVED = "approved"


class Officer(NamedTuple):
    """Officer's party (database key; None: a token that stands for nobody) and their act."""

    party_id: int | None
    act: Act


def draft_notice(
    session: Session,
    order: ControlOrder,
    texts: Mapping[str, str],
    officer: Officer,
    price_toea: int,
) -> Notice:
    """Draft a notice; nothing is sent. The same event drafts it once.

    Args:
        order: in force or yet to begin.
        texts: by language; a language that is not there gets the catalogue's text.

    Raises:
        NeedsAPerson: the token belongs to no person.
        OrderEnded: the order binds no longer.
        Invalid: a text is empty or too long, or its language is unknown.
    """
    if officer.party_id is None:
        raise NeedsAPerson
    # Before the writers' lock, because it may take seconds.
    worded = default_texts(order) | check_texts(texts)
    reach = reach_of(worded, recipients(session, order), price_toea)
    if (seen := recorded_key(session, officer.act.event_id)) is not None:
        return row_made_by(session, Notice, Notice.draft_id == seen)
    now = officer.act.origin.recorded_at
    _require_binding(session, order, now)
    notice = Notice(
        public_id=uuid4(),
        order_id=order.id,
        state=NoticeState.DRAFTED.value,
        texts=json.dumps(worded),
        drafted_by_id=officer.party_id,
        drafted_at=now,
        drafted_recipients=reach.keepers,
        recipients=reach.keepers,
        segments=reach.segments,
        cost=reach.cost,
    )
    notice.draft_id = _record(session, notice, order, officer.act)
    session.add(notice)
    session.flush()
    return notice


def approve_notice(
    session: Session,
    notice_id: UUID,
    officer: Officer,
    price_toea: int,
    lock: Callable[[], None],
) -> Notice:
    """Approve a notice and queue one message a keeper; an approved one stays as it is.

    The recipients are counted again: `drafted_recipients` keeps the number at drafting.

    Args:
        lock: takes the writers' lock, once all messages are queued.

    Raises:
        NotFound: there is no such notice.
        NeedsAPerson, SameOfficer: the token belongs to no person, or to the author.
        OrderEnded: the order binds no longer.
    """
    # Lock the notice only: the writers' lock would hold up field events while many are queued.
    notice = find_notice(session, notice_id, lock=True)
    if officer.party_id is None:
        raise NeedsAPerson
    if officer.party_id == notice.drafted_by_id:
        raise SameOfficer
    if notice.state == NoticeState.APPROVED:
        return notice
    order, now = session.get_one(ControlOrder, notice.order_id), officer.act.origin.recorded_at
    keepers, worded = recipients(session, order), texts_of(notice)
    reach = reach_of(worded, keepers, price_toea)
    notice.state, notice.approved_at = NoticeState.APPROVED.value, now
    notice.approved_by_id = officer.party_id
    notice.recipients, notice.segments, notice.cost = reach
    options = SendOptions(PURPOSE, now, _expiry(order, now), Kind.URGENT)
    enqueue_messages(session, _messages(session, notice, keepers), options)
    lock()
    _require_binding(session, order, now)
    _record(session, notice, order, officer.act)
    return notice


def find_notice(session: Session, notice_id: UUID, *, lock: bool = False) -> Notice:
    """Return a notice by its public id; `lock` keeps others from it.

    Raises:
        NotFound: there is none.
    """
    rows = select(Notice).with_for_update() if lock else select(Notice)
    notice = session.scalars(
        rows.where(Notice.public_id == notice_id).execution_options(populate_existing=True)
    ).first()
    if notice is None:
        raise NotFound("There is no such notice: see the list of notices")
    return notice


def notices_of(session: Session, order: ControlOrder) -> Sequence[Notice]:
    """Return the notices of an order, newest first."""
    return session.scalars(
        select(Notice).where(Notice.order_id == order.id).order_by(Notice.id.desc())
    ).all()


def recipients(session: Session, order: ControlOrder) -> list[Keeper]:
    """Return the keepers with a phone number who have premises in the area of an order."""
    return keepers_of(
        session, [key for key, _ in premises_bound(session, area_of(session, order.area))]
    )


def _require_binding(session: Session, order: ControlOrder, now: datetime) -> None:
    session.refresh(order)
    if order.until is not None and order.until <= local_day(now):
        raise OrderEnded(number=order.number)


def _expiry(order: ControlOrder, now: datetime) -> datetime:
    """Return the end of a notice's use: after a week, or when the order ends."""
    if order.until is None:
        return now + LIFE
    ends = datetime.combine(order.until, time(), ZoneInfo(DEFAULT_ZONE)).astimezone(UTC)
    return min(ends, now + LIFE)


def _messages(
    session: Session, notice: Notice, keepers: Sequence[Keeper]
) -> Iterator[OutboundMessage]:
    worded, numbers = texts_of(notice), phones_of(session, [keeper.party_id for keeper in keepers])
    for keeper in keepers:
        if keeper.party_id not in numbers:
            continue
        dedupe = f"{PURPOSE}\0{notice.public_id}\0{keeper.public_id}"
        yield OutboundMessage(*numbers[keeper.party_id], worded[keeper.language], dedupe)


def _record(session: Session, notice: Notice, order: ControlOrder, act: Act) -> int:
    details = {
        "action": notice.state,
        "texts": sha256(canonical_bytes(texts_of(notice))).hexdigest(),
        "recipients": notice.recipients,
    }
    report = act_report(EventType.NOTICE, act, details, order_subject(order))
    return record_one(session, report, act.origin).journal_id


class Reach(NamedTuple):
    """Reach of a text: keepers and segments; `cost` in toea."""

    keepers: int
    segments: int
    cost: int


def reach_of(texts: Mapping[str, str], keepers: Sequence[Keeper], price_toea: int) -> Reach:
    """Return the reach of texts to keepers, each in their language."""
    return reach_in(texts, Counter(keeper.language for keeper in keepers), price_toea)


def reach_in(texts: Mapping[str, str], languages: Mapping[str, int], price_toea: int) -> Reach:
    """Return the reach of texts to so many keepers of each language."""
    segments = sum(heads * count(texts[language]).segments for language, heads in languages.items())
    return Reach(sum(languages.values()), segments, segments * price_toea)


def default_texts(order: ControlOrder) -> dict[str, str]:
    """Return the catalogue's texts of an order, by language."""
    return {
        language: say(
            _sentence(order),
            language,
            area=order.area_name,
            day=day_and_month(order.since, language),
            order=order.number,
            disease=say(f"disease.{order.disease or 'none'}", language),
        )
        for language in LANGUAGES
    }


def _sentence(order: ControlOrder) -> str:
    return f"notice.{order.status or order.kind}"


def texts_of(notice: Notice) -> dict[str, str]:
    """Return the texts of a notice by language."""
    texts: dict[str, str] = json.loads(notice.texts)
    return texts


def unreviewed(notice: Notice, order: ControlOrder) -> list[str]:
    """Return the languages whose text is the catalogue's draft, which no speaker has reviewed."""
    usual, worded = default_texts(order), texts_of(notice)
    drafts = [one for one in LANGUAGES if sentences(one)[_sentence(order)].draft]
    return [one for one in drafts if worded[one] == usual[one]]


def check_texts(texts: Mapping[str, str]) -> dict[str, str]:
    """Return texts by language as they are sent.

    Raises:
        Invalid: one is empty or too long, or its language is unknown.
    """
    plain = {language: simplify(text.strip()) for language, text in texts.items()}
    faults = {
        language: [f"must be in {' or '.join(LANGUAGES)}, up to {MOST_SEGMENTS} segments"]
        for language, text in plain.items()
        if language not in LANGUAGES or not text or count(text).segments > MOST_SEGMENTS
    }
    if faults:
        raise Invalid("A text of the notice cannot be sent", {"texts": faults})
    return plain
