"""People who report while parts break."""

from __future__ import annotations

import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

import urllib3

from deploy.lab.waiting import wait_for
from tests.support.reports import post_report

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_TWICE, _PAUSE_SECONDS, _ANSWER_SECONDS = 10, 0.2, 15
_GIVEN_UP_SECONDS = 120


class PhoneAnswer(NamedTuple):
    """A report's answer: when it came by the monotonic clock, and how long its phone waited."""

    at: float
    waited: float


@dataclass
class Crowd:
    """Phones that each register one pig, and repeat until they are acknowledged.

    A carrier that repeats does the same; every tenth report comes twice although it was
    acknowledged.

    Attributes:
        public_url: where they report.
        authority: that they trust; None: they report in clear.
        acknowledged: numbers of the reports whose answer came.
        asked: reports that were begun; the others were given up.
        refusals: what came instead of an answer, and how often.
        answers: of the reports that were acknowledged, in their order.
        refused_at: when a refusal came, by the monotonic clock.
    """

    public_url: str
    authority: Path | None = None
    many: int = 4
    acknowledged: set[int] = field(default_factory=set)
    asked: int = 0
    refusals: Counter[str] = field(default_factory=Counter)
    answers: list[PhoneAnswer] = field(default_factory=list)
    refused_at: list[float] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _stop: threading.Event = field(default_factory=threading.Event)
    _end: float = float("inf")
    _threads: list[threading.Thread] = field(default_factory=list)

    @property
    def longest(self) -> float:
        """Seconds that a phone waited for its answer, at most."""
        return max((one.waited for one in self.answers), default=0.0)

    def start(self) -> None:
        """Let them report."""
        for _ in range(self.many):
            thread = threading.Thread(target=self._report, daemon=True)
            thread.start()
            self._threads.append(thread)

    def stop(self) -> None:
        """Let each have its answer, for two minutes at most, then report no more."""
        self._end = time.monotonic() + _GIVEN_UP_SECONDS
        self._stop.set()
        for thread in self._threads:
            thread.join(max(0.0, self._end + _ANSWER_SECONDS - time.monotonic()))

    def wait_until_answered(self, seconds: float) -> None:
        """Return once every phone that waits is answered, and as many reports more as phones.

        Raises:
            RuntimeError: they are not, within so many seconds.
        """
        with self._lock:
            waiting = set(range(1, self.asked + 1)) - self.acknowledged
            # One answer of each may have been on its way.
            enough = len(self.acknowledged) + self.many
        wait_for(
            lambda: waiting <= self.acknowledged and len(self.acknowledged) > enough,
            "an answer",
            seconds,
        )

    def _report(self) -> None:
        trusted = str(self.authority) if self.authority else None
        pool = urllib3.PoolManager(1, timeout=_ANSWER_SECONDS, retries=False, ca_certs=trusted)
        for number in self._numbers():
            began = time.monotonic()
            while not self._send(pool, number):
                if time.monotonic() > self._end:
                    return
                time.sleep(_PAUSE_SECONDS)
            now = time.monotonic()
            with self._lock:
                self.acknowledged.add(number)
                self.answers.append(PhoneAnswer(now, now - began))
            if number % _TWICE == 0:
                self._send(pool, number)
            time.sleep(_PAUSE_SECONDS)

    def _numbers(self) -> Iterator[int]:
        while not self._stop.is_set():
            with self._lock:
                self.asked += 1
                number = self.asked
            yield number

    def _send(self, pool: urllib3.PoolManager, number: int) -> bool:
        try:
            answer = post_report(pool, self.public_url, number)
        except urllib3.exceptions.HTTPError as error:
            told = type(error).__name__
        else:
            if answer.status == 200:  # noqa: PLR2004 — of HTTP
                return True
            told = str(answer.status)
        with self._lock:
            self.refusals[told] += 1
            self.refused_at.append(time.monotonic())
        return False
