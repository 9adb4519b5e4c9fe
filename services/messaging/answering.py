"""Answers to what people send: queued within the limits of `sms.answering`, each counted."""

import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from functools import cache
from typing import NamedTuple
from uuid import uuid4
from zoneinfo import ZoneInfo

from sqlalchemy import (
    BindParameter,
    Connection,
    Insert,
    Update,
    bindparam,
    cast,
    delete,
    insert,
    select,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from gateway.envelope import Envelope
from services.core.roles import Role
from services.messaging.outbox import NOWHERE, REPLY_LIFE, ReplyText, Trace
from services.storage.bulk import table_of, upsert_on
from services.storage.committed_lines import tell_once_committed
from services.storage.database import QUEUED
from services.storage.models import AnswerCount, Message
from services.storage.parties import ANSWER_COLUMNS
from services.storage.unit_of_work import Unit
from services.storage.vault import Vault
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
    may_answer,
)
from sms.local_time import DEFAULT_ZONE, local_day
from sms.message import Kind, MessageState
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
_INSERT = insert(Message)
_OF_TEXT = "text_"
"""Beginning of the names of a message's values where an answer is counted, too."""


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
    reply = [said._replace(direct=said.direct or code) for said in reply]
    decision = _queue(unit, _ProposedTexts(envelope, to, reply, weight))
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


def last_warning(warning: LastWarning, language: str, limit: int) -> str:
    """Return the text that tells until when no more answers go."""
    local = warning.until.astimezone(ZoneInfo(DEFAULT_ZONE))
    return say("too_many_answers", language, count=limit, clock=f"{local:%H:%M}")


class _ProposedTexts(NamedTuple):
    """The texts of an answer that may go, with their weight."""

    envelope: Envelope
    to: Answerer
    reply: Sequence[ReplyText]
    weight: Weight

    def rows(self, vault: Vault, decision: Decision) -> list[dict[str, object]]:
        """Return the messages of a decision, all with the same columns."""
        envelope, index = self.envelope, self.to.number_index
        # All texts of one answer alike: they have one time.
        private = any(said.private or said.trace != NOWHERE for said in self.reply)
        if private:
            index = vault.health_index(envelope.sender)
        fate = _fate(decision, self.weight)
        # Nothing ties the row of a programme's answer to what the same text did elsewhere.
        shared = {"recipient_index": index, "correlation": None}
        about = {} if private else {"correlation": envelope.correlation}
        rows = [
            _row(envelope, place, said) | shared | fate | about
            for place, said in enumerate(self.reply)
        ]
        if isinstance(decision, LastWarning):
            text = last_warning(decision, self.to.language, self.to.limit)
            warning = _row(envelope, len(rows), ReplyText(text))
            rows.append(warning | shared | _fate(Send(), Weight.PLAIN))
        return rows


def _queue(unit: Unit, texts: _ProposedTexts) -> Decision:
    """Decide on an answer, count it, and store its messages."""
    envelope, to, session = texts.envelope, texts.to, unit.session
    if _digits(envelope.to) == _digits(envelope.sender):
        own = Silence(Reason.OWN_NUMBER)
        session.connection().execute(_INSERT, texts.rows(unit.vault, own))
        return own
    # All answers are counted in the health domain: how often one was in danger is told there.
    index = unit.vault.health_index(envelope.sender)
    # With the number in it: equal digests would tell who got the same text, as of one course.
    text = "\0".join(said.text for said in texts.reply).encode()
    digest = unit.vault.digest(index + text)
    answer = ProposedAnswer(digest, texts.weight, to.limit, len(texts.reply))
    known, now = to.known, envelope.received_at
    while True:
        decision, counted = may_answer(known or begin_history(now), answer, now)
        counts = {"which": index, **_named("old_", known), **_named("new_", counted)}
        rows = texts.rows(unit.vault, decision)
        if _count_and_store(session.connection(), counts, rows, known=known is not None):
            return decision
        # Another answer was counted since: decide anew on what it left, and let none come between.
        row = session.connection().execute(_LOCKED, {"number_index": index}).first()
        known = AnswerHistory(*row) if row else None


