"""Campaigns in the API: drafted by planners, approved by a second person."""

from http import HTTPStatus
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.api.blueprint import Blueprint, refuses
from services.api.context import context
from services.api.guards import Roles, own_party
from services.api.idempotency import Work, idempotent
from services.api.paging import LINK, PageQuery, PageRequest, read_page
from services.core.roles import Scope
from services.health.api.campaign_schemas import (
    AudienceCountedSchema,
    AudienceCountSchema,
    CampaignPageSchema,
    CampaignSchema,
    CampaignTestSchema,
    DraftSchema,
    DryRunSchema,
    ProgressSchema,
)
from services.health.api.programmes import PREFIX
from services.health.campaigns.audience import read_audience
from services.health.campaigns.drafting import Draft, as_named_here, draft_campaign
from services.health.campaigns.figures import dry_run, progress_of
from services.health.campaigns.lifecycle import (
    approve_campaign,
    cancel_campaign,
    pause_campaign,
    resume_campaign,
)
from services.health.campaigns.model import (
    APPROVES,
    PLANS,
    READS,
    STOPS,
    CampaignKind,
    find_campaign,
    wording_of,
)
from services.health.campaigns.running import send_test
from services.health.campaigns.samples import planned_reach, quick_count
from services.storage.models import Campaign, Party

blueprint = Blueprint(
    "campaigns", "One text, or one invitation, to many people.", f"{PREFIX}/campaigns"
)

_READERS, _PLANNERS = Roles(*READS), Roles(*PLANS)
_APPROVERS, _STOPPERS = Roles(*APPROVES), Roles(*STOPS)
_ONE = "/<uuid:campaign_id>"
_AUDIENCE = {"kind": "broadcast", "audience": {"provinces": ["Jiwaka"], "age_from": 40}}


@blueprint.route("", guard=_READERS, scope=Scope.READ, operation="list_campaigns")
@blueprint.arguments(PageQuery, location="query")
@blueprint.response(HTTPStatus.OK, CampaignPageSchema, headers=LINK)
def campaigns(query: PageRequest) -> Any:  # noqa: ANN401 — body and headers
    """List campaigns, oldest first."""
    with context().database.read() as session:
        page = read_page(session, select(Campaign), [Campaign.id], query)
        return page.answer([_shown(session, row) for row in page.rows])


@blueprint.route(
    "", methods=["POST"], guard=_PLANNERS, scope=Scope.SEND, operation="draft_campaign"
)
@idempotent(exclusive=False)
@blueprint.arguments(DraftSchema)
@blueprint.response(HTTPStatus.CREATED, CampaignSchema)
@refuses(HTTPStatus.NOT_FOUND)
def draft(work: Work, body: dict[str, Any]) -> Any:  # noqa: ANN401 — body and headers
    """Draft a campaign; nothing is sent, and a draft is not changed: draft another."""
    given = Draft(**body | {"kind": CampaignKind(body["kind"])})
    made = draft_campaign(work.session, given, own_party(), work.now)
    place = f"{blueprint.url_prefix}/{made.public_id}"
    return _shown(work.session, made), {"Location": place}


@blueprint.route("/audience", methods=["POST"], guard=_PLANNERS, scope=Scope.SEND)
@blueprint.arguments(AudienceCountSchema, example=_AUDIENCE)
@blueprint.response(HTTPStatus.OK, AudienceCountedSchema)
def count_audience(body: dict[str, Any]) -> dict[str, Any]:
    """Count an audience within a moment; nothing is drafted, and a dry run counts each person."""
    with context().database.read() as session:
        audience = as_named_here(session, read_audience(body["audience"]))
        inviting = body["kind"] == CampaignKind.INVITATION
        reach = planned_reach(audience, body["programme"], body["languages"], inviting=inviting)
        return quick_count(session, reach, context().clock())._asdict()


@blueprint.route(_ONE, guard=_READERS, scope=Scope.READ, operation="get_campaign")
@blueprint.response(HTTPStatus.OK, CampaignSchema)
def campaign(campaign_id: UUID) -> dict[str, Any]:
    """Read a campaign."""
    with context().database.read() as session:
        return _shown(session, find_campaign(session, campaign_id))


