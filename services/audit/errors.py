"""Errors of auditing, each a kind of `services.core.errors`."""

from __future__ import annotations

from services.core.errors import Conflict, Invalid, NotFound


class NothingRecorded(Conflict):
    """There is nothing on the ledger to prove yet."""

    code = "nothing_recorded"


class NoCheckpoint(NotFound):
    """No batch ended at this size, or none that is on the chain."""

    code = "no_checkpoint"


class NotLater(Invalid):
    """The newer of two checkpoints is smaller than the older."""

    code = "not_later"


class NoRecords(NotFound):
    """Nothing is known of it."""

    code = "no_records"
