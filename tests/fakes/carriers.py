"""A carrier that counts what reaches each phone, a clock, and a killer."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from sms.message import AttemptState, FailureClass, Outcome

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from uuid import UUID

    from sms.message import Outgoing

SENT = Outcome(AttemptState.SENT, reference="SM1")
LOST = Outcome(AttemptState.UNCERTAIN, failure=FailureClass.UNKNOWN, code="sms.answer_lost")


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
    """Counts the points it is called at and kills at those numbered in `at`."""

    def __init__(self, at: Iterable[int] = ()) -> None:
        self.at = set(at)
        self.points: list[str] = []

    def __call__(self, point: str) -> None:
        self.points.append(point)
        if len(self.points) - 1 in self.at:
            raise Killed(point)


class CountingCarrier:
    """Answers with `script` in turn, then SENT; every answer but FAILED reaches the phone."""

    def __init__(
        self,
        name: str = "counting",
        script: Iterable[Outcome] = (),
        at: Callable[[str], None] = lambda _point: None,
    ) -> None:
        self.name = name
        self.received: Counter[str] = Counter()
        self.calls = 0
        self._script = iter(script)
        self._at = at

    def send(self, message: Outgoing, _attempt_id: UUID) -> Outcome:
        self._at("before send")
        self.calls += 1
        outcome = next(self._script, SENT)
        if outcome.state is not AttemptState.FAILED:
            self.received[message.to] += 1
        self._at("after send")
        return outcome
