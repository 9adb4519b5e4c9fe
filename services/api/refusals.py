"""Count a refused call, and answer it with a problem document."""

from __future__ import annotations

from collections.abc import Callable

from flask import Response, request
from werkzeug.exceptions import HTTPException

from gateway.errors import GatewayError
from services.api.blueprint import Blueprint
from services.api.context import context
from services.api.problems import from_error, from_http, http_code
from sms.errors import SmsError

Refusal = GatewayError | SmsError | HTTPException


def count_refusal(channel: str, error: Refusal) -> None:
    """Count a call that was refused, or settled without effect."""
    code = http_code(error) if isinstance(error, HTTPException) else error.code
    context().metrics.refused.labels(channel, code).inc()


def refuse(error: Refusal) -> Response:
    """Count a refused call under its route, and answer with the problem."""
    count_refusal((request.endpoint or "").replace(".", "-"), error)
    return problem_of(error)


def problem_of(error: Refusal) -> Response:
    """Answer with the problem."""
    return from_http(error) if isinstance(error, HTTPException) else from_error(error)


def when_refused(blueprint: Blueprint, handle: Callable[[Refusal], Response] = refuse) -> None:
    """Let `handle` answer all that a carrier's calls are refused for, bodies too long as well."""
    for kind in (GatewayError, SmsError, HTTPException):
        blueprint.errorhandler(kind)(handle)