def _count_and_store(
    connection: Connection,
    counts: Mapping[str, object],
    rows: Sequence[Mapping[str, object]],
    *,
    known: bool,
) -> bool:
    """Store a history and messages if its row still is what was known; False: it is not.

    PostgreSQL takes the first message with the count: most answers have one.
    """
    if connection.dialect.name == "sqlite":
        if connection.execute(_counting("sqlite", known=known), counts).rowcount != 1:
            return False
        connection.execute(_INSERT, rows)
        return True
    first = {f"{_OF_TEXT}{name}": value for name, value in rows[0].items()}
    if connection.execute(_counting_first(known=known), {**counts, **first}).rowcount != 1:
        return False
    if others := rows[1:]:
        connection.execute(_INSERT, others)
    return True


@cache
def _counting(dialect: str, *, known: bool) -> Update | postgresql.Insert | sqlite.Insert:
    """Return the statement that stores a history; it changes no row if there is another by now."""
    values: dict[str, BindParameter[object]] = {
        column.key: bindparam(f"new_{column.key}") for column in ANSWER_COLUMNS
    }
    which: BindParameter[bytes] = bindparam("which")
    if not known:
        first = upsert_on(dialect, AnswerCount).values(number_index=which, **values)
        return first.on_conflict_do_nothing().execution_options(preserve_rowcount=True)
    same = (column == bindparam(f"old_{column.key}") for column in ANSWER_COLUMNS)
    return update(AnswerCount).where(AnswerCount.number_index == which, *same).values(values)


@cache
def _counting_first(*, known: bool) -> Insert:
    """Return the statement that inserts a message if that of `_counting` changed a row."""
    counted = _counting("postgresql", known=known).returning(AnswerCount.number_index)
    into = table_of(Message)
    told = {name: into.c[name] for name in _TEXT_COLUMNS}
    values = (
        cast(bindparam(f"{_OF_TEXT}{name}", type_=column.type), column.type)
        for name, column in told.items()
    )
    text = select(*values).select_from(counted.cte("counted"))
    queueing = insert(into).from_select(list(told), text, include_defaults=False)
    return queueing.execution_options(preserve_rowcount=True)


def _named(prefix: str, history: AnswerHistory | None) -> dict[str, object]:
    if history is None:
        return {}
    return {f"{prefix}{column.key}": getattr(history, column.key) for column in ANSWER_COLUMNS}


def _fate(decision: Decision, weight: Weight) -> dict[str, object]:
    """Return the columns that tell whether a text goes."""
    vital = weight is not Weight.PLAIN
    if isinstance(decision, Send):
        return {"state": MessageState.QUEUED.value, "reason": None, "vital": vital}
    reason = decision.reason.value
    return {"state": MessageState.SUPPRESSED.value, "reason": reason, "vital": vital}


def _row(envelope: Envelope, place: int, said: ReplyText) -> dict[str, object]:
    """Return a text of an answer as a message, but for its number's index and its fate."""
    due = envelope.received_at + place * AFTER
    return {
        "public_id": uuid4(),
        "dedupe_key": answer_key(envelope, place),
        "recipient": envelope.sender,
        "body": said.text,
        "purpose": "reply",
        "kind": Kind.ANSWER.value,
        "via": envelope.channel.partition("-")[0],
        "direct": said.direct,
        "created_at": envelope.received_at,
        "planned_at": due,
        "due_at": due,
        "expires_at": envelope.received_at + REPLY_LIFE,
        **said.trace._asdict(),
    }


_TEXT_COLUMNS = (
    *("public_id", "dedupe_key", "recipient", "recipient_index", "body", "purpose", "kind", "via"),
    *("direct", "vital", "state", "reason", "created_at", "planned_at", "due_at", "expires_at"),
    *("correlation", *Trace._fields),
)


def _digits(number: str | None) -> str:
    return "".join(filter(str.isdigit, number or ""))
