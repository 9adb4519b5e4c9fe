"""Pages of tokens: who has which, making one that is shown once, and ending one."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import NamedTuple

from flask import Response, abort, g, request

from services.api.context import context
from services.api.idempotency import Work
from services.api.paging import read_newest
from services.api.token_routes import token_views, tokens_wanted
from services.api.tokens import (
    USUAL_DAYS,
    Terms,
    end_token,
    issue_token,
    require_no_stand_in,
)
from services.console.administration.common import (
    ADMINISTRATORS,
    own,
    party_of_text,
    typed,
)
from services.console.blueprint import ConsoleBlueprint, go_to, once, shown_once
from services.console.browser_session import PREFIX
from services.console.lists import asked_page, asked_text, further
from services.console.numbers import plain_number
from services.console.pages import show
from services.core.roles import Role, Scope
from services.storage.models import Party, Token

_LIST = "/administration/tokens"
_OF_SOMEBODY = frozenset({Role.KEEPER, Role.RECORDER, Role.ABATTOIR})
"""Roles whose tokens see and report by what a party has."""

blueprint = ConsoleBlueprint("admin_api_tokens", "Tokens of the API.")


class NewToken(NamedTuple):
    """Token to make: role, owner, terms."""

    role: Role
    party: Party | None
    terms: Terms


@blueprint.route(_LIST, guard=ADMINISTRATORS, scope=Scope.PEOPLE)
def tokens() -> Response:
    """See every token of the API, the newest first; no secret is kept."""
    chosen = {"which": asked_text("which")}
    here = context()
    with here.database.read() as session:
        wanted = tokens_wanted(here.clock(), good=chosen["which"] != "all")
        page = read_newest(session, wanted, Token.id, asked_page())
        rows = token_views(session, page.rows)
    more = further(page.cursor, chosen)
    return show("administration/tokens.html", rows=rows, chosen=chosen, more=more)


@blueprint.route(f"{_LIST}/new", guard=ADMINISTRATORS, scope=Scope.PEOPLE)
def asked_token() -> Response:
    """Be asked what the token may do."""
    return _show_new({"days": str(USUAL_DAYS), "scopes": [Scope.READ.value]})


@blueprint.route(f"{_LIST}/new", methods=["POST"], guard=ADMINISTRATORS, scope=Scope.PEOPLE)
@shown_once(_LIST)
def made(work: Work) -> Response:
    """Make a token; it is shown once."""
    new = _read(work)
    require_no_stand_in(g.party_id, new.party, new.terms.scopes)
    secret = issue_token(
        work.session,
        new.role,
        own("made", work),
        party_id=new.party.id if new.party else None,
        terms=new.terms,
    )
    return show("administration/token_made.html", secret=secret, days=new.terms.days)


@blueprint.route(
    f"{_LIST}/<int:token_id>/end", methods=["POST"], guard=ADMINISTRATORS, scope=Scope.PEOPLE
)
@once
def ended(work: Work, token_id: int) -> Response:
    """End a token for good."""
    end_token(work.session, token_id, own("revoked", work))
    return go_to(f"{PREFIX}{_LIST}")


def _read(work: Work) -> NewToken:
    """Read the form; with a fault, answer with it again."""
    form = {name: typed(name) for name in ("role", "whose", "days")}
    scopes = frozenset(one for one in Scope if one.value in request.form.getlist("scopes"))
    party = party_of_text(work.session, form["whose"]) if form["whose"] else None
    wrong = _wrong(form, party, scopes)
    if wrong:
        kept = {**form, "scopes": sorted(scopes)}
        abort(_show_new(kept, HTTPStatus.UNPROCESSABLE_ENTITY, wrong))
    return NewToken(Role(form["role"]), party, Terms(int(form["days"]), scopes))


def _wrong(
    form: Mapping[str, str], party: Party | None, scopes: frozenset[Scope]
) -> dict[str, str]:
    found = {}
    if form["role"] not in set(Role):
        found["role"] = "admin_role_wrong"
    if form["whose"] and party is None:
        found["whose"] = "admin_nobody"
    elif party is None and form["role"] in _OF_SOMEBODY:
        found["whose"] = "admin_token_whose"
    if not scopes:
        found["scopes"] = "admin_scopes_none"
    if not plain_number(form["days"], context().settings.token_days):
        found["days"] = "admin_days_wrong"
    return found


def _show_new(
    kept: Mapping[str, object],
    status: HTTPStatus = HTTPStatus.OK,
    wrong: Mapping[str, str] | None = None,
) -> Response:
    most = context().settings.token_days
    told = {"roles": list(Role), "scopes": list(Scope), "most": most}
    return show("administration/token_new.html", status, kept=kept, wrong=wrong, **told)
