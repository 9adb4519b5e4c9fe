"""One's own account: open sessions, and new recovery codes."""

from http import HTTPStatus

from flask import Response, g, request

from services.api.context import Context, context
from services.console.accounts import factor_of, keep_factor, spend_code
from services.console.blueprint import ConsoleBlueprint
from services.console.guards import ANYBODY
from services.console.pages import show
from services.console.second_factor import digests_of, new_codes
from services.console.sessions import open_sessions
from services.core.roles import Scope
from services.storage.models import Account

blueprint = ConsoleBlueprint("account", "One's own account.")


@blueprint.route("/account", guard=ANYBODY, scope=Scope.READ)
def account() -> Response:
    """See where one is signed in."""
    return _shown(context())


@blueprint.route("/account/recovery", methods=["POST"], guard=ANYBODY, scope=Scope.READ)
def renewed() -> Response:
    """Get new recovery codes, for a code of the app; those of before end."""
    here = context()
    here.limits.admit_guess(f"recovery {g.party_id}")
    with here.database.write() as session:
        if not spend_code(session, g.party_id, request.form.get("code", ""), here.clock()):
            codes = None
        else:
            codes, row = new_codes(), session.get_one(Account, g.party_id)
            keep_factor(row, factor_of(row)._replace(recovery=digests_of(codes)))
    if codes is None:
        return _shown(here, HTTPStatus.UNPROCESSABLE_ENTITY, wrong="app_code_wrong")
    return show("recovery_codes.html", codes=codes, first=False)


def _shown(here: Context, status: HTTPStatus = HTTPStatus.OK, wrong: str | None = None) -> Response:
    with here.database.read() as session:
        rows = open_sessions(session, g.party_id, here.clock())
        sessions = [(one.created_at, one.seen_at, one.id == g.token_id) for one in rows]
        found = session.get(Account, g.party_id)
        left = len(factor_of(found).recovery) if found else 0
    return show("account.html", status, sessions=sessions, left=left, wrong=wrong)
