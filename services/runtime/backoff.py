"""How a worker outlives errors: each is logged once, then waited for, longer each time."""

from __future__ import annotations

import logging
from collections.abc import Callable
from threading import Event

from chain.errors import ChainError, LedgerError
from services.core.error_logging import log_fault
from services.core.errors import ServiceError, Unavailable

_LOG = logging.getLogger("bilum.worker")

SHORTEST_WAIT = 0.5
LONGEST_WAIT = 30.0


class RetryLoop:
    """Runs work until `stop`, through errors: each is logged once by its code, then waited for."""

    def __init__(self, stop: Event, name: str) -> None:
        self._stop = stop
        self._name = name
        self._wait = SHORTEST_WAIT
        self._last = ""

    def reset(self) -> None:
        """Forget past errors: the work goes on well."""
        self._wait, self._last = SHORTEST_WAIT, ""

    def run(self, work: Callable[[], None]) -> None:
        """Run `work` until it returns; it returns on `stop` alone."""
        while not self._stop.is_set():
            try:
                work()
            except (ServiceError, ChainError) as error:
                self._report(error.code, error.detail, waits=_may_pass(error))
            except Exception as error:  # noqa: BLE001 — a worker outlives what it did not expect
                log_fault(_LOG, f"{self._name} failed", error)
            else:
                return
            self._stop.wait(self._wait)
            self._wait = min(2 * self._wait, LONGEST_WAIT)

    def _report(self, code: str, detail: str, *, waits: bool) -> None:
        if code == self._last:
            return
        self._last = code
        level = logging.WARNING if waits else logging.ERROR
        _LOG.log(
            level, "%s waits: %s (%s); field events are still accepted", self._name, detail, code
        )


def _may_pass(error: ServiceError | ChainError) -> bool:
    return isinstance(error, Unavailable) or (isinstance(error, LedgerError) and error.retryable)
