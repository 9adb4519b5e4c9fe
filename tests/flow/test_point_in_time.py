"""A mistake, and the database as it was before it: by pgBackRest and the command of the guide."""

from __future__ import annotations

import io
import re
import shutil
import subprocess
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.orm import Session

from services.core.clock import utc_now
from services.core.errors import RestoredCopy
from services.core.settings import Settings
from services.ledger.recorder_lease import only_recorder
from services.runtime import machine_metrics
from services.runtime.container import Runtime
from services.storage.sending_right import Refusal, refusal
from tests.flow.deployments import Stage
from tests.services.command import bilum
from tests.services.conftest import migrated_folder
from tests.services.messaging.dispatch.post import Post
from tests.support.archive import archived_cluster, kill
from tests.support.patroni import kept_by_patroni

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["bilum", "migrated_folder"]

pytestmark = [pytest.mark.pgbackrest, pytest.mark.sockets]

MARIA, CHIEF = "+67570000001", "70000002"
MESSAGES = "SELECT public_id FROM message ORDER BY id"
FIRST, SECOND, THIRD = (f"REG 59800000000{tail}" for tail in ("0017", "0025", "0033"))


@pytest.fixture(scope="module")
def archive():
    with archived_cluster() as found:
        yield found


@pytest.fixture
def fresh():
    """An archive of a test's own: its restored database takes the place of the old one."""
    with archived_cluster() as found:
        yield found


