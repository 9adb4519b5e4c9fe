"""Errors of storage, each a kind of `services.errors`."""

from __future__ import annotations

from services.errors import Unavailable


class DatabaseUnreachable(Unavailable):
    """The database does not answer, or another program holds it locked."""

    code = "database_unreachable"


class WrongDataKey(Unavailable):
    """What the database holds was encrypted under another data key."""

    code = "wrong_data_key"
    retryable = False


class RecorderBusy(Unavailable):
    """Another process holds the right to record."""

    code = "recorder_busy"
