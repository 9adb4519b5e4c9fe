"""Changes of a person's course: each shows what exactly it would do before it is confirmed."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from http import HTTPStatus
from typing import Any, NamedTuple
from uuid import UUID

from flask import Response, abort, request
from sqlalchemy.orm import Session

from services.api.context import context
from services.api.idempotency import Work
from services.console.blueprint import ConsoleBlueprint, go_to, once
from services.console.browser_session import PREFIX
from services.console.pages import show
from services.console.people.people_list import CLINICIANS
from services.console.people.person import PERSON, head, movable, said
from services.core.errors import Invalid, RowFault
from services.core.roles import Scope
from services.health.api.subscriptions import ENDS, noted
from services.health.courses import staff
from services.health.courses.course_messages import dates, own_dates
from services.health.courses.plan_changes import PlanChange
from services.health.courses.previews import ActionPreview, PlannedText, preview, preview_end
from services.health.courses.subscriptions import SubscriptionState
from services.health.errors import NotRunning
from services.health.imports.rows import day
from services.health.versions.store import programme_by_id
from services.storage.models import Subscription

blueprint = ConsoleBlueprint("changes", "Changes of a person's course.")

REASONS = ("asked", "moved", "wrong_person", "finished", "other")
"""Why staff end a course: codes, no words of the person."""

_FIELD = "date_"


class MovedText(NamedTuple):
    """A text in a change: when it came, and when it comes; None: it did not, or does not."""

    item: str
    before: datetime | None
    after: datetime | None


def moved_texts(found: ActionPreview) -> list[MovedText]:
    """Pair the texts that a change takes out with those that it puts in, in order of time."""
    left: dict[str, list[PlannedText]] = {}
    for one in found.created:
        left.setdefault(one.item, []).append(one)
    pairs = []
    for one in found.cancelled:
        again = left.get(one.item)
        pairs.append(MovedText(one.item, one.at, again.pop(0).at if again else None))
    pairs += [MovedText(one.item, None, one.at) for rest in left.values() for one in rest]
    return sorted(pairs, key=lambda pair: (pair.before or pair.after, pair.item))


@blueprint.route(f"{PERSON}/dates", guard=CLINICIANS, scope=Scope.CARE)
def choose_dates(subscription_id: UUID) -> Response:
    """Choose new dates."""
    with context().database.write(exclusive=False) as session:
        row = noted(session, subscription_id)
        known = own_dates(dates(row.anchors))
        typed = {code: on.isoformat() for code, on in known.items()}
        return _dates_form(session, row, typed)


@blueprint.route(f"{PERSON}/dates/difference", methods=["POST"], guard=CLINICIANS, scope=Scope.CARE)
def show_dates(subscription_id: UUID) -> Response:
    """See exactly what new dates would change, before anything is."""
    with context().database.write(exclusive=False) as session:
        row = noted(session, subscription_id)
        wish = _wish(session, row)
        found = _preview_dates(session, row, wish, context().clock())
        return _confirm(session, row, "dates", found)


@blueprint.route(f"{PERSON}/dates", methods=["POST"], guard=CLINICIANS, scope=Scope.CARE)
@once
def change_dates(work: Work, subscription_id: UUID) -> Response:
    """Move dates."""
    row = noted(work.session, subscription_id)
    wish = _wish(work.session, row)
    _require_seen(work, row, "dates", _preview_dates(work.session, row, wish, work.now))
    staff.change(work.session, row, wish, work.now)
    return _done(row, "dates")


@blueprint.route(f"{PERSON}/pause", guard=CLINICIANS, scope=Scope.CARE)
def show_pause(subscription_id: UUID) -> Response:
    """See what a pause would do."""
    return _ask(subscription_id, "pause", staff.pause)


@blueprint.route(f"{PERSON}/pause", methods=["POST"], guard=CLINICIANS, scope=Scope.CARE)
@once
def pause(work: Work, subscription_id: UUID) -> Response:
    """Let a course wait."""
    return _act(work, subscription_id, "pause", staff.pause)


@blueprint.route(f"{PERSON}/resume", guard=CLINICIANS, scope=Scope.CARE)
def show_resume(subscription_id: UUID) -> Response:
    """See what would come if a course went on."""
    return _ask(subscription_id, "resume", staff.resume)


@blueprint.route(f"{PERSON}/resume", methods=["POST"], guard=CLINICIANS, scope=Scope.CARE)
@once
def resume(work: Work, subscription_id: UUID) -> Response:
    """Let a course go on."""
    return _act(work, subscription_id, "resume", staff.resume)


@blueprint.route(f"{PERSON}/end", guard=CLINICIANS, scope=Scope.CARE)
def choose_end(subscription_id: UUID) -> Response:
    """Choose how a course ends."""
    with context().database.write(exclusive=False) as session:
        return _end_form(session, noted(session, subscription_id))


@blueprint.route(f"{PERSON}/end/difference", methods=["POST"], guard=CLINICIANS, scope=Scope.CARE)
def show_end(subscription_id: UUID) -> Response:
    """See what would not come any more."""
    with context().database.write(exclusive=False) as session:
        row = noted(session, subscription_id)
        _ending(session, row)
        return _confirm(session, row, "end", preview_end(session, row, context().clock()))


@blueprint.route(f"{PERSON}/end", methods=["POST"], guard=CLINICIANS, scope=Scope.CARE)
@once
def end(work: Work, subscription_id: UUID) -> Response:
    """End a course."""
    row = noted(work.session, subscription_id)
    state, reason = _ending(work.session, row)
    _require_seen(work, row, "end", preview_end(work.session, row, work.now))
    staff.end(work.session, row, state, reason, work.now)
    return _done(row, "end")


_StaffAct = Callable[[Session, Subscription, datetime], object]


def _ask(subscription_id: UUID, what: str, act: _StaffAct) -> Response:
    now = context().clock()
    with context().database.write(exclusive=False) as session:
        row = noted(session, subscription_id)
        found = preview(session, row, lambda: act(session, row, now))
        return _confirm(session, row, what, found)


def _act(work: Work, subscription_id: UUID, what: str, act: _StaffAct) -> Response:
    session, row = work.session, noted(work.session, subscription_id)
    _require_seen(work, row, what, preview(session, row, lambda: act(session, row, work.now)))
    act(session, row, work.now)
    return _done(row, what)


def _preview_dates(
    session: Session, row: Subscription, wish: PlanChange, now: datetime
) -> ActionPreview:
    """Preview new dates; a date that does not fit draws the form again."""
    try:
        return preview(session, row, lambda: staff.change(session, row, wish, now))
    except Invalid as fault:
        wrong = {_FIELD + name.removeprefix("anchors."): "people_date_far" for name in fault.fields}
        abort(_dates_form(session, row, _typed_dates(), wrong))


def _wish(session: Session, row: Subscription) -> PlanChange:
    """Read the dates that were typed; what is none draws the form again."""
    programme = programme_by_id(session, row.version_id)[1]
    known, wrong = own_dates(dates(row.anchors)), {}
    wanted: dict[str, date | None] = {}
    for code, _ in movable(programme):
        text = _typed_dates().get(code, "").strip()
        try:
            found = day(code, text) if text else None
        except RowFault:
            wrong[_FIELD + code] = "people_date_wrong"
            continue
        if found != known.get(code):
            wanted[code] = found
    if not wrong and not wanted:
        wrong = {_FIELD + movable(programme)[0][0]: "people_date_same"}
    if wrong:
        abort(_dates_form(session, row, _typed_dates(), wrong))
    return PlanChange(anchors=wanted)


def _typed_dates() -> dict[str, str]:
    return {
        name.removeprefix(_FIELD): value[:32]
        for name, value in request.form.items()
        if name.startswith(_FIELD)
    }


def _ending(session: Session, row: Subscription) -> tuple[SubscriptionState, str | None]:
    """Read how a course is to end; what was not chosen draws the form again."""
    state, reason = request.form.get("state", ""), request.form.get("reason", "")
    if state not in {one.value for one in ENDS}:
        abort(_end_form(session, row, {"state": "people_end_none"}))
    return SubscriptionState(state), reason if reason in REASONS else None


def _require_seen(work: Work, row: Subscription, what: str, found: ActionPreview) -> None:
    """Draw the page again if the change is not what the person confirmed."""
    if request.form.get("seen") != found.digest():
        abort(_confirm(work.session, row, what, found, HTTPStatus.CONFLICT))


def _dates_form(
    session: Session,
    row: Subscription,
    typed: Mapping[str, str],
    wrong: Mapping[str, str] | None = None,
) -> Response:
    programme = programme_by_id(session, row.version_id)[1]
    return _form(session, row, "dates", typed=typed, anchors=movable(programme), wrong=wrong)


def _end_form(
    session: Session, row: Subscription, wrong: Mapping[str, str] | None = None
) -> Response:
    chosen = {name: request.form.get(name, "") for name in ("state", "reason")}
    return _form(session, row, "end", ends=ENDS, reasons=REASONS, chosen=chosen, wrong=wrong)


def _form(session: Session, row: Subscription, what: str, **values: Any) -> Response:  # noqa: ANN401 — whatever the template shows
    if row.state not in staff.MAY_CHANGE[what]:
        raise NotRunning(f"The subscription is {row.state.replace('_', ' ')}")
    programme = programme_by_id(session, row.version_id)[1]
    status = HTTPStatus.UNPROCESSABLE_ENTITY if values["wrong"] else HTTPStatus.OK
    return show(f"people/{what}.html", status, **head(session, row, programme), **values)


def _confirm(
    session: Session,
    row: Subscription,
    what: str,
    found: ActionPreview,
    status: HTTPStatus = HTTPStatus.OK,
) -> Response:
    programme = programme_by_id(session, row.version_id)[1]
    texts: Sequence[PlannedText] = (*found.cancelled, *found.created)
    kept = [
        (name, value)
        for name, value in request.form.items()
        if name in {"state", "reason"} or name.startswith(_FIELD)
    ]
    return show(
        "people/confirm.html",
        status,
        **head(session, row, programme),
        what=what,
        moved=moved_texts(found),
        words=said(programme, row, texts),
        resumes_on=found.resumes_on,
        seen=found.digest(),
        kept=kept,
        opts_out=request.form.get("state") == SubscriptionState.OPTED_OUT,
        changed=status is HTTPStatus.CONFLICT,
    )


def _done(row: Subscription, what: str) -> Response:
    return go_to(f"{PREFIX}/people/{row.public_id}?done={what}")
