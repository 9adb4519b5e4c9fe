"""Pages of sign-in and sign-out; what was typed into an expired page is kept through them."""

import json
from http import HTTPStatus
from urllib.parse import urlencode, urlsplit

from flask import Response, g, request
from flask_wtf.csrf import CSRFError

from gateway.errors import KeyConflict
from services.api.context import Context, context
from services.api.guards import Public
from services.api.problems import from_error
from services.console.accounts import account_of_number, factor_of, spend_code
from services.console.attempts import admit_attempt
from services.console.blueprint import (
    KEY_FIELD,
    ConsoleBlueprint,
    go_to,
    is_our_own,
    is_partial,
    menu_of,
)
from services.console.browser_session import PREFIX, begin_anew, choose_language, is_known
from services.console.guards import ANYBODY
from services.console.kept_forms import KEPT, LOST, files_of_request, name_of_kept, read_kept
from services.console.pages import local_path, show, visible_fields
from services.console.passkeys import (
    Signature,
    ask_to_sign,
    check_signature,
    spend_signature,
)
from services.console.passwords import is_password
from services.console.second_factor import check_code
from services.console.sessions import (
    COOKIE,
    LIFE,
    SIGNED_OUT,
    begin_session,
    end_every_session,
    end_session,
    own_act,
)
from services.console.words import t
from services.core.errors import RateExceeded
from services.core.roles import Scope
from services.core.settings import is_loopback
from services.storage.models import Party
from services.texts.catalogue import LANGUAGES
from sms.errors import NumberError
from sms.numbers import normalise

_OPEN = Public("Nobody is signed in yet; three things that one person knows or has are asked.")
_LANGUAGE = Public("Whoever signs in chooses their language first.")
_MOST_KEPT, _LONGEST_BODY = 480_000, 1024 * 1024
"""Letters of what was typed before a session was over, and bytes of a form that brings them."""

blueprint = ConsoleBlueprint("sign_in", "Sign-in and sign-out.")


@blueprint.route("", guard=ANYBODY, scope=Scope.READ)
def home() -> Response:
    """Go to the first page of one's role."""
    first = next((entry.path for entry in menu_of(g.holder.role)), "/search")
    return go_to(f"{PREFIX}{first}")


@blueprint.route("/sign-in", guard=_OPEN)
def asked() -> Response:
    """Be asked who one is."""
    return show_sign_in(next=local_path(request.args.get("next", "")))


