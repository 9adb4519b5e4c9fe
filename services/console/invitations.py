"""Pages of an invitation: its code, then a password and the app, then recovery codes."""

from http import HTTPStatus
from typing import Any

from flask import Response, request

from services.api.context import Context, context
from services.api.guards import Public
from services.console.accounts import find_invitation, first_number, make_account
from services.console.attempts import admit_attempt
from services.console.blueprint import ConsoleBlueprint
from services.console.browser_session import begin_anew
from services.console.errors import InvitationOver
from services.console.pages import show
from services.console.passwords import weakness_of
from services.console.second_factor import SecondFactor, check_code, key_address, picture
from services.console.sessions import begin_session, own_act
from services.console.signing_in import set_session
from services.core.roles import Role
from services.storage.models import Party

_OPEN = Public("Whoever was invited has no account yet: the code of 80 bits is good once.")

blueprint = ConsoleBlueprint("invitation", "Invitations.")


@blueprint.route("/invitation", guard=_OPEN)
def asked() -> Response:
    """Be asked for the code of an invitation; a link has it, or a part of it."""
    return show("invitation.html", code=request.args.get("code", "")[:32])


@blueprint.route("/invitation", methods=["POST"], guard=_OPEN)
def opened() -> Response:
    """See what is to be set: a password, and the app that shows codes."""
    here, typed = context(), request.form.get("code", "")
    try:
        return show("account_new.html", **_invited(here, typed))
    except InvitationOver:
        return _over(here, typed)


@blueprint.route("/invitation/account", methods=["POST"], guard=_OPEN)
def made() -> Response:
    """Set password and app; the recovery codes are shown once, and one is signed in."""
    here, form = context(), request.form
    try:
        invited = _invited(here, form.get("code", ""))
        wrong, factor = _wrong(here, invited)
        if wrong:
            status = HTTPStatus.UNPROCESSABLE_ENTITY
            return show("account_new.html", status, wrong=wrong, **invited)
        return _make(here, form["code"], form["password"], factor)
    except InvitationOver:
        return _over(here, form.get("code", ""))


def admit_code(here: Context, typed: str) -> None:
    """Count an attempt at the code of an invitation.

    The link may be seen by whoever reads the SMS; the part that is told cannot be tried out.

    Raises:
        RateExceeded: the code was tried too often.
    """
    admit_attempt(here, f"invitation {''.join(filter(str.isalnum, typed.upper()))[:12]}")


def _make(here: Context, typed: str, password: str, factor: SecondFactor) -> Response:
    now = here.clock()
    with here.database.write() as session:
        row = find_invitation(session, typed, now)
        party = session.get_one(Party, row.party_id)
        codes = make_account(session, row, password, factor, own_act("account", party, now))
        secret = begin_session(session, party, now)
        known = str(party.public_id)
    begin_anew(known)
    answer = show("recovery_codes.html", codes=codes, first=True)
    set_session(answer, secret)
    return answer


def _invited(here: Context, typed: str) -> dict[str, Any]:
    """Return what the form shows of an invitation.

    Raises:
        InvitationOver: it is none, was used, or its time is over.
        RateExceeded: the code was tried too often.
    """
    admit_code(here, typed)
    with here.database.read() as session:
        row = find_invitation(session, typed, here.clock())
        party = session.get_one(Party, row.party_id)
        phone = first_number(session, party.id)
        address = key_address(row.totp_secret, party.name or phone)
        return {
            "code": typed,
            "secret": row.totp_secret,
            "picture": picture(address),
            "phone": phone,
            "role": Role(party.role),
            "ministry": here.settings.oidc.name if here.settings.oidc else None,
        }


def _wrong(here: Context, invited: dict[str, Any]) -> tuple[dict[str, str], SecondFactor]:
    """Return what is wrong, as a sentence's code by field, and the second factor."""
    form = request.form
    first, second = form.get("password", ""), form.get("password_again", "")
    weakness = weakness_of(first, invited["phone"])
    differs = None if weakness or first == second else "password_differs"
    found = {"password": weakness, "password_again": differs}
    wrong = {field: code for field, code in found.items() if code}
    empty = SecondFactor(invited["secret"], 0, frozenset())
    factor = check_code(empty, form.get("app_code", ""), here.clock())
    if factor is None:
        wrong["app_code"] = "app_code_wrong"
    return wrong, factor or empty


def _over(here: Context, typed: str) -> Response:
    here.limits.note_refusal(request.remote_addr)
    status = HTTPStatus.UNPROCESSABLE_ENTITY
    return show("invitation.html", status, code=typed[:32], wrong="invitation_over")