def ask(archive, statement):
    engine = create_engine(archive.url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        done = connection.execute(text(statement))
        found = list(done.scalars()) if done.returns_rows else []
    engine.dispose()
    return found


def moment(archive):
    """The time by the server's clock, a moment after which something else is committed."""
    (at,) = ask(archive, "SELECT to_char(clock_timestamp(), 'YYYY-MM-DD HH24:MI:SS.USOF')")
    time.sleep(0.01)
    return at


def beside(archive):
    """Folders and files beside the old database."""
    return {path.name for path in archive.folder.iterdir()}


@contextmanager
def program(archive, folder) -> Iterator[Runtime]:
    settings = {"BILUM_DATA_DIR": str(folder), "BILUM_DATABASE_URL": archive.url}
    runtime = Runtime.open(Settings.from_env(settings))
    try:
        yield runtime
    finally:
        runtime.close()


def why(archive, folder):
    with program(archive, folder) as runtime, runtime.database.read() as session:
        return refusal(session)


def claims(archive, folder):
    with program(archive, folder) as runtime:
        return Post(runtime.database, clock=utc_now).claimed()


def stage_on(archive, folder):
    return Stage(folder, io.StringIO(), {"BILUM_DATABASE_URL": archive.url})


def report_and_err(archive, folder):
    """Report, err, and report again; return the moment before the mistake, and messages then."""
    stage = stage_on(archive, folder)
    stage.send(MARIA, FIRST)
    archive.back_up()
    stage.send(MARIA, SECOND)
    stage.record()
    Post(stage.runtime.database, clock=utc_now).queue(MARIA, "+67570000005")
    messages, before = ask(archive, MESSAGES), moment(archive)
    ask(archive, "TRUNCATE message CASCADE")
    stage.send(MARIA, THIRD)
    stage.record()
    stage.runtime.close()
    archive.settle()
    return before, messages


def assert_sends_nothing(archive, folder):
    assert why(archive, folder) is Refusal.EARLIER
    assert claims(archive, folder) == []
    with (
        program(archive, folder) as runtime,
        pytest.raises(RestoredCopy),
        only_recorder(runtime.database),
    ):
        pytest.fail("a copy records")


def start_as_patroni(archive):
    """Start the server again without its own settings of a restore, which Patroni removes."""
    archive.stop()
    settings = archive.data / "postgresql.auto.conf"
    told = settings.read_text("utf-8")
    kept = re.sub("(?m)^(recovery_target|restore_command).*\n", "", told)
    assert kept != told
    settings.write_text(kept, "utf-8")
    archive.start()


def test_restore_to_a_moment__before_a_mistake__has_the_rows_and_sends_nothing(
    fresh, bilum, tmp_path, monkeypatch
):
    folder, restored = tmp_path / "data", fresh.folder / "restored"
    monkeypatch.setenv("BILUM_DATABASE_URL", fresh.url)
    assert bilum("db", "upgrade").status == 0
    assert bilum("party", "add", "--role", "administrator", "--phone", CHIEF).status == 0
    before, messages = report_and_err(fresh, folder)
    assert why(fresh, folder) is None
    ended = fresh.restore_to(before, restored)
    assert ended.returncode == 0, ended.stdout
    # The old one was not touched, and goes on.
    assert len(ask(fresh, MESSAGES)) == 1

    fresh.take(restored)
    assert ask(fresh, MESSAGES) == messages
    pigs = [command.removeprefix("REG ") for command in (FIRST, SECOND)]
    assert ask(fresh, "SELECT value FROM animal ORDER BY id") == pigs
    assert_sends_nothing(fresh, folder)
    assert "restored to an earlier point in time" in bilum("doctor").out
    start_as_patroni(fresh)
    assert_sends_nothing(fresh, folder)

    let_send = ("db", "let-send", "--by", CHIEF, "--old-is-gone")
    ended = bilum(*let_send)
    assert (ended.status, "add --waiting send" in ended.err) == (2, True)
    ended = bilum(*let_send, "--waiting", "close")
    assert (ended.status, "2 texts closed as uncertain" in ended.err) == (0, True)
    assert why(fresh, folder) is None
    fresh.stop()
    fresh.start()
    assert why(fresh, folder) is None
    go_on_and_restore_again(fresh, folder)


def go_on_and_restore_again(archive, folder):
    """Report, and restore to a moment of the new history, of which there is no backup yet."""
    stage = stage_on(archive, folder)
    stage.send(MARIA, THIRD)
    stage.record()
    assert {one.difference.value for one in stage.audit().findings} == {"content lost"}
    later = moment(archive)
    stage.send(MARIA, "REG 598000000000041")
    stage.runtime.close()
    archive.settle()
    restored = archive.folder / "restored"
    ended = archive.restore_to(later, restored)
    assert ended.returncode == 0, ended.stdout
    archive.take(restored)
    assert len(ask(archive, "SELECT id FROM animal")) == 3
    # Its confirmation was of another restore.
    assert_sends_nothing(archive, folder)


def test_restore_to_the_end__of_the_archive__sends_nothing(fresh, tmp_path):
    folder = tmp_path / "data"
    stage = stage_on(fresh, folder)
    stage.send(MARIA, FIRST)
    fresh.back_up()
    stage.send(MARIA, SECOND)
    stage.runtime.close()
    fresh.settle()
    assert why(fresh, folder) is None
    ended = fresh.restore_to("latest", fresh.folder / "restored")
    assert ended.returncode == 0, ended.stdout
    fresh.take(fresh.folder / "restored")
    assert len(ask(fresh, "SELECT id FROM animal")) == 2
    assert why(fresh, folder) is Refusal.EARLIER


@pytest.fixture(scope="module")
def numbered(archive):
    """A table with a row after the backup, and the moments around it."""
    too_early = moment(archive)
    ask(archive, "CREATE TABLE numbers (number int)")
    archive.back_up()
    ask(archive, "INSERT INTO numbers VALUES (1)")
    between = moment(archive)
    ask(archive, "INSERT INTO numbers VALUES (2)")
    archive.settle()
    return too_early, between, moment(archive)


def test_restore__to_a_moment_that_the_archive_lacks__is_told_and_leaves_nothing(archive, numbered):
    too_early, between, too_late = numbered
    folder, before = archive.folder / "restored", beside(archive)
    for at, status, told in (
        (too_late, 1, "the last is at 20"),
        (too_early, 1, "name a later moment"),
        ("2099-01-01 00:00:00+10", 2, "is to come"),
        ("2026-11-29 14:05", 2, "with its zone"),
        ("yesterday", 2, "with its zone"),
        ("2026-99-29 14:05:00Z", 2, "is no moment"),
    ):
        ended = archive.restore_to(at, folder)
        assert (ended.returncode, told in ended.stdout) == (status, True), ended.stdout
        assert beside(archive) - before <= {"restored.lock"}
    ended = archive.restore_to(between, archive.data)
    assert (ended.returncode, "is there already" in ended.stdout) == (2, True)
    assert ask(archive, "SELECT number FROM numbers ORDER BY 1") == [1, 2]
    # What it names as the last moment is one of them.
    told = archive.restore_to(too_late, folder).stdout
    last = re.search(r"the last is at (\S+ \S+)\+00\. Name", told)
    assert between[:23] < last[1] < too_late[:23]


def test_archive__that_fails__is_in_the_metrics_until_it_does_not(archive, numbered):
    assert archive_fails(archive) == 0
    for command, fails in (("false", 1), ("", 0)):
        value = f"'{command}'" if command else "DEFAULT"
        ask(archive, f"ALTER SYSTEM SET archive_command = {value}")
        ask(archive, "SELECT pg_reload_conf()")
        ask(archive, "CREATE TABLE IF NOT EXISTS written (number int)")
        ask(archive, "SELECT pg_switch_wal()")
        until = time.monotonic() + 90
        while archive_fails(archive) != fails:
            assert time.monotonic() < until
            time.sleep(0.2)


def archive_fails(archive):
    engine = create_engine(archive.url)
    with Session(engine) as session:
        told = {one.name: one.samples[0].value for one in machine_metrics._replicas(session)}
    engine.dispose()
    return told["bilum_database_archive_fails"]


def is_marked(part):
    settings = part / "postgresql.auto.conf"
    return settings.exists() and "bilum.restored" in settings.read_text("utf-8")


# How far a restore is when it is killed: the folder is there; pgBackRest fills it; it has all; the
# server replays.
STAGES = (
    lambda part: part.exists(),
    lambda part: (part / "base").exists(),
    is_marked,
    lambda part: (part / "postmaster.pid").exists(),
)


def test_restore__killed_at_each_stage__goes_on_and_is_whole(archive, numbered):
    _, between, _ = numbered
    folder = archive.folder / "killed"
    command = [archive.command, between, folder]
    for reached in STAGES:
        running = start_again(archive, command)
        until = time.monotonic() + 300
        while not reached(archive.folder / "killed.unfinished"):
            assert time.monotonic() < until
            if running.poll() is not None:
                # On a busy machine it came to its end before the stage was seen.
                shutil.rmtree(folder, ignore_errors=True)
                running = start_again(archive, command)
            time.sleep(0.002)
        kill(running)
        assert not folder.exists()
    ended = retried(archive, between, folder)
    assert ended.returncode == 0, ended.stdout
    assert not {name for name in beside(archive) if "unfinished" in name}
    archive.take(folder)
    assert ask(archive, "SELECT number FROM numbers") == [1]


def start_again(archive, command):
    """Start a restore in the place of a killed one, whose pgBackRest may still go on."""
    for _ in range(100):
        running = subprocess.Popen(
            command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **archive.as_user()
        )
        try:
            running.wait(0.3)
        except subprocess.TimeoutExpired:
            return running
    raise AssertionError("another one goes on for ever")


def retried(archive, at, folder):
    """Restore, and again while what a killed command started still goes on."""
    for _ in range(100):
        ended = archive.restore_to(at, folder)
        if "goes on" not in ended.stdout:
            return ended
        time.sleep(0.2)
    return ended


@pytest.mark.program("patroni")
@pytest.mark.program("etcd")
@pytest.mark.program("etcdctl")
def test_restore_to_a_moment__started_by_patroni__sends_nothing(fresh, tmp_path):
    folder = tmp_path / "data"
    with kept_by_patroni(fresh) as kept:
        stage = stage_on(kept, folder)
        stage.send(MARIA, FIRST)
        kept.back_up()
        before = moment(kept)
        stage.send(MARIA, SECOND)
        stage.runtime.close()
        kept.settle()
        assert why(kept, folder) is None
        # A restart, or a fail-over, is no copy.
        kept.stop()
        kept.start()
        assert why(kept, folder) is None
        ended = kept.restore_to(before, kept.folder / "restored")
        assert ended.returncode == 0, ended.stdout
        kept.stop()
        kept.forget()
        kept.take(kept.folder / "restored")
        assert len(ask(kept, "SELECT id FROM animal")) == 1
        # It has removed what PostgreSQL kept of the restore, and left our mark.
        settings = (kept.data / "postgresql.auto.conf").read_text("utf-8")
        assert "recovery_target_time" not in re.sub("(?m)^#.*", "", settings)
        assert_sends_nothing(kept, folder)
