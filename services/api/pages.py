"""Pages and their files for browsers, each under a content security policy of its own."""

from __future__ import annotations

from http import HTTPStatus
from wsgiref.types import WSGIEnvironment

from flask import Response
from werkzeug.datastructures import Headers


class Page(Response):
    """An answer under a policy of its own; that of the API, which comes last, allows nothing.

    Args:
        body: all of it.
        policy: see Content Security Policy Level 3.
        status: of HTTP.
        content_type: HTML where it is not told.
    """

    def __init__(
        self,
        body: str,
        policy: str,
        status: HTTPStatus = HTTPStatus.OK,
        content_type: str = "text/html; charset=utf-8",
    ) -> None:
        super().__init__(body, status, content_type=content_type)
        self._policy = policy

    def get_wsgi_headers(self, environ: WSGIEnvironment) -> Headers:
        """Put the policy in place of the API's."""
        headers = super().get_wsgi_headers(environ)
        headers["Content-Security-Policy"] = self._policy
        return headers
