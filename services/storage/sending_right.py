"""The right to send: a copy of the database has none until somebody says that the old one is gone.

Two databases of one installation would each send every text, record every leaf and report every
figure. So whatever leaves the installation asks here first, in the transaction that notes it.

An administrator can stop texts for a while, too; records and figures go on meanwhile.

The right is a row that names the place of the database. A place is what a copy changes: on
PostgreSQL the cluster's system identifier and the database's number, on SQLite the file's number
and its file system. Replicas have the place of their primary, so a fail-over goes on. A restore
of a cluster to a point in time has it too; there, settings that PostgreSQL keeps of the restore are
a mark, which must have been confirmed. A backup holds no row at all. See docs/adr/0077.
"""

import hashlib
import os
from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import NamedTuple

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from services.core.clock import utc_now
from services.core.errors import RestoredCopy
from services.storage.engine import sqlite_file
from services.storage.models import SendingRight

# `bilum.restored` is ours: an operator sets it after a restore that names no target.
_MARKS = (
    "bilum.restored",
    "recovery_target",
    "recovery_target_lsn",
    "recovery_target_name",
    "recovery_target_time",
    "recovery_target_xid",
)
_SETTINGS = ", ".join(f"nullif(current_setting('{name}', true), '')" for name in _MARKS)
_PLACE = text(
    "SELECT (SELECT system_identifier FROM pg_control_system()) || '/' || "  # noqa: S608
    "(SELECT oid FROM pg_database WHERE datname = current_database()) AS place, "
    f"concat_ws(' ', {_SETTINGS}) AS mark"
)
_IN_MEMORY = "memory"
_NAME_LENGTH = 12


class StepKind(StrEnum):
    """Steps of the right to send."""

    MADE = "made"
    BOUND = "bound"
    REFUSED = "refused"
    GIVEN = "given"
    STOPPED = "stopped"
    RESUMED = "resumed"


class Refusal(StrEnum):
    """Reasons why a database may not send."""

    BACKUP = "backup"
    ELSEWHERE = "elsewhere"
    EARLIER = "earlier"
    STOPPED = "stopped"


REASONS = {
    Refusal.BACKUP: "this database was restored from a backup",
    Refusal.ELSEWHERE: "this database is a copy, and is not where the right to send was given",
    Refusal.EARLIER: "this database was restored to an earlier point in time",
    Refusal.STOPPED: "an administrator stopped sending",
}
"""By refusal: what an operator reads."""


class CopyLocation(NamedTuple):
    """Location of a database; `mark` tells of a restore to a point in time."""

    where: str
    mark: str


def judge(steps: Sequence[SendingRight], here: CopyLocation) -> Refusal | None:
    """Return why a database at a place may not send; None: it may. `steps`: in their order."""
    rights = [one for one in steps if one.kind != StepKind.REFUSED]
    if not rights:
        return Refusal.BACKUP
    if rights[-1].place not in {None, here.where}:
        return Refusal.ELSEWHERE
    if here.mark and rights[-1].place and all(one.mark != here.mark for one in rights):
        return Refusal.EARLIER
    return Refusal.STOPPED if rights[-1].kind == StepKind.STOPPED else None


def find_place(session: Session) -> CopyLocation:
    """Return where the database of a session is."""
    bind = session.get_bind()
    if bind.dialect.name == "postgresql":
        row = session.connection().execute(_PLACE).one()
        return CopyLocation(row.place, row.mark)
    file = sqlite_file(bind.engine.url)
    if file is None:
        return CopyLocation(_IN_MEMORY, "")
    return CopyLocation(f"{file.stat().st_ino}/{_file_system(file)}", "")


def refusal(session: Session) -> Refusal | None:
    """Return why this database may not send; None: it may."""
    return judge(_steps(session), find_place(session))


def may_send(session: Session, now: datetime) -> bool:
    """Return whether this database may send texts, and note the first time of each.

    Whoever asks first binds the right to this place.
    """
    return _ask(session, now) is None


def require_right(session: Session, now: datetime | None = None) -> None:
    """Be silent if this database may record and report: it is no copy.

    Raises:
        RestoredCopy: it is one, and nobody said that the old one is gone.
    """
    if is_of_copy(_ask(session, now or utc_now())):
        raise RestoredCopy


def is_of_copy(why: Refusal | None) -> bool:
    """Tell whether a database is refused because another may send in its place."""
    return why not in {None, Refusal.STOPPED}


def give_right(session: Session, by_id: int | None, now: datetime) -> None:
    """Let this database send, where it is: the old one is gone, or the reason of a stop."""
    stopped = refusal(session) is Refusal.STOPPED
    row = _step(StepKind.RESUMED if stopped else StepKind.GIVEN, find_place(session), now)
    row.by_id = by_id
    session.add(row)


def stop_sending(session: Session, by_id: int | None, now: datetime) -> None:
    """Stop the texts of this database, which may send, until it is given the right again."""
    row = _step(StepKind.STOPPED, find_place(session), now)
    row.by_id = by_id
    session.add(row)


def _ask(session: Session, now: datetime) -> Refusal | None:
    steps, here = _steps(session), find_place(session)
    why = judge(steps, here)
    if is_of_copy(why) and (not steps or steps[-1].kind != StepKind.REFUSED):
        session.add(_step(StepKind.REFUSED, here, now))
    if why is None and steps[-1].place is None:
        session.add(_step(StepKind.BOUND, here, now))
    return why


def refused_since(session: Session) -> datetime | None:
    """Return when this copy first refused to send; None: it has not, since it got the right."""
    steps = _steps(session)
    return steps[-1].at if steps and steps[-1].kind == StepKind.REFUSED else None


def last_given_at(session: Session) -> datetime | None:
    """Return when somebody last said that the old database is gone; None: never."""
    given = select(SendingRight.at).where(SendingRight.kind == StepKind.GIVEN)
    return session.scalars(given.order_by(SendingRight.id.desc()).limit(1)).first()


def is_original(session: Session) -> bool:
    """Return whether no restore of this database is known: nobody gave it the right anew.

    Of a backup nothing is known.
    """
    kinds = {step.kind for step in _steps(session)}
    return bool(kinds) and StepKind.GIVEN not in kinds


def copy_name(session: Session) -> str:
    """Name this database as no copy of it is named; no secret is in the name.

    The place alone may be another's too: machines made of one image have the same file system.
    """
    steps = _steps(session)
    begun = steps[0].at.isoformat() if steps else ""
    known = f"{find_place(session).where} {begun}"
    return hashlib.sha256(known.encode()).hexdigest()[:_NAME_LENGTH]


def _steps(session: Session) -> Sequence[SendingRight]:
    # A few for each copy that was ever made.
    return session.scalars(select(SendingRight).order_by(SendingRight.id)).all()


def _step(kind: StepKind, here: CopyLocation, now: datetime) -> SendingRight:
    return SendingRight(kind=kind.value, place=here.where, mark=here.mark, at=now)


def _file_system(file: Path) -> int:
    return os.statvfs(file).f_fsid
