"""Decisions on a batch of messages, written at once: attempts, waits and closures."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import cache
from typing import Any, NamedTuple
from uuid import UUID, uuid4

from sqlalchemy import Update, bindparam, insert, update
from sqlalchemy.orm import Session

from services.messaging.dispatch.spending import add_spending
from services.storage.models import Attempt, Message
from sms.message import Kind, Outgoing
from sms.ports import Started


class _Going(NamedTuple):
    """A message that goes, by which channel, and what it costs."""

    message: Outgoing
    channel: str
    segments: int
    cost: int


class DecisionBatch:
    """Decisions on one batch of messages, within one transaction."""

    def __init__(self, session: Session, now: datetime) -> None:
        self._session = session
        self._now = now
        self._going: list[_Going] = []
        self._put_back: list[dict[str, object]] = []

    def go(self, message: Outgoing, channel: str, segments: int, cost: int) -> None:
        """Send a message by a channel, at a cost in toea."""
        self._going.append(_Going(message, channel, segments, cost))

    def back(self, message: Outgoing, *, replan: bool = False, **values: object) -> None:
        """Put a message back, some columns changed; `replan`: when it is due is its own time."""
        if replan:
            values["planned_at"] = values["due_at"]
        self._put_back.append({"which": message.id, **values})

    def commit(
        self, keys: Mapping[UUID, int], attempt: Mapping[str, Any], message: Mapping[str, Any]
    ) -> Sequence[Started]:
        """Write what was decided; return those that go, each with its attempt.

        Args:
            keys: of the messages, by public id.
            attempt: further columns of each attempt, such as its state.
            message: further columns of each message that goes.
        """
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
                    "segments": one.segments,
                    "cost": one.cost,
                    "started_at": self._now,
                    **attempt,
                }
                for begun, one in zip(started, self._going, strict=True)
            ],
        )
        ids = [keys[one.message.id] for one in self._going]
        values = {f"new_{name}": value for name, value in message.items()}
        self._session.connection().execute(
            _begin(tuple(message)), {"ids": ids, "now": self._now, **values}
        )
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


@cache
def _begin(names: tuple[str, ...]) -> Update:
    # Cached: a worker runs the same few statements all the time, and building them is slow.
    return (
        update(Message)
        .where(Message.id.in_(bindparam("ids", expanding=True)))
        .values(
            reason=None,
            lane="",
            tries=Message.tries + 1,
            tried_at=bindparam("now"),
            **{name: bindparam(f"new_{name}") for name in names},
        )
    )


def _named(row: dict[str, object]) -> dict[str, object]:
    return {"which_id" if name == "which" else f"new_{name}": row[name] for name in row}
