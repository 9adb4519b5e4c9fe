"""Errors as `application/problem+json` (RFC 9457); one table maps an error to its status.

Members beside those of the RFC: `code`, the stable code of the error; `errors`, where fields are
wrong, each with a JSON pointer into the body (as in the RFC's own example, section 3).
"""

import logging
import re
from collections.abc import Callable, Iterator, Mapping
from http import HTTPStatus
from typing import cast

from flask import Blueprint, Flask, Response, current_app, g, json, request
from werkzeug.exceptions import HTTPException

from chain.errors import ChainError
from gateway.errors import (
    BadSignature,
    ChannelOff,
    GatewayError,
    KeyConflict,
    MalformedMessage,
    NotASessionFile,
    ReadingError,
    ScanError,
)
from services.api.context import EXTENSION, context
from services.core.error_logging import log_exception
from services.core.errors import (
    Conflict,
    Forbidden,
    Invalid,
    NotFound,
    RateExceeded,
    ServiceError,
    Unauthorized,
    Unavailable,
)
from sms.errors import NumberError, ReportError, SmsError

_LOG = logging.getLogger("bilum.web")
_NUMBER = re.compile(r"\d{5}")

MEDIA_TYPE = "application/problem+json"
FAULT = "internal_server_error"
FAULT_DETAIL = "The program met a fault: it is in the log"
_RETRY_SECONDS = 5
_PAGES = "bilum.error_pages"
_INVALID = HTTPStatus.UNPROCESSABLE_ENTITY

ErrorPage = Callable[[Mapping[str, object]], Response]
KnownError = ServiceError | GatewayError | ChainError | SmsError
Refusal = GatewayError | SmsError | HTTPException

_UNPROVEN = (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN)
_STATUS: Mapping[type, HTTPStatus] = {
    NotFound: HTTPStatus.NOT_FOUND,
    Conflict: HTTPStatus.CONFLICT,
    Invalid: _INVALID,
    Unauthorized: HTTPStatus.UNAUTHORIZED,
    Forbidden: HTTPStatus.FORBIDDEN,
    Unavailable: HTTPStatus.SERVICE_UNAVAILABLE,
    RateExceeded: HTTPStatus.TOO_MANY_REQUESTS,
    BadSignature: HTTPStatus.FORBIDDEN,
    ChannelOff: HTTPStatus.FORBIDDEN,
    MalformedMessage: HTTPStatus.BAD_REQUEST,
    KeyConflict: HTTPStatus.CONFLICT,
    ReadingError: _INVALID,
    ScanError: _INVALID,
    NotASessionFile: _INVALID,
    NumberError: _INVALID,
    ReportError: HTTPStatus.BAD_REQUEST,
}

# Where the library's sentence is meant for people with a browser.
_DETAILS: Mapping[HTTPStatus, str] = {
    HTTPStatus.BAD_REQUEST: "The request cannot be read",
    HTTPStatus.NOT_FOUND: "There is nothing at this address",
    HTTPStatus.METHOD_NOT_ALLOWED: "The address does not take this method: see the header Allow",
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: "The body is longer than anything that is taken here",
    HTTPStatus.UNSUPPORTED_MEDIA_TYPE: "The body is of a kind that is not taken here",
    _INVALID: "Some fields are wrong: see errors",
}


def handle_problems(app: Flask) -> None:
    """Answer every error of `app` with a problem document, save HTTP's own (see `from_http`)."""
    for root in (ServiceError, GatewayError, ChainError, SmsError):
        app.register_error_handler(root, from_error)
    app.register_error_handler(Exception, _from_fault)


def document(status: int, code: str, detail: str, **members: object) -> dict[str, object]:
    """Make a problem document.

    Args:
        status: of HTTP.
        code: stable, for machines; the document's type is a URN of it.
        detail: one sentence that is safe to show.
        members: further ones.
    """
    return {
        "type": f"urn:bilum:error:{code}",
        "title": code.rpartition(".")[2].replace("_", " ").capitalize(),
        "status": status,
        "detail": detail,
        "code": code,
        **members,
    }


def problem(status: int, code: str, detail: str, **members: object) -> Response:
    """Answer with a problem document; see `document`."""
    return from_document(document(status, code, detail, **members))


def status_of(error: KnownError) -> HTTPStatus:
    """Return the status for an error: by its kind, else by whether trying again may help."""
    for kind in type(error).__mro__:
        if kind in _STATUS:
            return _STATUS[kind]
    return HTTPStatus.SERVICE_UNAVAILABLE if error.retryable else HTTPStatus.INTERNAL_SERVER_ERROR


def problem_of(error: KnownError) -> dict[str, object]:
    """Return the problem document of one of the program's own errors."""
    fields = error.fields if isinstance(error, Invalid) else {}
    return document(status_of(error), error.code, error.detail, **_errors(fields))


