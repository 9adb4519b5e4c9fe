"""Recalls of texts in the API: asked by a planner, approved by another person."""

from http import HTTPStatus
from typing import Any
from uuid import UUID

from marshmallow import Schema, fields, validate

from services.api.blueprint import Blueprint, refuses
from services.api.context import context
from services.api.guards import own_party
from services.api.idempotency import Work, idempotent
from services.api.schemas import WholeSchema, plain_text
from services.core.roles import Scope
from services.health.api.programmes import (
    APPROVERS,
    CODE,
    CODE_PATTERN,
    PLANNERS,
    PREFIX,
    READERS,
    approval_act,
)
from services.health.recalls.lifecycle import (
    RecallDraft,
    approve_recall,
    ask_recall,
    find_recall,
)
from services.health.recalls.views import figures, recall_view, recall_views
from services.health.versions.store import find_version

blueprint = Blueprint("programme_recalls", "Recalls of wrong texts.", f"{PREFIX}/programmes")

_ALL = "/<code>/recalls"
_ONE = f"{_ALL}/<uuid:recall_id>"
_TEXT_ID = {
    "description": "As messages have it: `day-2`, `month1/answer`, `crave/1`, `event/loss`.",
    "example": "day-2",
}
_LONGEST_REASON = 300


class RecallDraftSchema(Schema):
    """The text to recall, and the version whose text is right."""

    text = fields.String(
        required=True, validate=validate.Regexp("^[a-z0-9_/-]{1,80}$"), metadata=_TEXT_ID
    )
    language = fields.String(
        required=True, validate=validate.Regexp("^[a-z]{2,3}$"), metadata={"example": "en"}
    )
    by = fields.Integer(
        required=True,
        strict=True,
        validate=validate.Range(1, 2**31),
        metadata={"description": "Number of the version that has it right.", "example": 2},
    )
    reason = fields.String(
        required=True,
        validate=plain_text(_LONGEST_REASON),
        metadata={
            "description": "The ledger gets only its digest; no name.",
            "example": "It says to leave out insulin",
        },
    )
    correct = fields.Boolean(
        load_default=False,
        truthy={True},
        falsy={False},
        metadata={"description": "Whether those who have the wrong text get the right one."},
    )


class RecallApprovalSchema(Schema):
    """The ground of an approval."""

    reference = fields.String(
        required=True,
        validate=plain_text(),
        metadata={"description": "Of the signed document; no name.", "example": "NDOH 2026/115"},
    )


class RecalledWordsSchema(WholeSchema):
    """A text, and its form for shared phones."""

    say = fields.String(allow_none=True, metadata={"example": "Drink water."})
    discreet = fields.String(allow_none=True)


class RecalledVersionSchema(WholeSchema):
    """A version whose text is wrong."""

    version = fields.Integer()
    texts = fields.List(fields.Nested(RecalledWordsSchema))


class RecallSchema(WholeSchema):
    """A recall with both texts; `safety`: it answers danger or an event, or asks for consent."""

    id = fields.UUID()
    programme = fields.String(metadata={"pattern": CODE_PATTERN, "example": "tobacco"})
    text = fields.String(metadata=_TEXT_ID)
    language = fields.String(metadata={"example": "en"})
    by = fields.Integer()
    safety = fields.Boolean()
    wrong = fields.List(fields.Nested(RecalledVersionSchema))
    right = fields.List(fields.Nested(RecalledWordsSchema))
    reason = fields.String()
    correct = fields.Boolean()
    asked_by = fields.UUID()
    asked_at = fields.DateTime()
    reference = fields.String(allow_none=True)
    approved_by = fields.UUID(allow_none=True)
    approved_at = fields.DateTime(allow_none=True)
    receipt = fields.String(allow_none=True, metadata={"example": "7KQ2-M9XA-P4TD-WZ3C"})
    corrections = fields.Dict(
        keys=fields.String(metadata={"example": "sent"}),
        values=fields.Integer(),
        metadata={"description": "People by what became of their correction."},
    )
    noting = fields.Boolean(
        metadata={"description": "Whether those to correct are still looked for: more may come."}
    )


class RecallsSchema(WholeSchema):
    """The recalls of a programme, newest first."""

    items = fields.List(fields.Nested(RecallSchema))


class RecallFiguresSchema(WholeSchema):
    """Figures of a recall that is not approved yet; cost in toea."""

    waiting = fields.Integer(metadata={"description": "Messages that will be written anew."})
    have = fields.Integer(metadata={"description": "People who may have the wrong text."})
    paused = fields.Integer(metadata={"description": "Of these, corrected after their pause."})
    left = fields.Integer(metadata={"description": "Of these, not corrected: they left."})
    segments = fields.Integer()
    cost = fields.Integer()
    quiet = fields.Integer(metadata={"description": "Of these, in their quiet hours now."})


@blueprint.route(_ALL, guard=READERS, scope=Scope.READ, parameters=[CODE], operation="list_recalls")
@blueprint.response(HTTPStatus.OK, RecallsSchema)
def recalls(code: str) -> dict[str, Any]:
    """List a programme's recalls with both texts."""
    with context().database.read() as session:
        return {"items": recall_views(session, find_version(session, code).code)}


@blueprint.route(
    _ALL,
    methods=["POST"],
    guard=PLANNERS,
    scope=Scope.SEND,
    parameters=[CODE],
    operation="ask_recall",
)
@idempotent(exclusive=False)
@blueprint.arguments(RecallDraftSchema)
@blueprint.response(HTTPStatus.CREATED, RecallSchema)
@refuses(HTTPStatus.CONFLICT)
def ask(work: Work, body: dict[str, Any], code: str) -> dict[str, Any]:
    """Ask for a recall; nothing changes before a second person approves it."""
    wanted = RecallDraft(
        code, body["text"], body["language"], body["by"], body["reason"], body["correct"]
    )
    return recall_view(work.session, ask_recall(work.session, wanted, own_party(), work.now))


@blueprint.route(
    f"{_ONE}/dry-run",
    guard=READERS,
    scope=Scope.READ,
    parameters=[CODE],
    operation="dry_run_recall",
)
@blueprint.response(HTTPStatus.OK, RecallFiguresSchema)
@refuses(HTTPStatus.CONFLICT)
def dry_run(code: str, recall_id: UUID) -> dict[str, Any]:
    """Count what waits, who has the wrong text, and what corrections cost."""
    here = context()
    with here.database.read() as session:
        found = find_recall(session, code, recall_id)
        return figures(session, found, here.sms, here.clock())._asdict()


@blueprint.route(
    f"{_ONE}/approval",
    methods=["POST"],
    guard=APPROVERS,
    scope=Scope.DECIDE,
    parameters=[CODE],
    operation="approve_recall",
)
@idempotent(exclusive=True)
@blueprint.arguments(RecallApprovalSchema)
@blueprint.response(HTTPStatus.OK, RecallSchema)
@refuses(HTTPStatus.CONFLICT)
def approve(work: Work, body: dict[str, str], code: str, recall_id: UUID) -> dict[str, Any]:
    """Approve a recall, as a second person: from now on nobody gets the wrong text."""
    found = find_recall(work.session, code, recall_id)
    done = approve_recall(work.session, found, approval_act(work, body["reference"]))
    return recall_view(work.session, done)
