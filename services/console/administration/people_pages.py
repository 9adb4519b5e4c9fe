"""Pages of people: who holds which office, and what an administrator does about it."""

from collections.abc import Mapping, Sequence
from hashlib import sha256
from http import HTTPStatus
from typing import Any, NamedTuple, NoReturn
from uuid import UUID

from flask import Response, abort, g, request
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from chain.canonical import canonical_bytes
from services.api.context import context
from services.api.guards import note_read
from services.api.idempotency import Work
from services.api.paging import before_of, newest_of_each, newest_page
from services.console.accounts import INVITATION_LIFE, invite
from services.console.administration.common import (
    ADMINISTRATORS,
    own,
    party_of_text,
    typed,
)
from services.console.blueprint import ConsoleBlueprint, go_to, once, shown_once
from services.console.browser_session import PREFIX
from services.console.invitation_links import link_of, text_link
from services.console.lists import asked_page, asked_text, further
from services.console.pages import show
from services.console.sessions import CHANNEL, SIGNED_OUT, end_every_session, open_sessions
from services.core.geography import PROVINCES
from services.core.roles import DECIDES_SECOND, Role, Scope
from services.livestock.api.parties import LANGUAGES
from services.livestock.control.party_changes import PartyChanger, apply_change, new_party
from services.messaging.offices import can_text, is_office
from services.storage.models import Account, Contact, Party, Token
from services.storage.parties import find_party
from services.storage.read_log import ReadSubject
from sms.errors import NumberError
from sms.numbers import local, normalise

_LIST = "/administration/people"
_ONE = f"{_LIST}/<uuid:party_id>"
_CHANGED = ("role", "province", "name", "language")
"""What the form of a person holds."""
_MARK = 16
_OFFICES = tuple(role for role in Role if role is not Role.KEEPER)

blueprint = ConsoleBlueprint("admin_people_in_office", "People, roles, invitations.")


class PersonDetails(NamedTuple):
    """A person, as their page shows them.

    Attributes:
        account: whether they may sign in here.
        sessions: how many of theirs go on.
        tokens: how many tokens of the API they have that are good.
        texts: whether a text of ours reaches them.
        paper: whether an administrator may see their whole invitation.
        own: whether they are who looks.
    """

    id: UUID
    role: Role
    name: str | None
    province: str | None
    language: str | None
    phones: Sequence[str]
    account: bool
    sessions: int
    tokens: int
    texts: bool
    paper: bool
    own: bool


@blueprint.route(_LIST, guard=ADMINISTRATORS, scope=Scope.PEOPLE)
def people() -> Response:
    """See who holds which office, the newest first."""
    chosen = {"role": asked_text("role")}
    roles = [role for role in Role if role == chosen["role"]] or _OFFICES
    asked = asked_page()
    # Names are shown, so each reading is noted.
    with context().database.write(exclusive=False) as session:
        before = before_of(asked, Party.id)
        conditions = [] if before is None else [Party.id < before]
        kinds = [Party.role == role.value for role in roles]
        ids = newest_of_each(session, Party.id, conditions, kinds, asked["limit"] + 1)
        wanted = select(Party).where(Party.id.in_(ids)).order_by(Party.id.desc())
        page = newest_page(session.scalars(wanted).all(), Party.id, asked["limit"])
        note_read(session, *(ReadSubject(row.id) for row in page.rows))
        rows = [(one.public_id, Role(one.role), one.name, one.province) for one in page.rows]
    more = further(page.cursor, chosen)
    return show("administration/people.html", rows=rows, chosen=chosen, more=more, **_choices())


@blueprint.route(f"{_LIST}/find", methods=["POST"], guard=ADMINISTRATORS, scope=Scope.PEOPLE)
def found() -> Response:
    """Find a person by a phone number, which never stands in an address."""
    text = typed("whose")
    with context().database.read() as session:
        row = party_of_text(session, text)
        public_id = row.public_id if row else None
    if public_id is not None:
        return go_to(f"{PREFIX}{_LIST}/{public_id}")
    status, wrong = HTTPStatus.UNPROCESSABLE_ENTITY, {"whose": "admin_nobody"}
    return show("administration/people.html", status, wrong=wrong, whose=text, **_choices())


