"""An animal: may it move, where it is and has been, what happened, and its proof."""

from collections.abc import Mapping
from datetime import date
from http import HTTPStatus
from typing import Any
from uuid import UUID

from flask import Response, abort, g, request
from sqlalchemy import select
from sqlalchemy.orm import Session

from chain.proof import dump
from services.api.context import context
from services.api.guards import own_party
from services.api.idempotency import Work
from services.audit.proofs import not_disclosed, prove
from services.audit.routes import headers_of
from services.console.blueprint import ConsoleBlueprint, go_to, once
from services.console.browser_session import PREFIX
from services.console.field.common import (
    animal_path,
    bar_in_words,
    place_in_words,
)
from services.console.field.people import PersonLine, people
from services.console.field.records import record_sentence
from services.console.guards import ANYBODY, SignedIn
from services.console.ledger.common import file_to_keep
from services.console.numbers import asked_number
from services.console.pages import show
from services.core.errors import Forbidden, NotFound, ServiceError
from services.core.roles import OFFICERS, Scope
from services.livestock.api.animals import animal_view
from services.livestock.api.common import READ, REPORTERS, acting_origin_of, viewer
from services.livestock.api.decisions import policy
from services.livestock.confirmations.owners import require_undoing
from services.livestock.control.decisions import Question, decide
from services.livestock.control.retractions import declare_wrong
from services.livestock.domain import access
from services.livestock.domain.access import Sight
from services.livestock.domain.details import VOID_REASONS
from services.livestock.domain.movement_questions import Reason
from services.livestock.queries.animals import AnimalHistory, animal_history, subject_of
from services.livestock.queries.events import event_views, events_wanted, is_seen
from services.livestock.recording.corrections import NOT_VOIDABLE, require_own_report
from services.livestock.recording.journal import OURS
from services.livestock.recording.lookup import parse_key, require_animal
from services.livestock.recording.ownership import ties_of
from services.storage.models import Journal, Party, Premises
from sms.local_time import local_day

_PROVED = SignedIn(*READ.roles)
_REPORTING = SignedIn(*REPORTERS.roles)
_PAGE = 30
# Where it goes is not asked here, and so no permit either.
_OF_ITSELF = (
    frozenset(Reason)
    - {one for one in Reason if one.startswith("permit_") or one in {"no_permit", "uncounted"}}
    - {Reason.UNKNOWN_DESTINATION, Reason.UNKNOWN_ORIGIN, Reason.ZONE_ENTERING}
)

blueprint = ConsoleBlueprint("animals", "Animals and their events.")


@blueprint.route("/animals/<path:tag>", guard=ANYBODY, scope=Scope.READ)
def animal(tag: str) -> Response:
    """See an animal, as far as one may."""
    # The owner's name may be shown, so the reading is noted.
    with context().database.write(exclusive=False) as session:
        history = animal_history(session, parse_key(session, tag, "animal"))
        sight = access.sight_of(viewer(), ties_of(session, viewer(), [history.id])[history.id])
        today = local_day(context().clock())
        view = animal_view(viewer(), history, sight, today)
        if sight is Sight.STATUS:
            return show("field/animal.html", view=view, tag=tag, full=False)
        number = history.short_number or history.numbers[0]
        return show(
            "field/animal.html",
            view=view,
            tag=number,
            full=True,
            bars=_bars(session, number, today),
            withdrawal=_still(history.state.withdrawal_until, today),
            owner=_owner(session, history) if sight is Sight.FULL else None,
            at=[(place.number, place_in_words(place)) for place in history.places],
            stays=_stays(history),
            proves=g.holder.role in READ.roles,
            **_events(session, number),
        )


@blueprint.route("/animals/<path:tag>/proof.json", guard=_PROVED, scope=Scope.READ)
def proof(tag: str) -> Response:
    """Download the proof of an animal's records, to check it on one's own machine."""
    with context().database.read() as session:
        animal = require_animal(session, parse_key(session, tag, "animal"))
        subject = subject_of(session, animal.key)
        saved = file_to_keep(dump(prove(session, subject)), f"proof-{animal.key.value}.json")
        saved.headers.update(headers_of(not_disclosed(session, subject)))
    return saved


