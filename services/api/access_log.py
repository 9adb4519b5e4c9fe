"""One line and one count for each answer, without what it was asked; headers that browsers obey.

A line names the route's rule, never the path or the query: those hold tags and numbers. A view
that is asked every second sets `g.polled`: its lines are for debugging.
"""

from __future__ import annotations

import logging
import time

from flask import Flask, Response, g, request

from services.api.context import context

_LOG = logging.getLogger("bilum.access")

# OWASP, "REST Security Cheat Sheet", security headers.
_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
_HTTPS_HEADERS = {"Strict-Transport-Security": "max-age=31536000"}


def log_access(app: Flask) -> None:
    """Log, count and harden every answer of `app`."""
    app.before_request(_start)
    app.after_request(_finish)


def _start() -> None:
    g.started = time.perf_counter()


def _finish(response: Response) -> Response:
    rule = request.url_rule
    # What nobody declared comes from the caller, and would make a label of every whim.
    method = request.method if rule else "-"
    route = rule.rule if rule else "-"
    holder = f" token {g.token_id}" if "token_id" in g else ""
    took = (time.perf_counter() - g.started) * 1000
    level = logging.DEBUG if "polled" in g else logging.INFO
    _LOG.log(level, "%s %s %s %.0f ms%s", method, route, response.status_code, took, holder)
    here = context()
    here.metrics.requests.labels(method, route, str(response.status_code)).inc()
    https = (here.gateway.public_url or "").startswith("https:")
    response.headers.extend(_HEADERS | (_HTTPS_HEADERS if https else {}))
    return response
