"""Metrics for Prometheus, one line of the log for each answer, and headers that browsers obey.

A line names the route's rule, never the path or the query: those hold tags and numbers. A view that
is asked every second sets `g.polled`: its lines are for debugging.
"""

import logging
import time
from collections.abc import Mapping
from functools import partial

from flask import Flask, Response, g, request
from prometheus_client import CollectorRegistry, Counter
from prometheus_client.registry import Collector

from services.core.correlation import follow

_LOG = logging.getLogger("bilum.access")

# OWASP, "REST Security Cheat Sheet", security headers.
_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
_HTTPS_HEADERS = {"Strict-Transport-Security": "max-age=31536000; includeSubDomains"}


class Metrics:
    """The metrics of one application, in a registry of their own. No label holds private data."""

    def __init__(self, *stored: Collector) -> None:
        self.registry = CollectorRegistry()
        self.requests = self._counter(
            "bilum_http_requests", "Requests answered.", "method", "route", "status"
        )
        self.messages = self._counter(
            "bilum_gateway_messages", "Messages taken, repeated ones too.", "channel", "outcome"
        )
        self.reports = self._counter(
            "bilum_gateway_reports", "Delivery reports; known: of an attempt.", "channel", "known"
        )
        self.refused = self._counter(
            "bilum_gateway_refused", "Requests refused, and why.", "channel", "reason"
        )
        for collector in stored:
            self.registry.register(collector)

    def _counter(self, name: str, documentation: str, *labels: str) -> Counter:
        return Counter(name, documentation, labels, registry=self.registry)


def log_access(app: Flask, requests: Counter, *, https: bool) -> None:
    """Log, count and harden every answer of `app`; `https`: the world sees it under HTTPS."""
    app.before_request(_start)
    app.after_request(partial(_finish, requests, _HEADERS | (_HTTPS_HEADERS if https else {})))


def _start() -> None:
    g.started = time.perf_counter()
    # A thread answers one request after another.
    follow(None)


def _finish(requests: Counter, headers: Mapping[str, str], response: Response) -> Response:
    rule = request.url_rule
    # What nobody declared comes from the caller, and would make a label of every whim.
    method = request.method if rule else "-"
    route = rule.rule if rule else "-"
    holder = f" token {g.token_id}" if "token_id" in g else ""
    took = (time.perf_counter() - g.started) * 1000
    level = logging.DEBUG if "polled" in g else logging.INFO
    _LOG.log(level, "%s %s %s %.0f ms%s", method, route, response.status_code, took, holder)
    requests.labels(method, route, str(response.status_code)).inc()
    for name, value in headers.items():
        response.headers.setdefault(name, value)
    return response
