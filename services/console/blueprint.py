"""A blueprint of pages: form tokens, one effect for each form that was drawn, and errors."""

from collections.abc import Callable
from functools import wraps
from http import HTTPStatus
from typing import Any
from urllib.parse import urlsplit

from flask import Response, current_app, g, request
from flask_wtf.csrf import CSRFError, CSRFProtect

from gateway.envelope import Envelope
from services.api.blueprint import Blueprint
from services.api.context import context
from services.api.idempotency import Work, act_once
from services.console.browser_session import PREFIX, signing_key
from services.console.sessions import CHANNEL

View = Callable[..., Any]
KEY_FIELD, TOKEN_FIELD = "form_key", "csrf_token"
_OWN_FIELDS = frozenset({KEY_FIELD, TOKEN_FIELD})
_LONGEST_KEY = 64

csrf = CSRFProtect()


class ConsoleBlueprint(Blueprint):
    """Pages of one part of the console. They are no part of the API's description."""

    def __init__(self, name: str, description: str) -> None:
        super().__init__(f"console_{name}", description, PREFIX)
        # After the guard, which sets the limit of the body.
        self.before_request(_check_form)

    def register_views_in_doc(self, api: Any, *which: object, **named: object) -> None:  # noqa: ANN401
        """Describe nothing."""


def _check_form() -> None:
    current_app.config["WTF_CSRF_SECRET_KEY"] = signing_key(context())
    if request.method == "POST" and not is_our_own():
        raise CSRFError("Another site sent this form.")
    csrf.protect()


def is_our_own() -> bool:
    """Tell whether a form came from a page of ours, by what the browser says of it.

    Every browser of today names the origin of a form (Fetch Standard, 3.2); where one does not, the
    token alone decides.
    """
    origin, site = request.headers.get("Origin"), request.headers.get("Sec-Fetch-Site")
    if site is not None and site not in {"same-origin", "none"}:
        return False
    # A proxy may pass the request on under another name than the world knows.
    names = {request.host, urlsplit(context().gateway.public_url or "").netloc}
    return origin is None or origin.rpartition("://")[2] in names


def typed_fields() -> list[tuple[str, str]]:
    """Return what a person typed into the form of this request, without our own fields."""
    fields = request.form.items(multi=True)
    return sorted((name, value) for name, value in fields if name not in _OWN_FIELDS)


def once(view: View) -> View:
    """Let a view that changes something act once for each form that was drawn.

    The view gets a `Work` as its first argument, with the writers' lock. A form that is sent twice,
    by a double click, another tab or after signing in again, gets the first answer.

    Raises:
        HTTPException: 400; the form has no key.
    """

    @wraps(view)
    def act(**kwargs: object) -> Response:
        def answer(work: Work) -> Response:
            work.lock()
            found: Response = view(work, **kwargs)
            return found

        return act_once(_envelope(), answer)

    return act


def _envelope() -> Envelope:
    key = request.form.get(KEY_FIELD, "")
    if not 0 < len(key) <= _LONGEST_KEY:
        raise CSRFError("The form has no key.")
    told = "".join(f"\n{name}\0{value}" for name, value in typed_fields())
    return Envelope(
        channel=CHANNEL,
        key=f"{g.party_public_id}\0{key}",
        sender=f"party {g.party_public_id}",
        text=f"{request.path}{told}",
        received_at=context().clock(),
        # A note may name people; its digest tells a repetition as well.
        keeps_payload=False,
    )


def is_partial() -> bool:
    """Tell whether htmx asks, which puts the answer into the page that is there."""
    return request.headers.get("HX-Request") == "true"


def go_to(path: str) -> Response:
    """Send the browser to another page of ours."""
    if is_partial():
        # A redirect would be followed, and its page be put into the fragment.
        return Response(status=HTTPStatus.NO_CONTENT, headers={"HX-Redirect": path})
    return Response(status=HTTPStatus.SEE_OTHER, headers={"Location": path})
