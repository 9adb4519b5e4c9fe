"""A subscription as staff see and change it.

Phone numbers are masked. The caller records each reading: see `services.storage.read_log`.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from services.core.errors import Invalid
from services.health.courses import plan_changes
from services.health.courses.compiled import compile_course
from services.health.courses.course_messages import dates, own_dates, position_of
from services.health.courses.plan_changes import PlanChange
from services.health.courses.schedule import Difference, Planned, due
from services.health.courses.subscriptions import OPEN, RUNNING, SubscriptionState
from services.health.errors import NotRunning, UnknownSubscription
from services.health.format.model import Programme
from services.health.versions.store import programme_by_id
from services.messaging.consent import refuse
from services.messaging.postings import Posting, covered
from services.storage.models import (
    AskedQuestion,
    Change,
    Person,
    ProgrammeVersion,
    Recall,
    Subscription,
    TextCorrection,
)
from sms.local_time import local_day
from sms.numbers import mask

AHEAD_DAYS = 14
"""Days of the plan shown."""

_ASKED = ("item", "asked_at", "closes_at", "state", "answer", "value", "answered_at")
_MOMENTS = (
    "invited_at",
    "screened_at",
    "consented_at",
    "activated_at",
    "paused_at",
    "resumes_on",
    "ended_at",
    "capped_at",
)

NEVER_ASKED = "never_asked"
"""Reason that is shown where an invitation was never sent."""

SOURCE = "clinician"
"""Source of a refusal that staff record."""

NOT_HAD = "not_had"
"""Outcome of the correction of a reply that the person never got."""

FAR = timedelta(days=730)

MAY_CHANGE: Mapping[str, Collection[SubscriptionState]] = {
    "dates": RUNNING,
    "pause": {SubscriptionState.ACTIVE},
    "resume": {SubscriptionState.PAUSED},
    "end": OPEN,
}
"""States of a course in which staff may do something to it."""


def find_subscription(
    session: Session, postings: Sequence[Posting] | None, public_id: UUID
) -> Subscription:
    """Return a subscription that a clinician's postings cover; None: any.

    Raises:
        UnknownSubscription: there is none.
    """
    wanted = select(Subscription).outerjoin(Person, Person.id == Subscription.person_id)
    mine = wanted.where(Subscription.public_id == public_id, _covered(postings))
    found = session.scalars(mine).first()
    if found is None:
        raise UnknownSubscription("No subscription of your programmes and provinces has this id")
    return found


def subscriptions_of(
    session: Session, postings: Sequence[Posting], number_index: bytes
) -> list[dict[str, Any]]:
    """Return summaries of a number's subscriptions that postings cover, newest first."""
    wanted = (
        select(Subscription, ProgrammeVersion.number)
        .join(ProgrammeVersion, ProgrammeVersion.id == Subscription.version_id)
        .outerjoin(Person, Person.id == Subscription.person_id)
        .where(Subscription.number_index == number_index, _covered(postings))
        .order_by(Subscription.id.desc())
    )
    return [summary(row, version) for row, version in session.execute(wanted)]


def _covered(postings: Sequence[Posting] | None) -> ColumnElement[bool]:
    return covered(postings, Subscription.programme, Person.province)


def summary(row: Subscription, version: int) -> dict[str, Any]:
    """Return a subscription in short; `version` is the number of its programme's version."""
    return {
        "id": row.public_id,
        "programme": row.programme,
        "version": version,
        "language": row.language,
        "cohort": row.cohort,
        "state": row.state,
        "reason": NEVER_ASKED if row.never_asked else row.reason,
        "phone": mask(row.number) if row.number else None,
        "discreet": row.discreet,
        "hour": row.hour,
        "source": row.source,
        "anchors": own_dates(dates(row.anchors)),
        **{name: getattr(row, name) for name in _MOMENTS},
    }


