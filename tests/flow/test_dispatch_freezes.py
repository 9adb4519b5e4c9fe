"""A worker frozen at random moments, for longer than others take to prove its attempts absent.

When it wakes, it sends nothing of what it had begun: see `sms.dispatch.LONGEST_PAUSE`. A gate keeps
the freezes out of one moment: from the look at the clock until the carrier has the text. No program
can close that one for a carrier that takes no idempotency key.
"""

from __future__ import annotations

import os
import random
import signal
import time
from multiprocessing import Lock
from multiprocessing.sharedctypes import RawValue
from typing import TYPE_CHECKING

import pytest

from services.runtime import workers
from sms.dispatch import Dispatcher
from tests.flow.hosts import fleet
from tests.support.environment import KILLS

if TYPE_CHECKING:
    from datetime import datetime

    from sms.message import Outcome
    from sms.ports import Started
    from tests.flow.hosts import Fleet

pytestmark = [pytest.mark.postgres, pytest.mark.slow]

FREEZES, EACH, MOST_UNCERTAIN = max(8, KILLS // 12), 20, 0.001


class Gate:
    """Shut, it holds a worker's calls back after their commit, before the look at the clock."""

    def __init__(self) -> None:
        self.lock = Lock()
        self._paused = RawValue("i", 0)

    @property
    def paused(self) -> int:
        """How many calls were not made, since they came too late."""
        return self._paused.value

    def install(self) -> None:
        """Build it into the dispatcher of this process."""
        gate = self

        class Gated(Dispatcher):
            def _call(self, started: Started, at: datetime, passed: float) -> Outcome:
                with gate.lock:
                    outcome = super()._call(started, at, passed)
                    gate._paused.value += outcome.code == "paused"
                return outcome

        workers.Dispatcher = Gated


def freeze(process: int, gate: Gate, machines: Fleet, dice: random.Random) -> None:
    machines.queue(EACH)
    time.sleep(dice.uniform(0, 0.1))
    with gate.lock:
        # The more come meanwhile, the more wait at the gate.
        for _ in range(dice.randrange(1, 6)):
            machines.queue(5)
            time.sleep(dice.uniform(0, 0.05))
        os.kill(process, signal.SIGSTOP)
        _, status = os.waitpid(process, os.WUNTRACED)
        assert os.WIFSTOPPED(status)


def test_dispatcher__frozen_at_random_moments__sends_each_message_once(migrated_url, tmp_path):
    gate, dice = Gate(), random.SystemRandom()
    with fleet(migrated_url, tmp_path, delay=0.002) as machines:
        frozen = machines.start(migrated_url, gate.install)
        machines.start(migrated_url)
        number = 0
        # Now and then chance has it that none of them was in the middle of anything.
        while number < FREEZES or not (gate.paused and machines.in_doubt()):
            assert number < 10 * FREEZES, machines.tally()
            machines.warm_up()
            freeze(frozen, gate, machines, dice)
            # The other proves absent what did not go, and sends it; but not what a transaction
            # holds that was frozen in the middle of a batch: the server waits for it.
            machines.hurry_until(machines.all_sent, 3 if number % 4 else dice.uniform(0, 1))
            os.kill(frozen, signal.SIGCONT)
            number += 1
        assert machines.hurry_until(machines.all_sent, 60), machines.tally()
        log = machines.log_of(frozen).read_text("utf-8")
        machines.end()
        tally = machines.tally()
        absent = machines.in_doubt()
    print(f"{number} freezes: {tally}, {gate.paused} calls not made, {absent} absent")  # noqa: T201
    assert (tally.twice, tally.lost) == (0, 0)
    assert tally.uncertain <= tally.queued * MOST_UNCERTAIN
    assert gate.paused
    assert absent
    assert "failed" not in log