@blueprint.route("/events/<uuid:event_id>", guard=ANYBODY, scope=Scope.READ)
def event(event_id: UUID) -> Response:
    """See one event, and declare it wrong where one may."""
    with context().database.read() as session:
        return _event_page(session, event_id)


@blueprint.route(
    "/events/<uuid:event_id>/void", methods=["POST"], guard=_REPORTING, scope=Scope.REPORT
)
@once
def voided(work: Work, event_id: UUID) -> Response:
    """Declare an event wrong; it stays in the journal."""
    reason = request.form.get("reason", "")
    if reason not in VOID_REASONS:
        abort(_event_page(work.session, event_id, "field_choose_reason"))
    party = work.session.get_one(Party, own_party())
    _require_may_void(work.session, event_id)
    declare_wrong(work.session, event_id, reason, acting_origin_of(work), party)
    return go_to(f"{PREFIX}/events/{event_id}")


def _bars(session: Session, number: str, today: date) -> list[str]:
    """Return what keeps an animal where it is, in words."""
    question = Question((parse_key(session, number, "animal"),), today)
    [answer] = decide(session, question, policy())
    bars = (bar for bar in answer.decision.reasons if bar.reason in _OF_ITSELF)
    return [bar_in_words(bar) for bar in bars]


def _still(until: date | None, today: date) -> date | None:
    return until if until is not None and until >= today else None


def _owner(session: Session, history: AnimalHistory) -> PersonLine | None:
    """Return whose it is: the owner who is told, or else the keeper of where it was registered."""
    home = session.get(Premises, history.state.registered_at_id or 0)
    key = history.state.owner_id or (home.keeper_id if home else None)
    return people(session, [key]).get(key or 0)


def _stays(history: AnimalHistory) -> list[tuple[str | None, str | None, date | None, date | None]]:
    """Return where it has been, the newest first: number, place in words, days."""
    return [
        (
            stay.place.number if stay.place else None,
            place_in_words(stay.place) if stay.place else None,
            stay.since,
            stay.until,
        )
        for stay in reversed(history.stays[-_PAGE:])
    ]


def _events(session: Session, number: str) -> dict[str, Any]:
    """Return a page of an animal's events, the newest first, as sentences."""
    start = asked_number("from")
    subject = subject_of(session, parse_key(session, number, "animal"))
    wanted = events_wanted(viewer(), None, subject, None, None)
    newest = wanted.order_by(Journal.occurred_on.desc(), Journal.id.desc())
    rows = session.scalars(newest.offset(start).limit(_PAGE + 1)).all()
    views = event_views(session, viewer(), rows[:_PAGE])
    days = [row.occurred_on for row in rows]
    lines = [(day, view, record_sentence(view)) for day, view in zip(days, views, strict=False)]
    more = start + _PAGE if len(rows) > _PAGE else None
    return {"events": lines, "more": more, "here_path": animal_path(number)}


def _event_page(session: Session, event_id: UUID, wrong: str | None = None) -> Response:
    row = session.scalars(select(Journal).where(Journal.event_id == event_id, OURS)).first()
    if row is None:
        raise NotFound("No event has this id")
    if not is_seen(session, viewer(), row):
        raise Forbidden("This event is about no animal and no premises of yours")
    [view] = event_views(session, viewer(), [row])
    return show(
        "field/event.html",
        HTTPStatus.UNPROCESSABLE_ENTITY if wrong else HTTPStatus.OK,
        view=view,
        on=row.occurred_on,
        sentence=record_sentence(view),
        wrong=wrong,
        reasons=VOID_REASONS if _may_void(session, row, view) else (),
    )


def _may_void(session: Session, row: Journal, view: Mapping[str, Any]) -> bool:
    """Tell whether the reader may declare an event wrong, as the API lets them."""
    if row.type in NOT_VOIDABLE or view["erased"] or view["corrected_by"]:
        return False
    if g.holder.role not in REPORTERS.roles:
        return False
    try:
        _require_may_void(session, row.event_id)
    except ServiceError:
        return False
    return True


def _require_may_void(session: Session, event_id: UUID) -> None:
    """Refuse what the API refuses: another's report, and what its animal's keeper decides."""
    if g.holder.role not in OFFICERS:
        party = session.get_one(Party, own_party())
        require_own_report(session, event_id, party.public_id)
        require_undoing(session, event_id, party)
