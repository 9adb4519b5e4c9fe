"""Page of sending: channels and why one is closed, what waits, what it cost, and the limits."""

from collections.abc import Iterator
from datetime import datetime
from typing import NamedTuple

from flask import Response
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from services.api.context import context
from services.api.idempotency import Work
from services.console.administration.common import ADMINISTRATORS, CHIEFS
from services.console.blueprint import ConsoleBlueprint, MenuEntry, go_to, once
from services.console.browser_session import PREFIX
from services.console.pages import show
from services.core.roles import Scope
from services.messaging.api.channels import ChannelView, channel_views
from services.messaging.dispatch.channels import try_now
from services.messaging.dispatch.claim import QUEUED
from services.messaging.dispatch.decision_batch import (
    cost_of_today,
    month_of,
    spent_on_programmes,
)
from services.storage.models import Message, Spending
from services.storage.sending_right import refusal
from sms.admission import PRIORITIES
from sms.message import VILLAGE
from sms.settings import SmsSettings

_MOST_COUNTED = 10_000
_MENU = MenuEntry("administration", "/administration", CHIEFS)

blueprint = ConsoleBlueprint("admin_sending", "Channels, queue, budget.", _MENU)


class WaitingLane(NamedTuple):
    """Messages that are due and wait: by channel, how many (at most counted), since when.

    `channel` is empty for those that any channel may take.
    """

    channel: str
    waiting: int
    more: bool
    oldest: datetime | None


@blueprint.route("/administration", guard=ADMINISTRATORS, scope=Scope.READ)
def sending() -> Response:
    """See whether texts go out, what waits, and what was spent."""
    here = context()
    now = here.clock()
    with here.database.read() as session:
        channels = channel_views(session, here.sms, now)
        values = {
            "copy": refusal(session),
            "channels": channels,
            "lanes": list(waiting_lanes(session, here.sms, now)),
            "today": cost_of_today(session, now),
            "month": spent_on_programmes(session, now),
            "spending": _spending(session, now),
        }
    return show("administration/sending.html", closed=_closed(channels), sms=here.sms, **values)


@blueprint.route(
    "/administration/channels/<name>/try",
    methods=["POST"],
    guard=ADMINISTRATORS,
    scope=Scope.SEND,
)
@once
def tried(work: Work, name: str) -> Response:
    """Let the next message try a closed channel now."""
    try_now(work.session, name, work.now)
    return go_to(f"{PREFIX}/administration")


def waiting_lanes(session: Session, sms: SmsSettings, now: datetime) -> Iterator[WaitingLane]:
    """Yield what is due, by the channel whose rate it waits for; counts end at 10,000."""
    for lane in ("", *sms.channels, VILLAGE):
        due = (QUEUED, Message.lane == lane, Message.due_at <= now)
        some = select(Message.id).where(*due).limit(_MOST_COUNTED + 1).subquery()
        count = session.scalar(select(func.count()).select_from(some)) or 0
        if count:
            yield WaitingLane(
                lane, min(count, _MOST_COUNTED), count > _MOST_COUNTED, _oldest(session, lane)
            )


def _oldest(session: Session, lane: str) -> datetime | None:
    """Return since when the oldest is due: the index has one order for each priority."""
    first = [
        session.scalar(
            select(Message.due_at)
            .where(QUEUED, Message.lane == lane, Message.priority == priority)
            .order_by(Message.due_at)
            .limit(1)
        )
        for priority in PRIORITIES.values()
    ]
    return min((one for one in first if one is not None), default=None)


def _closed(channels: list[ChannelView]) -> list[str]:
    return [one.name for one in channels if one.state != "closed"]


def _spending(session: Session, now: datetime) -> list[Spending]:
    wanted = select(Spending).where(Spending.month == month_of(now))
    return list(session.scalars(wanted.order_by(Spending.channel, Spending.kind)))
