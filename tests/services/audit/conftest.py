"""A ledger with records on the embedded chain, made once and copied for each test."""

from __future__ import annotations

import shutil
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest

from chain.connection import connect
from chain.recorder import Recorder
from chain.settings import ChainSettings
from services.audit.comparison import Auditor
from services.core.clock import utc_now
from services.ledger.recorder_store import DatabaseRecorderStore
from tests.factories import BUYER, Phones, official
from tests.services.conftest import opened
from tests.support.copies import copy_folder
from tests.support.tampering import unguarded
from tests.support.texts import RECEIPT

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from chain.connection import Connection
    from services.audit.findings import AuditReport
    from services.storage.database import Database

BATCH = 3
RECORDED, WAITING = 14, 2
_EVENT_4 = "(SELECT journal_id FROM ledger_leaf WHERE leaf_index = 4)"


@dataclass
class Office:
    """A database, its chain, the recorder and the auditor; `receipts` of what was reported."""

    database: Database
    settings: ChainSettings
    receipts: dict[str, str] = field(default_factory=dict)

    @contextmanager
    def recorder(self) -> Iterator[tuple[Recorder, Connection]]:
        store = DatabaseRecorderStore(self.database, utc_now)
        with connect(self.settings, write=True) as chain:
            yield Recorder(store, chain.ledger, chain.logs, self.settings, utc_now), chain

    def record(self) -> None:
        """Take everything that waits to the chain."""
        with self.recorder() as (recorder, _):
            recorder.drain(lambda: None)

    @contextmanager
    def auditor(self) -> Iterator[Auditor]:
        with connect(self.settings, write=False) as chain:
            yield Auditor(self.database, chain.ledger, chain.logs)

    def audit(self) -> AuditReport:
        with self.auditor() as auditor:
            return auditor.audit()

    def tamper(self, statement: str, *values: object) -> int:
        """Do what the triggers forbid, with the file in hand; return how many rows it changed.

        EVENT_4 in the statement stands for the key of the event of record 4.
        """
        path = self.database.engine.url.database
        assert path
        with unguarded(path) as connection:
            return connection.execute(statement.replace("EVENT_4", _EVENT_4), values).rowcount


def chain_in(folder: Path) -> ChainSettings:
    return ChainSettings(url=None, embedded=folder / "chain.db", batch_records=BATCH)


def receipt_of(reply: str) -> str:
    """The one receipt of a reply, wherever it stands."""
    (receipt,) = RECEIPT.findall(reply)
    return receipt


def fill(office: Office) -> None:
    """Report events, record them, and report one more that waits; keep their receipts."""
    phones = Phones(office.database)
    phones.say("PLACE Kudjip, Jiwaka")
    phones.say("PLACE Goroka, EHP", BUYER)
    told = {"first": f"REG {official(1)}", "second": f"REG {official(2)}"}
    told["moved"] = f"MOVE {official(1)} {official(2)} 1165"
    told["again"] = f"REG {official(1)}"
    for name, text in told.items():
        office.receipts[name] = receipt_of(phones.say(text))
    office.receipts["arrived"] = receipt_of(phones.say(f"ARRIVE {official(2)} 1068", BUYER))
    phones.say("PLACE Goroka Maket", BUYER)
    office.record()
    office.receipts["waiting"] = receipt_of(phones.say(f"REG {official(4)}"))


@contextmanager
def copy_of(kept: Path, scratch: Path) -> Iterator[Office]:
    """Open a copy of an office's folder, to do anything to."""
    folder = copy_folder(kept, scratch / "office")
    with opened(f"sqlite:///{folder}/bilum.db") as database:
        yield Office(database, chain_in(folder))


@pytest.fixture(scope="session")
def archive(migrated_file, tmp_path_factory) -> tuple[Path, dict[str, str]]:
    """The folder of a filled office, and its receipts."""
    folder = tmp_path_factory.mktemp("archive")
    shutil.copy(migrated_file, folder / "bilum.db")
    with opened(f"sqlite:///{folder}/bilum.db") as database:
        office = Office(database, chain_in(folder))
        fill(office)
    return folder, office.receipts


@pytest.fixture
def office(archive, tmp_path) -> Iterator[Office]:
    """A copy of the filled office, to do anything to."""
    kept, receipts = archive
    with copy_of(kept, tmp_path) as copied:
        copied.receipts = dict(receipts)
        yield copied