@blueprint.route(f"{_LIST}/new", guard=ADMINISTRATORS, scope=Scope.PEOPLE)
def asked_new() -> Response:
    """Be asked whom to note."""
    return _show_new({"role": Role.INSPECTOR.value})


@blueprint.route(f"{_LIST}/new", methods=["POST"], guard=ADMINISTRATORS, scope=Scope.PEOPLE)
@once
def added(work: Work) -> Response:
    """Note a person, with a phone, a role and a province."""
    form = {name: typed(name) for name in ("phone", *_CHANGED)}
    wrong = _wrong(form)
    number = _number(form["phone"])
    if number is None:
        wrong["phone"] = "admin_phone_wrong"
    row = party_of_text(work.session, number) if number else None
    if row and is_office(row.role) and row.role != form["role"]:
        wrong["phone"] = "admin_has_office"
    if wrong:
        abort(_show_new(form, HTTPStatus.UNPROCESSABLE_ENTITY, wrong))
    # Who wrote to us before is known already, gets the office, and keeps what is left empty here.
    filled = {name: value for name, value in _told(form).items() if value}
    told = filled if row else _told(form) | {"phone": number}
    made = row or new_party(work.unit)
    apply_change(work.unit, made, told, _changer(work), new=row is None)
    return go_to(f"{PREFIX}{_LIST}/{made.public_id}")


@blueprint.route(_ONE, guard=ADMINISTRATORS, scope=Scope.PEOPLE)
def person(party_id: UUID) -> Response:
    """See one person, and what can be done."""
    with context().database.write(exclusive=False) as session:
        details = _details(session, find_party(session, party_id))
    return _show(details)


@blueprint.route(_ONE, methods=["POST"], guard=ADMINISTRATORS, scope=Scope.PEOPLE)
@once
def changed(work: Work, party_id: UUID) -> Response:
    """Change role, province, name or language of a person."""
    row = find_party(work.session, party_id)
    form = {name: typed(name) for name in _CHANGED}
    if typed("seen") != _mark_of(row):
        # Beside what was typed, what others changed would be given back unseen.
        now, wrong = _details(work.session, row), {"role": "admin_changed_meanwhile"}
        abort(_show(now, HTTPStatus.CONFLICT, wrong, _known(now)))
    wrong = _wrong(form)
    if wrong:
        _draw_again(work.session, row, wrong)
    apply_change(work.unit, row, _told(form), _changer(work))
    return go_to(f"{PREFIX}{_LIST}/{party_id}")


@blueprint.route(f"{_ONE}/phone", methods=["POST"], guard=ADMINISTRATORS, scope=Scope.PEOPLE)
@once
def phone_added(work: Work, party_id: UUID) -> Response:
    """Add a phone, which counts once the person, or a second officer, agrees."""
    row, number = find_party(work.session, party_id), _number(typed("phone"))
    if number is None:
        _draw_again(work.session, row, {"phone": "admin_phone_wrong"})
    waits = apply_change(work.unit, row, {"phone": number}, _changer(work))
    return go_to(f"{PREFIX}{_LIST}/{party_id}" + ("?waits=1" if waits else ""))


@blueprint.route(f"{_ONE}/invite", methods=["POST"], guard=ADMINISTRATORS, scope=Scope.PEOPLE)
@shown_once(_LIST)
def invited(work: Work, party_id: UUID) -> Response:
    """Invite a person to the console; what is to be told or printed is shown once."""
    session, base = work.session, context().settings.address
    row = find_party(session, party_id)
    details = _details(session, row)
    on_paper = request.form.get("how") == "paper"
    if on_paper and not details.paper:
        _draw_again(session, row, {"how": "admin_no_paper"})
    if not on_paper and not details.texts:
        _draw_again(session, row, {"how": "admin_no_texts"})
    code = invite(session, row, own("invited_on_paper" if on_paper else "invited", work))
    told = code if on_paper else text_link(session, row, base, code, work.now)
    return show(
        "administration/invited.html",
        person_id=party_id,
        code=told,
        link=link_of(base, code) if on_paper else None,
        until=work.now + INVITATION_LIFE,
    )


