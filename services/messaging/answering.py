"""Answers to what people send: queued within the limits of `sms.answering`, each counted."""

import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import uuid4
from zoneinfo import ZoneInfo

from sqlalchemy import bindparam, delete, select, update
from sqlalchemy.orm import Session

from gateway.envelope import Envelope
from services.core.roles import Role
from services.messaging.outbox import NOWHERE, REPLY_LIFE, ReplyText
from services.storage.bulk import add_new
from services.storage.committed_lines import tell_once_committed
from services.storage.database import QUEUED
from services.storage.models import AnswerCount, Message
from services.storage.parties import ANSWER_COLUMNS
from services.storage.unit_of_work import Unit
from services.texts.catalogue import say
from sms.answering import (
    AnswerHistory,
    AnswerLimits,
    Decision,
    LastWarning,
    ProposedAnswer,
    Send,
    Silence,
    Weight,
    begin_history,
    local_day,
    may_answer,
)
from sms.message import DEFAULT_ZONE, Kind, MessageState
from sms.reasons import Reason

UNANSWERED = "unanswered"
"""Outcome of an envelope that no message answers, or its beginning: its time finds nothing."""
AFTER = timedelta(seconds=2)
"""Between texts of one answer: a phone shows them in the order in which they come."""
_KEPT = timedelta(days=1)

_LOCKED = (
    select(*ANSWER_COLUMNS)
    .where(AnswerCount.number_index == bindparam("number_index"))
    .with_for_update()
)
_COUNT = (
    update(AnswerCount)
    .where(
        AnswerCount.number_index == bindparam("which"),
        *(column == bindparam(f"old_{column.key}") for column in ANSWER_COLUMNS),
    )
    .values({column.key: bindparam(f"new_{column.key}") for column in ANSWER_COLUMNS})
)


class Answerer(NamedTuple):
    """Receiver of an answer: blind index and language of the number, and its limit an hour.

    `known`: the answers to it so far, if they were read.
    """

    number_index: bytes
    language: str
    limit: int
    known: AnswerHistory | None = None


def limit_of(limits: AnswerLimits, role: str, envelope: Envelope) -> int:
    """Return the most answers an hour to a role; what a box kept for days comes all at once."""
    kept = envelope.relayed is not None
    return limits.keepers if role == Role.KEEPER and not kept else limits.workers


def queue_answer(
    unit: Unit, envelope: Envelope, to: Answerer, reply: Sequence[ReplyText], *, code: bool = False
) -> bool:
    """Put the answer to a message of a person into the outbox, in the unit's transaction.

    It goes back by the channel on which the message came, where that serves the number. An answer
    that must not go is kept as suppressed, with its reason.

    Args:
        unit: the open unit of work.
        envelope: what is answered; it is answered once.
        to: who gets it.
        reply: the answer's texts; each goes a moment after the one before.
        code: whether they hold a code that the receiver asked for; no village box carries them.

    Returns:
        Whether it goes.
    """
    weight = max(Weight.CODE if code else Weight.PLAIN, *(said.weight for said in reply))
    decision = _decide(unit, envelope, to, reply, weight)
    reply = [said._replace(direct=said.direct or code) for said in reply]
    index = to.number_index
    # All texts of one answer alike: they have one time.
    private = any(said.private or said.trace != NOWHERE for said in reply)
    if private:
        index = unit.vault.health_index(envelope.sender)
    # Nothing ties the row of a programme's answer to what the same text did elsewhere.
    about = None if private else envelope.correlation
    for place, said in enumerate(reply):
        row = _row(envelope, index, place, said, _fate(decision, weight))
        row.correlation = about
        unit.session.add(row)
    if isinstance(decision, LastWarning):
        warning = ReplyText(_warn(decision, to))
        fate = _fate(Send(), Weight.PLAIN)
        unit.session.add(_row(envelope, index, len(reply), warning, fate))
    if not isinstance(decision, Silence):
        unit.session.info[QUEUED] = True
        tell_once_committed(unit.session, "answer queued")
    return isinstance(decision, Send)


def answer_key(envelope: Envelope, place: int = 0) -> bytes:
    """Return the outbox key of the answer to a message; of several texts, that at a place."""
    dedupe = f"reply\0{envelope.channel}\0{envelope.key}" + (f"\0{place}" if place else "")
    return hashlib.sha256(dedupe.encode()).digest()


def delete_old_counts(session: Session, now: datetime) -> None:
    """Delete the counts of numbers that got no answer for a day; the clock calls it."""
    session.execute(delete(AnswerCount).where(AnswerCount.day < local_day(now - _KEPT)))


def _decide(
    unit: Unit, envelope: Envelope, to: Answerer, reply: Sequence[ReplyText], weight: Weight
) -> Decision:
    if _digits(envelope.to) == _digits(envelope.sender):
        return Silence(Reason.OWN_NUMBER)
    # All answers are counted in the health domain: how often one was in danger is told there.
    index = unit.vault.health_index(envelope.sender)
    # With the number in it: equal digests would tell who got the same text, as of one course.
    text = "\0".join(said.text for said in reply).encode()
    digest = unit.vault.digest(index + text)
    answer, now = ProposedAnswer(digest, weight, to.limit, len(reply)), envelope.received_at
    session, known = unit.session, to.known
    while True:
        decision, counted = may_answer(known or begin_history(now), answer, now)
        if _count(session, index, known, counted):
            return decision
        # Another answer was counted since: decide anew on what it left, and let none come between.
        row = session.connection().execute(_LOCKED, {"number_index": index}).first()
        known = AnswerHistory(*row) if row else None


def _count(
    session: Session, index: bytes, known: AnswerHistory | None, counted: AnswerHistory
) -> bool:
    """Store a history if the row still is what was known; False: it is not."""
    if known is None:
        return add_new(session, AnswerCount, {"number_index": index, **_named("", counted)})
    values = {"which": index, **_named("old_", known), **_named("new_", counted)}
    return session.connection().execute(_COUNT, values).rowcount == 1


def _named(prefix: str, history: AnswerHistory) -> dict[str, object]:
    return {f"{prefix}{column.key}": getattr(history, column.key) for column in ANSWER_COLUMNS}


def _warn(warning: LastWarning, to: Answerer) -> str:
    local = warning.until.astimezone(ZoneInfo(DEFAULT_ZONE))
    return say("too_many_answers", to.language, count=to.limit, clock=f"{local:%H:%M}")


def _fate(decision: Decision, weight: Weight) -> Mapping[str, object]:
    """Return the columns that tell whether a text goes."""
    vital = weight is not Weight.PLAIN
    if isinstance(decision, Send):
        return {"state": MessageState.QUEUED.value, "reason": None, "vital": vital}
    reason = decision.reason.value
    return {"state": MessageState.SUPPRESSED.value, "reason": reason, "vital": vital}


def _row(
    envelope: Envelope, index: bytes, place: int, said: ReplyText, fate: Mapping[str, object]
) -> Message:
    due = envelope.received_at + place * AFTER
    return Message(
        public_id=uuid4(),
        dedupe_key=answer_key(envelope, place),
        recipient=envelope.sender,
        recipient_index=index,
        body=said.text,
        purpose="reply",
        kind=Kind.ANSWER.value,
        via=envelope.channel.partition("-")[0],
        direct=said.direct,
        created_at=envelope.received_at,
        planned_at=due,
        due_at=due,
        expires_at=envelope.received_at + REPLY_LIFE,
        **fate,
        **said.trace._asdict(),
    )


def _digits(number: str | None) -> str:
    return "".join(filter(str.isdigit, number or ""))
