"""A backup is tried: restored into a scratch folder or database, and looked at there.

The installation is not touched. A backup that has never been restored is a hope.
"""

import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import NamedTuple

from sqlalchemy import inspect
from sqlalchemy.exc import SQLAlchemyError

from chain.connection import connect
from chain.errors import ChainError
from services.audit.comparison import Auditor
from services.audit.findings import AuditReport, Difference
from services.audit.stored_ledger import BoundedLedger, StoredLedger
from services.core.errors import BackupSealed, NoPostgresTools, NotABackup, NotInPlace, ServiceError
from services.core.settings import Settings
from services.doctor.checks import CHECKS, DoctorFinding, Weight
from services.ledger.party_log import record_baseline
from services.livestock.recording.outdated import rebuild_outdated
from services.maintenance.archive import CHAIN, POSTGRES, SQLITE, OpenedBackup, open_backup
from services.maintenance.backup import count_rows
from services.maintenance.backup_folder import noted_digest
from services.maintenance.postgres_programs import RIGHT_TABLE, load
from services.maintenance.scratch import scratch_database, scratch_folder
from services.maintenance.whole_files import digest_on_disk
from services.storage.data_key import read_key
from services.storage.database import DATA_KEY, Database, reachable
from services.storage.engine import read_url, sqlite_file
from services.storage.schema import head_revision

# What the database holds so, whether restored or not: no fault of its copy.
_OLD = {Difference.CONTENT_LOST, Difference.SENT_AFTER_RECALL}
_SHOWN = 5
_SLACK = timedelta(hours=1)


class BackupTrial(NamedTuple):
    """Means to try a backup: how it opens, settings of the installation, the time now."""

    identity: Path | None
    settings: Settings
    now: datetime


class CopyOnTrial(NamedTuple):
    """An installation of the backup's parts alone."""

    settings: Settings
    database: Database
    now: datetime

    def clock(self) -> datetime:
        """Return the time when the trial began."""
        return self.now


class TriedBackup:
    """A backup on its trial: go through its findings, then ask when it was made."""

    def __init__(self, source: Path, trial: BackupTrial) -> None:
        self._source, self._trial = source, trial
        self.made: datetime | None = None

    def findings(self) -> Iterator[DoctorFinding]:
        """Try it; yield what is found, one after the other.

        Raises:
            NotInPlace: the server lets make no scratch database, or none is named.
            DatabaseUnreachable: the server does not answer.
        """
        yield from _digest(self._source)
        with scratch_folder() as folder:
            try:
                opened = open_backup(self._source, self._trial.identity, folder)
                self.made = _made(opened, self._trial.now)
                with self._restored(opened) as copy:
                    yield _ok("file", _told_of(opened))
                    yield from _examine(copy, opened)
            except (BackupSealed, NotABackup, NoPostgresTools) as error:
                yield _wrong("file", error.detail)

    @contextmanager
    def _restored(self, opened: OpenedBackup) -> Iterator[CopyOnTrial]:
        if SQLITE in opened.names:
            with self._opened(opened, f"sqlite:///{opened.folder / SQLITE}") as copy:
                yield copy
            return
        server = self._trial.settings.database_url
        if sqlite_file(read_url(server)):
            raise NotInPlace(
                "The backup is of PostgreSQL: let BILUM_DATABASE_URL name a server, on which it is "
                "tried in a database of its own"
            )
        with scratch_database(server) as url:
            load(url, opened.folder / POSTGRES)
            with self._opened(opened, url) as copy:
                yield copy

    @contextmanager
    def _opened(self, opened: OpenedBackup, url: str) -> Iterator[CopyOnTrial]:
        mine = self._trial.settings
        key = mine.data_key
        if DATA_KEY in opened.names:
            key = read_key(opened.folder / DATA_KEY)
        elif key is None and (mine.data_dir / DATA_KEY).exists():
            key = read_key(mine.data_dir / DATA_KEY)
        chain = replace(mine.chain, url=None, embedded=opened.folder / CHAIN, signs=False)
        settings = replace(
            mine, data_dir=opened.folder, database_url=url, data_key=key, chain=chain
        )
        database = Database.from_settings(settings)
        try:
            yield CopyOnTrial(settings, database, self._trial.now)
        finally:
            database.close()


def _digest(source: Path) -> Iterator[DoctorFinding]:
    noted = noted_digest(source)
    if noted is None:
        return
    if digest_on_disk(source) == noted:
        yield _ok("digest", "is the one that was noted when it was made")
    else:
        yield _wrong("digest", f"{source.name} is not what was made: look after that disk")


def _made(opened: OpenedBackup, now: datetime) -> datetime | None:
    made = opened.manifest.made
    if made is not None and made > now + _SLACK:
        raise NotABackup(f"It says that it was made at {made:%Y-%m-%d %H:%M}Z, which is to come")
    return made


def _told_of(opened: OpenedBackup) -> str:
    made, revision = opened.manifest.made, opened.manifest.revision
    when = f"made at {made:%Y-%m-%d %H:%M}Z" if made else "it does not tell when it was made"
    return f"{', '.join(opened.names)}; schema {revision}; {when}"


