"""Leases on due messages, and the closing of what expired or was abandoned."""

import logging
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    CTE,
    ColumnElement,
    LargeBinary,
    Row,
    and_,
    exists,
    literal_column,
    or_,
    select,
    type_coerce,
    update,
)
from sqlalchemy.orm import Session

from services.core.errors import WrongDataKey
from services.messaging.dispatch.channels import rooms
from services.storage.key_check import require_own_key
from services.storage.models import Attempt, Message, RecalledText
from services.storage.vault import Sealed, Vault, vault_of
from sms.admission import PRIORITIES
from sms.encoding import simplify
from sms.message import VILLAGE, AttemptState, FailureClass, Kind, Late, MessageState, Outgoing
from sms.reasons import Reason
from sms.reconciliation import FIRST_LOOK

_LOG = logging.getLogger("bilum.worker")

LEASE = timedelta(minutes=2)
_TOO_LONG = 2 * LEASE
"""A lease with more than this to go is of a clock that was set back since."""
_CHUNK = 500
_SEALED = Sealed()

# As literals: with a parameter, PostgreSQL could not know that its partial indexes serve.
QUEUED = Message.state == literal_column("'queued'")
NOT_RECALLED = ~exists().where(
    RecalledText.version_id == Message.version_id,
    RecalledText.text_id == Message.item,
    RecalledText.language == Message.language,
    RecalledText.until.is_(None),
)
"""The condition on messages whose text was not recalled: no other goes before it is replaced."""
_IN_FLIGHT = Message.state == literal_column("'attempting'")

SEALED = (
    type_coerce(Message.recipient, LargeBinary()).label("recipient"),
    type_coerce(Message.body, LargeBinary()).label("body"),
)
"""Number and text as they lie there: one that does not open must not take others with it."""

CARRIED = (
    Message.id,
    Message.public_id,
    *SEALED,
    Message.kind,
    Message.scope,
    Message.zone,
    Message.late,
    Message.double_ok,
    Message.office,
    Message.via,
    Message.direct,
    Message.vital,
    Message.planned_at,
    Message.due_at,
    Message.expires_at,
    Message.tries,
)

AnyRow = Row[*tuple[Any, ...]]


class MessageClaim:
    """One worker's claim, within one transaction; `rates` are segments a second, by channel."""

    def __init__(
        self, session: Session, rates: Mapping[str, float], worker: str, now: datetime
    ) -> None:
        self._session = session
        self._worker = worker
        self._now = now
        self._rooms = rooms(session, rates, now)

    def run(self, limit: int, *, answers_only: bool) -> Sequence[Outgoing]:
        """Lease up to `limit` due messages, by priority, then by the time they are due."""
        _abandon(self._session, self._now)
        _expire(self._session, self._now)
        rows: list[AnyRow] = []
        for priority in [PRIORITIES[Kind.ANSWER]] if answers_only else sorted(PRIORITIES.values()):
            for lane, room in self._rooms.items():
                wanted = min(limit - len(rows), room)
                if wanted > 0:
                    found = self._lease(_due(lane, priority, wanted, self._now))
                    self._rooms[lane] = room - len(found)
                    rows += sorted(found, key=lambda row: (row.due_at, row.id))
        failed = _failed_on(self._session, [row.id for row in rows if row.tries])
        return open_messages(self._session, rows, failed)

    def _lease(self, due: CTE) -> Sequence[AnyRow]:
        return (
            self._session.connection()
            .execute(
                update(Message)
                .where(Message.id.in_(select(due.c.id)))
                .values(leased_by=self._worker, leased_until=self._now + LEASE)
                .returning(*CARRIED)
            )
            .all()
        )


def clear_lanes(session: Session, rates: Mapping[str, float]) -> None:
    """Let messages go by any channel that wait for the rate of one that has none any more.

    What waits for a village's box waits for no rate: see `services.messaging.village_routing`.
    """
    stranded = and_(QUEUED, Message.lane.not_in(["", VILLAGE, *rates]))
    ids = select(Message.id).where(stranded).order_by(Message.id).with_for_update()
    # In the order in which everybody locks messages.
    if session.scalars(ids).first() is not None:
        session.execute(update(Message).where(stranded).values(lane=""))


