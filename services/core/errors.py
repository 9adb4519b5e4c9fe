"""Kinds of domain error, each with one HTTP status, and those of rooms without a file of theirs.

    ServiceError
    ├── NotFound       404  what was asked for is not here
    ├── Conflict       409  it contradicts what is already recorded
    ├── Invalid        422  it cannot be read; `fields` names each fault
    ├── Unauthorized   401  no valid token
    ├── Forbidden      403  the token's role may not do this
    ├── RateExceeded   429  too many requests of one caller
    └── Unavailable    503  a part that is needed does not answer

Domain errors of a larger feature subclass a kind in the feature's `errors.py`.
"""

import re
from collections.abc import Callable, Mapping, Sequence
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


class Conflict(ServiceError):
    """Contradiction of what is already recorded."""


class AskFirst(Conflict):
    """A doubt that a sender must settle before their message takes effect.

    What was done until then is rolled back. `ask` then opens the question and returns it.
    """

    detail = "Answer our question first: nothing is recorded yet"

    def __init__(self, ask: Callable[..., str]) -> None:
        super().__init__()
        self.ask = ask


class Invalid(ServiceError):
    """Input that cannot be read; `fields` has what is wrong with each wrong field."""

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

    def __init__(
        self, detail: str, fields: Mapping[str, object] | None = None, code: str | None = None
    ) -> None:
        super().__init__(detail, fields)
        self.code = code or self.code


class UnreadableFile(Invalid):
    """A file to import is neither CSV nor .xlsx, or lacks a column that it needs."""


class RowFault(Invalid):
    """A row of a file to import is not taken; it stops no other.

    Attributes:
        column: the wrong cell's; empty: the row as a whole is wrong.
        wrong: what is wrong with it.
        advice: what to do about it, perhaps empty.
    """

    def __init__(self, column: str, wrong: str, advice: str = "") -> None:
        what = f"{column} {wrong}".strip()
        super().__init__(f"{what}: {advice}" if advice else what, {column: [wrong]})
        self.column, self.wrong, self.advice = column, wrong, advice


class Unauthorized(ServiceError):
    """Missing or invalid token."""


class Forbidden(ServiceError):
    """The token's role may not do this."""


class TokenExpired(Unauthorized):
    """The token's day has come: an administrator renews it, or makes another."""

    detail = (
        "The token {number} expired on {day}: ask an administrator for `bilum token renew {number}`"
    )


class RateExceeded(ServiceError):
    """Too many requests of one caller; `seconds`: until the next is taken."""

    retryable = True
    detail = "Too many requests: send the next in {seconds} seconds"

    def __init__(self, seconds: int) -> None:
        super().__init__(seconds=seconds)
        self.seconds = seconds


class Unavailable(ServiceError):
    """A part that is needed does not answer."""

    retryable = True


class ServerUnreachable(Unavailable):
    """The server of a field device did not answer; what was sent may have arrived."""


class SchemaBehind(Unavailable):
    """The database's schema is not this program's."""

    retryable = False


class OlderProgramRuns(Unavailable):
    """A step of an upgrade takes away what a program that is connected needs."""


class SchemaInUse(Unavailable):
    """An upgrade waits for a table that others use all the time, or for another upgrade."""

    detail = (
        "A table that changes is in use all the time, perhaps by an audit or a backup, or another "
        "upgrade runs: wait for its end, then run `bilum db upgrade` again; what was done stays"
    )


class SettingsError(Unavailable):
    """The settings are wrong; every fault is named at once."""

    code = "settings"
    retryable = False

    def __init__(self, faults: Sequence[str]) -> None:
        super().__init__("The settings are wrong: " + "; ".join(faults))
        self.faults = tuple(faults)


class DatabaseUnreachable(Unavailable):
    """The database does not answer, is locked by another program, or is damaged."""


class WrongDataKey(Unavailable):
    """The data key is missing, or what the database holds was encrypted under another."""

    retryable = False


class RecorderBusy(Unavailable):
    """Another process holds the right to record."""


class RestoredCopy(Unavailable):
    """The database is a copy, and nobody said that the one that it was copied from is gone."""

    detail = (
        "This database is a restored copy, and sends nothing: if the old one is gone for good, say "
        "so by `bilum db let-send`"
    )


class ClocksContradict(Unavailable):
    """The clocks of this machine and of the database are days apart: one of them is wrong."""

    detail = (
        "This machine's clock is {difference} the database's: nothing is sent or deleted here "
        "until both are right"
    )


class NothingRecorded(Conflict):
    """Subject without a record that can be proven: none is recorded yet, or all are lost."""


class NoCheckpoint(NotFound):
    """Size at which no batch ended, or none that is on the chain."""


class NotLater(Invalid):
    """The newer of two checkpoints is smaller than the older."""


class AuditGoesOn(Conflict):
    """An audit goes on or waits: one at a time, since each reads the whole ledger."""

    detail = "An audit goes on, or waits for the worker: wait until it has ended"


class NoRecords(NotFound):
    """Subject that nothing is known of."""


class BoxFull(Unavailable):
    """The disk takes nothing more; what was kept is safe."""


class BoxBusy(Unavailable):
    """Another process works with the box's folder."""

    retryable = False


class BadAnswer(Unavailable):
    """The sync was answered by no server of ours: by a portal of the network, or a proxy."""

    code = "box_bad_answer"


class NotABackup(Invalid):
    """The file is not a backup of this program."""


class NoRecipient(Invalid):
    """A backup is to be encrypted and nobody's key is named, or one is no key."""


class BackupSealed(Invalid):
    """A backup is encrypted to a key that was not given."""


class NotEmpty(Conflict):
    """A restore would overwrite what is there."""


class BackupGoesOn(Conflict):
    """Another program writes a backup into the same folder."""


class RestoreUnfinished(Unavailable):
    """A restore into this data folder did not end, or goes on."""

    retryable = False


class NoPostgresTools(Unavailable):
    """PostgreSQL's own programs are needed and missing, or they failed."""

    retryable = False


class NotInPlace(Unavailable):
    """Something that a deployment needs is not in place."""

    retryable = False


class DemoFailed(Unavailable):
    """The demonstration did not show what it must."""

    retryable = False
