from __future__ import annotations

import io
import threading
import time

import pytest

from services.cli.demo_stage import Stage
from services.core.errors import Conflict
from services.ledger.recorder_lease import only_recorder
from services.runtime import jobs
from services.runtime.jobs import Job, RunDeadline, dispatch, keep_notifying, record
from services.runtime.workers import make_dispatcher
from services.storage.milestones import MilestoneName, read_milestone
from tests.flow.deployments import embedded
from tests.support.migrated import with_schema


class Script:
    """A dispatcher whose steps come to the listed counts, then to nothing."""

    def __init__(self, *counts: int, flying: int = 0) -> None:
        self.counts = list(counts)
        self.flying = flying
        self.steps = 0

    @property
    def busy(self) -> bool:
        return self.steps < self.flying

    def step(self) -> int:
        self.steps += 1
        return self.counts.pop(0) if self.counts else 0

    def settle(self) -> None:
        self.flying = 0


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    monkeypatch.setattr(jobs, "LINGER", 1)
    monkeypatch.setattr(jobs, "_GLANCE", 0.01)


def never() -> bool:
    return False


def test_job__notified_while_it_is_done__is_done_once_more_by_the_same_thread():
    entered, leave = threading.Event(), threading.Event()
    done_by = []

    def work(_over) -> None:
        done_by.append(threading.get_ident())
        entered.set()
        leave.wait(60)

    job = Job("job", 1.0, work)
    thread = threading.Thread(target=job.run)
    thread.start()
    entered.wait(60)
    for _ in range(3):
        job.run()
    assert job.idle == 0
    leave.set()
    thread.join(60)
    assert done_by == [thread.ident] * 2
    assert job.idle > 0


def test_job__fails_again_and_again__is_logged_once_until_it_goes_well(caplog):
    outcomes = [Conflict("a"), Conflict("a"), None, Conflict("a"), ValueError("+67570000001"), None]

    def work(_over) -> None:
        if error := outcomes.pop(0):
            raise error

    job = Job("job", 1.0, work)
    for _ in range(6):
        job.run()
    told = [(entry.levelname, entry.getMessage().splitlines()[0]) for entry in caplog.records]
    waits = ("WARNING", "job waits: a (conflict)")
    assert told == [waits, waits, ("ERROR", "job failed: ValueError")]
    assert "+675" not in caplog.text


def test_dispatch__nothing_due__looks_once():
    dispatcher = Script()
    dispatch(dispatcher, never)
    assert dispatcher.steps == 1


@pytest.mark.slow
def test_dispatch__something_went__looks_on_for_a_moment():
    dispatcher = Script(3, 0, 0, 2)
    dispatch(dispatcher, never)
    assert dispatcher.counts == []
    assert dispatcher.steps > 5


def test_dispatch__told_to_end__ends_with_nothing_in_the_air():
    dispatcher = Script(*[1] * 100, flying=5)
    dispatch(dispatcher, lambda: True)
    assert (dispatcher.steps, dispatcher.busy) == (0, False)


def test_deadline__time_is_up_or_ended__is_over():
    deadline = RunDeadline()
    assert deadline.until(0)()
    over = deadline.until(60)
    assert not over()
    deadline.ended = True
    assert over()


def test_clock__fault_in_a_round__stands_still_for_who_watches_it(tmp_path, monkeypatch):
    with embedded(tmp_path) as stage:
        runtime = stage.runtime

        def seen(faults) -> bool:
            monkeypatch.setattr(jobs, "keep_time", lambda *_: faults and 1 / 0)
            jobs.make_jobs(runtime, make_dispatcher(runtime, {}))[jobs.CLOCK].run()
            with runtime.database.read() as session:
                return read_milestone(session, MilestoneName.CLOCK) is not None

        assert not seen(faults=True)
        assert seen(faults=False)


class Backlog:
    """Work of two turns, whose second one looks whether the first was noted."""

    def __init__(self, runtime, name) -> None:
        self.noted: list[bool] = []
        self._runtime, self._name = runtime, name

    def step(self, *_) -> bool:
        with self._runtime.database.read() as session:
            self.noted.append(read_milestone(session, self._name) is not None)
        return len(self.noted) < 2


@pytest.mark.parametrize(
    ("task", "name"),
    [(jobs.PLAN, MilestoneName.PLANNER), (jobs.RECONCILE, MilestoneName.RECONCILER)],
)
def test_job__backlog_of_many_turns__is_noted_at_the_first(tmp_path, monkeypatch, task, name):
    """After an outage there may be an hour of it, while all is well."""
    with embedded(tmp_path) as stage:
        backlog = Backlog(stage.runtime, name)
        monkeypatch.setattr(jobs, "keep_courses", backlog.step)
        monkeypatch.setattr(jobs, "make_reconciler", lambda *_: backlog)
        jobs.make_jobs(stage.runtime, make_dispatcher(stage.runtime, {}))[task].run()
    assert backlog.noted == [False, True]


def test_record__another_machine_records__is_no_error(tmp_path):
    with embedded(tmp_path) as stage:
        stage.send("+67570000001", "REG 598000000000017")
        store = stage.runtime.recorder_store
        with only_recorder(stage.runtime.database):
            record(stage.runtime, never)
        assert not store.all_recorded()


@pytest.mark.slow
def test_record__until_it_is_over__puts_what_waits_on_the_ledger(tmp_path, monkeypatch):
    monkeypatch.setattr(jobs, "IDLE_SECONDS", 0.01)
    stage = Stage(with_schema(tmp_path), io.StringIO(), {"BILUM_BATCH_SECONDS": "0.1"})
    stage.send("+67570000001", "REG 598000000000017")
    store = stage.runtime.recorder_store
    record(stage.runtime, store.all_recorded)
    assert store.all_recorded()
    stage.runtime.close()


def test_keep_notifying__no_notification_comes__looks_by_itself():
    heard, deaf = jobs.DISPATCH, jobs.CLOCK
    done = {heard: 0, deaf: 0}
    notified = []

    def count(task: str) -> None:
        done[task] += 1

    todo = {task: Job(task, 0.05, lambda _over, task=task: count(task)) for task in done}

    def notify(task: str) -> None:
        notified.append(task)
        if task == heard:
            todo[task].run()

    deadline = RunDeadline()
    thread = threading.Thread(target=keep_notifying, args=(notify, todo, deadline))
    thread.start()
    time.sleep(0.6)
    deadline.ended = True
    thread.join(60)
    assert set(notified) == {heard, deaf}
    assert done[heard] == notified.count(heard) > 5
    assert 1 < done[deaf] < notified.count(deaf)
