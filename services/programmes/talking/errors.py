"""Errors of the conversation with programmes, each a kind of `services.errors`."""

from __future__ import annotations

from services.errors import Conflict


class ProgrammeSuspended(Conflict):
    """The approval of what the sender is in was withdrawn: nothing of it is said any more."""

    code = "programme_suspended"
