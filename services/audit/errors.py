"""Errors of auditing, each a kind of `services.core.errors`."""

from __future__ import annotations

from services.core.errors import Conflict, Invalid, NotFound


class NothingRecorded(Conflict):
    """Subject without a record on the ledger yet."""

    code = "nothing_recorded"


class NoCheckpoint(NotFound):
    """Size at which no batch ended, or none that is on the chain."""

    code = "no_checkpoint"


class NotLater(Invalid):
    """The newer of two checkpoints is smaller than the older."""

    code = "not_later"


class NoRecords(NotFound):
    """Subject that nothing is known of."""

    code = "no_records"
