"""The list of people: by programme, state and place, or by phone."""

from collections.abc import Collection, Mapping, Sequence
from http import HTTPStatus
from typing import Any

from flask import Response, g, request
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from services.api.context import context
from services.api.guards import note_read
from services.api.paging import read_page
from services.console.blueprint import ConsoleBlueprint, MenuEntry
from services.console.guards import SignedIn
from services.console.pages import show
from services.console.words import language
from services.core.errors import Invalid
from services.core.geography import PROVINCES
from services.core.roles import Role, Scope
from services.health.api.people import note_people
from services.health.courses.register import PeopleFilter, people_query, people_views
from services.health.courses.subscriptions import MEMBERS, OPEN, SubscriptionState
from services.health.format.model import Programme
from services.health.versions.store import programme_by_id
from services.messaging.postings import ANYWHERE, Posting, postings_of
from services.storage.models import ProgrammeVersion, Subscription
from services.storage.read_log import ReadSubject
from sms.errors import NumberError
from sms.numbers import normalise

CLINICIANS = SignedIn(Role.CLINICIAN)
"""As in the API, only they see the record of a person."""

_PAGE, _LONGEST = 20, 64
_ENDED = frozenset(SubscriptionState) - OPEN - {SubscriptionState.FORGOTTEN}
WHICH: Mapping[str, frozenset[SubscriptionState] | None] = {
    "member": MEMBERS,
    "paused": frozenset({SubscriptionState.PAUSED}),
    "waiting": OPEN - MEMBERS,
    "ended": _ENDED,
    "all": None,
}
"""States of courses, as the list groups them; the first is shown unless another is asked for."""

blueprint = ConsoleBlueprint(
    "people", "People of programmes.", MenuEntry("people", "/people", {Role.CLINICIAN})
)


@blueprint.route("/people", guard=CLINICIANS, scope=Scope.CARE)
def people() -> Response:
    """See people of one's programmes and provinces, those who came last at the end."""
    with context().database.write(exclusive=False) as session:
        postings = postings_of(session, g.party_id)
        chosen = _chosen(postings)
        wanted = PeopleFilter(
            chosen["programme"] or None, WHICH[chosen["which"]], chosen["province"] or None
        )
        asked = {"limit": _PAGE, "cursor": request.args.get("cursor") or None}
        try:
            page = read_page(session, people_query(postings, wanted), [Subscription.id], asked)
        except Invalid:
            # An old address: the list from its beginning.
            asked["cursor"] = None
            page = read_page(session, people_query(postings, wanted), [Subscription.id], asked)
        note_people(session, page.rows)
        cards = _cards(session, page.rows)
        later = asked["cursor"] is not None
        return _show(session, postings, chosen, cards, more=page.cursor, later=later)


@blueprint.route("/people/search", methods=["POST"], guard=CLINICIANS, scope=Scope.CARE)
def found() -> Response:
    """Find the courses of a phone. It is sent in a form: numbers never stand in an address."""
    here, phone = context(), request.form.get("phone", "").strip()[:_LONGEST]
    with here.database.write(exclusive=False) as session:
        postings = postings_of(session, g.party_id)
        try:
            number = normalise(phone)
        except NumberError:
            wrong = {"phone": "people_phone_wrong" if phone else "people_phone_empty"}
            return _show(session, postings, _chosen(postings), None, phone=phone, wrong=wrong)
        index = here.database.vault.health_index(number)
        note_read(session, ReadSubject(number_index=index))
        mine = people_query(postings, PeopleFilter(number_index=index))
        rows = session.scalars(mine.order_by(Subscription.id.desc()).limit(_PAGE)).all()
        cards = _cards(session, rows)
        return _show(session, postings, _chosen(postings), cards, phone=phone)


def _chosen(postings: Sequence[Posting]) -> dict[str, str]:
    """Return what the reader filters by; what is none of theirs is nothing."""
    given = {name: request.args.get(name, "") for name in ("programme", "which", "province")}
    mine = {one.programme for one in postings}
    return {
        "programme": given["programme"] if given["programme"] in mine else "",
        "which": given["which"] if given["which"] in WHICH else next(iter(WHICH)),
        "province": given["province"] if given["province"] in PROVINCES else "",
    }


def _show(
    session: Session,
    postings: Sequence[Posting],
    chosen: Mapping[str, str],
    cards: Sequence[Mapping[str, Any]] | None,
    **values: Any,  # noqa: ANN401 — whatever the template shows
) -> Response:
    provinces = {one.province for one in postings}
    return show(
        "people/list.html",
        HTTPStatus.UNPROCESSABLE_ENTITY if values.get("wrong") else HTTPStatus.OK,
        programmes=titles_of(session, {one.programme for one in postings}),
        provinces=PROVINCES if ANYWHERE in provinces else sorted(provinces),
        which=tuple(WHICH),
        chosen=chosen,
        cards=cards,
        **values,
    )


def _cards(session: Session, rows: Sequence[Subscription]) -> list[dict[str, Any]]:
    """Return people as cards; each is noted by the caller."""
    return [
        view | {"title": title_of(programme_by_id(session, row.version_id)[1])}
        for row, view in zip(rows, people_views(session, rows), strict=True)
    ]


def titles_of(session: Session, codes: Collection[str]) -> list[tuple[str, str]]:
    """Return programmes by title: code, and title in the language of the page."""
    newest = (
        select(func.max(ProgrammeVersion.id))
        .where(ProgrammeVersion.code.in_(codes))
        .group_by(ProgrammeVersion.code)
    )
    found = [programme_by_id(session, key)[1] for key in session.scalars(newest) if key]
    return sorted(((one.code, title_of(one)) for one in found), key=lambda pair: pair[1])


def title_of(programme: Programme) -> str:
    """Name a programme in the language of the page, or else in its first."""
    titles = programme.title
    return titles.get(language()) or next(iter(titles.values()))
