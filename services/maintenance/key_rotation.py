"""Rotation of the data key: everything sealed anew under a new key, nothing lost on the way.

Routine: a new key goes on top of the ring and every value is sealed under it, while the services
go on; older keys open what is not reached yet, and leave the ring in a run of its own, when no
process holds the old ring any more. After a leak: the same with the services stopped, and all
blind indexes, keyed digests and links are wrapped under new keys as well. See docs/adr/0014.

Killed at whatever point, the next run finishes it: the file holds every key that a row may need
before a row needs it.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from enum import Enum, auto
from pathlib import Path
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import Column, LargeBinary, select, type_coerce
from sqlalchemy.orm import Session

from services.core.errors import Conflict, WrongDataKey
from services.core.keyring import KeyRing
from services.ledger.recorder_lease import LONGEST, only_recorder
from services.maintenance.reencryption import (
    forget_old_rows,
    seal_anew,
    sealed_columns,
    wrap_all,
)
from services.storage.data_key import read_key, replace_key
from services.storage.database import Database
from services.storage.file_lock import file_lock
from services.storage.models import Base, Person
from services.storage.vault import Vault, index_keys, link_keys, new_key

"""How long nobody records after a rotation that ended without a word."""
_SOME = 20
"""Values that are tried: one that opens is enough, for a single one may be damaged."""


class RotationMode(Enum):
    """Purpose of a rotation: the yearly change, its end, or a key that others may have."""

    ROUTINE = auto()
    RETIRE = auto()
    LEAKED = auto()


class RotationResult(NamedTuple):
    """Result of a run.

    Attributes:
        rows: rows that were sealed anew.
        left: rows that other processes held all the time: run it again.
        old_keys: keys in the ring that open and do not seal.
        leaked: whether indexes, digests and links are under new keys, too.
        shut: table and key of each row of which a value does not open: it stays as it was.
    """

    rows: int
    left: int
    old_keys: int
    leaked: bool
    shut: tuple[str, ...]


def rotate_key(
    database: Database,
    path: Path,
    mode: RotationMode,
    tell: Callable[[int], object] = lambda _: None,
) -> RotationResult:
    """Rotate the data key at `path`, or finish a rotation that was broken off.

    After a leak the services are stopped. A restored copy may rotate before it is told to send.
    `tell` gets the number of rows of each chunk.

    Raises:
        WrongDataKey: the ring does not open what is here, or cannot be written.
        RecorderBusy: after a leak: a worker runs.
        Conflict: another rotation runs; after a leak: others hold rows.
    """
    with _alone(path):
        if mode is RotationMode.LEAKED or read_key(path).pending:
            # Before the file changes: no process starts from then on until the rotation has ended.
            with only_recorder(database, LONGEST, sends=False):
                return _after_leak(database, path, _begin(database, path, mode), tell)
        ring = _begin(database, path, mode)
        done = seal_anew(database, Vault(ring), tell)
        if mode is RotationMode.RETIRE and not done.left:
            ring = KeyRing(ring.seals[:1], index_keys(ring), links=link_keys(ring))
            replace_key(path, ring)
        return RotationResult(
            done.rows, done.left, len(ring.seals) - 1, leaked=False, shut=done.shut
        )


def _begin(database: Database, path: Path, mode: RotationMode) -> KeyRing:
    """Return the ring to work with; a new key is in the file before anything is sealed by it."""
    ring = read_key(path)
    known = Vault(replace(ring, pending=None, pending_link=None))
    _require_opens(database, known)
    if not ring.pending_link:
        # Of an unfinished rotation, the links may be under the new key, which is not in force yet.
        _require_links(database, known)
    if ring.pending and not ring.pending_link:
        # An earlier version, which knew no links, was broken off.
        ring = replace(ring, links=link_keys(ring), pending_link=new_key())
        replace_key(path, ring)
    unfinished = ring.pending or (mode is RotationMode.ROUTINE and len(ring.seals) > 1)
    if unfinished or mode is RotationMode.RETIRE:
        return ring
    pending = (new_key(), new_key()) if mode is RotationMode.LEAKED else (None, None)
    ring = KeyRing(
        (new_key(), *ring.seals), index_keys(ring), pending[0], link_keys(ring), pending[1]
    )
    replace_key(path, ring)
    return ring


def _after_leak(
    database: Database, path: Path, ring: KeyRing, tell: Callable[[int], object]
) -> RotationResult:
    known = replace(ring, pending=None, pending_link=None)
    done = seal_anew(database, Vault(known), tell)
    if done.left:
        raise Conflict(
            f"Other processes hold {done.left} rows: stop the services, then run it again"
        )
    indexes = (*filter(None, [ring.pending]), *ring.indexes)
    links = (*filter(None, [ring.pending_link]), *ring.links)
    new = KeyRing(ring.seals[:1], indexes, links=links)
    wrap_all(database, indexes, links)
    replace_key(path, new)
    forget_old_rows(database)
    return RotationResult(done.rows, 0, 0, leaked=True, shut=done.shut)


def _require_opens(database: Database, vault: Vault) -> None:
    """Return if a vault opens what is here: a number, or where there is none another value.

    Raises:
        WrongDataKey: it does not.
    """
    fault: WrongDataKey | None = None
    with database.read() as session:
        numbers = _some(session, Base.metadata.tables["contact"].c.number)
        for sealed in numbers or _some_of_each(session):
            try:
                vault.open(sealed)
            except WrongDataKey as error:
                fault = error
            else:
                return
    if fault is not None:
        raise fault


def _some_of_each(session: Session) -> Iterator[bytes]:
    for columns in sealed_columns().values():
        for column in columns:
            yield from _some(session, column)


def _some(session: Session, column: Column[Any]) -> Sequence[bytes]:
    return session.scalars(
        select(type_coerce(column, LargeBinary)).where(column.is_not(None)).limit(_SOME)
    ).all()


def _require_links(database: Database, vault: Vault) -> None:
    """Return if a vault finds a person of health programmes by the link.

    Raises:
        WrongDataKey: it does not.
    """
    party = type_coerce(Person.party, LargeBinary())
    tied = select(Person.link, party).where(Person.link.is_not(None)).limit(_SOME)
    with database.read() as session:
        people = session.execute(tied).all()
    for link, sealed in people:
        try:
            opened = vault.open(sealed)
        except WrongDataKey:
            # One that is damaged tells nothing.
            continue
        if vault.link(UUID(opened.decode())) == link:
            return
        raise WrongDataKey(
            "No person in health programmes is found by the link key: a line `link:` of the data "
            "key was lost, or is of another database"
        )


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    """Let one rotation run at a time; the system lets go of the lock when its holder dies."""
    busy = Conflict("Another rotation of the data key runs: let it finish")
    with ExitStack() as stack:
        try:
            stack.enter_context(file_lock(path.with_suffix(".lock"), busy))
        except OSError as error:
            raise WrongDataKey(
                f"The data key {path} cannot be replaced: {error.strerror}"
            ) from error
        yield
