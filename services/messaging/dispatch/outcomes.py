"""Keeping what became of attempts: outcomes, delivery reports and look-ups, by rank."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from functools import cache
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import Update, bindparam, select, update
from sqlalchemy.orm import Session

from services.messaging.consent import refuse
from services.messaging.dispatch.called_off import called_off
from services.messaging.dispatch.channels import read_circuits, watch
from services.messaging.dispatch.claim import AnyRow
from services.storage.committed_lines import tell_once_committed
from services.storage.models import Attempt, Message
from services.storage.vault import vault_of
from sms.circuit import Circuit
from sms.consent import REACHABLE, channel_scope
from sms.message import ABSENT, AttemptState, FailureClass, MessageState, Outcome
from sms.reasons import Reason
from sms.reconciliation import FIRST_LOOK
from sms.retrying import is_dead, reason_of, retry_at
from sms.states import may_become, message_state

# Made once: a worker says the same few statements all the time, and making them is dear.
_MESSAGES = (
    select(
        Message.id,
        Message.state,
        Message.reason,
        Message.tries,
        Message.called_off,
        Message.correlation,
    )
    .where(
        Message.id.in_(
            select(Attempt.message_id).where(
                Attempt.public_id.in_(bindparam("attempts", expanding=True))
            )
        )
    )
    .order_by(Message.id)
    .with_for_update()
)
_ATTEMPTS = (
    select(
        Attempt.id,
        Attempt.public_id,
        Attempt.message_id,
        Attempt.channel,
        Attempt.state,
        Attempt.failure,
        Attempt.reference,
        Attempt.finished_at,
    )
    .where(Attempt.message_id.in_(bindparam("messages", expanding=True)))
    .order_by(Attempt.id)
)

_NUMBERS = (
    select(Message.id, Message.recipient)
    .where(Message.id.in_(bindparam("messages", expanding=True)))
    .order_by(Message.id)
)

_CLOSED = frozenset({MessageState.EXPIRED, MessageState.SUPPRESSED, MessageState.CANCELLED})


class News(NamedTuple):
    """News of an attempt; `called`: its channel, when the news is the result of a call."""

    outcome: Outcome
    called: str | None


def apply(session: Session, news: Mapping[UUID, News], now: datetime) -> None:
    """Apply news of attempts, by public id, by rank; derive the state of their messages."""
    messages = lock_messages(session, news)
    attempts = session.connection().execute(_ATTEMPTS, {"messages": list(messages)}).all()
    news = _of_their_own(session, news, attempts)
    told = {row.id: news[row.public_id].outcome for row in attempts if row.public_id in news}
    risen = {
        row.id
        for row in attempts
        if row.id in told and may_become(AttemptState(row.state), told[row.id].state)
    }
    _write_attempts(session, [row for row in attempts if row.id in told], told, risen, now)
    _write_messages(session, messages, attempts, {key: told[key] for key in risen}, now)
    _note_refusals(session, messages, attempts, {key: told[key] for key in risen}, now)
    _tell(session, messages, attempts, {key: told[key] for key in risen})
    calls: defaultdict[str, list[Outcome]] = defaultdict(list)
    for one in news.values():
        if one.called:
            calls[one.called].append(one.outcome)
    if calls:
        watch(session, calls, now)


def _tell(
    session: Session,
    messages: Mapping[int, AnyRow],
    attempts: Sequence[AnyRow],
    risen: Mapping[int, Outcome],
) -> None:
    for row in attempts:
        correlation = messages[row.message_id].correlation
        if row.id in risen and correlation is not None:
            state = risen[row.id].state.value
            tell_once_committed(
                session,
                f"the carrier's word: {state}",
                correlation=correlation,
                channel=row.channel,
            )


def lock_messages(session: Session, attempts: Collection[UUID]) -> dict[int, AnyRow]:
    """Lock the messages of attempts and return them by key.

    Messages first and in one order, everywhere: then nobody waits in a circle.
    """
    rows = session.connection().execute(_MESSAGES, {"attempts": list(attempts)})
    return {row.id: row for row in rows}


def _of_their_own(
    session: Session, news: Mapping[UUID, News], attempts: Sequence[AnyRow]
) -> Mapping[UUID, News]:
    """Return the news, what is a message's own fault no longer the channel's.

    A channel that took other messages, since this one found it down, is not what is wrong.
    """
    down = FailureClass.CHANNEL_DOWN
    before = {(row.message_id, row.channel) for row in attempts if row.failure == down.value}
    again = {
        row.public_id: row.channel
        for row in attempts
        if row.public_id in news
        and news[row.public_id].outcome.failure is down
        and (row.message_id, row.channel) in before
    }
    circuits = read_circuits(session) if again else {}
    found = dict(news)
    for attempt, channel in again.items():
        if circuits.get(channel, Circuit()).open_until is None:
            outcome = replace(news[attempt].outcome, failure=FailureClass.ROUTE)
            found[attempt] = news[attempt]._replace(outcome=outcome)
    return found


def _write_attempts(
    session: Session,
    rows: Sequence[AnyRow],
    told: Mapping[int, Outcome],
    risen: set[int],
    now: datetime,
) -> None:
    rising: list[dict[str, object]] = []
    staying: list[dict[str, object]] = []
    for row in rows:
        outcome = told[row.id]
        values: dict[str, object] = {
            "which": row.id,
            "new_reference": row.reference or outcome.reference,
            "new_finished_at": row.finished_at or now,
        }
        if row.id not in risen:
            staying.append(values)
            continue
        uncertain = outcome.state is AttemptState.UNCERTAIN
        rising.append(
            values
            | {
                "new_state": outcome.state.value,
                "new_failure": outcome.failure.value if outcome.failure else None,
                "new_code": outcome.code,
                "new_look_at": now + FIRST_LOOK if uncertain else None,
            }
        )
    for batch in (rising, staying):
        if batch:
            names = [name for name in batch[0] if name != "which"]
            session.connection().execute(_rewrite(tuple(names)), batch)


@cache
def _rewrite(names: tuple[str, ...]) -> Update:
    return (
        update(Attempt)
        .where(Attempt.id == bindparam("which"))
        .values({name.removeprefix("new_"): bindparam(name) for name in names})
    )


def _write_messages(
    session: Session,
    messages: Mapping[int, AnyRow],
    attempts: Sequence[AnyRow],
    risen: Mapping[int, Outcome],
    now: datetime,
) -> None:
    states: defaultdict[int, list[AttemptState]] = defaultdict(list)
    news: dict[int, Outcome] = {}
    for row in attempts:
        outcome = risen.get(row.id)
        states[row.message_id].append(outcome.state if outcome else AttemptState(row.state))
        if outcome:
            news[row.message_id] = outcome
    next_of = {key: _next(messages[key], states[key], news[key], now) for key in news}
    again = [key for key, one in next_of.items() if one.state == MessageState.QUEUED]
    for key, why in called_off(session, again).items():
        next_of[key] = _next(messages[key], states[key], news[key], now, why)
    groups: defaultdict[_Next, list[int]] = defaultdict(list)
    for key, one in next_of.items():
        groups[one].append(key)
    for (state, reason, due), keys in groups.items():
        values = {"state": state, "reason": reason} | (
            {"due_at": due.replace(microsecond=0)} if due else {}
        )
        if state != MessageState.ATTEMPTING.value:
            # While another attempt flies the lease stays: it tells when its worker died.
            values |= {"leased_by": None, "leased_until": None}
        session.connection().execute(update(Message).where(Message.id.in_(keys)).values(**values))


class _Next(NamedTuple):
    """A message's new state, its reason, and when it is due again."""

    state: str
    reason: str | None = None
    due: datetime | None = None


