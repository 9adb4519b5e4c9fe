"""The right to record: one holder at a time, and nothing changes once it was lost."""

from __future__ import annotations

import os
import signal
import time
from datetime import timedelta

import pytest
from sqlalchemy import insert, text, update

from chain.ports import LedgerIdentity
from services.core.clock import utc_now
from services.core.errors import RecorderBusy
from services.ledger.recorder_lease import (
    LEASE,
    LONGEST,
    is_dead,
    is_held,
    only_recorder,
    read_repairs,
    this_process,
)
from services.ledger.recorder_store import DatabaseRecorderStore
from services.storage.database import Database
from services.storage.models import LedgerLease, LedgerRepair
from services.storage.vault import Vault
from tests.factories import KEY
from tests.flow.dispatching import spawn

SHORT = timedelta(seconds=0.3)
IDENTITY = LedgerIdentity(31337, bytes(32), "0x00000000000000000000000000000000000000C1")


def expire(database):
    with database.write() as session:
        session.execute(update(LedgerLease).values(expires_at=utc_now() - LEASE))


def test_only_recorder__second_one__is_refused_until_the_first_ends(database):
    with only_recorder(database):
        with pytest.raises(RecorderBusy, match="Another process"), only_recorder(database):
            pass
        with database.read() as session:
            assert is_held(session)
    with database.read() as session:
        assert not is_held(session)
    with only_recorder(database):
        pass
    with database.read() as session:
        assert read_repairs(session) == {}


def test_only_recorder__longest_that_anybody_takes__is_held_as_any_other(database):
    """A rotation of the data key takes it, so that no recorder works under the old key."""
    with (
        only_recorder(database, LONGEST, sends=False),
        pytest.raises(RecorderBusy, match="Another process"),
        only_recorder(database),
    ):
        pass


def test_only_recorder__first_one_expired__is_taken_over_and_counted(database):
    with only_recorder(database) as lost:
        expire(database)
        with only_recorder(database) as lease:
            store = DatabaseRecorderStore(database, utc_now, lost.guard)
            with pytest.raises(RecorderBusy, match="was lost"):
                store.remember_identity(IDENTITY)
            assert store.identity() is None
            DatabaseRecorderStore(database, utc_now, lease.guard).remember_identity(IDENTITY)
        # What the first one gives back is not its own any more.
        with only_recorder(database):
            lost.release()
            with pytest.raises(RecorderBusy), only_recorder(database):
                pass
    with database.read() as session:
        assert read_repairs(session) == {"takeover": 1}


def test_only_recorder__servers_clock_was_set_back__takes_over_at_once_and_loses_nothing(database):
    """Else nothing is recorded for as long as it was ahead, once its holder died."""
    with only_recorder(database) as lost:
        with database.write() as session:
            session.execute(update(LedgerLease).values(expires_at=utc_now() + LONGEST + LEASE))
            assert not is_held(session)
        with only_recorder(database) as lease:
            with pytest.raises(RecorderBusy, match="was lost"):
                DatabaseRecorderStore(database, utc_now, lost.guard).remember_identity(IDENTITY)
            DatabaseRecorderStore(database, utc_now, lease.guard).remember_identity(IDENTITY)


def test_lease__expired_and_nobody_came__is_renewed_by_the_next_write(database):
    with only_recorder(database) as lease:
        expire(database)
        DatabaseRecorderStore(database, utc_now, lease.guard).remember_identity(IDENTITY)
        with pytest.raises(RecorderBusy), only_recorder(database):
            pass


def test_lease__steps_without_writes__renew_it_now_and_then(database, monkeypatch):
    ahead = timedelta()
    monkeypatch.setattr(
        "services.ledger.recorder_lease.monotonic", lambda: time.monotonic() + ahead.total_seconds()
    )
    with only_recorder(database, timedelta(hours=3)) as lease:
        expire(database)
        ahead = timedelta(minutes=50)
        lease.renew()
        with only_recorder(database):
            pass
        ahead = timedelta(minutes=70)
        with pytest.raises(RecorderBusy, match="was lost"):
            lease.renew()


def test_store__without_a_lease_while_somebody_has_one__changes_nothing(database):
    store = DatabaseRecorderStore(database, utc_now)
    with only_recorder(database), pytest.raises(RecorderBusy):
        store.remember_identity(IDENTITY)
    store.remember_identity(IDENTITY)


def holding(url, lasts, *, within: bool = False):
    """Make the work of a process that stays in the middle of recording."""

    def work(ready):
        database = Database(url, Vault(KEY))
        with only_recorder(database, lasts) as lease:
            if not within:
                ready()
                signal.pause()
            with database.write() as session:
                lease.guard(session)
                # After several rows, the driver leaves the server waiting for more.
                rows = [{"kind": f"{n}", "count": 1, "last_at": utc_now()} for n in range(5)]
                session.execute(insert(LedgerRepair), rows)
                ready()
                signal.pause()

    return work


def url_of(database):
    return database.engine.url.render_as_string(hide_password=False)


def end(process):
    os.kill(process, signal.SIGKILL)
    os.waitpid(process, 0)


def test_only_recorder__holder_killed_on_this_machine__is_taken_over_at_once(database):
    process = spawn(holding(url_of(database), LEASE))
    with pytest.raises(RecorderBusy), only_recorder(database):
        pass
    os.kill(process, signal.SIGKILL)
    # Dead, even before its parent has taken notice.
    os.waitid(os.P_PID, process, os.WEXITED | os.WNOWAIT)
    with only_recorder(database):
        pass
    os.waitpid(process, 0)


def test_only_recorder__holder_frozen__is_taken_over_when_its_time_is_up(database):
    process = spawn(holding(url_of(database), LEASE))
    os.kill(process, signal.SIGSTOP)
    with pytest.raises(RecorderBusy), only_recorder(database):
        pass
    expire(database)
    with only_recorder(database):
        pass
    end(process)


@pytest.mark.postgres
def test_only_recorder__holder_frozen_within_a_transaction__is_ended_by_the_server(migrated_url):
    database = Database(migrated_url, Vault(KEY))
    database.upgrade()
    process = spawn(holding(migrated_url, SHORT, within=True))
    os.kill(process, signal.SIGSTOP)
    until = time.monotonic() + 60
    while time.monotonic() < until:
        try:
            with only_recorder(database), database.read() as session:
                assert read_repairs(session) == {"takeover": 1}
                break
        except RecorderBusy:
            time.sleep(0.1)
    else:
        raise AssertionError("never taken over")
    with database.read() as session:
        assert session.scalar(text("SELECT count(*) FROM ledger_repair")) == 1
    end(process)
    database.close()


def test_is_dead__this_process_or_one_elsewhere__is_not_known_to_be():
    assert not is_dead(this_process())
    machine, pid, start = this_process().rsplit(" ", 2)
    assert not is_dead(f"another-machine {pid} {start}")
    assert is_dead(f"{machine} {pid} {int(start) + 1}")
