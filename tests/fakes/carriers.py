"""A carrier that counts what reaches each phone and knows it, a clock, and a killer."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from threading import Lock
from typing import TYPE_CHECKING

from sms.message import ABSENT, AttemptState, FailureClass, Outcome

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from uuid import UUID

    from sms.message import Outgoing, UncertainAttempt

SENT = Outcome(AttemptState.SENT, reference="SM1")
LOST = Outcome(AttemptState.UNCERTAIN, failure=FailureClass.UNKNOWN, code="sms.answer_lost")
NEVER_CAME = Outcome(AttemptState.UNCERTAIN, failure=FailureClass.UNKNOWN, code="500")
SILENT = Outcome(AttemptState.UNCERTAIN, failure=FailureClass.UNKNOWN, code="sms.unreachable")
NOT_THERE = Outcome(AttemptState.FAILED, code=ABSENT)


def refused(failure: FailureClass, retry_after: float | None = None) -> Outcome:
    return Outcome(AttemptState.FAILED, failure=failure, code="1", retry_after=retry_after)


class Clock:
    def __init__(self) -> None:
        self.now = datetime(2026, 3, 2, 4, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def advance(self, wait: timedelta) -> None:
        self.now += wait


class Killed(BaseException):
    """The process is gone; nothing may catch this."""


class Killer:
    """Counts the points it is called at and kills at those numbered, or named, in `at`."""

    def __init__(self, at: Iterable[int | str] = ()) -> None:
        self.at = set(at)
        self.points: list[str] = []

    def __call__(self, point: str) -> None:
        self.points.append(point)
        here = {len(self.points) - 1, point} & self.at
        if here:
            self.at -= here
            raise Killed(point)


class CountingCarrier:
    """Answers with `script` in turn, then SENT; of what is uncertain, LOST reached the phone.

    Asked what became of an attempt, it answers with `memory` in turn, then the truth.
    """

    def __init__(
        self,
        name: str = "counting",
        script: Iterable[Outcome] = (),
        memory: Iterable[Outcome] = (),
        at: Callable[[str], None] = lambda _point: None,
    ) -> None:
        self.name = name
        self.received: Counter[str] = Counter()
        self.order: list[str] = []
        self.asked = 0
        self._taken: dict[UUID, str] = {}
        self._script = iter(script)
        self._memory = iter(memory)
        self._at = at
        self._lock = Lock()

    @property
    def calls(self) -> int:
        return len(self.order)

    def send(self, message: Outgoing, attempt_id: UUID) -> Outcome:
        self._at("before send")
        with self._lock:
            self.order.append(message.to)
            reference = f"SM{self.calls}"
            outcome = next(self._script, Outcome(AttemptState.SENT, reference))
            if outcome.state is AttemptState.SENT or outcome == LOST:
                self.received[message.to] += 1
                self._taken[attempt_id] = reference
        self._at("after send")
        return outcome

    def look_up(self, doubt: UncertainAttempt) -> Outcome:
        self.asked += 1
        reference = self._taken.get(doubt.attempt_id)
        truth = Outcome(AttemptState.SENT, reference) if reference else NOT_THERE
        return next(self._memory, truth)
