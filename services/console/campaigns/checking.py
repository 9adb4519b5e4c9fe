"""The last step of a campaign: dry run, test to one's own phone, and submission."""

from collections.abc import Sequence
from uuid import UUID

from flask import Response, abort, request
from sqlalchemy.orm import Session

from services.api.context import context
from services.api.guards import note_read, own_party
from services.api.idempotency import Work
from services.console.blueprint import go_to, once
from services.console.browser_session import PREFIX
from services.console.campaigns.forms import AUDIENCE, draft_of
from services.console.campaigns.views import whole_view
from services.console.campaigns.writing import DRAFT, PLANNERS, blueprint, draft_path, zone
from services.console.numbers import plain_number
from services.console.pages import show
from services.core.roles import Scope
from services.health.campaigns.drafting import Draft
from services.health.campaigns.drafts import (
    campaign_of,
    content_of,
    count_campaign,
    digest_of,
    find_draft,
    is_counted,
    keep_count,
    submit_draft,
)
from services.health.campaigns.running import send_test
from services.health.campaigns.samples import FirstText, first_texts
from services.health.errors import BadCampaign
from services.storage.models import Campaign, CampaignDraft
from services.storage.read_log import ReadSubject


@blueprint.route(f"{DRAFT}/check", guard=PLANNERS, scope=Scope.SEND)
def check(draft_id: UUID) -> Response:
    """See the whole, its dry run, and the first texts."""
    with context().database.write(exclusive=False) as session:
        row = find_draft(session, own_party(), draft_id)
        campaign = _campaign(session, row)
        texts = first_texts(session, campaign, context().clock())
        note_first(session, texts)
        return _show(session, row, campaign, texts)


@blueprint.route(f"{DRAFT}/check", methods=["POST"], guard=PLANNERS, scope=Scope.SEND)
def counted(draft_id: UUID) -> Response:
    """Count it. That may take half a minute, so nobody waits for it, and it may be done twice."""
    here = context()
    with here.database.read() as session:
        row = find_draft(session, own_party(), draft_id)
        digest = digest_of(row.content)
        figures = count_campaign(session, _campaign(session, row), here.sms, here.clock())
    with here.database.write(exclusive=False) as session:
        keep_count(find_draft(session, own_party(), draft_id), digest, figures, here.clock())
    return go_to(f"{draft_path(draft_id)}/check")


@blueprint.route(f"{DRAFT}/test", methods=["POST"], guard=PLANNERS, scope=Scope.SEND)
@once
def tested(work: Work, draft_id: UUID) -> Response:
    """Send each text to one's own phone; nothing of it is counted."""
    row = find_draft(work.session, own_party(), draft_id)
    sent = send_test(work.session, _campaign(work.session, row), own_party(), work.now)
    return go_to(f"{draft_path(draft_id)}/check?tested={sent}")


@blueprint.route(f"{DRAFT}/submit", methods=["POST"], guard=PLANNERS, scope=Scope.SEND)
@once
def submitted(work: Work, draft_id: UUID) -> Response:
    """Hand it to a second person, as it was counted."""
    row = find_draft(work.session, own_party(), draft_id)
    draft = _draft(row)
    made = submit_draft(work.session, row, draft, work.now)
    return go_to(f"{PREFIX}/campaigns/{made.public_id}")


@blueprint.route(f"{DRAFT}/delete", methods=["POST"], guard=PLANNERS, scope=Scope.SEND)
@once
def deleted(work: Work, draft_id: UUID) -> Response:
    """Throw a draft away."""
    work.session.delete(find_draft(work.session, own_party(), draft_id))
    return go_to(f"{PREFIX}/campaigns")


def note_first(session: Session, texts: Sequence[FirstText]) -> None:
    """Note that the names of the first people are read."""
    note_read(
        session,
        *(
            ReadSubject(person_id=one.person_id)
            if one.person_id
            else ReadSubject(party_id=one.party_id)
            for one in texts
        ),
    )


def _draft(row: CampaignDraft) -> Draft:
    """Return a draft that is whole, or lead to its first step that is not."""
    found = draft_of(content_of(row), context().clock(), zone())
    if isinstance(found, Draft):
        return found
    return abort(go_to(f"{draft_path(row.public_id)}/{found}"))


def _campaign(session: Session, row: CampaignDraft) -> Campaign:
    """Return the campaign of a draft, or lead to the audience where that is no more."""
    draft = _draft(row)
    try:
        return campaign_of(session, row, draft, context().clock())
    except BadCampaign:
        return abort(go_to(f"{draft_path(row.public_id)}/{AUDIENCE}"))


def _show(
    session: Session, row: CampaignDraft, campaign: Campaign, texts: Sequence[FirstText]
) -> Response:
    return show(
        "campaigns/check.html",
        base=draft_path(row.public_id),
        step="check",
        counted=is_counted(row),
        figures=row.figures,
        counted_at=row.counted_at,
        first_texts=texts,
        tested=plain_number(request.args.get("tested", ""), 9),
        **whole_view(session, campaign),
    )