def show_problems(app: Flask, prefix: str, page: ErrorPage) -> None:
    """Answer the errors of paths below a prefix with pages, for people."""
    app.extensions.setdefault(_PAGES, {})[prefix] = page


def from_document(body: Mapping[str, object]) -> Response:
    """Answer with a problem document that was made before, or with a page where people read it."""
    for prefix, page in current_app.extensions.get(_PAGES, {}).items():
        if request.path == prefix or request.path.startswith(f"{prefix}/"):
            return cast("Response", page(body))
    return Response(json.dumps(body), str(body["status"]), content_type=MEDIA_TYPE)


def from_error(error: KnownError) -> Response:
    """Answer one of the program's own errors."""
    error = _or_guessing(error)
    status = status_of(error)
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        _LOG.error("%s in %s: %s", error.code, _where(), error.detail)
    response = from_document(problem_of(error))
    if status == HTTPStatus.UNAUTHORIZED:
        response.headers["WWW-Authenticate"] = _challenge()
    if error.retryable:
        seconds = error.seconds if isinstance(error, RateExceeded) else _RETRY_SECONDS
        response.headers["Retry-After"] = str(seconds)
    return response


def _or_guessing(error: KnownError) -> KnownError:
    """Return what an address that guesses is told instead of what its guess was wrong about.

    Only refusals count, so whoever proves who they are is not held up by a neighbour's guesses. The
    server of a village's box counts none.
    """
    counts = EXTENSION in current_app.extensions and "token_id" not in g
    if counts and status_of(error) in _UNPROVEN:
        try:
            context().limits.note_refusal(request.remote_addr)
        except RateExceeded as exceeded:
            return exceeded
    return error


def from_http(error: HTTPException) -> Response:
    """Answer an error of HTTP: no such route, a body too long, fields that are wrong."""
    status = HTTPStatus(error.code or HTTPStatus.INTERNAL_SERVER_ERROR)
    by_location = getattr(error, "data", {}).get("messages", {})
    faults = {key: value for found in by_location.values() for key, value in _named(found)}
    detail = _DETAILS.get(status) or error.description or error.name
    response = problem(status, http_code(error), detail, **_errors(faults))
    for name, value in error.get_headers():
        if name.lower() != "content-type":
            response.headers[name] = value
    return response


def http_code(error: HTTPException) -> str:
    """Return the stable code of an error of HTTP."""
    return Invalid.code if error.code == _INVALID else error.name.lower().replace(" ", "_")


def count_refusal(channel: str, error: Refusal) -> None:
    """Count a call that was refused, or settled without effect."""
    code = http_code(error) if isinstance(error, HTTPException) else error.code
    context().metrics.refused.labels(channel, code).inc()


def refuse(error: Refusal) -> Response:
    """Count a refused call under its route, and answer with the problem."""
    count_refusal((request.endpoint or "").replace(".", "-"), error)
    return from_refusal(error)


def from_refusal(error: Refusal) -> Response:
    """Answer a refused call with the problem."""
    return from_http(error) if isinstance(error, HTTPException) else from_error(error)


def when_refused(blueprint: Blueprint, handle: Callable[[Refusal], Response] = refuse) -> None:
    """Let `handle` answer all that a carrier's calls are refused for, bodies too long as well."""
    for kind in (GatewayError, SmsError, HTTPException):
        blueprint.errorhandler(kind)(handle)


def _from_fault(error: Exception) -> Response:
    log_exception(_LOG, _where(), error)
    return problem(HTTPStatus.INTERNAL_SERVER_ERROR, FAULT, FAULT_DETAIL)


def _where() -> str:
    return request.url_rule.rule if request.url_rule else "no route"


def _challenge() -> str:
    # RFC 6750, section 3.1: no error code where no token was sent.
    return 'Bearer realm="bilum"' + (', error="invalid_token"' if request.authorization else "")


def _errors(faults: Mapping[str, object]) -> dict[str, object]:
    return {"errors": list(_flat(faults, "#"))} if faults else {}


def _named(found: object) -> list[tuple[str, object]]:
    return list(found.items()) if isinstance(found, Mapping) else [("", found)]


def _flat(fault: object, pointer: str) -> Iterator[dict[str, str]]:
    if isinstance(fault, Mapping):
        for name, inner in fault.items():
            # A name that nobody knows is the caller's own, and may be a number.
            shown = "?" if _NUMBER.search(str(name)) else str(name)
            step = shown.replace("~", "~0").replace("/", "~1")
            yield from _flat(inner, f"{pointer}/{step}" if step else pointer)
    else:
        for detail in fault if isinstance(fault, list) else [fault]:
            yield {"pointer": pointer, "detail": str(detail)}
