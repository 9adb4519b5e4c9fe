"""Sending each message once: claim, commit the attempt, call the carrier, commit the outcome.

No transaction is open while a carrier is called. A worker that dies after `start` leaves attempts
that a later claim turns to UNCERTAIN; one that dies before leaves leases that run out. Attempts are
committed for what goes at once alone, so a death leaves no more than `width` of them in doubt.

A worker that lives knows more: where `start` has failed, nobody was called for the attempts that it
may have committed all the same, and where no thread could be had, none was for that attempt.
"""

import logging
from collections.abc import Callable, Container, Iterable, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from time import monotonic, sleep
from traceback import format_tb
from uuid import UUID, uuid4

from sms.admission import PRIORITIES
from sms.carriers.base import failed
from sms.errors import RouteError
from sms.message import FailureClass, Outcome, Outgoing
from sms.ports import Carrier, DispatchStore, Finished, Started

_LOG = logging.getLogger(__name__)

LONGEST_PAUSE = timedelta(seconds=30)
"""How old an attempt may be when its carrier is called: far less than a lease.

A worker that was frozen in between must not send what others may have settled meanwhile. What is
left is a freeze between that look at the clock and the carrier's taking the request, longer than a
lease and `sms.reconciliation.PROOF` together.
"""

ANSWERS_WAIT = timedelta(seconds=0.5)
"""How long an answer waits, at most, for a worker that has its hands full of mailings."""

CLOSING = 40.0
"""Seconds for which an end waits for a store that does not answer; most are killed after 60."""

# A wait, be it none: so a circuit does not take it for its channel's failure.
NOT_CALLED = failed(FailureClass.TRANSIENT, "not_called", retry_after=0)
"""Outcome of an attempt whose carrier was certainly not called."""

_LOOK_AGAIN, _LINGER = 0.2, 0.02
_LONG_AGO = datetime.min.replace(tzinfo=UTC)