def _examine(copy: CopyOnTrial, opened: OpenedBackup) -> Iterator[DoctorFinding]:
    whole = _whole(copy, opened)
    yield whole
    if whole.weight is Weight.WRONG:
        return
    yield _rows(copy, opened.manifest.rows)
    try:
        if copy.database.revision() != head_revision():
            if copy.settings.data_key is None:
                yield _mind(
                    "upgrade", "its schema is older, and there is no data key: no more tried"
                )
                return
            _upgrade(copy)
            yield _ok("upgrade", f"the copy was brought to schema {head_revision()}")
        for part in ("database", "append-only"):
            yield _ok(part, CHECKS[part](copy))
        yield from _data_key(copy)
        yield from _ledger(copy, embedded=CHAIN in opened.names)
    except (ServiceError, ChainError) as error:
        yield _wrong("database", error.detail)


def _upgrade(copy: CopyOnTrial) -> None:
    """Bring a copy to this program's schema and rules, as `bilum db upgrade` does."""
    copy.database.upgrade(finish=True)
    with copy.database.write() as session:
        record_baseline(session, copy.now)
    rebuild_outdated(copy.database, lambda _done: None)


def _whole(copy: CopyOnTrial, opened: OpenedBackup) -> DoctorFinding:
    """Let SQLite look at every page of its file; PostgreSQL did while it was filled."""
    if not copy.database.is_sqlite:
        return _ok("structure", "PostgreSQL took every table, index and reference")
    try:
        for name in (SQLITE, *([CHAIN] if CHAIN in opened.names else [])):
            with closing(sqlite3.connect(opened.folder / name)) as connection:
                (said,) = connection.execute("PRAGMA integrity_check(1)").fetchone()
                astray = connection.execute("PRAGMA foreign_key_check").fetchone()
            if said != "ok" or astray:
                return _wrong(
                    "structure", f"{name}: {said if said != 'ok' else 'a row refers to none'}"
                )
    except sqlite3.Error as error:
        return _wrong("structure", f"{name}: {error}")
    return _ok("structure", "SQLite finds every page and reference in order")


def _rows(copy: CopyOnTrial, told: Mapping[str, int] | None) -> DoctorFinding:
    there = _count(copy)
    total = f"{sum(there.values()):,} rows in {len(there)} tables"
    if told is None:
        return _mind("rows", f"{total}; an older Bilum noted no counts")
    names = told.keys() | there.keys()
    differ = sorted(name for name in names if told.get(name) != there.get(name))
    if differ:
        name = differ[0]
        return _wrong(
            "rows",
            f"{name} has {there.get(name, 'no table')}, {told.get(name, 'no table')} when it was "
            f"made; {len(differ)} tables differ",
        )
    return _ok("rows", f"{total}, as many as when it was made")


def _count(copy: CopyOnTrial) -> Mapping[str, int]:
    file = sqlite_file(copy.database.engine.url)
    if file is not None:
        return count_rows(file)
    with reachable(), copy.database.engine.connect() as connection:
        return {
            table: connection.exec_driver_sql(f'SELECT count(*) FROM "{table}"').scalar_one()  # noqa: S608 — names of our own tables
            for table in inspect(connection).get_table_names()
            if table != RIGHT_TABLE
        }


def _data_key(copy: CopyOnTrial) -> Iterator[DoctorFinding]:
    if copy.settings.data_key is None:
        yield _mind("data key", "not tried: there is none here; without it the backup is lost")
        return
    try:
        yield _ok("data key", CHECKS["data key"](copy))
    except ServiceError as error:
        yield _wrong("data key", error.detail)


def _ledger(copy: CopyOnTrial, *, embedded: bool) -> Iterator[DoctorFinding]:
    try:
        report = _audit(copy, embedded=embedded)
    except SQLAlchemyError as error:
        yield _wrong("ledger", f"the records cannot be read ({type(error).__name__})")
        return
    faults = [found for found in report.findings if found.difference not in _OLD]
    for found in faults[:_SHOWN]:
        yield _wrong("ledger", str(found))
    if len(faults) > _SHOWN:
        yield _wrong("ledger", f"and {len(faults) - _SHOWN} more differences")
    old = len(report.findings) - len(faults)
    if old:
        yield _mind("ledger", f"{old} differences that the database had before")
    if not faults:
        how = "the chain in it" if embedded else "what the database knows of its chain"
        yield _ok("ledger", f"{report.records} records agree with {how}, {report.waiting} wait")


def _audit(copy: CopyOnTrial, *, embedded: bool) -> AuditReport:
    if not embedded:
        stored = StoredLedger(copy.database)
        return Auditor(copy.database, stored, stored).audit()
    with connect(copy.settings.chain, write=False) as chain:
        ledger = BoundedLedger(chain.ledger, copy.database)
        return Auditor(copy.database, ledger, chain.logs).audit()


def _ok(part: str, sentence: str) -> DoctorFinding:
    return DoctorFinding(Weight.OK, part, sentence)


def _mind(part: str, sentence: str) -> DoctorFinding:
    return DoctorFinding(Weight.MIND, part, sentence)


def _wrong(part: str, sentence: str) -> DoctorFinding:
    return DoctorFinding(Weight.WRONG, part, sentence)
