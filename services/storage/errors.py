"""Errors of storage, each a kind of `services.core.errors`."""

from __future__ import annotations

from services.core.errors import Unavailable


class DatabaseUnreachable(Unavailable):
    """The database does not answer, is locked by another program, or is damaged."""

    code = "database_unreachable"


class WrongDataKey(Unavailable):
    """The data key is missing, or what the database holds was encrypted under another."""

    code = "wrong_data_key"
    retryable = False


class RecorderBusy(Unavailable):
    """Another process holds the right to record."""

    code = "recorder_busy"
