"""Reconciliation of uncertain attempts: two look-ups at the carrier before a second send.

The first look comes soon, since most are found. Only a second one, ten minutes after it, proves
that the carrier has it not: lists of carriers lag behind what they accept. Ten minutes after the
time-out would not do: where the clock was put forward meanwhile, they are over at once.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from sms.carriers.base import failed
from sms.dispatch import unexpected
from sms.message import ABSENT, AttemptState, FailureClass, Outcome
from sms.ports import Carrier, CarrierQuery, DispatchStore

FIRST_LOOK = timedelta(minutes=1)
PROOF = timedelta(minutes=10)
LONGEST_WAIT = timedelta(hours=1)
GIVEN_UP = timedelta(days=1)
LOOKS = 2


class Look(NamedTuple):
    """Consequence of a look-up.

    Attributes:
        settled: whether the attempt's state is known now: the found one, or FAILED where absent.
        looks: how often the carrier said that it is absent.
        look_at: UTC; when to ask again; None: no more.
    """

    settled: bool
    looks: int
    look_at: datetime | None


def after_look(found: Outcome, looks: int, since: datetime, now: datetime) -> Look:
    """Decide what follows from a look-up.

    Args:
        found: what the carrier said.
        looks: how often it said before that the attempt is absent.
        since: UTC; when the attempt became uncertain.
        now: UTC.
    """
    if found.state is AttemptState.UNCERTAIN:
        waited = now - since
        if waited >= GIVEN_UP:
            return Look(settled=False, looks=looks, look_at=None)
        return Look(
            settled=False, looks=looks, look_at=now + min(max(waited, FIRST_LOOK), LONGEST_WAIT)
        )
    if found.code != ABSENT:
        return Look(settled=True, looks=looks, look_at=None)
    if looks + 1 >= LOOKS and now >= since + PROOF:
        return Look(settled=True, looks=looks + 1, look_at=None)
    return Look(settled=False, looks=looks + 1, look_at=max(since, now) + PROOF)


@dataclass(slots=True)
class Reconciler:
    """One worker's loop over uncertain attempts.

    Attributes:
        store: the durable side.
        carriers: by the name of their channel.
        clock: UTC.
        batch: attempts to take at once.
    """

    store: DispatchStore
    carriers: Mapping[str, Carrier]
    clock: Callable[[], datetime]
    batch: int = 20

    def step(self) -> int:
        """Apply reports that came early, and ask about some attempts; return how many were."""
        self.store.match_early(self.clock())
        asked = self.store.uncertain(self.batch, self.clock())
        for one in asked:
            self.store.resolve(one.attempt.attempt_id, self._ask(one), self.clock())
        return len(asked)

    def _ask(self, asked: CarrierQuery) -> Outcome:
        carrier = self.carriers.get(asked.channel)
        if carrier is None:
            return failed(FailureClass.UNKNOWN, "no_carrier")
        try:
            return carrier.look_up(asked.attempt)
        except Exception as error:  # noqa: BLE001 — a worker outlives what it did not expect
            return unexpected(asked.channel, error)
