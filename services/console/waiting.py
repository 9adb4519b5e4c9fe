"""Decisions that wait for whoever is signed in, and drafts that were sent back to them."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from flask import g
from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from services.console.browser_session import PREFIX
from services.console.words import language_name, t
from services.core.roles import Role
from services.health.campaigns.model import CampaignState
from services.health.versions.standing import (
    WAITING_FOR,
    LanguageState,
    newest_versions,
    standings,
)
from services.livestock.control.notices import NoticeState
from services.storage.models import Campaign, ControlOrder, Notice, Recall
from sms.local_time import local_day

MOST = 20
"""Things of one kind that are listed."""


class WaitingItem(NamedTuple):
    """A thing that waits: in words, where it is decided, since when, and what was said of it."""

    text: str
    path: str
    since: datetime
    note: str | None = None


class WaitingGroup(NamedTuple):
    """Things of one kind that wait: the code of its name, and the first of them; `more`: or so."""

    code: str
    items: Sequence[WaitingItem]
    more: bool


_Source = Callable[[Session, datetime], Iterator[WaitingItem]]


def waiting_groups(session: Session, now: datetime) -> list[WaitingGroup]:
    """Return what waits for the reader, by kind; kinds of which nothing waits are left out."""
    found = []
    for code, source in _SOURCES.get(g.holder.role, {}).items():
        items = list(source(session, now))
        if items:
            found.append(WaitingGroup(code, items[:MOST], len(items) > MOST))
    return found


def _versions(session: Session, _: datetime) -> Iterator[WaitingItem]:
    """Yield languages of the newest versions for which somebody of the reader's role acts next."""
    for one in standings(session, newest_versions(session), g.party_id):
        awaited = WAITING_FOR.get(one.standing) is g.holder.role
        if not awaited or (one.mine and one.standing is LanguageState.WAITS):
            # Nobody approves what they wrote.
            continue
        version, note = one.version, one.note
        said = {"programme": version.code, "number": version.number}
        yield WaitingItem(
            t("waiting_version", language=language_name(one.language), **said),
            f"{PREFIX}/programmes/{version.code}/versions/{version.number}?language={one.language}",
            note.at if note else version.created_at,
            note.text if note else None,
        )


def _campaigns(session: Session, now: datetime) -> Iterator[WaitingItem]:
    wanted = select(Campaign).where(
        Campaign.state == CampaignState.DRAFTED.value,
        Campaign.closes_at > now,
        Campaign.drafted_by_id != g.party_id,
    )
    for one in session.scalars(wanted.order_by(Campaign.id).limit(MOST + 1)):
        yield WaitingItem(one.name, f"{PREFIX}/campaigns/{one.public_id}", one.drafted_at)


def _recalls(session: Session, _: datetime) -> Iterator[WaitingItem]:
    wanted = select(Recall).where(Recall.approved_at.is_(None), Recall.asked_by_id != g.party_id)
    for one in session.scalars(wanted.order_by(Recall.id).limit(MOST + 1)):
        said = {"programme": one.programme, "text": one.text_id}
        yield WaitingItem(
            t("waiting_recall", language=language_name(one.language), **said),
            f"{PREFIX}/programmes/{one.programme}/recalls/{one.public_id}",
            one.asked_at,
        )


def _notices(session: Session, now: datetime) -> Iterator[WaitingItem]:
    binds = or_(ControlOrder.until.is_(None), ControlOrder.until > local_day(now))
    wanted = (
        select(Notice, ControlOrder)
        .join(ControlOrder, ControlOrder.id == Notice.order_id)
        .where(Notice.state == NoticeState.DRAFTED.value, Notice.drafted_by_id != g.party_id, binds)
    )
    for one, order in session.execute(wanted.order_by(Notice.id).limit(MOST + 1)):
        kind = t(f"outbreaks_what_{order.status or order.kind}")
        yield WaitingItem(
            t("waiting_notice", order=order.number, kind=kind, area=order.area_name),
            f"{PREFIX}/orders/{order.number}#notices",
            one.drafted_at,
        )


_OF_OFFICERS: Mapping[str, _Source] = {"waiting_notices": _notices}
_SOURCES: Mapping[Role, Mapping[str, _Source]] = {
    Role.APPROVER: {
        "waiting_versions": _versions,
        "waiting_campaigns": _campaigns,
        "waiting_recalls": _recalls,
    },
    Role.PLANNER: {"waiting_sent_back": _versions},
    Role.VETERINARY_OFFICER: _OF_OFFICERS,
    Role.ADMINISTRATOR: _OF_OFFICERS,
}

DECIDERS = frozenset(_SOURCES)
