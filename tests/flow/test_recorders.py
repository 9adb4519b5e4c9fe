"""Several recorders, started on one key: each record goes on the ledger once, whoever is frozen."""

from __future__ import annotations

import os
import random
import signal
import time
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from threading import Event
from typing import TYPE_CHECKING

import pytest

from chain.connection import connect
from services.ledger import recorder_lease
from services.ledger.recorder_lease import read_repairs
from services.runtime import jobs
from services.runtime.backoff import Backoff
from services.runtime.container import Runtime
from tests.factories import pig, report, source_place, write
from tests.flow.conftest import SERVERS
from tests.flow.dispatching import spawn
from tests.support.environment import KILLS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from services.cli.demo_stage import Stage

LEASE = timedelta(seconds=0.6)
FREEZES = max(6, KILLS // 20)


class Crew:
    """Recorders of one deployment, each a process; they batch two records at a time."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self.processes: list[int] = []
        self.written = 0

    def start(self) -> int:
        settings = self.stage.runtime.settings
        chain = replace(settings.chain, batch_records=2, batch_seconds=0.05)

        def work(ready: Callable[[], object]) -> None:
            recorder_lease.LEASE = LEASE
            jobs.IDLE_SECONDS = 0.02
            stop = Event()
            signal.signal(signal.SIGTERM, lambda _signal, _frame: stop.set())
            runtime = Runtime.open(replace(settings, chain=chain))
            ready()
            job = jobs.recorder_job(runtime)
            job.loop.backoff = Backoff(shortest=0.02, longest=0.1)
            job.repeat(stop)
            runtime.close()

        self.processes.append(spawn(work))
        return self.processes[-1]

    def report(self, pigs: int) -> None:
        """Report pigs, two records each."""
        numbers = range(self.written, self.written + pigs)
        for number in numbers:
            write(
                self.stage.runtime.database,
                report("register", [pig(number)], at=source_place(number)),
            )
        self.written += pigs

    def wait_until_recorded(self, seconds: float = 60) -> None:
        until = time.monotonic() + seconds
        while not self.stage.runtime.recorder_store.all_recorded():
            assert time.monotonic() < until, "not recorded in time"
            time.sleep(0.02)

    def freeze(self, process: int) -> None:
        os.kill(process, signal.SIGSTOP)
        _, status = os.waitpid(process, os.WUNTRACED)
        assert os.WIFSTOPPED(status)

    def end(self) -> None:
        """End all in good order."""
        while self.processes:
            process = self.processes.pop()
            os.kill(process, signal.SIGTERM)
            assert os.waitpid(process, 0) == (process, 0)

    def repairs(self) -> dict[str, int]:
        with self.stage.runtime.database.read() as session:
            return dict(read_repairs(session))

    def assert_recorded_once(self) -> None:
        with connect(self.stage.runtime.settings.chain, write=False) as chain:
            leaves = [leaf for batch in chain.logs.batches() for leaf in batch.leaves]
        assert len(leaves) == len(set(leaves)) == 2 * self.written
        report = self.stage.audit()
        assert report.clean, report.findings


@pytest.fixture
def crew(stage: Stage) -> Iterator[Crew]:
    with manned(stage) as made:
        yield made


@contextmanager
def manned(stage: Stage) -> Iterator[Crew]:
    made = Crew(stage)
    try:
        yield made
    finally:
        for process in made.processes:
            os.kill(process, signal.SIGKILL)
            os.waitpid(process, 0)


@pytest.mark.parametrize("stage", SERVERS, indirect=True)
def test_recorders__two_on_one_key__record_everything_once(crew):
    crew.start()
    crew.start()
    for _ in range(5):
        crew.report(8)
        time.sleep(0.1)
    crew.wait_until_recorded()
    crew.end()
    # On a busy machine a holder may be late for so short a lease; nothing else may happen.
    assert crew.repairs().keys() <= {"takeover"}
    crew.assert_recorded_once()


@pytest.mark.slow
@pytest.mark.parametrize("stage", SERVERS, indirect=True)
def test_recorders__one_frozen_beyond_its_lease__changes_nothing_when_it_wakes(crew):
    dice = random.SystemRandom()
    crew.start()
    crew.start()
    for number in range(FREEZES):
        crew.report(6)
        time.sleep(dice.uniform(0, 0.25))
        frozen = crew.processes[number % 2]
        crew.freeze(frozen)
        crew.report(2)
        crew.wait_until_recorded()
        os.kill(frozen, signal.SIGCONT)
        time.sleep(dice.uniform(0, 0.1))
    crew.report(2)
    crew.wait_until_recorded()
    crew.end()
    assert set(crew.repairs()) >= {"takeover"}
    print(f"{FREEZES} freezes: {crew.repairs()}")  # noqa: T201
    crew.assert_recorded_once()


@pytest.mark.parametrize("stage", SERVERS, indirect=True)
def test_recorders__one_killed__the_other_goes_on_at_once(crew):
    first = crew.start()
    crew.report(2)
    crew.wait_until_recorded()
    crew.start()
    lasts = time.monotonic()
    os.kill(first, signal.SIGKILL)
    os.waitpid(first, 0)
    crew.processes.remove(first)
    crew.report(2)
    crew.wait_until_recorded()
    assert time.monotonic() - lasts < 30
    crew.end()
    crew.assert_recorded_once()
