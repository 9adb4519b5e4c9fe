"""People's subscriptions in the API, for who looks after them; each reading is noted."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from http import HTTPStatus
from typing import Any, TypedDict
from uuid import UUID

from sqlalchemy.orm import Session

from services.api.blueprint import Blueprint
from services.api.callers import note_read
from services.api.context import context
from services.api.idempotency import Work, idempotent
from services.health.api.common import CLINICIANS, PREFIX
from services.health.api.subscription_schemas import (
    CHANGE_EXAMPLE,
    DIFFERENCE_EXAMPLE,
    EXAMPLE,
    SUMMARY_EXAMPLE,
    PlanChangeSchema,
    PlanDifferenceSchema,
    SubscriptionEndSchema,
    SubscriptionListSchema,
    SubscriptionSchema,
    SubscriptionSearchSchema,
)
from services.health.courses import staff_changes
from services.health.courses.subscription_views import (
    find_subscription,
    full_view,
    planned_views,
    subscriptions_of,
)
from services.health.courses.subscriptions import SubscriptionState
from services.storage.models import Subscription
from services.storage.read_log import Read

blueprint = Blueprint("subscriptions", "People in programmes.", f"{PREFIX}/subscriptions")

_ONE = "/<uuid:subscription_id>"


class _Change(TypedDict):
    anchors: dict[str, date | None]
    cohort: str | None
    discreet: bool | None


@blueprint.route("/search", methods=["POST"], guard=CLINICIANS)
@blueprint.arguments(SubscriptionSearchSchema, example={"phone": "+67570000001"})
@blueprint.response(HTTPStatus.OK, SubscriptionListSchema, example={"items": [SUMMARY_EXAMPLE]})
def search(wanted: Mapping[str, str]) -> dict[str, Any]:
    """Find the subscriptions of a phone number, newest first."""
    database = context().database
    index = database.vault.index(wanted["phone"])
    with database.write() as session:
        note_read(session, Read(number_index=index))
        return {"items": subscriptions_of(session, index)}


@blueprint.route(_ONE, guard=CLINICIANS)
@blueprint.response(HTTPStatus.OK, SubscriptionSchema, example=EXAMPLE)
@blueprint.alt_response(HTTPStatus.NOT_FOUND, HTTPStatus.NOT_FOUND.name)
def subscription(subscription_id: UUID) -> dict[str, Any]:
    """Read one: state, dates, questions and answers, changes, and what is to come."""
    here = context()
    with here.database.write() as session:
        row = _noted(session, subscription_id)
        return full_view(session, row, here.clock())


@blueprint.route(f"{_ONE}/plan", methods=["POST"], guard=CLINICIANS)
@idempotent
@blueprint.arguments(PlanChangeSchema, example=CHANGE_EXAMPLE)
@blueprint.response(HTTPStatus.OK, PlanDifferenceSchema, example=DIFFERENCE_EXAMPLE)
@blueprint.alt_response(HTTPStatus.NOT_FOUND, HTTPStatus.NOT_FOUND.name)
def change_plan(work: Work, body: _Change, subscription_id: UUID) -> dict[str, Any]:
    """Change dates, cohort or discretion; the answer is exactly what is cancelled and created."""
    row = _noted(work.session, subscription_id)
    done = staff_changes.change(
        work.session, row, staff_changes.PlanChangeRequest(**body), work.now
    )
    return {"cancelled": planned_views(done.cancelled), "created": planned_views(done.created)}


@blueprint.route(f"{_ONE}/pause", methods=["POST"], guard=CLINICIANS)
@idempotent
@blueprint.response(HTTPStatus.OK, SubscriptionSchema, example=EXAMPLE)
@blueprint.alt_response(HTTPStatus.NOT_FOUND, HTTPStatus.NOT_FOUND.name)
def pause(work: Work, subscription_id: UUID) -> dict[str, Any]:
    """Let a course that is active wait, for as long as the programme says."""
    row = _noted(work.session, subscription_id)
    staff_changes.pause(work.session, row, work.now)
    return full_view(work.session, row, work.now)


@blueprint.route(f"{_ONE}/resume", methods=["POST"], guard=CLINICIANS)
@idempotent
@blueprint.response(HTTPStatus.OK, SubscriptionSchema, example=EXAMPLE)
@blueprint.alt_response(HTTPStatus.NOT_FOUND, HTTPStatus.NOT_FOUND.name)
def resume(work: Work, subscription_id: UUID) -> dict[str, Any]:
    """Let a course that is paused go on."""
    row = _noted(work.session, subscription_id)
    staff_changes.resume(work.session, row, work.now)
    return full_view(work.session, row, work.now)


@blueprint.route(f"{_ONE}/end", methods=["POST"], guard=CLINICIANS)
@idempotent
@blueprint.arguments(SubscriptionEndSchema, example={"state": "opted_out", "reason": "too_many"})
@blueprint.response(HTTPStatus.OK, SubscriptionSchema, example=EXAMPLE)
@blueprint.alt_response(HTTPStatus.NOT_FOUND, HTTPStatus.NOT_FOUND.name)
def end(work: Work, body: Mapping[str, str], subscription_id: UUID) -> dict[str, Any]:
    """End a subscription; who opts out agrees to nothing of the programme any more."""
    row = _noted(work.session, subscription_id)
    state = SubscriptionState(body["state"])
    staff_changes.end(work.session, row, state, body["reason"], work.now)
    return full_view(work.session, row, work.now)


def _noted(session: Session, subscription_id: UUID) -> Subscription:
    """Return a subscription whose reading was noted."""
    row = find_subscription(session, subscription_id)
    note_read(session, Read(row.party_id))
    return row
