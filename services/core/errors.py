"""Kinds of domain error, each with one HTTP status, and those of rooms without a file of theirs.

    ServiceError
    ├── NotFound       404  what was asked for is not here
    ├── Conflict       409  it contradicts what is already recorded
    ├── Invalid        422  it cannot be read; `fields` names each fault
    ├── Unauthorized   401  no valid token
    ├── Forbidden      403  the token's role may not do this
    └── Unavailable    503  a part that is needed does not answer

Domain errors of a larger feature subclass a kind in the feature's `errors.py`.
"""

import re
from collections.abc import Mapping, Sequence
from typing import ClassVar


class ServiceError(Exception):
    """Root of the services' errors.

    Attributes:
        code: stable, for machines; the class's name in small letters, unless declared.
        detail: one sentence that tells what to do, safe to show and to log. A class may declare it,
            with a place for each value: `{number}`.
        values: of the sentence, here and on a phone.
    """

    code: str = "service"
    detail: str
    retryable: ClassVar[bool] = False

    def __init_subclass__(cls) -> None:
        """Give a class its code: UnknownProgramme has `unknown_programme`."""
        if "code" not in vars(cls):
            cls.code = re.sub(r"\B(?=[A-Z])", "_", cls.__name__).lower()

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
    """Input that cannot be read; `fields` has what is wrong with each wrong field."""

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


class BoxFull(Unavailable):
    """The disk takes nothing more; what was kept is safe."""

    code = "box_full"


class BoxBusy(Unavailable):
    """Another process works with the box's folder."""

    code = "box_busy"
    retryable = False


class BadAnswer(Unavailable):
    """The sync was answered by no server of ours: by a portal of the network, or a proxy."""

    code = "box_bad_answer"


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
