"""Notices of an order as its page shows them."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from flask import g
from sqlalchemy import select
from sqlalchemy.orm import Session

from services.livestock.control.notices import NoticeState, notices_of, texts_of, unreviewed
from services.storage.models import ControlOrder, Notice, Party

_MOST = 20


class NoticeCard(NamedTuple):
    """A notice.

    Attributes:
        mine: whether the reader drafted it, who can therefore not approve it.
        author: name of who drafted it; `approver`: of who approved it.
        cost: in toea.
    """

    id: UUID
    texts: Mapping[str, str]
    unreviewed: Sequence[str]
    sent: bool
    mine: bool
    author: str | None
    approver: str | None
    drafted_at: datetime
    approved_at: datetime | None
    recipients: int
    segments: int
    cost: int


def notice_cards(session: Session, order: ControlOrder) -> list[NoticeCard]:
    """Return the last notices of an order, the newest first."""
    return [_card(session, order, row) for row in notices_of(session, order)[:_MOST]]


def orders_with_drafts(session: Session, orders: Sequence[ControlOrder]) -> set[int]:
    """Return the keys of orders that have a notice which nobody has approved."""
    drafted = select(Notice.order_id).where(
        Notice.order_id.in_([one.id for one in orders]), Notice.state == NoticeState.DRAFTED.value
    )
    return set(session.scalars(drafted))


def _card(session: Session, order: ControlOrder, row: Notice) -> NoticeCard:
    return NoticeCard(
        row.public_id,
        texts_of(row),
        unreviewed(row, order),
        row.state == NoticeState.APPROVED.value,
        row.drafted_by_id == g.party_id,
        _name(session, row.drafted_by_id),
        _name(session, row.approved_by_id),
        row.drafted_at,
        row.approved_at,
        row.recipients,
        row.segments,
        row.cost,
    )


def _name(session: Session, party: int | None) -> str | None:
    row = session.get(Party, party) if party is not None else None
    return row.name if row else None
