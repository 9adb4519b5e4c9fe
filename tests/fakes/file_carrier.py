"""A carrier whose memory is a file, which outlives every process that sends through it."""

from __future__ import annotations

import os
import random
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from uuid import uuid4

from sms.message import ABSENT, AttemptState, FailureClass, Outcome

if TYPE_CHECKING:
    from pathlib import Path
    from uuid import UUID

    from sms.message import Outgoing, UncertainAttempt


@dataclass
class FileCarrier:
    """Each line of `path` is a text that reached a phone. It takes up to `delay` seconds.

    It takes no idempotency key, and can be asked by number, as Twilio can.
    """

    path: Path
    name: str = "counting"
    delay: float = 0.002
    _dice: random.Random = field(default_factory=random.SystemRandom)

    def send(self, message: Outgoing, _attempt_id: UUID) -> Outcome:
        reference = uuid4().hex
        time.sleep(self._dice.uniform(0, self.delay))
        descriptor = os.open(self.path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        try:
            # One write of one line is whole or not there at all.
            os.write(descriptor, f"{message.to} {reference}\n".encode())
        finally:
            os.close(descriptor)
        time.sleep(self._dice.uniform(0, self.delay))
        return Outcome(AttemptState.SENT, reference=reference)

    def look_up(self, doubt: UncertainAttempt) -> Outcome:
        for number, reference in self._lines():
            if number == doubt.to and reference not in doubt.taken:
                return Outcome(AttemptState.SENT, reference=reference)
        return Outcome(AttemptState.FAILED, failure=FailureClass.UNKNOWN, code=ABSENT)

    def received(self) -> Counter[str]:
        """How many texts each number got."""
        return Counter(number for number, _ in self._lines())

    def _lines(self) -> list[list[str]]:
        if not self.path.exists():
            return []
        return [line.split() for line in self.path.read_text(encoding="ascii").splitlines()]
