"""Looking at the ledger from the web server: rarely, shortly, and never in a request's way."""

import logging
import time
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from threading import Lock, Thread

from chain.errors import ChainError, LedgerError, NodeUnreachable
from chain.ports import LedgerIdentity
from chain.reconciliation import require_same
from chain.settings import ChainSettings
from services.core.error_logging import log_exception
from services.core.errors import ServiceError

_LOG = logging.getLogger("bilum.web")

FRESH_SECONDS = 5.0
PATIENCE_SECONDS = 1.5
"""Shorter than a load balancer waits for `/ready`: a node that is away takes no server out."""


@dataclass(frozen=True, slots=True)
class PartHealth:
    """State of a part: `ok`, or else why not."""

    code: str | None = None
    detail: str | None = None

    @property
    def ok(self) -> bool:
        """True where the part does what it should."""
        return self.code is None


def check_ledger(settings: ChainSettings, bound: Callable[[], LedgerIdentity | None]) -> None:
    """Return if the chain answers, has the contract, and is the one the database belongs to.

    `bound` reads that one, None before the first record.

    Raises:
        NodeUnreachable, NoContract, WrongChain.
    """
    from chain.connection import connect  # noqa: PLC0415 — its libraries load for a second

    known = bound()
    with connect(settings, write=False) as connection:
        served = connection.identity()
    if known is not None:
        require_same(known, served)


class LedgerProbe:
    """Remembers what it saw for `FRESH_SECONDS`, and looks once at a time, in a thread.

    `look` returns if the ledger is well, else raises a ChainError or a ServiceError.
    """

    def __init__(
        self, look: Callable[[], None], monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._look = look
        self._monotonic = monotonic
        self._lock = Lock()
        self._started = 0.0
        self._newest: Future[PartHealth] | None = None

    def health(self) -> PartHealth:
        """Return how the ledger is, within `PATIENCE_SECONDS`."""
        with self._lock:
            if self._newest is None or self._is_stale(self._newest):
                self._newest = self._begin()
            newest = self._newest
            left = PATIENCE_SECONDS - (self._monotonic() - self._started)
        try:
            return newest.result(max(left, 0))
        except TimeoutError:
            detail = f"The ledger did not answer within {PATIENCE_SECONDS:g} s."
            return PartHealth(NodeUnreachable.code, detail)

    def _is_stale(self, newest: Future[PartHealth]) -> bool:
        return newest.done() and self._monotonic() - self._started >= FRESH_SECONDS

    def _begin(self) -> Future[PartHealth]:
        future: Future[PartHealth] = Future()
        self._started = self._monotonic()
        # A daemon, so that a node that hangs does not keep the program from ending.
        Thread(target=lambda: future.set_result(self._see()), daemon=True).start()
        return future

    def _see(self) -> PartHealth:
        try:
            self._look()
        except (ChainError, ServiceError) as error:
            return PartHealth(error.code, error.detail)
        except Exception as error:  # noqa: BLE001 — a fault here must not make the server unready
            log_exception(_LOG, "the ledger could not be looked at", error)
            return PartHealth(LedgerError.code, "The ledger could not be looked at: see the log.")
        return PartHealth()
