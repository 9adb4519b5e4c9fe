"""Two workers that RabbitMQ wakes, on PostgreSQL: each text once, whatever befalls the broker."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from collections import Counter
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from itertools import count

import pytest
from kombu import Connection, Exchange, Queue
from sqlalchemy import func, select

from services.core.clock import utc_now
from services.core.settings import Settings
from services.messaging.outbox import OutboundMessage, SendOptions, enqueue_messages
from services.runtime.container import Runtime
from services.runtime.wakeup import CLOCK, DISPATCH, TASKS, WakeupBroker
from services.storage.models import Attempt, Message
from sms.message import Kind
from tests.support import environment
from tests.support.paths import ROOT
from tests.support.postgres import fresh_database
from tests.support.rabbitmq import starting_rabbitmq

pytestmark = [pytest.mark.sockets, pytest.mark.postgres, pytest.mark.rabbitmq]

MOST = 1500
TEXT = re.compile(r"Pig (\d+) is well")
READY = "waiting for notifications"


class Worker:
    """`bilum celery` in a process of its own; what it sends is in a file."""

    def __init__(self, folder, name, environ) -> None:
        self._screen, self._log = folder / f"{name}.out", folder / f"{name}.err"
        code = "import sys; sys.argv = ['bilum', 'celery']; from services.cli import main; main()"
        with self._screen.open("wb") as out, self._log.open("wb") as err:
            self.process = subprocess.Popen(
                [sys.executable, "-c", code],
                env={"PATH": os.defpath, "PYTHONPATH": str(ROOT), **environ},
                stdout=out,
                stderr=err,
            )

    @property
    def log(self):
        return self._log.read_text("utf-8")

    @property
    def sent(self):
        return TEXT.findall(self._screen.read_text("utf-8"))


class Machines:
    """One database, one broker, two workers; this process queues."""

    def __init__(self, runtime, broker, workers) -> None:
        self.runtime, self.broker, self.workers = runtime, broker, workers
        self._numbers = count(1)
        self._dedupe = count(1)

    def queue(self, many) -> list[str]:
        """Queue texts in one transaction; return which."""
        numbers = [f"{next(self._numbers):04d}" for _ in range(many)]
        now = utc_now()
        letters = [
            OutboundMessage(
                f"+6757000{number}", bytes(32), f"Pig {number} is well", f"{number} is told once"
            )
            for number in numbers
        ]
        mailing = SendOptions("test", now, now + timedelta(hours=1), Kind.ANSWER)
        with self.runtime.database.write() as session:
            enqueue_messages(session, letters, mailing)
        return numbers

    @property
    def sent(self) -> Counter[str]:
        return Counter(text for worker in self.workers for text in worker.sent)

    def states(self) -> dict[str, int]:
        with self.runtime.database.read() as session:
            rows = session.execute(select(Message.state, func.count()).group_by(Message.state))
            return dict(rows.all())

    def wait_for(self, settled) -> None:
        for _ in range(1200):
            if settled():
                return
            time.sleep(0.05)
        raise AssertionError((self.states(), [worker.log for worker in self.workers]))

    def wait_until_sent(self) -> None:
        self.wait_for(lambda: set(self.states()) == {"sent"})


@contextmanager
def running(folder, environ, broker):
    with ExitStack() as stack:
        runtime = Runtime.open(Settings.from_env(environ))
        stack.callback(runtime.close)
        runtime.database.upgrade()
        workers = [Worker(folder, f"worker-{number}", environ) for number in (1, 2)]
        for worker in workers:
            stack.callback(worker.process.wait)
            stack.callback(worker.process.kill)
        yield Machines(runtime, broker, workers)


@pytest.fixture(scope="module")
def machines(tmp_path_factory):
    folder = tmp_path_factory.mktemp("machines")
    with (
        fresh_database(environment.POSTGRES_URL) as url,
        # It starts while the workers do: they try until it answers.
        starting_rabbitmq(folder / "rabbitmq") as broker,
        running(
            folder,
            {
                "BILUM_DATA_DIR": str(folder / "data"),
                "BILUM_DATA_KEY": "11" * 32,
                "BILUM_DATABASE_URL": url,
                "BILUM_BROKER_URL": broker.url,
                # Nothing listens there: the ledger waits, messages do not.
                "BILUM_CHAIN_URL": "http://127.0.0.1:9",
                "BILUM_SMS_RATES": "console 100",
            },
            broker,
        ) as machines,
    ):
        broker.wait()
        yield machines


def consumers(broker) -> int:
    """Number of workers that take wake-ups of the dispatcher."""
    with Connection(broker.url) as connection:
        return connection.default_channel.queue_declare(DISPATCH, passive=True).consumer_count


@pytest.fixture
def copy(machines):
    """A queue that gets a copy of every notification."""
    exchange = Exchange("bilum", type="topic")
    with Connection(machines.broker.url) as connection:
        queue = Queue("copy", channel=connection.default_channel, auto_delete=True)
        queue.declare()
        exchange(connection.default_channel).declare()
        for task in TASKS:
            queue.bind_to(exchange, task)
        yield queue
        queue.delete()


def test_two_workers__many_messages__each_goes_once_and_no_ring_tells_anything(machines, copy):
    machines.wait_for(lambda: all(READY in worker.log for worker in machines.workers))
    queued: list[str] = []
    # More than one lease: the worker that is notified first may take all of less.
    while len(queued) < MOST and not all(worker.sent for worker in machines.workers):
        queued += [text for _ in range(10) for text in machines.queue(30)]
        machines.wait_until_sent()
    assert machines.sent == dict.fromkeys(queued, 1)
    assert all(worker.sent for worker in machines.workers), "one worker did all of it"

    brief = WakeupBroker(machines.broker.url)
    brief.notify(CLOCK)
    notices = []

    def ours() -> set[str]:
        notices.extend(iter(copy.get, None))
        us = f"gen{os.getpid()}@"
        return {
            notice.headers["task"] for notice in notices if notice.headers["origin"].startswith(us)
        }

    machines.wait_for(lambda: ours() == {DISPATCH, CLOCK})
    brief.close()
    for notice in notices:
        assert notice.decode()[:2] == [[], {}]
        told = f"{notice.body} {notice.headers} {notice.properties}"
        # All of a number: a random id may hold a part of one.
        assert not re.search(r"Pig|well|6757\d{7}", told)


def test_broker__killed_in_the_middle_and_started_again__each_message_goes_once(machines):
    before = len(machines.sent)
    queued = machines.queue(600)
    machines.wait_for(lambda: len(machines.sent) >= before + 50)
    machines.broker.kill()
    assert len(machines.sent) < before + 600, "it was killed too late"
    started = time.monotonic()
    queued += [text for _ in range(10) for text in machines.queue(3)]
    assert time.monotonic() - started < 8, "notifications were waited for"
    machines.wait_until_sent()

    queued += machines.queue(30)
    machines.broker.start()
    machines.broker.wait()
    machines.wait_for(lambda: consumers(machines.broker) == 2)
    queued += machines.queue(30)
    machines.wait_until_sent()
    sent = machines.sent
    assert {text: sent[text] for text in queued} == dict.fromkeys(queued, 1)
    with machines.runtime.database.read() as session:
        assert session.scalar(select(func.count()).select_from(Attempt)) == sent.total()


def test_workers__sigterm__end_in_good_order(machines):
    machines.wait_for(lambda: all(READY in worker.log for worker in machines.workers))
    # Celery logs the loss of a broker, which an earlier test kills, with its traceback.
    before = [len(worker.log) for worker in machines.workers]
    for worker in machines.workers:
        worker.process.send_signal(signal.SIGTERM)
    for worker, logged in zip(machines.workers, before, strict=True):
        assert worker.process.wait(60) == 0
        assert "Traceback" not in worker.log[logged:]
        assert "for-tests" not in worker.log
