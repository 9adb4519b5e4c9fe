"""A blueprint of pages: form tokens, one effect for each form that was drawn, and errors."""

import hashlib
from collections.abc import Callable, Collection, Iterator
from functools import wraps
from http import HTTPStatus
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from flask import Response, abort, current_app, g, request
from flask_wtf.csrf import CSRFError, CSRFProtect
from werkzeug.exceptions import HTTPException

from gateway.envelope import Envelope
from services.api.blueprint import Blueprint
from services.api.context import context
from services.api.guards import note_undone_reads
from services.api.idempotency import Work, act_once
from services.console.browser_session import PREFIX, signing_key
from services.console.kept_forms import KEPT, uploaded
from services.console.sessions import CHANNEL
from services.core.roles import Role

View = Callable[..., Any]
KEY_FIELD, TOKEN_FIELD = "form_key", "csrf_token"
_OWN_FIELDS = frozenset({KEY_FIELD, TOKEN_FIELD})
_LONGEST_KEY = 64

csrf = CSRFProtect()


class MenuEntry(NamedTuple):
    """A part of the console in the menu of those who work in it.

    Attributes:
        code: of its name, among the console's sentences.
        path: of its first page, below the console's prefix.
        roles: in whose menu it stands.
    """

    code: str
    path: str
    roles: Collection[Role]


class ConsoleBlueprint(Blueprint):
    """Pages of one part of the console. They are no part of the API's description.

    Attributes:
        menu: what the part adds to the menu, in its order.
    """

    def __init__(self, name: str, description: str, *menu: MenuEntry, prefix: str = PREFIX) -> None:
        super().__init__(f"console_{name}", description, prefix)
        self.menu = menu
        # After the guard, which sets the limit of the body.
        self.before_request(_check_form)

    def add_url_rule(
        self,
        rule: str,
        endpoint: str | None = None,
        view_func: View | None = None,
        *rest: Any,  # noqa: ANN401 — the base class's
        **options: Any,  # noqa: ANN401 — as above
    ) -> None:
        """Register a route whose refused forms are noted as readings: see `_noting_refusals`."""
        shown = view_func and _noting_refusals(view_func)
        super().add_url_rule(rule, endpoint, shown, *rest, **options)

    def register_views_in_doc(self, api: Any, *which: object, **named: object) -> None:  # noqa: ANN401
        """Describe nothing."""


def _noting_refusals(view: View) -> View:
    """Note whom the page of a refused form shows, as the note is undone with all else of the form.

    Such a page is raised, by `abort`, so that the transaction in which it was drawn rolls back.
    """

    @wraps(view)
    def answer(*args: object, **kwargs: object) -> Any:  # noqa: ANN401 — whatever a view answers
        try:
            return view(*args, **kwargs)
        except HTTPException as refused:
            page = refused.response
            if page is not None and page.status_code >= HTTPStatus.BAD_REQUEST:
                note_undone_reads()
            raise

    return answer


def menu_of(role: Role) -> list[MenuEntry]:
    """Return what stands in a role's menu, in the order in which the parts were registered."""
    parts = current_app.blueprints.values()
    entries = [entry for one in parts if isinstance(one, ConsoleBlueprint) for entry in one.menu]
    return [entry for entry in entries if role in entry.roles]


def _check_form() -> None:
    current_app.config["WTF_CSRF_SECRET_KEY"] = signing_key(context())
    if request.method == "POST" and not is_our_own():
        raise CSRFError("Another site sent this form.")
    csrf.protect()
    # PostgreSQL has no such character, and no person types one.
    if any("\0" in part for field in request.form.items(multi=True) for part in field):
        abort(HTTPStatus.BAD_REQUEST)


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
    return sorted(
        (name, value)
        for name, value in fields
        if name not in _OWN_FIELDS and not name.startswith(KEPT)
    )


def once(view: View) -> View:
    """Let a view that changes something act once for each form that was drawn.

    The view gets a `Work` as its first argument, with the writers' lock. A form that is sent twice,
    by a double click, another tab or after signing in again, gets the first answer.

    Raises:
        HTTPException: 400; the form has no key.
    """
    return _acting(view, exclusive=True)


def once_unlocked(view: View) -> View:
    """Let a view act once, as `once`, while others write: what takes long keeps nobody waiting."""
    return _acting(view, exclusive=False)


def _acting(view: View, *, exclusive: bool) -> View:
    @wraps(view)
    def act(**kwargs: object) -> Response:
        def answer(work: Work) -> Response:
            if exclusive:
                work.lock()
            found: Response = view(work, **kwargs)
            return found

        return act_once(_envelope(), answer)

    return act


def shown_once(back: str) -> Callable[[View], View]:
    """Let a view act once, and show its page once: a secret on it is kept nowhere.

    `back`: below the prefix, where the form leads that is sent again.
    """

    def decorate(view: View) -> View:
        @wraps(view)
        def act(**kwargs: object) -> Response:
            pages: list[Response] = []

            def keep(work: Work, **named: object) -> Response:
                pages.append(view(work, **named))
                return go_to(f"{PREFIX}{back}")

            answer = once(keep)(**kwargs)
            return pages[-1] if pages else answer

        return act

    return decorate


def key_of_form() -> str:
    """Return the key that the form of this request was drawn with.

    A view that must not hold a transaction, as it asks another system, keeps the key itself in
    place of `once`.

    Raises:
        HTTPException: 400; the form has none.
    """
    key = request.form.get(KEY_FIELD, "")
    if not 0 < len(key) <= _LONGEST_KEY:
        raise CSRFError("The form has no key.")
    return key


def _envelope() -> Envelope:
    key = key_of_form()
    told = "".join(f"\n{name}\0{value}" for name, value in [*typed_fields(), *_files()])
    return Envelope(
        channel=CHANNEL,
        key=f"{g.party_public_id}\0{key}",
        sender=f"party {g.party_public_id}",
        text=f"{request.path}{told}",
        received_at=context().clock(),
        # A note may name people; its digest tells a repetition as well.
        keeps_payload=False,
    )


def _files() -> Iterator[tuple[str, str]]:
    """Yield a digest of each file of the form, chosen now or carried by its page."""
    carried = [name.removeprefix(KEPT) for name in request.form if name.startswith(KEPT)]
    for name in sorted({*request.files, *carried}):
        if (file := uploaded(name)) is not None:
            yield name, hashlib.sha256(file.content).hexdigest()


def is_partial() -> bool:
    """Tell whether htmx asks, which puts the answer into the page that is there."""
    return request.headers.get("HX-Request") == "true"


def go_to(path: str) -> Response:
    """Send the browser to another page of ours."""
    if is_partial():
        # A redirect would be followed, and its page be put into the fragment.
        return Response(status=HTTPStatus.NO_CONTENT, headers={"HX-Redirect": path})
    return Response(status=HTTPStatus.SEE_OTHER, headers={"Location": path})
