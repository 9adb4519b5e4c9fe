"""Wake-ups by RabbitMQ: they notify workers on any machine, and nothing depends on them.

The database row is the truth. A notification names one of `TASKS` and carries nothing else: no id,
number or text. The worker that gets it looks into the database. One that is lost delays work until
workers look by themselves; one that comes twice finds nothing to do.
"""

import logging
from collections.abc import Iterable
from contextlib import suppress
from importlib.util import find_spec
from threading import Condition, Thread
from typing import Any

from services.core.errors import SettingsError
from services.runtime.backoff import Backoff

_LOG = logging.getLogger("bilum.wakeup")

DISPATCH, RECORD, CLOCK, RECONCILE, PLAN, AUDIT, COUNT = TASKS = (
    "bilum.dispatch",
    "bilum.record",
    "bilum.clock",
    "bilum.reconcile",
    "bilum.plan",
    "bilum.audit",
    "bilum.count",
)

TIMEOUT = 1.0
"""How long one try may wait for the broker, in seconds."""

FIRST_PAUSE = 1.0
LONGEST_PAUSE = 30.0

_TRANSIENT = 1
_NO_CELERY = (
    "BILUM_BROKER_URL is given and Celery is not installed: install requirements/celery.lock, or "
    "let BILUM_BROKER_URL be absent"
)


def require_celery() -> None:
    """Refuse to go on without the optional extra.

    Raises:
        SettingsError: it tells what to install.
    """
    if find_spec("celery") is None:
        raise SettingsError([_NO_CELERY])


def make_app(url: str) -> Any:  # noqa: ANN401 — Celery has no types
    """Make the Celery application that both sides share.

    Each task has a queue of its own, which holds one notification: a second would say the same.

    Raises:
        SettingsError: see `require_celery`.
    """
    require_celery()
    from celery import Celery  # noqa: PLC0415 — an optional extra
    from kombu import Exchange, Queue  # noqa: PLC0415 — as above

    # Celery bypasses an exchange of the type direct, and no observer could bind to it.
    exchange = Exchange("bilum", type="topic", delivery_mode=_TRANSIENT)
    app = Celery("bilum", broker=url, set_as_current=False)
    app.conf.update(
        accept_content=["json"],
        task_serializer="json",
        task_ignore_result=True,
        task_acks_late=True,
        task_create_missing_queues=False,
        task_queues=[
            Queue(task, exchange, routing_key=task, queue_arguments={"x-max-length": 1})
            for task in TASKS
        ],
        task_routes={task: {"queue": task} for task in TASKS},
        broker_connection_retry_on_startup=True,
        broker_connection_max_retries=None,
        broker_heartbeat=20,
        # A task that goes on has lost its broker, not its database.
        worker_cancel_long_running_tasks_on_connection_loss=False,
        worker_enable_remote_control=False,
        worker_hijack_root_logger=False,
        worker_prefetch_multiplier=1,
        # The console carrier writes texts there, which belong to no log.
        worker_redirect_stdouts=False,
    )
    return app


class WakeupBroker:
    """Notifies in a thread of its own, so that the caller neither waits nor fails.

    Notifications of one task that wait are one. While the broker is away, one try after a pause,
    longer each time, takes what waits; the trouble is logged once.

    Raises:
        SettingsError: see `require_celery`.
    """

    def __init__(self, url: str) -> None:
        require_celery()
        self._line = _Line(url)
        self._changed = Condition()
        self._waiting: set[str] = set()
        self._closing = False
        self._thread: Thread | None = None

    def notify(self, task: str = DISPATCH) -> None:
        """Wake the workers of `task`, soon."""
        with self._changed:
            self._waiting.add(task)
            if self._thread is None and not self._closing:
                # A process that can start no more threads does without.
                with suppress(RuntimeError):
                    thread = Thread(target=self._keep_sending, name="wakeup", daemon=True)
                    thread.start()
                    self._thread = thread
            self._changed.notify()

    def close(self) -> None:
        """Send what waits, if the broker answers at once, and end."""
        with self._changed:
            self._closing = True
            self._changed.notify()
        if self._thread is not None:
            self._thread.join(TIMEOUT)

    def _keep_sending(self) -> None:
        backoff, pause = Backoff(FIRST_PAUSE, LONGEST_PAUSE), 0.0
        while tasks := self._next(pause):
            try:
                self._line.send(tasks)
            except Exception as error:  # noqa: BLE001 — the caller depends on no notification
                if not pause:
                    _LOG.warning(
                        "the broker does not answer (%s): workers look for work by themselves",
                        type(error).__name__,
                    )
                pause = backoff.next()
                with self._changed:
                    self._waiting |= tasks
            else:
                if pause:
                    _LOG.info("the broker answers again")
                pause = 0.0
                backoff.reset()
        self._line.drop()

    def _next(self, pause: float) -> frozenset[str]:
        """Wait `pause` seconds, then for a task; return every waiting one, none at the end."""
        with self._changed:
            if pause:
                self._changed.wait_for(lambda: self._closing, pause)
                if self._closing:
                    return frozenset()
            self._changed.wait_for(lambda: self._waiting or self._closing)
            tasks = frozenset(self._waiting)
            self._waiting.clear()
            return tasks


class _Line:
    """A connection to the broker, kept while it works."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._app: Any = None
        self._connection: Any = None

    def send(self, tasks: Iterable[str]) -> None:
        """Notify of each task; raises what the library does."""
        kept = self._connection is not None
        try:
            self._send(tasks)
        except Exception:
            self.drop()
            if not kept:
                raise
            # The broker may have been restarted since.
            self._send(tasks)

    def drop(self) -> None:
        """Close the connection, if there is one."""
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.collect(socket_timeout=TIMEOUT)

    def _send(self, tasks: Iterable[str]) -> None:
        self._app = self._app or make_app(self._url)
        if self._connection is None:
            self._connection = self._app.connection_for_write(
                connect_timeout=TIMEOUT,
                transport_options={
                    "confirm_publish": True,
                    "max_retries": 0,
                    "read_timeout": TIMEOUT,
                    "write_timeout": TIMEOUT,
                },
            )
        with self._app.amqp.Producer(self._connection, auto_declare=False) as producer:
            for task in tasks:
                self._app.send_task(task, producer=producer, retry=False, confirm_timeout=TIMEOUT)