@blueprint.route("/sign-in", methods=["POST"], guard=_OPEN, body=_LONGEST_BODY)
def signed_in() -> Response:
    """Sign in: a phone number, a password, and a code of the app or a recovery code."""
    here, form = context(), request.form
    phone, secret = _number(form.get("phone", "")), None
    try:
        secret = _sign_in(here, phone, form.get("password", ""), form.get("code", ""))
    except RateExceeded as error:
        minutes = -(-error.seconds // 60)
        return _refused("sign_in_wait", HTTPStatus.TOO_MANY_REQUESTS, count=minutes)
    if secret is None:
        here.limits.note_refusal(request.remote_addr)
        return _refused("sign_in_wrong", HTTPStatus.UNPROCESSABLE_ENTITY)
    answer = _welcome()
    set_session(answer, secret)
    return answer


@blueprint.route("/sign-in/passkey", methods=["POST"], guard=_OPEN, body=_LONGEST_BODY)
def signed_in_by_passkey() -> Response:
    """Sign in by a passkey, whose device asked for its owner's finger or code."""
    here = context()
    # A stranger's answer is checked before it keeps anybody from writing.
    with here.database.read() as session:
        signed = check_signature(here, session, request.form.get("credential", ""))
    secret = _sign_in_by_key(here, signed) if signed else None
    if secret is None:
        here.limits.note_refusal(request.remote_addr)
        return _refused("passkey_wrong", HTTPStatus.UNPROCESSABLE_ENTITY)
    answer = _welcome()
    set_session(answer, secret)
    return answer


@blueprint.route("/sign-out", methods=["POST"], guard=ANYBODY, scope=Scope.READ)
def signed_out() -> Response:
    """End this session, or every session of this person."""
    here = context()
    with here.database.write() as session:
        if request.form.get("everywhere"):
            party = session.get_one(Party, g.party_id)
            end_every_session(session, party, own_act(SIGNED_OUT, party, here.clock()))
        else:
            end_session(session, g.token_id, here.clock())
    answer = go_to(f"{PREFIX}/sign-in")
    answer.delete_cookie(COOKIE, path="/", secure=True, httponly=True, samesite="Strict")
    return answer


@blueprint.route("/language", methods=["POST"], guard=_LANGUAGE)
def language_chosen() -> Response:
    """Choose the language of the pages in this browser."""
    wanted = request.form.get("language", "")
    if wanted in LANGUAGES:
        choose_language(wanted)
    return go_to(local_path(request.form.get("next", "")))


def show_sign_in(status: HTTPStatus = HTTPStatus.OK, /, **values: object) -> Response:
    """Show the form of sign-in."""
    here = context()
    insecure, options = not _is_private(here), ask_to_sign(here)
    ministry = here.settings.oidc.name if here.settings.oidc else None
    kept = _read_kept(str(values.get("kept") or "")) if ministry else []
    told = {"insecure": insecure, "options": options, "ministry": ministry, "kept_fields": kept}
    return show("sign_in.html", status, **told, **values)


def ask_to_sign_in(_: Exception) -> Response:
    """Answer whoever is not signed in: the form, with what they typed, or the way to it."""
    if request.method != "POST":
        path = request.full_path.rstrip("?")
        return go_to(f"{PREFIX}/sign-in?{_query(path)}")
    if is_partial():
        # Nothing is put into the page, so what is typed there stays until it is sent.
        return Response(status=HTTPStatus.UNAUTHORIZED)
    kept = json.dumps(_fields_to_keep())
    return show_sign_in(HTTPStatus.UNAUTHORIZED, next=request.path, kept=kept, over=True)


def ask_again(_: CSRFError) -> Response:
    """Answer a form whose token is not right: it is shown again to whoever typed it."""
    if not is_our_own() or request.path == f"{PREFIX}/sign-in":
        return show("error.html", HTTPStatus.BAD_REQUEST, what=t("error_400"), told=t("form_old"))
    return _offer(request.path, _fields_to_keep(), HTTPStatus.BAD_REQUEST)


def ask_whether_anew(error: KeyConflict) -> Response:
    """Answer a form that was sent before with something else: it may be sent anew."""
    if not visible_fields():
        return from_error(error)
    return _offer(request.path, visible_fields() + files_of_request(), HTTPStatus.CONFLICT)


def set_session(answer: Response, secret: str) -> None:
    """Put a session's secret into the browser's cookie."""
    answer.set_cookie(
        COOKIE,
        secret,
        max_age=int(LIFE.total_seconds()),
        path="/",
        secure=True,
        httponly=True,
        samesite="Strict",
    )


def _sign_in(here: Context, phone: str, password: str, code: str) -> str | None:
    """Return the secret of a new session; None: something is not right."""
    index, now = here.database.vault.index(phone), here.clock()
    with here.database.read() as session:
        account = account_of_number(session, index)
        kept, factor = account.password if account else None, factor_of(account)
        party = session.get(Party, account.party_id) if account else None
        known, party_id = str(party.public_id) if party else "", party.id if party else 0
    # A stranger who guesses cannot shut out the browser in which the person signed in before.
    admit_attempt(here, f"known {known}" if is_known(known) else f"name {index.hex()}")
    right = is_password(password, kept)
    if not (right & (check_code(factor, code, now) is not None)):
        return None
    with here.database.write() as session:
        if not spend_code(session, party_id, code, now):
            return None
        secret = begin_session(session, session.get_one(Party, party_id), now)
    begin_anew(known)
    return secret


def _sign_in_by_key(here: Context, signed: Signature) -> str | None:
    """Return the secret of a new session; None: the signature was spent before."""
    with here.database.write() as session:
        party = spend_signature(session, signed)
        if party is None:
            return None
        secret, known = begin_session(session, party, here.clock()), str(party.public_id)
    begin_anew(known)
    return secret


def _welcome() -> Response:
    path, kept = local_path(request.form.get("next", "")), request.form.get("kept", "")
    if kept:
        return _offer(path, _read_kept(kept), HTTPStatus.OK)
    return go_to(path)


def _offer(path: str, fields: list[tuple[str, str]], status: HTTPStatus) -> Response:
    """Show what was typed, to be sent; without the key of its form it is sent anew."""
    sent = [(name, value) for name, value in fields if not name.startswith(LOST)]
    shown = [
        name_of_kept(value) if name.startswith(KEPT) else value
        for name, value in sent
        if value and name != KEY_FIELD
    ]
    lost = [(name.removeprefix(LOST), value) for name, value in fields if name.startswith(LOST)]
    anew = status is HTTPStatus.CONFLICT
    return show(
        "send_again.html", status, next=path, fields=sent, shown=shown, lost=lost, anew=anew
    )


def _read_kept(text: str) -> list[tuple[str, str]]:
    try:
        return [(str(name), str(value)) for name, value in read_kept(text[:_MOST_KEPT])]
    except (ValueError, TypeError):
        return []


def _fields_to_keep() -> list[tuple[str, str]]:
    """Return all that the form of this request needs to be sent again."""
    key = request.form.get(KEY_FIELD)
    fields = visible_fields()
    # Another site's form is given nothing back.
    files = files_of_request() if is_our_own() else []
    return fields + files + ([(KEY_FIELD, key)] if key else [])


def _refused(code: str, status: HTTPStatus, **values: object) -> Response:
    form = request.form
    return show_sign_in(
        status,
        wrong=code,
        values=values,
        phone=form.get("phone", ""),
        next=local_path(form.get("next", "")),
        kept=form.get("kept", ""),
    )


def _number(typed: str) -> str:
    try:
        return normalise(typed)
    except NumberError:
        return typed[:64]


def _query(path: str) -> str:
    return urlencode({"next": path})


def _is_private(here: Context) -> bool:
    """Tell whether the browser keeps our cookie: by HTTPS, or on the person's own machine."""
    host = urlsplit(request.host_url).hostname or ""
    return is_loopback(host) or (here.gateway.public_url or "").startswith("https:")