@blueprint.route(f"{_ONE}/dry-run", guard=_READERS, scope=Scope.READ, operation="dry_run_campaign")
@blueprint.response(HTTPStatus.OK, DryRunSchema)
def dry(campaign_id: UUID) -> dict[str, Any]:
    """Count what it would come to: people, segments, cost, who is left out, hours, end."""
    here = context()
    with here.database.read() as session:
        found = dry_run(session, find_campaign(session, campaign_id), here.sms, here.clock())
        return found._asdict() | {"fits": found.fits}


@blueprint.route(
    f"{_ONE}/test", methods=["POST"], guard=_STOPPERS, scope=Scope.SEND, operation="test_campaign"
)
@idempotent(exclusive=False)
@blueprint.response(HTTPStatus.OK, CampaignTestSchema)
def test(work: Work, campaign_id: UUID) -> dict[str, int]:
    """Send its texts to the phone of the token's owner; nothing is counted."""
    found = find_campaign(work.session, campaign_id)
    return {"sent": send_test(work.session, found, own_party(), work.now)}


@blueprint.route(
    f"{_ONE}/approve",
    methods=["POST"],
    guard=_APPROVERS,
    scope=Scope.DECIDE,
    operation="approve_campaign",
)
@idempotent(exclusive=False)
@blueprint.response(HTTPStatus.OK, CampaignSchema)
def approve(work: Work, campaign_id: UUID) -> dict[str, Any]:
    """Approve it, as a second person; its figures are counted again and kept."""
    done = approve_campaign(work.session, campaign_id, own_party(), context().sms, work.now)
    return _shown(work.session, done)


@blueprint.route(
    f"{_ONE}/pause", methods=["POST"], guard=_STOPPERS, scope=Scope.SEND, operation="pause_campaign"
)
@idempotent(exclusive=False)
@blueprint.response(HTTPStatus.OK, CampaignSchema)
def pause(work: Work, campaign_id: UUID) -> dict[str, Any]:
    """Send nothing more for now; what waits goes on waiting."""
    return _shown(work.session, pause_campaign(work.session, campaign_id, own_party()))


@blueprint.route(
    f"{_ONE}/resume",
    methods=["POST"],
    guard=_PLANNERS,
    scope=Scope.SEND,
    operation="resume_campaign",
)
@idempotent(exclusive=False)
@blueprint.response(HTTPStatus.OK, CampaignSchema)
def resume(work: Work, campaign_id: UUID) -> dict[str, Any]:
    """Go on; what waits is due at once."""
    done = resume_campaign(work.session, campaign_id, own_party(), work.now)
    return _shown(work.session, done)


@blueprint.route(
    f"{_ONE}/cancel",
    methods=["POST"],
    guard=_STOPPERS,
    scope=Scope.SEND,
    operation="cancel_campaign",
)
@idempotent(exclusive=False)
@blueprint.response(HTTPStatus.OK, CampaignSchema)
def cancel(work: Work, campaign_id: UUID) -> dict[str, Any]:
    """End it for good; what waits is not sent."""
    done = cancel_campaign(work.session, campaign_id, own_party(), work.now)
    return _shown(work.session, done)


@blueprint.route(
    f"{_ONE}/progress", guard=_READERS, scope=Scope.READ, operation="get_campaign_progress"
)
@blueprint.response(HTTPStatus.OK, ProgressSchema)
def progress(campaign_id: UUID) -> dict[str, Any]:
    """Read how far it is: messages by state and reason, tries by minute, cost so far."""
    here = context()
    with here.database.read() as session:
        found = progress_of(session, find_campaign(session, campaign_id), here.clock())
        minutes = [{"at": at, "tries": many} for at, many in found.minutes.items()]
        return found._asdict() | {"minutes": minutes}


def _shown(session: Session, row: Campaign) -> dict[str, Any]:
    named = {row.drafted_by_id, row.approved_by_id} - {None}
    wanted = select(Party.id, Party.public_id).where(Party.id.in_(named))
    people = {one.id: one.public_id for one in session.execute(wanted)}
    names = [name for name in CampaignSchema().fields if hasattr(row, name)]
    return {name: getattr(row, name) for name in names} | {
        "id": row.public_id,
        "texts": wording_of(row).say,
        "drafted_by": people[row.drafted_by_id],
        "approved_by": people.get(row.approved_by_id or 0),
    }
