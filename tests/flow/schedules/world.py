"""The world of one schedule: node, link, database, recorders, and what was ever reported."""

from __future__ import annotations

import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sqlalchemy import select

from chain.ports import Leaf
from services.storage.database import Database
from services.storage.models import LedgerLeaf, LedgerOffer, LedgerTransaction
from tests.factories import pig, report, source_place, write
from tests.flow.schedules.node import FUNDS
from tests.flow.schedules.recording import (
    DRAINED,
    ENDED,
    FROZEN,
    LEASE_SECONDS,
    STEPPED,
    Command,
    RecorderProcess,
)
from tests.flow.schedules.shared import SharedClock

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from services.core.settings import Settings
    from tests.flow.schedules.link import Link
    from tests.flow.schedules.node import Node
    from tests.flow.schedules.stores import Store

ROUNDS = 80
_SECONDS_A_ROUND = 20
_WORKED = {STEPPED, DRAINED}


class NotDrained(AssertionError):
    """Faults ended, and the recorder does not come to an end."""


@dataclass
class World:
    """Attributes.

    settings: of the recorders, whose node is behind the link.
    options: of the node's command line.
    held: the leaves whose content the database must have.
    reported: those that it ever had.
    sent_before: what the newest database signed that a backup took the place of: raw, by nonce.
    """

    settings: Settings
    node: Node
    link: Link
    store: Store
    options: tuple[str, ...] = ("--no-mining",)
    tamper: Callable[[], object] = lambda: None
    clock: SharedClock = field(default_factory=SharedClock)
    held: set[Leaf] = field(default_factory=set)
    reported: set[Leaf] = field(default_factory=set)
    sent_before: dict[int, str] = field(default_factory=dict)
    _kept: list[set[Leaf]] = field(default_factory=list)
    _recorders: list[RecorderProcess] = field(default_factory=list)
    _events: int = 0

    @contextmanager
    def database(self) -> Iterator[Database]:
        database = Database.from_settings(self.settings)
        try:
            yield database
        finally:
            database.close()

    def report(self, events: int) -> int:
        """Report events of two leaves each; return how many leaves there are by now."""
        with self.database() as database:
            for _ in range(events):
                self._events += 1
                number = self._events
                what = report(
                    "register", [pig(number)], at=source_place(number % 3), key=f"event {number}"
                )
                write(database, what, at=self.clock())
            self.held = _with_content(database)
        self.reported |= self.held
        return len(self.held)

    def step(self, command: Command) -> str:
        self.clock.forward(1)
        recorder = self._recorder()
        answer = recorder.step(command)
        if answer == ENDED:
            self._recorders.remove(recorder)
        return answer

    def end_recorder(self) -> None:
        while self._recorders:
            self._recorders.pop().end()

    def fill_wallet(self) -> None:
        self.node.set_balance(FUNDS)

    def back_up(self) -> int:
        self.end_recorder()
        self.store.back_up()
        self._kept.append(set(self.held))
        return len(self._kept) - 1

    def restore(self, which: int) -> int | None:
        """Put a backup back; return how many leaves lost their content."""
        if which >= len(self._kept):
            return None
        self.end_recorder()
        with self.database() as database:
            self.sent_before = _signed(database)
        self.store.restore(which)
        lost = self.held - self._kept[which]
        self.held = set(self._kept[which])
        return len(lost)

    def take_over(self, command: Command, *, wakes: bool) -> list[str]:
        first = self._recorder()
        answers = [self.step(command)]
        if answers[0] != FROZEN:
            if answers[0] == ENDED:
                return answers
            first.freeze()
        if wakes:
            time.sleep(LEASE_SECONDS * 1.2)
        else:
            first.end()
            self._recorders.remove(first)
        second = self._start()
        answers.append(second.step(Command(flush=True)))
        self.node.mine()
        answers.append(second.step(Command(flush=True)))
        if wakes:
            answers.append(first.resume(within_step=answers[0] == FROZEN))
            answers.append(first.step(Command(flush=True)))
            loser = first if answers[2] in _WORKED else second
            loser.end()
            self._recorders.remove(loser)
        return answers

    def drain(self) -> int:
        """End every fault and let the recorder work; return how many rounds it took.

        Raises:
            NotDrained: it had time enough.
        """
        self.link.calm()
        self.fill_wallet()
        answers = []
        for number in range(ROUNDS):
            self.clock.forward(_SECONDS_A_ROUND)
            answers.append(self.step(Command(flush=True)))
            if answers[-1] == DRAINED:
                return number
            self.node.mine(2)
        raise NotDrained(f"after {ROUNDS} rounds; the last answers were {answers[-5:]}")

    def _recorder(self) -> RecorderProcess:
        return self._recorders[-1] if self._recorders else self._start()

    def _start(self) -> RecorderProcess:
        self._recorders.append(RecorderProcess(self.settings, self.clock, self.tamper))
        return self._recorders[-1]


def _signed(database: Database) -> dict[int, str]:
    rows = (
        select(LedgerTransaction.nonce, LedgerOffer.raw)
        .join(LedgerOffer, LedgerOffer.transaction_id == LedgerTransaction.id)
        .order_by(LedgerOffer.id)
    )
    with database.read() as session:
        return {nonce: f"0x{raw.hex()}" for nonce, raw in session.execute(rows)}


def _with_content(database: Database) -> set[Leaf]:
    with database.read() as session:
        rows = session.execute(
            select(LedgerLeaf.subject, LedgerLeaf.commitment).where(LedgerLeaf.salt.is_not(None))
        )
        return {Leaf(*row) for row in rows}
