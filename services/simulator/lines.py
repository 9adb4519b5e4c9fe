"""Connections of a phone in the terminal to the server: over HTTP, or in the same process."""

from __future__ import annotations

from wsgiref.types import WSGIApplication

import urllib3
from urllib3.exceptions import HTTPError
from werkzeug.test import Client

from services.core.errors import Unavailable
from services.simulator.operator import Answer, Line
from services.simulator.setup import USSD_SECONDS


def over_http(url: str) -> Line:
    """Return the line to a server.

    Args:
        url: without a slash at its end.
    """
    pool = urllib3.PoolManager(timeout=float(USSD_SECONDS), retries=False)

    def ask(method: str, path: str, body: bytes = b"", kind: str = "") -> Answer:
        headers = {"Content-Type": kind} if kind else {}
        try:
            answer = pool.request(method, url + path, body=body or None, headers=headers)
        except HTTPError as error:
            raise Unavailable(f"No server answers at {url}: start it with `make serve`") from error
        return Answer(answer.status, answer.data.decode("utf-8", "replace"))

    return ask


def within(app: WSGIApplication) -> Line:
    """Return the line to an application of this process."""
    client = Client(app)

    def ask(method: str, path: str, body: bytes = b"", kind: str = "") -> Answer:
        with client.open(path, method=method, data=body, content_type=kind or None) as answer:
            return Answer(answer.status_code, answer.get_data(as_text=True))

    return ask
