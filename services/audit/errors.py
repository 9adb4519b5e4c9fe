"""Errors of auditing, each a kind of `services.errors`."""

from __future__ import annotations

from services.errors import Conflict, NotFound


class NothingRecorded(Conflict):
    """There is nothing on the ledger to prove yet."""

    code = "nothing_recorded"


class NoRecords(NotFound):
    """Nothing is known of it."""

    code = "no_records"