@blueprint.route(f"{_ONE}/sign-out", methods=["POST"], guard=ADMINISTRATORS, scope=Scope.PEOPLE)
@once
def signed_out_everywhere(work: Work, party_id: UUID) -> Response:
    """End every session of a person; they may sign in again."""
    row = find_party(work.session, party_id)
    end_every_session(work.session, row, own(SIGNED_OUT, work))
    return go_to(f"{PREFIX}{_LIST}/{party_id}")


def _details(session: Session, row: Party) -> PersonDetails:
    note_read(session, ReadSubject(row.id))
    now = context().clock()
    numbers = select(Contact.number).where(Contact.party_id == row.id).order_by(Contact.id)
    good = select(func.count(Token.id)).where(
        Token.party_id == row.id,
        Token.seen_at.is_(None),
        Token.revoked_at.is_(None),
        Token.expires_at > now,
    )
    texts, mine = can_text(session, row), row.id == g.party_id
    return PersonDetails(
        *(row.public_id, Role(row.role), row.name, row.province, row.language),
        [local(number) for number in session.scalars(numbers)],
        session.get(Account, row.id) is not None,
        len(open_sessions(session, row.id, now)),
        session.scalar(good) or 0,
        texts,
        mine or not texts or Role(row.role) not in DECIDES_SECOND,
        mine,
    )


def _show(
    details: PersonDetails,
    status: HTTPStatus = HTTPStatus.OK,
    wrong: Mapping[str, str] | None = None,
    kept: Mapping[str, str | None] | None = None,
) -> Response:
    """Answer with the page of a person; `kept`: what its form holds, if not what was typed."""
    written = {name: typed(name) for name in (*_CHANGED, "phone") if name in request.form}
    return show(
        "administration/person.html",
        status,
        one=details,
        seen=_mark_of(details),
        kept=_known(details) | written if kept is None else kept,
        wrong=wrong,
        phone_waits=request.args.get("waits") == "1",
        **_choices(),
    )


def _known(one: Party | PersonDetails) -> dict[str, str | None]:
    values = ((name, getattr(one, name)) for name in _CHANGED)
    return {name: None if value is None else str(value) for name, value in values}


def _mark_of(one: Party | PersonDetails) -> str:
    """Return a mark of what is known of a person, by which a form tells what it was drawn with."""
    return sha256(canonical_bytes(_known(one))).hexdigest()[:_MARK]


def _draw_again(session: Session, row: Party, wrong: Mapping[str, str]) -> NoReturn:
    abort(_show(_details(session, row), HTTPStatus.UNPROCESSABLE_ENTITY, wrong))


def _show_new(
    form: Mapping[str, str],
    status: HTTPStatus = HTTPStatus.OK,
    wrong: Mapping[str, str] | None = None,
) -> Response:
    return show("administration/person_new.html", status, kept=form, wrong=wrong, **_choices())


def _choices() -> dict[str, Any]:
    return {"roles": list(Role), "provinces": list(PROVINCES), "spoken": LANGUAGES}


def _wrong(form: Mapping[str, str]) -> dict[str, str]:
    found = {
        "role": "" if form["role"] in set(Role) else "admin_role_wrong",
        "province": "" if form["province"] in {"", *PROVINCES} else "admin_province_wrong",
        "language": "" if form["language"] in {"", *LANGUAGES} else "admin_language_wrong",
    }
    return {field: code for field, code in found.items() if code}


def _told(form: Mapping[str, str]) -> dict[str, Any]:
    return {name: form[name] or None for name in _CHANGED}


def _number(text: str) -> str | None:
    try:
        return normalise(text)
    except NumberError:
        return None


def _changer(work: Work) -> PartyChanger:
    return PartyChanger(g.holder.role, g.party_id, g.party_public_id, CHANNEL, work.now)