def full_view(session: Session, row: Subscription, now: datetime) -> dict[str, Any]:
    """Return a subscription in full."""
    version, programme = programme_by_id(session, row.version_id)
    plan: Iterable[Planned] = ()
    if row.state == SubscriptionState.ACTIVE:
        today = local_day(now, row.zone)
        coming = due(
            compile_course(programme), position_of(row), today, today + timedelta(days=AHEAD_DAYS)
        )
        plan = [planned for planned in coming if planned.at >= now]
    changes = (
        select(Change.at, Change.what, Change.details)
        .where(Change.subscription_id == row.id)
        .order_by(Change.id)
    )
    return summary(row, version.number) | {
        "place": row.place,
        "plan": planned_views(shown(programme, plan)),
        "questions": _questions(session, row.id, programme),
        "changes": [
            # In a trial the texts that a change moved would tell the arm.
            one._asdict() | ({"details": {}} if programme.trial else {})
            for one in session.execute(changes)
        ],
        "corrections": _corrections(session, row.id, programme),
    }


def shown(programme: Programme, plan: Iterable[Planned]) -> list[Planned]:
    """Return the texts of a plan that staff may see: in a trial, those that every arm gets."""
    blind = programme.blind_items()
    return [one for one in plan if blind is None or one.item.id in blind]


def planned_views(plan: Iterable[Planned]) -> list[dict[str, Any]]:
    """Return texts of a plan: item, local day and instant (UTC)."""
    return [
        {"item": one.item.id, "on": one.on, "at": one.at, "assessment": one.item.assessment}
        for one in plan
    ]


def _questions(
    session: Session, subscription_id: int, programme: Programme
) -> list[dict[str, Any]]:
    of_arms = items_of_arms(programme)
    wanted = select(AskedQuestion).where(AskedQuestion.subscription_id == subscription_id)
    return [
        {name: getattr(one, name) for name in _ASKED}
        for one in session.scalars(wanted.order_by(AskedQuestion.asked_at, AskedQuestion.id))
        if one.item not in of_arms
    ]


def items_of_arms(programme: Programme) -> set[str]:
    """Return the ids of a trial's texts that would tell an arm, which staff do not see."""
    blind = programme.blind_items()
    items = {item.id for phase in programme.phases for item in phase.items}
    return set() if blind is None else items - blind


def _corrections(
    session: Session, subscription_id: int, programme: Programme
) -> list[dict[str, Any]]:
    """Return the recalled texts that a person has, and what became of each correction."""
    wanted = (
        select(
            Recall.public_id.label("recall"),
            Recall.text_id.label("text"),
            Recall.approved_at.label("recalled_at"),
            TextCorrection.outcome,
            TextCorrection.done_at,
        )
        .join(Recall, Recall.id == TextCorrection.recall_id)
        .where(TextCorrection.subscription_id == subscription_id)
        .order_by(TextCorrection.id)
    )
    rows = (row._asdict() for row in session.execute(wanted))
    # In a trial the texts of one arm would tell it.
    blind = programme.blind_items()
    told = [row for row in rows if row["outcome"] != NOT_HAD]
    return [row for row in told if blind is None or row["text"] in blind]


def change(session: Session, row: Subscription, wish: PlanChange, now: datetime) -> Difference:
    """Change dates, cohort or discreet mode; return the texts cancelled and created.

    Raises:
        NotRunning: the course is neither active nor paused.
        Invalid: `fields` names what the programme does not have, or a date that is too far away.
    """
    programme = _require(session, row, "dates")
    _refuse_unknown(wish, programme, local_day(now, row.zone))
    found = plan_changes.change_plan(session, row, programme, now, wish)
    return Difference(*(tuple(shown(programme, plan)) for plan in found))


def pause(session: Session, row: Subscription, now: datetime) -> date:
    """Pause an active course for as long as its programme says; return the day on which it resumes.

    Raises:
        NotRunning: as for `change`.
    """
    programme = _require(session, row, "pause")
    return plan_changes.pause(session, row, programme, now)


def resume(session: Session, row: Subscription, now: datetime) -> None:
    """Resume a paused course, or raise NotRunning."""
    programme = _require(session, row, "resume")
    plan_changes.resume(session, row, programme, now)


def end(
    session: Session,
    row: Subscription,
    state: SubscriptionState,
    reason: str | None,
    now: datetime,
) -> None:
    """End a subscription, or raise NotRunning; opting out also refuses consent to the programme."""
    _require(session, row, "end")
    plan_changes.end(session, row, state, reason, now)
    if state is SubscriptionState.OPTED_OUT:
        refuse(session, row.number_index, row.programme, SOURCE, now)


def _require(session: Session, row: Subscription, what: str) -> Programme:
    session.refresh(row, with_for_update=True)
    if row.state not in MAY_CHANGE[what]:
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
