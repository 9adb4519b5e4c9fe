"""Kinds of domain error, and nothing else: one table maps a kind to an HTTP status.

    ServiceError
    ├── NotFound       404  what was asked for is not here
    ├── Conflict       409  it contradicts what is already recorded
    ├── Invalid        422  it cannot be read; `fields` names each fault
    │   ├── Refused         the server of a field device refused a request
    │   ├── UnreadableFile  a file to import is not what it should be
    │   └── RowFault        a row of such a file is not taken
    ├── Unauthorized   401  no valid token
    ├── Forbidden      403  the token's role may not do this
    └── Unavailable    503  a part that is needed does not answer
        ├── ServerUnreachable    the server of a field device does not answer
        ├── DatabaseUnreachable  the database does not answer
        ├── SchemaBehind         the database's schema is not this program's
        ├── WrongDataKey         what is sealed does not open
        ├── RecorderBusy         another process records
        └── SettingsError        the settings are wrong; every fault is named at once

Domain errors of a feature subclass a kind in the feature's `errors.py`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar


class ServiceError(Exception):
    """Root of the services' errors.

    Attributes:
        code: stable, for machines.
        detail: one sentence that tells what to do, safe to show and to log. A class may declare it,
            with a place for each value: `{number}`.
        values: of the sentence, here and on a phone.
    """

    code: str = "service"
    detail: str
    retryable: ClassVar[bool] = False

    def __init__(self, detail: str | None = None, **values: object) -> None:
        self.values = {name: str(value) for name, value in values.items()}
        self.detail = detail or self.detail.format(**values)
        super().__init__(self.detail)


class NotFound(ServiceError):
    """Request for something that is not here."""

    code = "not_found"


class Conflict(ServiceError):
    """Contradiction of what is already recorded."""

    code = "conflict"


class Invalid(ServiceError):
    """Input that cannot be read.

    Attributes:
        fields: for each wrong field, what is wrong with it.
    """

    code = "invalid"

    def __init__(
        self,
        detail: str | None = None,
        fields: Mapping[str, object] | None = None,
        **values: object,
    ) -> None:
        super().__init__(detail, **values)
        self.fields = dict(fields or {})


class Refused(Invalid):
    """Refusal by the server of a field device; `code` is the server's, where it sent one."""

    code = "refused"

    def __init__(
        self, detail: str, fields: Mapping[str, object] | None = None, code: str | None = None
    ) -> None:
        super().__init__(detail, fields)
        self.code = code or self.code


class UnreadableFile(Invalid):
    """A file to import is neither CSV nor .xlsx, or lacks a column that it needs."""

    code = "unreadable_file"


class RowFault(Invalid):
    """A row of a file to import is not taken; it stops no other.

    Attributes:
        column: the wrong cell's; empty: the row as a whole is wrong.
        wrong: what is wrong with it.
        advice: what to do about it, perhaps empty.
    """

    code = "row_fault"

    def __init__(self, column: str, wrong: str, advice: str = "") -> None:
        what = f"{column} {wrong}".strip()
        super().__init__(f"{what}: {advice}" if advice else what, {column: [wrong]})
        self.column, self.wrong, self.advice = column, wrong, advice


class Unauthorized(ServiceError):
    """Missing or invalid token."""

    code = "unauthorized"


class Forbidden(ServiceError):
    """The token's role may not do this."""

    code = "forbidden"


class Unavailable(ServiceError):
    """A part that is needed does not answer."""

    code = "unavailable"
    retryable = True


class ServerUnreachable(Unavailable):
    """The server of a field device did not answer; what was sent may have arrived."""

    code = "server_unreachable"


class SchemaBehind(Unavailable):
    """The database's schema is not this program's."""

    code = "schema_behind"
    retryable = False


class SettingsError(Unavailable):
    """The settings are wrong; every fault is named at once."""

    code = "settings"
    retryable = False

    def __init__(self, faults: Sequence[str]) -> None:
        super().__init__("The settings are wrong: " + "; ".join(faults))
        self.faults = tuple(faults)


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
