"""Errors of maintenance, each a kind of `services.core.errors`."""

from __future__ import annotations

from services.core.errors import Conflict, Invalid, Unavailable


class NotABackup(Invalid):
    """The file is not a backup of this program."""

    code = "not_a_backup"


class NotEmpty(Conflict):
    """A restore would overwrite what is there."""

    code = "not_empty"


class NoPostgresTools(Unavailable):
    """PostgreSQL's own programs are needed and missing, or they failed."""

    code = "no_postgres_tools"
    retryable = False


class NotInPlace(Unavailable):
    """Something that a deployment needs is not in place."""

    code = "not_in_place"
    retryable = False


class DemoFailed(Unavailable):
    """The demonstration did not show what it must."""

    code = "demo_failed"
    retryable = False
