"""Texts to phones, each at most once: what has begun and was lost sight of is never sent again."""

import logging
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Event
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import Connection, select, update
from sqlalchemy.dialects.sqlite import insert

from services.box.store import Store, get_state, set_state
from services.box.tables import ERASED, PERSON, TEXT
from services.core.clock import Clock, write_time
from services.runtime.backoff import Backoff, RetryLoop
from sms.dispatch import unexpected
from sms.message import AttemptState, DeliveryReport, FailureClass, MessageState, Outcome, Outgoing
from sms.ports import Carrier
from sms.states import may_become

_LOG = logging.getLogger("bilum.village")

EXPIRED = "expired"
CARRIER = "carrier"
"""Name of the state that tells why the carrier takes nothing, and since when."""
_SENDING = AttemptState.ATTEMPTING.value
_AGAIN = frozenset({FailureClass.TRANSIENT, FailureClass.CHANNEL_DOWN})
SHORTEST_WAIT, LONGEST_WAIT = 1.0, 60.0
_LOOK = 30.0
# "Tag wrong? Send: WRONG ..." is advice: nothing waits for an answer in words of one's own.
_ASKS = re.compile(r"\?(?!\s*(?:Send|Salim)\b)")


class Begun(NamedTuple):
    """A text whose sending is committed: the carrier may be called."""

    message: Outgoing
    place: int
    person: bytes
    of_server: bool


@dataclass
class Sender:
    """Sends what waits, the oldest first; one thread uses it.

    `on_told` is called when the server has something to be told.
    """

    store: Store
    carrier: Carrier
    clock: Clock
    on_told: Callable[[], None] = lambda: None
    _ended: tuple[Begun, Outcome] | None = None
    _logged: set[str] = field(default_factory=set)

    def recover(self) -> int:
        """Give up what a program that died had begun; return how many: nobody knows of them."""
        uncertain = {"state": AttemptState.UNCERTAIN.value, "code": "restarted"}
        with self.store.write() as unit:
            return unit.execute(
                update(TEXT).where(TEXT.c.state == _SENDING).values(**uncertain, **ERASED)
            ).rowcount

    def step(self) -> bool | None:
        """Send one text; None: none waits. False: it waits, since the carrier does not take it."""
        if self._ended is not None:
            # What it came to was not kept, the disk was full: nothing else goes before it is.
            return self._end(*self._ended)
        begun = self._begin()
        if begun is None:
            return None
        try:
            outcome = self.carrier.send(begun.message, begun.message.id)
        except Exception as error:  # noqa: BLE001 — it may have been sent: never again
            outcome = unexpected(self.carrier.name, error)
        self._ended = (begun, outcome)
        return self._end(begun, outcome)

    def report(self, report: DeliveryReport) -> bool:
        """Note what the carrier tells later of a text; False: it knows none by this id."""
        if report.attempt_id is None:
            return False
        with self.store.write() as unit:
            which = TEXT.c.id == str(report.attempt_id)
            row = unit.execute(select(TEXT.c.state).where(which)).first()
            if row is None:
                return False
            if row.state != MessageState.QUEUED and may_become(
                AttemptState(row.state), report.state
            ):
                told = {"state": _told(report.state), "code": report.code}
                unit.execute(update(TEXT).where(which).values(**told, **ERASED))
        self.on_told()
        return True

    def _begin(self) -> Begun | None:
        """Commit that the next text is being sent; what has expired ends."""
        now = self.clock()
        with self.store.write() as unit:
            _expire(unit, now)
            row = unit.execute(
                select(TEXT)
                .where(TEXT.c.state == MessageState.QUEUED.value)
                .order_by(TEXT.c.place)
                .limit(1)
            ).first()
            if row is None:
                return None
            begun = {"state": _SENDING, "tries": row.tries + 1}
            unit.execute(update(TEXT).where(TEXT.c.place == row.place).values(**begun))
        message = Outgoing(UUID(row.id), row.to, row.body, row.tries, row.expires_at, now)
        return Begun(message, row.place, row.person, row.of_server)

    def _end(self, begun: Begun, outcome: Outcome) -> bool:
        waits = outcome.state is AttemptState.FAILED and outcome.failure in _AGAIN
        told = {"state": _told(outcome.state), **ERASED}
        if waits:
            told = {"state": MessageState.QUEUED.value}
        with self.store.write() as unit:
            # A report may have come before the call ended.
            mine = (TEXT.c.place == begun.place) & (TEXT.c.state == _SENDING)
            unit.execute(update(TEXT).where(mine).values(**told, code=outcome.code))
            self._note_carrier(unit, outcome, waits=waits)
            if begun.of_server and not waits:
                asks = _ASKS.search(begun.message.body) is not None
                asked = {"asked_at": self.clock() if asks else None}
                unit.execute(
                    insert(PERSON)
                    .values(person=begun.person, **asked)
                    .on_conflict_do_update(index_elements=["person"], set_=asked)
                )
        self._ended = None
        self._log_carrier(outcome, waits=waits)
        self.on_told()
        return not waits

    def _note_carrier(self, unit: Connection, outcome: Outcome, *, waits: bool) -> None:
        """Keep why the carrier takes nothing; the first failure tells since when."""
        before: dict[str, str] | None = get_state(unit, CARRIER)
        now = before
        if waits:
            since = before["since"] if before else write_time(self.clock())
            now = {"code": _why(outcome), "since": since}
        elif outcome.state is not AttemptState.UNCERTAIN:
            # Of a text that was lost sight of nobody knows whether the carrier took it.
            now = None
        if now != before:
            set_state(unit, CARRIER, now)

    def _log_carrier(self, outcome: Outcome, *, waits: bool) -> None:
        """Log each failure once, until the carrier takes a text again."""
        code = _why(outcome)
        if waits and code not in self._logged:
            self._logged.add(code)
            _LOG.warning("%s takes no text: %s; what waits is tried again", self.carrier.name, code)
        elif self._logged and not waits and outcome.state is not AttemptState.UNCERTAIN:
            self._logged.clear()
            _LOG.info("%s takes texts again", self.carrier.name)


def _why(outcome: Outcome) -> str:
    return outcome.code or (outcome.failure or FailureClass.UNKNOWN).value


def _told(state: AttemptState) -> str:
    """Return what the server is told: *failed* is what never began, and may come again."""
    return (AttemptState.UNDELIVERED if state is AttemptState.FAILED else state).value


def _expire(unit: Connection, now: object) -> None:
    unit.execute(
        update(TEXT)
        .where(TEXT.c.state == MessageState.QUEUED.value, TEXT.c.expires_at <= now)
        .values(state=MessageState.FAILED.value, code=EXPIRED, **ERASED)
    )


def send_until(stop: Event, woken: Event, sender: Sender) -> None:
    """Send until `stop`; while the carrier takes nothing, try again, later each time."""

    def step() -> float | None:
        sent = sender.step()
        if sent is False:
            return None
        return _LOOK if sent is None else 0.0

    loop = RetryLoop("sending", log=_LOG, backoff=Backoff(SHORTEST_WAIT, LONGEST_WAIT))
    loop.repeat(step, stop, woken)
