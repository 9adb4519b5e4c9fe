"""Errors of imports, each a kind of `services.core.errors`."""

from __future__ import annotations

from services.core.errors import Invalid


class UnreadableFile(Invalid):
    """A file to import that is not what it should be."""

    code = "unreadable_file"
