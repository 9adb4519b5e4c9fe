"""Campaigns that were submitted: approved by a second person, watched, paused, ended."""

from http import HTTPStatus
from typing import Any
from uuid import UUID

from flask import Response, abort, g, request
from sqlalchemy import select
from sqlalchemy.orm import Session

from services.api.context import context
from services.api.guards import own_party
from services.api.idempotency import Work
from services.console.blueprint import go_to, is_partial, once, once_unlocked
from services.console.browser_session import PREFIX
from services.console.campaigns.checking import note_first
from services.console.campaigns.copying import content_from
from services.console.campaigns.forms import TEXT, first
from services.console.campaigns.views import name_of, whole_view
from services.console.campaigns.writing import PLANNERS, blueprint, draft_path, zone
from services.console.guards import SignedIn
from services.console.numbers import asked_number, plain_number
from services.console.pages import show
from services.core.roles import Scope
from services.health.campaigns.drafts import (
    content_of,
    count_campaign,
    drafts_of,
    keep_figures,
    start_draft,
)
from services.health.campaigns.figures import progress_of
from services.health.campaigns.lifecycle import (
    approve_campaign,
    cancel_campaign,
    may_cancel,
    pause_campaign,
    resume_campaign,
)
from services.health.campaigns.model import (
    APPROVES,
    PLANS,
    READS,
    STOPS,
    CampaignState,
    find_campaign,
)
from services.health.campaigns.running import send_test
from services.health.campaigns.samples import first_texts
from services.storage.models import Campaign

READERS, APPROVERS, STOPPERS = SignedIn(*READS), SignedIn(*APPROVES), SignedIn(*STOPS)
ONE = "/campaigns/<uuid:campaign_id>"
_PAGE, _COUNTED_AT_ONCE = 20, 50_000
_GOES = frozenset({CampaignState.APPROVED, CampaignState.RUNNING, CampaignState.PAUSED})


@blueprint.route("/campaigns", guard=READERS, scope=Scope.READ)
def campaigns() -> Response:
    """See one's drafts, what waits for a second person, and every campaign, newest first."""
    start, now = asked_number("from"), context().clock()
    newest = select(Campaign).order_by(Campaign.id.desc()).offset(start).limit(_PAGE + 1)
    waits = (Campaign.state == CampaignState.DRAFTED, Campaign.closes_at > now)
    with context().database.read() as session:
        found = session.scalars(newest).all()
        waiting = session.scalars(select(Campaign).where(*waits).limit(_PAGE)).all()
        plans = g.holder.role in PLANS and g.party_id is not None
        drafts = drafts_of(session, own_party()) if plans else ()
        return show(
            "campaigns/list.html",
            campaigns=[(one, name_of(session, one.drafted_by_id)) for one in found[:_PAGE]],
            waiting=[(one, name_of(session, one.drafted_by_id)) for one in waiting],
            drafts=drafts,
            names={one.id: first(content_of(one).get(TEXT, {}), "name") for one in drafts},
            plans=plans,
            start=start,
            more=f"{PREFIX}/campaigns?from={start + _PAGE}" if len(found) > _PAGE else None,
        )


@blueprint.route(ONE, guard=READERS, scope=Scope.READ)
def campaign(campaign_id: UUID) -> Response:
    """See one campaign: all that its author saw, and how far it is."""
    with context().database.write(exclusive=False) as session:
        return _show(session, find_campaign(session, campaign_id))


@blueprint.route(f"{ONE}/progress", guard=READERS, scope=Scope.READ)
def progress(campaign_id: UUID) -> Response:
    """See how far it is, for the page that is open."""
    with context().database.read() as session:
        row = find_campaign(session, campaign_id)
        if not is_partial():
            return go_to(_path(campaign_id))
        return show("campaigns/progress.html", campaign=row, progress=_progress(session, row))


@blueprint.route(f"{ONE}/count", methods=["POST"], guard=STOPPERS, scope=Scope.READ)
def recounted(campaign_id: UUID) -> Response:
    """Count a campaign that waits for a second person, anew or for the first time."""
    here = context()
    with here.database.read() as session:
        row = find_campaign(session, campaign_id)
        figures = count_campaign(session, row, here.sms, here.clock())
    with here.database.write(exclusive=False) as session:
        keep_figures(session, campaign_id, figures, here.clock())
    return go_to(_path(campaign_id))


@blueprint.route(f"{ONE}/approve", methods=["POST"], guard=APPROVERS, scope=Scope.DECIDE)
@once_unlocked
def approved(work: Work, campaign_id: UUID) -> Response:
    """Approve a campaign, as a second person, by the figures that one has seen."""
    row = find_campaign(work.session, campaign_id)
    seen = request.form.get("seen", "")
    if row.state == CampaignState.DRAFTED and (row.figures is None or seen != _seen(row)):
        wrong = {"seen": "campaigns_seen_wrong"}
        abort(_show(work.session, row, HTTPStatus.UNPROCESSABLE_ENTITY, wrong))
    approve_campaign(work.session, campaign_id, own_party(), context().sms, work.now)
    return go_to(_path(campaign_id))


