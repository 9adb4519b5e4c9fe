"""Admitting messages at the last moment, and committing the attempts of those that go."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import TYPE_CHECKING, Any, NamedTuple
from uuid import UUID, uuid4

from sqlalchemy import bindparam, insert, select, update

from services.storage.dispatching.channels import Lanes
from services.storage.dispatching.claiming import LEASE, QUEUED
from services.storage.dispatching.receivers import Receivers
from services.storage.dispatching.spending import add_spending
from services.storage.locks import one_programme_sender
from services.storage.mailings import Letter, Mailing, Trace, queue_letters
from services.storage.models import Attempt, Message
from sms.admission import Close, Go, Verdict, Wait, admit
from sms.encoding import split
from sms.message import AttemptState, Kind, MessageState
from sms.ports import Started
from sms.reasons import Reason

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy.orm import Session

    from services.storage.vault import Vault
    from sms.message import Outgoing
    from sms.settings import SmsSettings


# Made once: a worker says the same few statements all the time, and making them is dear.
_HELD = (
    select(Message.public_id, Message.id)
    .where(
        Message.public_id.in_(bindparam("ids", expanding=True)),
        QUEUED,
        Message.leased_by == bindparam("worker"),
        Message.leased_until > bindparam("now"),
    )
    .order_by(Message.id)
    .with_for_update()
)
_BEGIN = (
    update(Message)
    .where(Message.id.in_(bindparam("ids", expanding=True)))
    .values(
        state=MessageState.ATTEMPTING.value,
        reason=None,
        lane="",
        leased_until=bindparam("until"),
        tries=Message.tries + 1,
        tried_at=bindparam("now"),
    )
)


class _Going(NamedTuple):
    """A message that goes, by which channel, and what it costs."""

    message: Outgoing
    channel: str
    segments: int
    cost: int


class Start:
    """The start of one window of messages, within one transaction.

    Args:
        session: an open writing session.
        vault: makes blind indexes.
        settings: what messages obey.
        now: UTC.
    """

    def __init__(
        self, session: Session, vault: Vault, settings: SmsSettings, now: datetime
    ) -> None:
        self._session = session
        self._vault = vault
        self._settings = settings
        self._now = now
        self._going: list[_Going] = []
        self._put_back: list[dict[str, object]] = []

    def run(self, worker: str, messages: Sequence[Outgoing]) -> Sequence[Started]:
        """Start what may go of the messages that are still leased to `worker`."""
        keys = self._held(worker, messages)
        # A worker that leased a message anew, since its lease ran out, may hold it twice.
        left = list({message.id: message for message in messages if message.id in keys}.values())
        if not left:
            return []
        if any(message.kind is Kind.PROGRAMME for message in left):
            one_programme_sender(self._session)
        known = Receivers(self._session, self._vault, self._settings, self._now)
        known.read(left)
        lanes = Lanes(self._session, self._settings.rates, self._now)
        for message in left:
            verdict = admit(message, known.facts(message), self._settings, self._now)
            if self._decide(message, verdict, lanes):
                known.count(message, self._going[-1].cost)
        lanes.save()
        return self._commit(keys)

    def _held(self, worker: str, messages: Sequence[Outgoing]) -> dict[UUID, int]:
        """Lock the messages whose lease still holds; return their keys by public id."""
        ids = [message.id for message in messages]
        values = {"ids": ids, "worker": worker, "now": self._now}
        rows = self._session.connection().execute(_HELD, values)
        return {row.public_id: row.id for row in rows}

    def _decide(self, message: Outgoing, verdict: Verdict, lanes: Lanes) -> bool:
        match verdict:
            case Go(channels, segments):
                return self._take(message, channels, segments, lanes)
            case Wait(until, reason, replan):
                self._back(message, due_at=until, reason=reason.value, replan=replan)
            case Close(state, reason):
                if reason is Reason.SPLIT:
                    self._queue_parts(message)
                self._back(message, state=state.value, reason=reason.value)
        return False

    def _take(
        self, message: Outgoing, channels: tuple[str, ...], segments: int, lanes: Lanes
    ) -> bool:
        taken = lanes.take(channels, segments)
        if taken.channel is None:
            self._back(message, due_at=taken.until, reason=Reason.CHANNEL_DOWN.value)
            return False
        if taken.held:
            self._back(message, lane=taken.channel, reason=Reason.RATE.value)
            return False
        cost = segments * self._settings.price_of(taken.channel)
        self._going.append(_Going(message, taken.channel, segments, cost))
        return True

    def _queue_parts(self, message: Outgoing) -> None:
        row = self._session.execute(
            select(Message.purpose, *(getattr(Message, name) for name in Trace._fields)).where(
                Message.public_id == message.id
            )
        ).one()
        mailing = Mailing(
            purpose=row.purpose,
            now=message.planned_at,
            expires_at=message.expires_at,
            kind=message.kind,
            scope=message.scope,
            late=message.late,
            double_ok=message.double_ok,
            via=message.via,
        )
        index, trace = self._vault.index(message.to), Trace(*row[1:])
        letters = [
            Letter(message.to, index, text, f"part\0{message.id}\0{number}", message.zone, trace)
            for number, text in enumerate(split(message.body))
        ]
        queue_letters(self._session, letters, mailing)

    def _back(self, message: Outgoing, *, replan: bool = False, **values: object) -> None:
        if replan:
            values["planned_at"] = values["due_at"]
        self._put_back.append({"which": message.id, **values})

    def _commit(self, keys: dict[UUID, int]) -> Sequence[Started]:
        self._let_go()
        started = [Started(one.message, uuid4(), one.channel) for one in self._going]
        if not started:
            return []
        self._session.connection().execute(
            insert(Attempt),
            [
                {
                    "public_id": begun.attempt_id,
                    "message_id": keys[begun.message.id],
                    "channel": begun.channel,
                    "state": AttemptState.ATTEMPTING.value,
                    "segments": one.segments,
                    "cost": one.cost,
                    "started_at": self._now,
                }
                for begun, one in zip(started, self._going, strict=True)
            ],
        )
        ids = [keys[one.message.id] for one in self._going]
        values = {"ids": ids, "until": self._now + LEASE, "now": self._now}
        self._session.connection().execute(_BEGIN, values)
        self._spend()
        return started

    def _let_go(self) -> None:
        """Put back what does not go now; rows of one shape are written together."""
        shapes: defaultdict[frozenset[str], list[dict[str, object]]] = defaultdict(list)
        for values in self._put_back:
            shapes[frozenset(values)].append(values)
        for rows in shapes.values():
            columns: dict[str, Any] = {
                name: bindparam(f"new_{name}") for name in rows[0] if name != "which"
            }
            self._session.connection().execute(
                update(Message)
                .where(Message.public_id == bindparam("which_id"))
                .values(leased_by=None, leased_until=None, **columns),
                [_named(row) for row in rows],
            )

    def _spend(self) -> None:
        totals: defaultdict[tuple[str, Kind], Counter[str]] = defaultdict(Counter)
        for one in self._going:
            totals[one.channel, one.message.kind].update(segments=one.segments, cost=one.cost)
        add_spending(self._session, totals, self._now)


def _named(row: dict[str, object]) -> dict[str, object]:
    return {"which_id" if name == "which" else f"new_{name}": row[name] for name in row}