def _next(
    row: AnyRow,
    states: Sequence[AttemptState],
    outcome: Outcome,
    now: datetime,
    why: str | None = None,
) -> _Next:
    """Return what follows for a message; `why`: the reason for which it is not tried again."""
    closed, why = MessageState(row.state) in _CLOSED, why or row.called_off
    due = now if outcome.code == ABSENT else retry_at(outcome, row.tries, now)
    state = message_state(states, retry=due is not None and not closed and why is None)
    if state is MessageState.QUEUED:
        return _Next(state.value, Reason.RETRY.value, due)
    if state is MessageState.UNCERTAIN:
        return _Next(state.value, Reason.UNCERTAIN.value)
    if state in {MessageState.FAILED, MessageState.UNDELIVERED}:
        if closed:
            return _Next(row.state, row.reason)
        return _Next(state.value, (due and why) or reason_of(outcome.failure).value)
    return _Next(state.value)


def _note_refusals(
    session: Session,
    messages: Mapping[int, AnyRow],
    attempts: Sequence[AnyRow],
    risen: Mapping[int, Outcome],
    now: datetime,
) -> None:
    refused = [
        (row.message_id, scope)
        for row in attempts
        if row.id in risen
        and (scope := _refused(row.channel, risen[row.id], messages[row.message_id].tries, now))
    ]
    if not refused:
        return
    # The number is opened: a course's text is not found by the index that these stand under.
    wanted = {"messages": [key for key, _ in refused]}
    rows = session.connection().execute(_NUMBERS, wanted)
    numbers = {row.id: row.recipient for row in rows}
    for key, scope in refused:
        if number := numbers[key]:
            refuse(session, vault_of(session).index(number), scope, "carrier", now)


def _refused(channel: str, outcome: Outcome, tries: int, now: datetime) -> str | None:
    """Return the scope of consent that an outcome tells to be refused."""
    if outcome.failure is FailureClass.OPTED_OUT:
        return channel_scope(channel)
    return REACHABLE if is_dead(outcome, tries, now) else None
