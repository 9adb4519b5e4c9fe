"""Previews of staff actions on a course: an action is done, looked at, and taken back."""

import hashlib
import json
from collections.abc import Callable
from datetime import date, datetime
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.health.courses.plans import Replan
from services.health.courses.staff import shown
from services.health.courses.subscriptions import RUNNING
from services.health.format.model import Programme
from services.health.versions.store import programme_by_id
from services.storage.models import Change, Subscription


class PlannedText(NamedTuple):
    """A text of a course, and when it is sent (UTC)."""

    item: str
    at: datetime


class ActionPreview(NamedTuple):
    """Texts that an action takes out of a plan and puts into it, and when a paused course goes on.

    In a trial, those that every arm gets.
    """

    cancelled: tuple[PlannedText, ...]
    created: tuple[PlannedText, ...]
    resumes_on: date | None = None

    def digest(self) -> str:
        """Return what tells whether an action still does the same."""
        told = json.dumps(self, default=str).encode()
        return hashlib.sha256(told).hexdigest()


def preview(session: Session, row: Subscription, act: Callable[[], object]) -> ActionPreview:
    """Do an action that notes its difference, and take it back."""
    programme = programme_by_id(session, row.version_id)[1]
    inner = session.begin_nested()
    try:
        act()
        session.flush()
        mine = select(Change).where(Change.subscription_id == row.id)
        details = session.scalars(mine.order_by(Change.id.desc()).limit(1)).one().details
        resumes_on = row.resumes_on
    finally:
        inner.rollback()
    return ActionPreview(
        _texts(programme, details["cancelled"]), _texts(programme, details["created"]), resumes_on
    )


def preview_end(session: Session, row: Subscription, now: datetime) -> ActionPreview:
    """Tell which texts of a course do not come if it ends now."""
    if row.state not in RUNNING:
        return ActionPreview((), ())
    programme = programme_by_id(session, row.version_id)[1]
    replan = Replan(session, row, programme, now)
    coming = shown(programme, [*replan.placed(replan.waiting), *replan.unplanned])
    return ActionPreview(tuple(PlannedText(one.item.id, one.at) for one in coming), ())


def _texts(programme: Programme, told: list[dict[str, str]]) -> tuple[PlannedText, ...]:
    blind = programme.blind_items()
    return tuple(
        PlannedText(one["item"], datetime.fromisoformat(one["at"]))
        for one in told
        if blind is None or one["item"] in blind
    )
