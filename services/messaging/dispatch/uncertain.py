"""Uncertain attempts: selecting those whose look-up is due, and applying answers."""

import logging
from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import literal_column, select, update
from sqlalchemy.orm import Session

from services.core.errors import WrongDataKey
from services.messaging.dispatch.claim import SEALED, AnyRow, opened
from services.messaging.dispatch.outcomes import News, apply, lock_messages
from services.storage.key_check import require_own_key
from services.storage.locks import one_resolver
from services.storage.models import Attempt, Message
from services.storage.vault import vault_of
from sms.encoding import simplify
from sms.message import ABSENT, AttemptState, FailureClass, MessageState, Outcome, UncertainAttempt
from sms.ports import CarrierQuery
from sms.reconciliation import LONGEST_WAIT, PROOF, after_look

_LOG = logging.getLogger("bilum.worker")

ASKING = timedelta(minutes=2)
"""Time for which one worker holds an uncertain attempt."""

_NEAR = timedelta(days=1)
_UNCERTAIN = Attempt.state == literal_column("'uncertain'")


class _Doubt(NamedTuple):
    """An attempt whose look-up is due: its keys, channel and beginning; the message's content."""

    id: int
    public_id: UUID
    channel: str
    started_at: datetime
    recipient: str
    body: str


def take_uncertain(session: Session, limit: int, now: datetime) -> Sequence[CarrierQuery]:
    """Take up to `limit` uncertain attempts whose look-up is due.

    One whose message does not open is looked at again in an hour: no carrier can be asked about it.

    Raises:
        WrongDataKey: it is not the messages: the data key is another database's.
    """
    found = session.execute(
        select(Attempt.id, Attempt.public_id, Attempt.channel, Attempt.started_at, *SEALED)
        .join(Message, Message.id == Attempt.message_id)
        .where(_UNCERTAIN, Attempt.look_at <= now)
        .order_by(Attempt.look_at)
        .limit(limit)
        .with_for_update(skip_locked=True, of=Attempt)
    ).all()
    rows = _opened(session, found, now)
    flying = _numbers_in_flight(session, {row.recipient for row in rows})
    rows = [row for row in rows if row.recipient not in flying]
    session.execute(
        update(Attempt).where(Attempt.id.in_([row.id for row in rows])).values(look_at=now + ASKING)
    )
    # One for each number: what is found for the first is no answer for the second.
    chosen = {row.recipient: row for row in reversed(rows)}.values()
    return [CarrierQuery(_attempt(session, row), row.channel) for row in chosen]


def settle_look(session: Session, attempt_id: UUID, found: Outcome, now: datetime) -> None:
    """Apply a look-up's answer; where twice is better than never, silence counts as absence."""
    one_resolver(session)
    lock_messages(session, [attempt_id])
    row = session.execute(
        select(
            Attempt.id,
            Attempt.channel,
            Attempt.state,
            Attempt.looks,
            Attempt.finished_at,
            Message.double_ok,
            Message.recipient,
        )
        .join(Message, Message.id == Attempt.message_id)
        .where(Attempt.public_id == attempt_id)
    ).one()
    if row.state != AttemptState.UNCERTAIN.value:
        return
    if found.reference and (
        _numbers_in_flight(session, {row.recipient}) or _is_anothers(session, row, found.reference)
    ):
        # It may be what another attempt has sent meanwhile: ask again, then with that excluded.
        found = Outcome(AttemptState.UNCERTAIN, failure=FailureClass.UNKNOWN, code="anothers")
    silent = found.state is AttemptState.UNCERTAIN
    since = row.finished_at or now
    if silent and row.double_ok and now >= since + PROOF:
        found = replace(found, state=AttemptState.FAILED, code=ABSENT)
        apply(session, {attempt_id: News(found, None)}, now)
        return
    look = after_look(found, row.looks, since, now)
    session.execute(
        update(Attempt).where(Attempt.id == row.id).values(looks=look.looks, look_at=look.look_at)
    )
    if look.settled:
        apply(session, {attempt_id: News(found, None)}, now)


def _numbers_in_flight(session: Session, numbers: Collection[str]) -> set[str]:
    """Return the numbers that a carrier is being called for by either index: its list may change.

    A text of a course and another one to the same number are never asked about at once.
    """
    indexes = {index: number for number in numbers for index in vault_of(session).indexes(number)}
    if not indexes:
        return set()
    found = session.scalars(
        select(Message.recipient_index)
        .join(Attempt, Attempt.message_id == Message.id)
        .where(
            Attempt.state == AttemptState.ATTEMPTING.value,
            Message.state == MessageState.ATTEMPTING.value,
            Message.recipient_index.in_(indexes),
        )
    )
    return {indexes[index] for index in found}


def _is_anothers(session: Session, row: AnyRow, reference: str) -> bool:
    return (
        session.scalar(
            select(
                select(Attempt.id)
                .where(
                    Attempt.reference == reference,
                    Attempt.channel == row.channel,
                    Attempt.id != row.id,
                )
                .exists()
            )
        )
        or False
    )


def _opened(session: Session, found: Sequence[AnyRow], now: datetime) -> list[_Doubt]:
    vault, rows, shut = vault_of(session), list[_Doubt](), list[AnyRow]()
    for row in found:
        try:
            number, body = opened(vault, row.recipient), opened(vault, row.body)
            rows.append(_Doubt(row.id, row.public_id, row.channel, row.started_at, number, body))
        except WrongDataKey:
            shut.append(row)
    if shut:
        require_own_key(session)
        later = update(Attempt).where(Attempt.id.in_([row.id for row in shut]))
        session.execute(later.values(look_at=now + LONGEST_WAIT))
        told = len(shut), shut[0].public_id
        _LOG.error("%s attempts in doubt do not open with the data key: first %s", *told)
    return rows


def _attempt(session: Session, row: _Doubt) -> UncertainAttempt:
    taken = session.scalars(
        select(Attempt.reference)
        .join(Message, Message.id == Attempt.message_id)
        .where(
            Message.recipient_index.in_(vault_of(session).indexes(row.recipient)),
            Attempt.channel == row.channel,
            Attempt.id != row.id,
            Attempt.started_at > row.started_at - _NEAR,
            Attempt.reference.is_not(None),
        )
    )
    return UncertainAttempt(
        attempt_id=row.public_id,
        to=row.recipient,
        body=simplify(row.body),
        started_at=row.started_at,
        taken=frozenset(reference for reference in taken if reference is not None),
    )