@dataclass(slots=True)
class Dispatcher:
    """One worker's loop over the messages that are due.

    Its thread alone uses the store; carriers are called in threads of their own. What an error of
    the store leaves half done, the next step goes on with: keep the dispatcher.

    Attributes:
        store: the durable side; each call of it is one transaction.
        carriers: by the name of their channel.
        clock: UTC.
        worker: name that leases are held under; unique to a process.
        width: carriers' calls at once.
        batch: messages to lease at once.
        stopped: asked before each step; once true, only what flies is brought to its end.
        passed: seconds that nobody sets: a clock that is set back must not hide a freeze.
    """

    store: DispatchStore
    carriers: Mapping[str, Carrier]
    clock: Callable[[], datetime]
    worker: str
    width: int = 32
    batch: int = 200
    stopped: Callable[[], bool] = lambda: False
    passed: Callable[[], float] = monotonic
    _leased: list[Outgoing] = field(default_factory=list, init=False, repr=False)
    _flying: dict[Future[Outcome], Started] = field(default_factory=dict, init=False, repr=False)
    _landed: list[Finished] = field(default_factory=list, init=False, repr=False)
    _unheard: dict[UUID, UUID] = field(default_factory=dict, init=False, repr=False)
    _claimed_at: datetime = field(default=_LONG_AGO, init=False, repr=False)
    _threads: ThreadPoolExecutor | None = field(default=None, init=False, repr=False)

    def step(self) -> int:
        """Claim, launch and land what can be; return how many messages that moved.

        Waits a moment for what flies. 0 with `busy` false: there is no work.
        """
        moved = 0 if self.stopped() else self._launch()
        return moved + self._land()

    @property
    def busy(self) -> bool:
        """True if the outcome of an attempt is not committed yet."""
        return bool(self._flying or self._landed or self._unheard)

    def drain(self) -> None:
        """Send until nothing is due that may go now."""
        while self._launch() or self.busy:
            self._land()

    def settle(self) -> None:
        """Bring to its end what flies; nothing more is begun."""
        while self.busy:
            self._land()

    def close(self) -> None:
        """Bring to its end what flies, and let others have the rest.

        While the store does not answer, the outcomes are tried again: they are known here alone.
        """
        until = self.passed() + CLOSING
        while self.busy:
            try:
                self.settle()
            except Exception:
                if self.passed() >= until:
                    raise
                sleep(_LOOK_AGAIN)
        self._leased.clear()
        self.store.release(self.worker)
        if self._threads is not None:
            self._threads.shutdown()
            self._threads = None

    def _launch(self) -> int:
        """Decide on a window of messages, and call the carriers of those that go."""
        free = self.width - len(self._flying) - len(self._landed)
        # What nobody has heard of first: else more than `width` could be in doubt.
        if free <= 0 or self._unheard:
            return 0
        self._claim()
        window, rest = self._leased[:free], self._leased[free:]
        if not window:
            return 0
        # Of before the commit: what is slow about it makes an attempt old, too.
        now, passed = self.clock(), self.passed()
        self._unheard = {message.id: uuid4() for message in window}
        started = self.store.start(self.worker, window, now, self._unheard)
        # Before any carrier is called: from here on they are no longer certain.
        self._unheard, self._leased = {}, rest
        for one in started:
            self._fly(one, now, passed)
        return len(window)

    def _fly(self, started: Started, at: datetime, passed: float) -> None:
        """Call a carrier in a thread; where none can be had, the attempt has landed."""
        flight: Future[Outcome] = Future()

        def call() -> None:
            if not flight.set_running_or_notify_cancel():
                return
            try:
                flight.set_result(self._call(started, at, passed))
            except BaseException as error:  # noqa: BLE001 — raised again where it lands
                flight.set_exception(error)

        try:
            self._pool().submit(call)
        except (RuntimeError, MemoryError) as error:
            told = started.channel, type(error).__name__
            _LOG.error("no thread calls the carrier of %s: %s", *told)
            # The pool may have it in its queue all the same: it is called, or cancelled, not both.
            if flight.cancel():
                self._landed.append(Finished(started, NOT_CALLED))
                return
        self._flying[flight] = started

    def _claim(self) -> None:
        """Lease more: answers always, others when there is room for them."""
        full, now = len(self._leased) >= self.width, self.clock()
        # By its size: a clock that was set back would else keep answers waiting.
        if full and abs(now - self._claimed_at) < ANSWERS_WAIT:
            return
        limit = self.width if full else self.batch
        fresh = self.store.claim(self.worker, limit, now, answers_only=full)
        self._claimed_at = now
        if fresh:
            # Each once: a lease that ran out in our hands may be ours again.
            held = {message.id: message for message in (*self._leased, *fresh)}
            self._leased = sorted(held.values(), key=lambda message: PRIORITIES[message.kind])

    def _call(self, started: Started, at: datetime, passed: float) -> Outcome:
        try:
            pause = max(self.clock() - at, timedelta(seconds=self.passed() - passed))
            if pause > LONGEST_PAUSE:
                # Of the worker, as `NOT_CALLED`: no failure of the channel.
                return failed(FailureClass.TRANSIENT, "paused", retry_after=0)
            return self.carriers[started.channel].send(started.message, started.attempt_id)
        except Exception as error:  # noqa: BLE001 — a worker outlives what it did not expect
            return unexpected(started.channel, error)

    def _land(self) -> int:
        unheard = len(self._unheard)
        if unheard:
            self.store.not_called(self._unheard, self.clock())
            self._unheard = {}
        done: Iterable[Future[Outcome]] = ()
        if self._flying and wait(self._flying, _LOOK_AGAIN, FIRST_COMPLETED).done:
            # What lands within a moment is committed together.
            done = wait(self._flying, _LINGER).done
        self._landed.extend(Finished(self._flying.pop(one), one.result()) for one in done)
        if self._landed:
            self.store.finish(self._landed, self.clock())
        landed = len(self._landed)
        self._landed.clear()
        return landed + unheard

    def _pool(self) -> ThreadPoolExecutor:
        if self._threads is None:
            self._threads = ThreadPoolExecutor(self.width, thread_name_prefix="carrier")
        return self._threads


def unexpected(channel: str, error: Exception) -> Outcome:
    """Log what no carrier should raise; return UNCERTAIN, since it may have been called."""
    # The stack alone: the error's own words may hold a number.
    stack = "".join(format_tb(error.__traceback__))
    _LOG.error("the carrier of %s failed: %s\n%s", channel, type(error).__name__, stack)
    return failed(FailureClass.UNKNOWN, "unexpected")


def require_channels(channels: Iterable[str], carriers: Container[str]) -> None:
    """Refuse routes to channels that have no carrier.

    Raises:
        RouteError: it names them.
    """
    missing = sorted(channel for channel in channels if channel not in carriers)
    if missing:
        raise RouteError(f"Routes name channels without a carrier: {missing}.")
