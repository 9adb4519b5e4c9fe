"""Common parts of the auditor's pages: the guard, and files to keep."""

from flask import Response

from services.console.guards import SignedIn
from services.core.roles import Role

WATCHERS = (Role.AUDITOR, Role.ADMINISTRATOR)
AUDITORS = SignedIn(*WATCHERS)


def file_to_keep(text: str, name: str) -> Response:
    """Answer with a file that the browser saves."""
    saved = Response(text, content_type="application/json")
    saved.headers.set("Content-Disposition", "attachment", filename=name)
    return saved
