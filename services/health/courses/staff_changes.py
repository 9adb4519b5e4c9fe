"""Staff actions on a subscription: change plan, pause, resume, end."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime, timedelta

from sqlalchemy.orm import Session

from services.core.errors import Invalid
from services.health.courses import pauses, plan_changes
from services.health.courses.plan_changes import PlanChange
from services.health.courses.schedule import Difference, local_date
from services.health.courses.subscriptions import OPEN, RUNNING, SubscriptionState
from services.health.errors import NotRunning
from services.health.format.model import Programme
from services.health.versions.store import programme_by_id
from services.messaging.consent import refuse
from services.storage.models import Subscription

SOURCE = "clinician"
"""Source of a refusal that staff record."""

FAR = timedelta(days=730)


def change(session: Session, row: Subscription, wish: PlanChange, now: datetime) -> Difference:
    """Change dates, cohort or discreet mode; return the texts cancelled and created.

    Raises:
        NotRunning: the course is neither active nor paused.
        Invalid: `fields` names what the programme does not have, or a date that is too far away.
    """
    programme = _require(session, row, RUNNING)
    _refuse_unknown(wish, programme, local_date(now, row.zone))
    return plan_changes.change_plan(session, row, programme, now, wish)


def pause(session: Session, row: Subscription, now: datetime) -> date:
    """Pause a course for as long as its programme says; return the day on which it resumes.

    Raises:
        NotRunning: it is not active.
    """
    programme = _require(session, row, {SubscriptionState.ACTIVE})
    return pauses.pause(session, row, programme, now)


def resume(session: Session, row: Subscription, now: datetime) -> None:
    """Resume a paused course.

    Raises:
        NotRunning: it is not paused.
    """
    programme = _require(session, row, {SubscriptionState.PAUSED})
    pauses.resume(session, row, programme, now)


def end(
    session: Session,
    row: Subscription,
    state: SubscriptionState,
    reason: str | None,
    now: datetime,
) -> None:
    """End a subscription; opting out also refuses consent to the programme.

    Raises:
        NotRunning: it has ended.
    """
    _require(session, row, OPEN)
    plan_changes.end(session, row, state, reason, now)
    if state is SubscriptionState.OPTED_OUT:
        refuse(session, row.number_index, row.programme, SOURCE, now)


def _require(
    session: Session, row: Subscription, states: Collection[SubscriptionState]
) -> Programme:
    session.refresh(row, with_for_update=True)
    if row.state not in states:
        raise NotRunning(f"The subscription is {row.state.replace('_', ' ')}")
    return programme_by_id(session, row.version_id)[1]


def _refuse_unknown(wish: PlanChange, programme: Programme, today: date) -> None:
    own = {anchor.code for anchor in programme.anchors if not anchor.dates}
    faults: dict[str, object] = {}
    for code, on in wish.anchors.items():
        if code not in own:
            faults[f"anchors.{code}"] = ["The programme has no such date of a person's own."]
        elif on is not None and abs(on - today) > FAR:
            faults[f"anchors.{code}"] = ["The date is too far away."]
    if wish.cohort is not None and wish.cohort not in programme.cohorts:
        faults["cohort"] = ["The programme has no such cohort."]
    if faults:
        raise Invalid("The change does not fit the programme: see errors", faults)
