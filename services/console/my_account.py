"""One's own account: open sessions, and new recovery codes."""

from datetime import datetime
from http import HTTPStatus

from flask import Response, g, request
from sqlalchemy.orm import Session

from services.api.context import Context, context
from services.console.accounts import factor_of, keep_factor, spend_code
from services.console.attempts import admit_attempt
from services.console.blueprint import ConsoleBlueprint, go_to
from services.console.browser_session import PREFIX
from services.console.guards import ANYBODY
from services.console.pages import show
from services.console.passkeys import ask_to_make, is_known_key, passkeys_of, read_made
from services.console.second_factor import digests_of, new_codes
from services.console.sessions import open_sessions, own_act
from services.core.roles import Scope
from services.ledger.party_log import record_party
from services.storage.models import Account, Party, Passkey

blueprint = ConsoleBlueprint("account", "One's own account.")


@blueprint.route("/account", guard=ANYBODY, scope=Scope.READ)
def account() -> Response:
    """See where one is signed in."""
    return _shown(context())


@blueprint.route("/account/recovery", methods=["POST"], guard=ANYBODY, scope=Scope.READ)
def renewed() -> Response:
    """Get new recovery codes, for a code of the app; those of before end."""
    here = context()
    admit_attempt(here, f"recovery {g.party_id}")
    with here.database.write() as session:
        if not spend_code(session, g.party_id, request.form.get("code", ""), here.clock()):
            codes = None
        else:
            codes, row = new_codes(), session.get_one(Account, g.party_id)
            keep_factor(row, factor_of(row)._replace(recovery=digests_of(codes)))
    if codes is None:
        return _shown(here, HTTPStatus.UNPROCESSABLE_ENTITY, wrong="app_code_wrong")
    return show("recovery_codes.html", codes=codes, first=False)


@blueprint.route("/account/passkeys", methods=["POST"], guard=ANYBODY, scope=Scope.READ)
def passkey_added() -> Response:
    """Add a passkey, for a code of the app."""
    here, form = context(), request.form
    admit_attempt(here, f"passkey {g.party_id}")
    made = read_made(here, g.party_id, form.get("credential", ""))
    wrong = _add(here, made, form.get("code", "")) if made else "passkey_wrong"
    if wrong:
        return _shown(here, HTTPStatus.UNPROCESSABLE_ENTITY, wrong_key=wrong)
    return go_to(f"{PREFIX}/account")


@blueprint.route(
    "/account/passkeys/<int:key>/remove", methods=["POST"], guard=ANYBODY, scope=Scope.READ
)
def passkey_removed(key: int) -> Response:
    """Remove a passkey of one's own; it signs in no more."""
    here = context()
    with here.database.write() as session:
        row = session.get(Passkey, key)
        if row is not None and row.party_id == g.party_id:
            session.delete(row)
            _note(session, "passkey_removed", here.clock())
    return go_to(f"{PREFIX}/account")


def _add(here: Context, made: Passkey, code: str) -> str | None:
    """Add a passkey; return the code of what is wrong, if anything is."""
    with here.database.write() as session:
        if is_known_key(session, made):
            return "passkey_wrong"
        if not spend_code(session, g.party_id, code, here.clock()):
            return "app_code_wrong"
        session.add(made)
        _note(session, "passkey", here.clock())
    return None


def _note(session: Session, change: str, now: datetime) -> None:
    party = session.get_one(Party, g.party_id)
    record_party(session, party, own_act(change, party, now))


def _shown(
    here: Context,
    status: HTTPStatus = HTTPStatus.OK,
    wrong: str | None = None,
    wrong_key: str | None = None,
) -> Response:
    with here.database.read() as session:
        known = passkeys_of(session, g.party_id)
        found = session.get(Account, g.party_id)
        # Whoever signs in at the ministry has no app here whose code these forms ask for.
        options = ask_to_make(here, session.get_one(Party, g.party_id), known) if found else None
        keys = [(one.id, one.made_at) for one in known]
        rows = open_sessions(session, g.party_id, here.clock())
        sessions = [(one.created_at, one.seen_at, one.id == g.token_id) for one in rows]
        left = len(factor_of(found).recovery) if found else None
    return show(
        "account.html",
        status,
        sessions=sessions,
        left=left,
        wrong=wrong,
        wrong_key=wrong_key,
        keys=keys,
        options=options,
    )
