"""Pages of the sign-in at a ministry's own provider: the way there, and the way back."""

from datetime import timedelta
from http import HTTPStatus
from urllib.parse import urlencode, urlsplit

from flask import Response, current_app, g, request
from itsdangerous import BadData, URLSafeTimedSerializer

from services.api.context import Context, context
from services.api.guards import Public
from services.console.accounts import find_invitation, link_account, linked_party
from services.console.blueprint import ConsoleBlueprint, go_to
from services.console.browser_session import PREFIX, begin_anew, signing_key
from services.console.errors import InvitationOver
from services.console.guards import ANYBODY
from services.console.invitations import admit_code
from services.console.oidc import (
    Flight,
    Provider,
    begin_flight,
    discover,
    provider_address,
    read_identity,
)
from services.console.pages import local_path, show
from services.console.sessions import begin_session, own_act
from services.console.signing_in import set_session, show_sign_in
from services.core.errors import NotFound
from services.core.roles import Scope
from services.core.settings import is_loopback
from services.storage.models import Party

_OPEN = Public("Nobody is signed in yet; the ministry's provider tells who it is.")
_COOKIE, _SALT, _SECONDS = "__Host-bilum-ministry", "ministry sign-in", 600
_TOLD, _HOUR = "bilum.oidc", timedelta(hours=1)
_BACK = f"{PREFIX}/sign-in/ministry/back"

blueprint = ConsoleBlueprint("ministry", "Sign-in at a ministry's own provider.")


@blueprint.route("/sign-in/ministry", guard=_OPEN)
def sent() -> Response:
    """Go to the ministry's provider."""
    flight = begin_flight(local_path(request.args.get("next", "")))
    address = provider_address(_provider(context()), flight)
    answer = Response(status=HTTPStatus.SEE_OTHER, headers={"Location": address})
    return _keep(answer, flight)


@blueprint.route("/invitation/ministry", methods=["POST"], guard=_OPEN)
def invited() -> Response:
    """Take an invitation up by the ministry's sign-in, in place of a password."""
    here, typed = context(), request.form.get("code", "")
    admit_code(here, typed)
    try:
        with here.database.read() as session:
            find_invitation(session, typed, here.clock())
    except InvitationOver:
        here.limits.note_refusal(request.remote_addr)
        raise
    flight, provider = begin_flight(PREFIX, typed), _provider(here)
    address = provider_address(provider, flight)
    # A form may not lead to another site, so the page does.
    return _keep(show("go_on.html", path=address, name=provider.settings.name), flight)


@blueprint.route("/sign-in/ministry/back", guard=_OPEN)
def came_back() -> Response:
    """Come back from the provider: a session begins, if it told of somebody who is known here."""
    here, flight = context(), _kept()
    code, state = request.args.get("code", ""), request.args.get("state", "")
    if flight is None or not state or state != flight.state or not code:
        return _refused("ministry_again")
    digest = read_identity(_provider(here), flight, code, here.clock())
    if digest is None:
        return _refused("ministry_again")
    secret = _begin(here, flight, digest)
    if secret is None:
        return _refused("ministry_unknown")
    # To a redirect from another site the browser would not add the cookie, to a page's own it does.
    path = f"{PREFIX}/sign-in/ministry/done?{urlencode({'next': flight.next})}"
    answer = show("go_on.html", path=path, name=None)
    set_session(answer, secret)
    return _forget(answer)


@blueprint.route("/sign-in/ministry/done", guard=ANYBODY, scope=Scope.READ)
def done() -> Response:
    """Begin with a form token of one's own, and go on."""
    begin_anew(str(g.party_public_id))
    return go_to(local_path(request.args.get("next", "")))


def _begin(here: Context, flight: Flight, digest: bytes) -> str | None:
    now = here.clock()
    with here.database.write() as session:
        party = linked_party(session, digest)
        if flight.invitation:
            try:
                row = find_invitation(session, flight.invitation, now)
            except InvitationOver:
                return None
            party = session.get_one(Party, row.party_id)
            link_account(session, row, digest, own_act("account", party, now))
        return begin_session(session, party, now) if party else None


def _provider(here: Context) -> Provider:
    """Return the ministry's provider, which is asked of itself once an hour."""
    settings, kept = here.settings.oidc, current_app.extensions
    if settings is None:
        raise NotFound("No ministry's sign-in is set up here")
    asked_at, told = kept.get(_TOLD, (None, {}))
    if asked_at is None or here.clock() - asked_at > _HOUR:
        told = discover(settings)
        kept[_TOLD] = here.clock(), told
    return Provider(settings, told, _back(here))


def _back(here: Context) -> str:
    told = request.host_url
    if not is_loopback(urlsplit(told).hostname or ""):
        told = here.gateway.public_url or told
    return f"{told.rstrip('/')}{_BACK}"


def _serializer() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(signing_key(context()), salt=_SALT)


def _keep(answer: Response, flight: Flight) -> Response:
    # The way back is from another site: a strict cookie would not come.
    answer.set_cookie(
        _COOKIE, _serializer().dumps(flight), max_age=_SECONDS, path="/",
        secure=True, httponly=True, samesite="Lax",
    )  # fmt: skip
    return answer


def _kept() -> Flight | None:
    try:
        found = _serializer().loads(request.cookies.get(_COOKIE, ""), max_age=_SECONDS)
        return Flight(*map(str, found))
    except (BadData, TypeError):
        return None


def _refused(code: str) -> Response:
    context().limits.note_refusal(request.remote_addr)
    status = HTTPStatus.UNPROCESSABLE_ENTITY
    return _forget(show_sign_in(status, wrong=code, values={}, next=PREFIX))


def _forget(answer: Response) -> Response:
    answer.delete_cookie(_COOKIE, path="/", secure=True, httponly=True, samesite="Lax")
    return answer
