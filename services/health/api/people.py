"""People in programmes in the API: the list, a change before it is made, texts, and readers."""

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any
from uuid import UUID

from flask import g
from marshmallow import fields, validate
from sqlalchemy.orm import Session

from services.api.blueprint import Blueprint
from services.api.context import context
from services.api.guards import note_read
from services.api.paging import LINK, PageQuery, page_schema, read_page
from services.api.schemas import WholeSchema, one_of
from services.core.geography import PROVINCES
from services.core.roles import Role, Scope
from services.health.api.programmes import CLINICIANS, CODE_PATTERN, PREFIX
from services.health.api.subscriptions import (
    ONE,
    PlanChangeSchema,
    SubscriptionSummarySchema,
    noted,
)
from services.health.courses import staff
from services.health.courses.plan_changes import PlanChange
from services.health.courses.previews import ActionPreview, preview
from services.health.courses.register import (
    PeopleFilter,
    people_query,
    people_views,
    readings_of,
    sent_texts,
)
from services.health.courses.subscriptions import SubscriptionState
from services.health.versions.store import programme_by_id
from services.messaging.postings import postings_of
from services.storage.models import Subscription
from services.storage.read_log import ReadSubject
from sms.message import MessageState
from sms.reasons import Reason

blueprint = Blueprint("people", "People in programmes.", f"{PREFIX}/subscriptions")

_MOST = 100


class PeopleQuerySchema(PageQuery):
    """Filter of the list of people."""

    programme = fields.String(load_default=None, validate=validate.Regexp(CODE_PATTERN))
    state = fields.String(load_default=None, validate=one_of(SubscriptionState))
    province = fields.String(load_default=None, validate=validate.OneOf(PROVINCES))


class ListedSubscriptionSchema(SubscriptionSummarySchema):
    """A subscription in short, and where its person lives."""

    province = fields.String(allow_none=True, metadata={"example": "Jiwaka"})
    district = fields.String(allow_none=True, metadata={"example": "North Waghi"})


class TextAtSchema(WholeSchema):
    """A text of the course, and when it is sent."""

    item = fields.String(metadata={"example": "quit-day-1"})
    at = fields.DateTime()


class ActionPreviewSchema(WholeSchema):
    """Texts that a change would take out of the plan and put into it."""

    cancelled = fields.List(fields.Nested(TextAtSchema))
    created = fields.List(fields.Nested(TextAtSchema))


class SentTextSchema(WholeSchema):
    """A text to the person, and what became of it; `item`: its id in the programme."""

    id = fields.UUID()
    item = fields.String(allow_none=True, metadata={"example": "tip-1"})
    purpose = fields.String(metadata={"example": "course"})
    at = fields.DateTime()
    state = fields.String(validate=one_of(MessageState))
    reason = fields.String(allow_none=True, validate=one_of(Reason))
    explanation = fields.String(allow_none=True)
    body = fields.String(
        metadata={"description": "Empty after 90 days.", "example": "Tell a friend today."}
    )


class SentTextListSchema(WholeSchema):
    """The newest texts to the person, newest first."""

    items = fields.List(fields.Nested(SentTextSchema))


class PersonReadingSchema(WholeSchema):
    """A reading of the person's record; without a reader: by a command on the server."""

    at = fields.DateTime()
    reader = fields.UUID(allow_none=True)
    role = fields.String(allow_none=True, validate=one_of(Role))
    what = fields.String(metadata={"example": "GET /console/people/<uuid:subscription_id>"})


class PersonReadingListSchema(WholeSchema):
    """The newest readings of the person's record, newest first."""

    items = fields.List(fields.Nested(PersonReadingSchema))


@blueprint.route(
    "", guard=CLINICIANS, scope=Scope.CARE, endpoint="list", operation="list_subscriptions"
)
@blueprint.arguments(PeopleQuerySchema, location="query")
@blueprint.response(
    HTTPStatus.OK, page_schema(ListedSubscriptionSchema, "ListedSubscription"), headers=LINK
)
def list_people(wanted: Mapping[str, Any]) -> tuple[dict[str, object], dict[str, str]]:
    """List people of your programmes and provinces in the order in which they were invited."""
    chosen = PeopleFilter(
        wanted["programme"], [wanted["state"]] if wanted["state"] else None, wanted["province"]
    )
    with context().database.write(exclusive=False) as session:
        query = people_query(postings_of(session, g.party_id), chosen)
        page = read_page(session, query, [Subscription.id], wanted)
        note_people(session, page.rows)
        return page.answer(people_views(session, page.rows))


@blueprint.route(
    f"{ONE}/plan/difference",
    methods=["POST"],
    guard=CLINICIANS,
    scope=Scope.CARE,
    operation="preview_plan_change",
)
@blueprint.arguments(PlanChangeSchema)
@blueprint.response(HTTPStatus.OK, ActionPreviewSchema)
def preview_change(body: dict[str, Any], subscription_id: UUID) -> ActionPreview:
    """Tell what a change of the plan would do, and change nothing."""
    here = context()
    with here.database.write(exclusive=False) as session:
        row, wish = noted(session, subscription_id), PlanChange(**body)
        return preview(session, row, lambda: staff.change(session, row, wish, here.clock()))


@blueprint.route(
    f"{ONE}/messages", guard=CLINICIANS, scope=Scope.CARE, operation="list_subscription_texts"
)
@blueprint.response(HTTPStatus.OK, SentTextListSchema)
def list_texts(subscription_id: UUID) -> dict[str, Any]:
    """List what was sent to a person, and what became of it."""
    with context().database.write(exclusive=False) as session:
        row = noted(session, subscription_id)
        programme = programme_by_id(session, row.version_id)[1]
        return {"items": sent_texts(session, row, programme, _MOST)}


@blueprint.route(
    f"{ONE}/accesses", guard=CLINICIANS, scope=Scope.CARE, operation="list_subscription_accesses"
)
@blueprint.response(HTTPStatus.OK, PersonReadingListSchema)
def list_accesses(subscription_id: UUID) -> dict[str, Any]:
    """List who read a person's record."""
    with context().database.write(exclusive=False) as session:
        found = readings_of(session, noted(session, subscription_id), _MOST)
        return {
            "items": [
                {
                    "at": one.at,
                    "reader": one.reader.public_id if one.reader else None,
                    "role": one.reader.role if one.reader else None,
                    "what": one.what,
                }
                for one in found
            ]
        }


def note_people(session: Session, rows: Sequence[Subscription]) -> None:
    """Note that the people of these courses were read of."""
    note_read(session, *(ReadSubject(person_id=row.person_id) for row in rows))