def _due(lane: str, priority: int, limit: int, now: datetime) -> CTE:
    # One lane and priority at a time: then the index gives just the rows that are due, in order.
    return (
        select(Message.id)
        .where(
            QUEUED,
            Message.lane == lane,
            Message.priority == priority,
            Message.due_at <= now,
            or_(Message.leased_until.is_(None), _is_over(now)),
        )
        .order_by(Message.due_at, Message.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
        .cte("due")
    )


def _is_over(now: datetime) -> ColumnElement[bool]:
    return or_(Message.leased_until <= now, Message.leased_until > now + _TOO_LONG)


def _expire(session: Session, now: datetime) -> None:
    past = (
        select(Message.id)
        .where(QUEUED, Message.expires_at <= now)
        .limit(_CHUNK)
        .with_for_update(skip_locked=True)
        .cte("past")
    )
    session.connection().execute(
        update(Message)
        .where(Message.id.in_(select(past.c.id)))
        .values(
            state=MessageState.EXPIRED.value,
            reason=Reason.EXPIRED.value,
            leased_by=None,
            leased_until=None,
        )
    )


def _abandon(session: Session, now: datetime) -> None:
    # A worker died between calling the carrier and keeping the outcome: nobody knows if it was
    # sent, so it is not sent again before the carrier was asked.
    ids = session.scalars(
        select(Message.id)
        .where(_IN_FLIGHT, _is_over(now))
        .limit(_CHUNK)
        .with_for_update(skip_locked=True)
    ).all()
    if not ids:
        return
    session.connection().execute(
        update(Attempt)
        .where(Attempt.message_id.in_(ids), Attempt.state == AttemptState.ATTEMPTING.value)
        .values(
            state=AttemptState.UNCERTAIN.value,
            failure=FailureClass.UNKNOWN.value,
            code="abandoned",
            finished_at=now,
            look_at=now + FIRST_LOOK,
        )
    )
    session.connection().execute(
        update(Message)
        .where(Message.id.in_(ids))
        .values(
            state=MessageState.UNCERTAIN.value,
            reason=Reason.UNCERTAIN.value,
            leased_by=None,
            leased_until=None,
        )
    )


def _failed_on(
    session: Session, tried: Sequence[int]
) -> Mapping[int, Mapping[str, frozenset[str]]]:
    """Return the channels that messages failed on: by message, then by class of failure."""
    found: defaultdict[int, dict[str, frozenset[str]]] = defaultdict(dict)
    if tried:
        rows = session.connection().execute(
            select(Attempt.message_id, Attempt.failure, Attempt.channel).where(
                Attempt.message_id.in_(tried),
                Attempt.failure.in_([FailureClass.ROUTE.value, FailureClass.CHANNEL_DOWN.value]),
            )
        )
        for message, failure, channel in rows:
            name = str(failure)
            found[message][name] = found[message].get(name, frozenset()) | {channel}
    return found


def open_messages(
    session: Session,
    rows: Sequence[AnyRow],
    failed_on: Mapping[int, Mapping[str, frozenset[str]]],
) -> list[Outgoing]:
    """Return messages from rows of `CARRIED`, their texts as phones take them.

    One that does not open stays where it is, with its reason: it is looked at again when its lease
    has run out, and expires in the end.

    Args:
        session: of the claim.
        rows: of `CARRIED`.
        failed_on: channels of attempts that failed: by message, then by class of failure.

    Raises:
        WrongDataKey: it is not the messages: the data key is another database's.
    """
    vault, found, shut = vault_of(session), list[Outgoing](), list[AnyRow]()
    for row in rows:
        try:
            found.append(_outgoing(vault, row, failed_on.get(row.id, {})))
        except WrongDataKey:
            shut.append(row)
    if shut:
        _leave(session, shut)
    return found


def opened(vault: Vault, sealed: bytes) -> str:
    """Open a value of `SEALED`.

    Raises:
        WrongDataKey: it does not open.
    """
    return _SEALED.decoded(vault.open(sealed))


def _leave(session: Session, shut: Sequence[AnyRow]) -> None:
    require_own_key(session)
    session.connection().execute(
        update(Message)
        .where(Message.id.in_([row.id for row in shut]))
        .values(reason=Reason.UNREADABLE.value)
    )
    told = len(shut), shut[0].public_id
    _LOG.error("%s messages wait, since they do not open with the data key: first %s", *told)


def _outgoing(vault: Vault, row: AnyRow, failed_on: Mapping[str, frozenset[str]]) -> Outgoing:
    return Outgoing(
        id=row.public_id,
        to=opened(vault, row.recipient),
        body=simplify(opened(vault, row.body)),
        attempts=row.tries,
        expires_at=row.expires_at,
        planned_at=row.planned_at,
        kind=Kind(row.kind),
        scope=row.scope,
        zone=row.zone,
        late=Late(row.late),
        double_ok=row.double_ok,
        office=row.office,
        via=row.via,
        direct=row.direct,
        vital=row.vital,
        refused_by=failed_on.get(FailureClass.ROUTE.value, frozenset()),
        closed=failed_on.get(FailureClass.CHANNEL_DOWN.value, frozenset()),
    )
