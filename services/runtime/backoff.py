"""Loops that outlive errors: each is logged once, then waited for, longer each time."""

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Event

from chain.errors import ChainError, LedgerError
from services.core.correlation import follow
from services.core.error_logging import log_exception
from services.core.errors import ServiceError, Unavailable

_LOG = logging.getLogger("bilum.worker")


class Backoff:
    """Seconds between tries, each twice the one before.

    Args:
        shortest: the first.
        longest: no wait is longer.
        chance: of 0 to 1; at 0 a wait is half as long. Many machines lose one link together and
            must not all try in the moment when it is back.
    """

    def __init__(
        self,
        shortest: float = 0.5,
        longest: float = 30.0,
        chance: Callable[[], float] = lambda: 1.0,
    ) -> None:
        self._shortest, self._longest, self._chance = shortest, longest, chance
        self._wait = shortest

    def next(self) -> float:
        """Return how long to wait after a failure."""
        wait, self._wait = self._wait, min(2 * self._wait, self._longest)
        return wait * (0.5 + self._chance() / 2)

    def reset(self) -> None:
        """Begin again with the shortest: a try went well."""
        self._wait = self._shortest


@dataclass(slots=True)
class RetryLoop:
    """Repeats a step, through errors; each is logged once by its code.

    Attributes:
        name: of the work, for the log.
        log: takes the errors.
        backoff: between tries that fail.
        remark: ends the sentence of an error.
        lasting: level of an error that does not pass by itself.
    """

    name: str
    log: logging.Logger = _LOG
    backoff: Backoff = field(default_factory=Backoff)
    remark: str = ""
    lasting: int = logging.ERROR
    _last: str = ""

    def repeat(
        self, step: Callable[[], float | None], stop: Event, woken: Event | None = None
    ) -> None:
        """Run `step` again and again until `stop`.

        Args:
            step: returns how many seconds to rest, None where it failed.
            stop: ends the loop, and every wait but a rest with `woken`.
            woken: ends a rest, but no wait after a failure.
        """
        while not stop.is_set():
            if woken is not None:
                woken.clear()
            rest = self.attempt(step)
            if rest is None:
                stop.wait(self.backoff.next())
            elif rest:
                (woken or stop).wait(rest)

    def attempt(self, step: Callable[[], float | None]) -> float | None:
        """Run `step` once and return its answer; None: it failed."""
        follow(None)
        try:
            rest = step()
        except (ServiceError, ChainError) as error:
            self._report(error)
        except Exception as error:  # noqa: BLE001 — a worker outlives what it did not expect
            log_exception(self.log, f"{self.name} failed", error)
        else:
            if rest is not None:
                self.reset()
            return rest
        return None

    def reset(self) -> None:
        """Forget past errors: the work goes on well."""
        self.backoff.reset()
        self._last = ""

    def _report(self, error: ServiceError | ChainError) -> None:
        if error.code != self._last:
            level = logging.WARNING if _may_pass(error) else self.lasting
            told = (self.name, error.detail, error.code, self.remark)
            self.log.log(level, "%s waits: %s (%s)%s", *told)
        self._last = error.code


def _may_pass(error: ServiceError | ChainError) -> bool:
    return isinstance(error, Unavailable) or (isinstance(error, LedgerError) and error.retryable)
