"""Pages from templates: their environment, policy and frame, and errors in words."""

import re
from collections.abc import Mapping
from contextlib import suppress
from functools import cache
from http import HTTPStatus
from typing import Any
from uuid import uuid4

from flask import Response, g, request
from flask_wtf.csrf import generate_csrf
from jinja2 import ChoiceLoader, Environment, PackageLoader, PrefixLoader
from werkzeug.exceptions import RequestEntityTooLarge

from services.api.context import context
from services.api.documents import Page
from services.console import words
from services.console.assets import address_of_assets
from services.console.blueprint import is_our_own, menu_of, typed_fields
from services.console.browser_session import PREFIX, is_page, signing_key
from services.console.sessions import COOKIE, find_session
from services.console.shell import Shell, read_shell
from services.core.errors import Unavailable
from services.texts.catalogue import LANGUAGES, has_sentence
from sms.numbers import local

_COMPONENTS = "govuk_frontend_jinja"
# CSP 3. Scripts and styles are files of ours alone.
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
_SECRETS = ("password", "code")
_FORM = re.compile(r'<form[^>]*method="post".*?</form>', re.DOTALL)
_FIELD = re.compile(r'<(?:textarea|select|input(?![^>]*type="hidden"))')


@cache
def environment() -> Environment:
    """Return the environment of the templates; its components need lenient look-ups."""
    ours = PackageLoader("services.console", "templates")
    theirs = PrefixLoader({_COMPONENTS: PackageLoader(_COMPONENTS)})
    made = Environment(
        loader=ChoiceLoader([ours, theirs]), autoescape=True, trim_blocks=True, lstrip_blocks=True
    )
    made.globals |= {
        "t": words.t,
        "t_if": words.t_if,
        "language_name": words.language_name,
        "shared": words.shared,
        "role_name": words.role_name,
        "day": words.day,
        "day_of_field": words.day_of_field,
        "way_in_words": words.way_in_words,
        "month_names": words.month_names,
        "weekday_names": words.weekday_names,
        "month": words.month,
        "moment": words.moment,
        "moment_in": words.moment_in,
        "age": words.age,
        "way_of_reading": words.way_of_reading,
        "reason_in_words": words.reason_in_words,
        "local": local,
        "kina": words.kina,
        "languages": LANGUAGES,
        "prefix": PREFIX,
        "wants_typing": wants_typing,
    }
    return made


def wants_typing(drawn: str) -> bool:
    """Tell whether a page has a form with something to fill in, which another page would lose."""
    return any(_FIELD.search(form[0]) for form in _FORM.finditer(drawn))


def show(template: str, status: HTTPStatus = HTTPStatus.OK, /, **values: Any) -> Response:  # noqa: ANN401 — whatever a template shows
    """Answer with a page."""
    person = g.get("person")
    frame = {
        "person": person,
        "language": words.language(),
        "assets": address_of_assets(),
        "form_token": generate_csrf(signing_key(context())),
        "form_key": str(uuid4()),
        "shell": _shell() if person else None,
        "menu": menu_of(person.holder.role) if person else (),
        "here": request.full_path.rstrip("?") if request.method == "GET" else PREFIX,
        "now": context().clock(),
    }
    answer = Page(environment().get_template(template).render(frame | values), POLICY, status)
    # Without a referrer, a form sent by HTTPS would be taken for another site's.
    answer.headers["Referrer-Policy"] = "same-origin"
    return answer


def show_error(problem: Mapping[str, object]) -> Response:
    """Answer an error with a page: what happened, what to do, and what was typed."""
    status = HTTPStatus(int(str(problem["status"])))
    if "person" not in g and (secret := request.cookies.get(COOKIE)):
        # Of an address that leads nowhere no guard has asked whose session it is.
        with suppress(Unavailable):
            g.person = find_session(context(), secret)
    known = f"error_{status.value}"
    code = known if has_sentence(f"console.{known}") else f"error_{status.value // 100}xx"
    return show(
        "error.html",
        status,
        what=words.t(code),
        told=_in_own_language(str(problem["code"])),
        detail=str(problem["detail"]),
        typed=[one for one in visible_fields() if one[1]],
        back=_back(),
    )


def _in_own_language(code: str) -> str:
    """Tell what happened to whoever does not read English, in which the API says more."""
    own = words.language() != "en"
    return words.t_if(f"error_is_{code.rpartition('.')[2]}") if own else ""


def visible_fields() -> list[tuple[str, str]]:
    """Return what was typed, without secrets; of another site's form nothing."""
    if request.method != "POST" or not is_our_own():
        return []
    try:
        typed = typed_fields()
    except RequestEntityTooLarge:
        # A form that was too big to read has told nothing.
        return []
    return [(name, value) for name, value in typed if not name.startswith(_SECRETS)]


def _shell() -> Shell | None:
    try:
        return read_shell(context())
    except Unavailable:
        # The error page must come all the same.
        return None


def _back() -> str:
    base, address = request.host_url.rstrip("/"), request.referrer or ""
    path = address.removeprefix(base)
    return local_path(path if address.startswith(base) else "")


def local_path(path: str) -> str:
    """Return a path of a page of ours, or the console's first page in place of any other."""
    inside = is_page(path.partition("?")[0])
    plain = path.isascii() and path.isprintable() and "\\" not in path and "//" not in path
    return path if inside and plain and ".." not in path else PREFIX
