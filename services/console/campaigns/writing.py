"""A new campaign in steps: text, to whom, when; each is kept, and none is lost by going back."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any
from uuid import UUID

from flask import Response, abort, g, request
from sqlalchemy import select
from sqlalchemy.orm import Session

from services.api.context import context
from services.api.guards import own_party
from services.api.idempotency import Work
from services.console.blueprint import ConsoleBlueprint, MenuEntry, go_to, once
from services.console.browser_session import PREFIX
from services.console.campaigns.forms import (
    AUDIENCE,
    STEPS,
    TEXT,
    WHEN,
    CheckedStep,
    check_audience,
    check_text,
    check_when,
    faults_in_audience,
    first,
    read_typed,
    usual_window,
)
from services.console.campaigns.views import previews, programmes_in_use
from services.console.guards import SignedIn
from services.console.pages import show
from services.core.errors import NotFound
from services.core.geography import PROVINCES, zone_of
from services.core.roles import Scope
from services.health.campaigns.audience import SEXES, STATES, read_audience
from services.health.campaigns.drafting import as_named_here
from services.health.campaigns.drafts import (
    change_draft,
    content_of,
    find_draft,
    start_draft,
)
from services.health.campaigns.model import PLANS, READS, CampaignKind
from services.health.campaigns.samples import QuickCount, planned_reach, quick_count
from services.health.errors import BadCampaign
from services.storage.models import Listed
from services.texts.catalogue import LANGUAGES

PLANNERS = SignedIn(*PLANS)
DRAFT = "/campaigns/drafts/<uuid:draft_id>"
_MOST_LISTS, _HOURS = 100, 24

blueprint = ConsoleBlueprint(
    "campaigns",
    "One text, or one invitation, to many people.",
    MenuEntry("campaigns_title", "/campaigns", READS),
)


@blueprint.route("/campaigns/new", guard=PLANNERS, scope=Scope.SEND)
def new() -> Response:
    """Begin a campaign with its text."""
    return _show_text(None, {}, None)


@blueprint.route("/campaigns/new", methods=["POST"], guard=PLANNERS, scope=Scope.SEND)
@once
def begun(work: Work) -> Response:
    """Keep the text of a new campaign, and go on."""
    typed = read_typed(request.form, TEXT)
    checked = check_text(typed)
    if request.form.get("go") == "look":
        return _show_text(None, typed, None)
    if checked.wrong:
        abort(_show_text(None, typed, checked.wrong))
    row = start_draft(work.session, own_party(), {TEXT: typed}, work.now)
    return go_to(f"{draft_path(row.public_id)}/{AUDIENCE}")


@blueprint.route(f"{DRAFT}/<step>", guard=PLANNERS, scope=Scope.SEND)
def step(draft_id: UUID, step: str) -> Response:
    """See one step as it was left."""
    with context().database.read() as session:
        content = content_of(find_draft(session, own_party(), draft_id))
        typed = content.get(_known(step), {})
        wrong = _check(session, step, typed).wrong if typed else None
        return _show(session, draft_id, step, typed, wrong)


@blueprint.route(f"{DRAFT}/<step>", methods=["POST"], guard=PLANNERS, scope=Scope.SEND)
@once
def saved(work: Work, draft_id: UUID, step: str) -> Response:
    """Keep a step, and go on, or back; going back keeps what is not right yet."""
    row = find_draft(work.session, own_party(), draft_id)
    typed, go = read_typed(request.form, _known(step)), request.form.get("go")
    if go == "look":
        return _show(work.session, draft_id, step, typed, None)
    checked = _check(work.session, step, typed)
    if checked.wrong and go != "back":
        abort(_show(work.session, draft_id, step, typed, checked.wrong))
    change_draft(row, {step: typed}, work.now)
    work.session.flush()
    place = (TEXT, *STEPS) if go == "back" else (*STEPS[1:], "check")
    following = dict(zip(STEPS, place, strict=False))[step]
    return go_to(f"{draft_path(draft_id)}/{following}")


@blueprint.route("/campaigns/preview", methods=["POST"], guard=PLANNERS, scope=Scope.SEND)
def preview() -> Response:
    """See the texts as phones show them, while they are typed."""
    typed = read_typed(request.form, TEXT)
    return show("campaigns/texts.html", texts=previews(texts_in(typed)))


@blueprint.route(f"{DRAFT}/count", methods=["POST"], guard=PLANNERS, scope=Scope.SEND)
def counted(draft_id: UUID) -> Response:
    """Count to whom it goes, while that is chosen."""
    typed = read_typed(request.form, AUDIENCE)
    with context().database.read() as session:
        text = content_of(find_draft(session, own_party(), draft_id)).get(TEXT, {})
        return show("campaigns/count.html", count=count_of(session, text, typed))


def draft_path(draft_id: UUID) -> str:
    """Return where the pages of a draft are."""
    return f"{PREFIX}/campaigns/drafts/{draft_id}"


def zone() -> str:
    """Return the zone in which days and hours are written: that of whoever is signed in."""
    return zone_of(g.holder.province)


def texts_in(typed: Mapping[str, Any]) -> dict[str, str]:
    """Return the texts that were typed, by language."""
    return {one: text for one in LANGUAGES if (text := first(typed, f"text_{one}"))}


def count_of(
    session: Session, text: Mapping[str, Any], typed: Mapping[str, Any]
) -> QuickCount | None:
    """Count an audience as far as it is chosen; None: what was typed is not right yet."""
    checked = _check(session, AUDIENCE, typed)
    if checked.wrong:
        return None
    audience = as_named_here(session, read_audience(checked.values))
    inviting = first(text, "kind") == CampaignKind.INVITATION
    languages = LANGUAGES if inviting else tuple(texts_in(text))
    reach = planned_reach(audience, first(text, "programme"), languages, inviting=inviting)
    return quick_count(session, reach, context().clock())


def _known(step: str) -> str:
    if step not in STEPS:
        raise NotFound("There is no such page")
    return step


def _check(session: Session, step: str, typed: Mapping[str, Any]) -> CheckedStep:
    if step == TEXT:
        return check_text(typed)
    if step == WHEN:
        return check_when(typed, context().clock(), zone())
    checked = check_audience(typed)
    if not checked.wrong:
        try:
            as_named_here(session, read_audience(checked.values))
        except BadCampaign as error:
            return CheckedStep(checked.values, faults_in_audience(error))
    return checked


def _show(
    session: Session,
    draft_id: UUID,
    step: str,
    typed: Mapping[str, Any],
    wrong: Mapping[str, str] | None,
) -> Response:
    if step == TEXT:
        return _show_text(draft_id, typed, wrong)
    if step == WHEN:
        return _show_when(draft_id, typed, wrong)
    text = content_of(find_draft(session, own_party(), draft_id)).get(TEXT, {})
    return show(
        "campaigns/audience.html",
        _status(wrong),
        **_frame(draft_id, AUDIENCE, typed, wrong),
        provinces=PROVINCES,
        programmes=programmes_in_use(session),
        lists=_lists(session),
        sexes=SEXES,
        states=STATES,
        count=count_of(session, text, typed),
    )


def _show_text(
    draft_id: UUID | None, typed: Mapping[str, Any], wrong: Mapping[str, str] | None
) -> Response:
    with context().database.read() as session:
        programmes = programmes_in_use(session)
    return show(
        "campaigns/text.html",
        _status(wrong),
        **_frame(draft_id, TEXT, typed, wrong),
        programmes=programmes,
        kinds=tuple(CampaignKind),
        texts=previews(texts_in(typed)),
    )


def _show_when(
    draft_id: UUID, typed: Mapping[str, Any], wrong: Mapping[str, str] | None
) -> Response:
    here = context()
    chosen = typed or usual_window(here.clock(), zone())
    frame = _frame(draft_id, WHEN, chosen, wrong)
    return show("campaigns/when.html", _status(wrong), **frame, hours=range(_HOURS), quiet=here.sms)


def _frame(
    draft_id: UUID | None, step: str, typed: Mapping[str, Any], wrong: Mapping[str, str] | None
) -> dict[str, Any]:
    at = f"{PREFIX}/campaigns/new" if draft_id is None else f"{draft_path(draft_id)}/{step}"
    base = draft_path(draft_id) if draft_id else None
    one = {name: next(iter(values), "") for name, values in typed.items()}
    return {"at": at, "base": base, "step": step, "typed": typed, "one": one, "wrong": wrong}


def _status(wrong: Mapping[str, str] | None) -> HTTPStatus:
    refused = wrong and request.method == "POST"
    return HTTPStatus.UNPROCESSABLE_ENTITY if refused else HTTPStatus.OK


def _lists(session: Session) -> list[str]:
    names = select(Listed.list_name).distinct().order_by(Listed.list_name).limit(_MOST_LISTS)
    return list(session.scalars(names))
