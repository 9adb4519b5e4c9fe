"""Circuit and pace of each channel, shared by all workers."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import asdict, fields
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Select, select, update
from sqlalchemy.orm import Session

from services.core.errors import Conflict, NotFound
from services.storage.bulk import upsert
from services.storage.models import Channel
from sms.circuit import SHORT_WAIT, Circuit, CircuitState
from sms.message import FailureClass, Outcome
from sms.pacing import BURST, pace, room
from sms.retrying import asked_wait

_ANY_NUMBER = 1_000_000


class ChannelOffer(NamedTuple):
    """A channel's answer to a message.

    It may go through `channel`; or must wait for that channel's rate, when `held`; or, without a
    channel, until then.
    """

    channel: str | None = None
    held: bool = False
    until: datetime | None = None


class ChannelRates:
    """The channels, and rates in segments a second, as one transaction sees and locks them."""

    def __init__(self, session: Session, rates: Mapping[str, float], now: datetime) -> None:
        self._session = session
        self._rates = rates
        self._now = now
        rows = {row.name: row for row in session.scalars(select(Channel))}
        # Paced, or about to be probed: what this transaction decides, no other may decide too.
        locked = set(rates) | {row.name for row in rows.values() if row.open_until}
        if locked:
            _ensure(session, locked)
            rows |= {row.name: row for row in session.scalars(_chosen(locked).with_for_update())}
        self._circuits = {row.name: circuit_of(row) for row in rows.values()}
        self._paced = {row.name: row.paced_until for row in rows.values()}
        self._changed: set[str] = set()

    def take(
        self, channels: Iterable[str], segments: int, closed: Collection[str] = ()
    ) -> ChannelOffer:
        """Choose the first channel that works; its rate may hold the message.

        `closed`: channels that the message found down before; others probe these.
        """
        reopens: list[datetime] = []
        for channel in channels:
            circuit, throttled = self._circuits.get(channel, Circuit()), self._throttled(channel)
            state = circuit.state(self._now)
            if state is CircuitState.OPEN or throttled:
                reopens.append(throttled or circuit.reopens_at() or self._now)
                continue
            probes = state is CircuitState.HALF_OPEN
            if probes and not circuit.may_probe(self._now, closed_it=channel in closed):
                reopens.append(self._now + SHORT_WAIT)
                continue
            if not self._pace(channel, segments):
                return ChannelOffer(channel, held=True)
            if probes:
                self._circuits[channel] = circuit.probed(self._now)
                self._changed.add(channel)
            return ChannelOffer(channel)
        return ChannelOffer(until=min(reopens))

    def save(self) -> None:
        """Write what was changed."""
        for channel in self._changed:
            values = asdict(self._circuits.get(channel, Circuit()))
            self._session.execute(
                update(Channel)
                .where(Channel.name == channel)
                .values(**values, paced_until=self._paced.get(channel))
            )

    def _throttled(self, channel: str) -> datetime | None:
        """Return until when a carrier asked to wait that has no rate of ours."""
        paced = self._paced.get(channel)
        until = paced - BURST if paced and channel not in self._rates else None
        return until if until and until > self._now else None

    def _pace(self, channel: str, segments: int) -> bool:
        rate = self._rates.get(channel)
        if rate is None:
            return True
        then = pace(self._paced.get(channel), rate, segments, self._now)
        if then is None:
            return False
        self._paced[channel] = then
        self._changed.add(channel)
        return True


def rooms(session: Session, rates: Mapping[str, float], now: datetime) -> dict[str, int]:
    """Return the number of messages to lease from each lane: for a channel, what its rate allows.

    The lane without a name is that of the messages which wait for no channel. It comes last: it
    would leave no room for those that have waited for their rate. Those of a channel whose circuit
    is open are leased as well: another channel may take them.
    """
    found: dict[str, int] = {}
    if rates:
        rows = {row.name: row for row in session.scalars(_chosen(rates))}
        for name, rate in rates.items():
            row = rows.get(name)
            closed = row is None or row.open_until is None
            paced = row.paced_until if row else None
            found[name] = room(paced, rate, now) if closed else _ANY_NUMBER
    return found | {"": _ANY_NUMBER}


def read_circuits(session: Session) -> dict[str, Circuit]:
    """Return the circuit of every channel that ever had a failure or a rate."""
    return {row.name: circuit_of(row) for row in session.scalars(select(Channel))}


def try_now(session: Session, name: str, now: datetime) -> None:
    """Let the next message try a closed channel at once; if it fails, the channel closes again.

    Raises:
        NotFound: no such channel ever had a failure.
        Conflict: it is not closed, or one message tries it now.
    """
    row = session.scalars(_chosen([name]).with_for_update()).first()
    if row is None:
        raise NotFound("There is no such channel, or nothing ever failed on it")
    if row.open_until is None or row.open_until <= now:
        raise Conflict("This channel is not closed: messages go, or one tries it now")
    row.open_until = now


def circuit_of(row: Channel) -> Circuit:
    """Return the circuit that a row holds."""
    return Circuit(**{one.name: getattr(row, one.name) for one in fields(Circuit)})


def watch(session: Session, outcomes: Mapping[str, Iterable[Outcome]], now: datetime) -> None:
    """Keep the circuits up to date with what calls came to; and the pace, where one asked.

    `outcomes`: by channel, in the order in which they came.
    """
    known = read_circuits(session)
    news = {}
    for channel, these in outcomes.items():
        circuit = known.get(channel, Circuit())
        if any(circuit.after(one, now) != circuit or one.retry_after for one in these):
            news[channel] = list(these)
    if not news:
        return
    _ensure(session, news)
    for row in session.scalars(_chosen(news).with_for_update()):
        circuit = circuit_of(row)
        for outcome in news[row.name]:
            circuit = circuit.after(outcome, now)
            if outcome.failure is FailureClass.TRANSIENT and outcome.retry_after:
                # Pad by one burst, and keep the later of the two pauses.
                then = now + asked_wait(outcome) + BURST
                row.paced_until = max(row.paced_until or then, then)
        for name, value in asdict(circuit).items():
            setattr(row, name, value)


def _ensure(session: Session, names: Collection[str]) -> None:
    session.execute(
        upsert(session, Channel)
        .values([{"name": name} for name in sorted(names)])
        .on_conflict_do_nothing()
    )


def _chosen(names: Collection[str]) -> Select[Channel]:
    # In one order, so that two workers never wait for each other.
    return (
        select(Channel)
        .where(Channel.name.in_(names))
        .order_by(Channel.name)
        .execution_options(populate_existing=True)
    )