@blueprint.route(f"{ONE}/test", methods=["POST"], guard=STOPPERS, scope=Scope.SEND)
@once
def tested(work: Work, campaign_id: UUID) -> Response:
    """Send its texts to one's own phone; nothing of it is counted."""
    row = find_campaign(work.session, campaign_id)
    sent = send_test(work.session, row, own_party(), work.now)
    return go_to(f"{_path(campaign_id)}?tested={sent}")


@blueprint.route(f"{ONE}/pause", methods=["POST"], guard=STOPPERS, scope=Scope.SEND)
@once
def paused(work: Work, campaign_id: UUID) -> Response:
    """Send nothing more for now."""
    pause_campaign(work.session, campaign_id, own_party())
    return go_to(_path(campaign_id))


@blueprint.route(f"{ONE}/resume", methods=["POST"], guard=PLANNERS, scope=Scope.SEND)
@once
def resumed(work: Work, campaign_id: UUID) -> Response:
    """Go on."""
    resume_campaign(work.session, campaign_id, own_party(), work.now)
    return go_to(_path(campaign_id))


@blueprint.route(f"{ONE}/cancel", guard=STOPPERS, scope=Scope.SEND)
def cancelling(campaign_id: UUID) -> Response:
    """See what ending a campaign means, before it is done."""
    with context().database.read() as session:
        row = find_campaign(session, campaign_id)
        return show("campaigns/cancel.html", campaign=row, at=_path(campaign_id))


@blueprint.route(f"{ONE}/cancel", methods=["POST"], guard=STOPPERS, scope=Scope.SEND)
@once
def cancelled(work: Work, campaign_id: UUID) -> Response:
    """End a campaign for good."""
    cancel_campaign(work.session, campaign_id, own_party(), work.now)
    return go_to(_path(campaign_id))


@blueprint.route(f"{ONE}/copy", methods=["POST"], guard=PLANNERS, scope=Scope.SEND)
@once
def copied(work: Work, campaign_id: UUID) -> Response:
    """Begin another campaign with all that this one has."""
    row = find_campaign(work.session, campaign_id)
    made = start_draft(work.session, own_party(), content_from(row, zone()), work.now)
    return go_to(f"{draft_path(made.public_id)}/text")


def _path(campaign_id: UUID) -> str:
    return f"{PREFIX}/campaigns/{campaign_id}"


def _seen(row: Campaign) -> str:
    return row.counted_at.isoformat() if row.counted_at else ""


def _show(
    session: Session,
    row: Campaign,
    status: HTTPStatus = HTTPStatus.OK,
    wrong: dict[str, str] | None = None,
) -> Response:
    waits = row.state == CampaignState.DRAFTED
    texts = first_texts(session, row, context().clock()) if waits else ()
    note_first(session, texts)
    return show(
        "campaigns/campaign.html",
        status,
        wrong=wrong,
        at=_path(row.public_id),
        figures=row.figures,
        counted=row.figures is not None,
        counted_at=row.counted_at,
        first_texts=texts,
        tested=plain_number(request.args.get("tested", ""), 9),
        seen=_seen(row),
        may=_may(row),
        progress=None if waits or row.approved_at is None else _progress(session, row),
        **whole_view(session, row),
    )


def _may(row: Campaign) -> dict[str, bool]:
    """Tell what whoever is signed in may do with a campaign now."""
    role, state = g.holder.role, row.state
    open_now = row.closes_at > context().clock()
    mine = row.drafted_by_id == g.party_id
    return {
        "approve": role in APPROVES and state == CampaignState.DRAFTED and open_now and not mine,
        "count": role in STOPS and state == CampaignState.DRAFTED,
        "pause": role in STOPS and state in _GOES - {CampaignState.PAUSED},
        "resume": role in PLANS and state == CampaignState.PAUSED and open_now,
        "cancel": role in STOPS and may_cancel(row, context().clock()),
        "begin_another": role in PLANS,
        "test": role in STOPS and state == CampaignState.DRAFTED,
    }


def _progress(session: Session, row: Campaign) -> dict[str, Any]:
    """Return how far a campaign is; of many texts the reasons are counted when they are asked for.

    To count a million texts takes seconds.
    """
    sent = {"queued": row.queued, "people": row.people or 0}
    if row.queued > _COUNTED_AT_ONCE and "count" not in request.args:
        return sent | {"details": None}
    return sent | {"details": progress_of(session, row, context().clock())}
