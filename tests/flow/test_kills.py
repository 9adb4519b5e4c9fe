"""Real processes, really killed: whatever the moment, the next one finishes the work, once."""

from __future__ import annotations

import shutil
import signal
from contextlib import contextmanager
from dataclasses import replace
from itertools import count

import pytest
from sqlalchemy import func, select

from chain.connection import connect
from chain.recorder import Recorder
from services.audit.comparison import Auditor
from services.core.clock import utc_now
from services.core.settings import Settings
from services.livestock.domain.model import Origin
from services.livestock.imports import CHANNEL, import_movements
from services.livestock.recording.record import record_events
from services.runtime.container import Runtime
from services.storage.models import Journal, LedgerLeaf
from tests.flow.deployments import DAY, embedded
from tests.support.environment import KILL_STEP
from tests.support.processes import DONE, die_at, in_child

ROWS = "source,destination,id,t\n" + "".join(
    f"{n % 5},{n % 7 + 10},{n:05d},2005-10-{n % 28 + 1:02d}\n" for n in range(6)
)


class Killing:
    """Stands before a store or a ledger; its process dies at one of the calls that commit."""

    COMMITS = frozenset(
        {"remember_identity", "make_batch", "save_signed", "move", "adopt_lost", "broadcast"}
    )

    def __init__(self, inner, points) -> None:
        self._inner = inner
        self._points = points

    def __getattr__(self, name):
        value = getattr(self._inner, name)
        if name not in self.COMMITS:
            return value

        def call(*arguments, **named):
            self._points()
            result = value(*arguments, **named)
            self._points()
            return result

        return call


def record_with(runtime, points) -> None:
    """Record everything, by batches of ten records: a first, a middle and a last one."""
    settings = replace(runtime.settings.chain, batch_records=10)
    with connect(settings, write=True) as chain:
        Recorder(
            Killing(runtime.recorder_store, points),
            Killing(chain.ledger, points),
            chain.logs,
            settings,
            runtime.clock,
        ).drain(lambda: None)


def write_with(runtime, points=lambda: None):
    def write(reports) -> int:
        points()
        with runtime.database.write() as session:
            new = len(record_events(session, reports, Origin(CHANNEL, None, runtime.clock())))
            session.flush()
            points()
        points()
        return new

    return write


@contextmanager
def runtime_in(folder):
    """What runs on a data folder, without the web."""
    runtime = Runtime.open(Settings.from_env({"BILUM_DATA_DIR": str(folder)}), utc_now)
    try:
        yield runtime
    finally:
        runtime.close()


@pytest.fixture
def migrated(tmp_path):
    """A folder with nothing in it but the schema."""
    with embedded(tmp_path / "empty"):
        return tmp_path / "empty"


@pytest.fixture
def imported(tmp_path):
    """A folder with twelve events, not recorded yet."""
    path = tmp_path / "rows.csv"
    path.write_text(ROWS)
    with embedded(tmp_path / "origin") as stage:
        import_movements(path, write_with(stage.runtime), DAY)
    return tmp_path / "origin"


@pytest.mark.slow
def test_recorder__killed_at_each_commit_point__contract_equals_journal(imported, tmp_path):
    for number in count(1, KILL_STEP):
        folder = tmp_path / f"killed-{number}"
        shutil.copytree(imported, folder)

        def work(folder=folder, number=number) -> None:
            with runtime_in(folder) as runtime:
                record_with(runtime, die_at(number))

        ended = in_child(work)
        with runtime_in(folder) as runtime:
            record_with(runtime, lambda: None)
            with connect(runtime.settings.chain, write=False) as chain:
                logged = [leaf for batch in chain.logs.batches() for leaf in batch.leaves]
                assert chain.ledger.size() == len(logged) == 24
                assert (
                    Auditor(runtime.database, chain.ledger, chain.logs)
                    .audit(projections=True)
                    .clean
                )
            with runtime.database.read() as session:
                stored = session.execute(
                    select(LedgerLeaf.subject, LedgerLeaf.commitment).order_by(LedgerLeaf.index)
                ).all()
            assert [tuple(leaf) for leaf in logged] == [tuple(row) for row in stored]
        shutil.rmtree(folder)
        if ended == DONE:
            break
        assert ended == signal.SIGKILL
    assert number > 24, "the test met fewer commit points than three batches have"


@pytest.mark.slow
def test_import__killed_anywhere_and_run_again__records_each_event_once(
    migrated, tmp_path, monkeypatch
):
    monkeypatch.setattr("services.livestock.imports.CHUNK_ROWS", 2)
    path = tmp_path / "rows.csv"
    path.write_text(ROWS + ROWS.partition("\n")[2])
    for number in count(1, KILL_STEP):
        folder = shutil.copytree(migrated, tmp_path / f"killed-{number}")

        def work(folder=folder, number=number) -> None:
            with runtime_in(folder) as runtime:
                import_movements(path, write_with(runtime, die_at(number)), DAY)

        ended = in_child(work)
        with runtime_in(folder) as runtime:
            import_movements(path, write_with(runtime), DAY)
            with runtime.database.read() as session:
                assert session.scalar(select(func.count()).select_from(Journal)) == 24
                assert session.scalar(select(func.count()).select_from(LedgerLeaf)) == 48
        shutil.rmtree(folder)
        if ended == DONE:
            break
    assert number > 6 * 3


@pytest.mark.slow
def test_backup__restored_behind_the_chain__reads_the_lost_records_back(imported, tmp_path):
    with embedded(imported) as stage:
        stage.record()
        stage.runtime.close()
        saved = (imported / "bilum.db").read_bytes()
        stage.send("+67570000001", "REG 598000000000017")
        assert stage.record() == 26
    for name in ("bilum.db-wal", "bilum.db-shm"):
        (imported / name).unlink(missing_ok=True)
    (imported / "bilum.db").write_bytes(saved)
    with embedded(imported) as stage:
        stage.send("+67570000001", "REG 598000000000025")
        assert stage.record() == 28
        report = stage.audit(projections=True)
        assert {finding.difference.value for finding in report.findings} == {"content lost"}
        assert len(report.findings) == 2
