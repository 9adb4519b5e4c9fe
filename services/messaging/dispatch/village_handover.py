"""Handing over to a village's box what waits for its people, in the answer to its sync.

The last moment to decide is the same as that of a carrier's call: who has stopped, what has
expired, the quiet hours and the day's cap count as ever. What went into the box's lane in its time
is not late for having waited there. Once handed over it is never handed over again, unless the box
reports that it never began to send it.

Until the box has told anything of a text, the reference of its attempt says so: the text is lost
with the box, if that is lost.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import Select, or_, select, update
from sqlalchemy.orm import Session

from services.messaging.dispatch.claim import (
    CARRIED,
    NOT_RECALLED,
    QUEUED,
    AnyRow,
    open_messages,
)
from services.messaging.dispatch.decision_batch import DecisionBatch
from services.messaging.dispatch.outcomes import News, apply, lock_messages
from services.messaging.village_routing import waiting_of
from services.storage.models import Attempt, Device, Message, VillageBox
from services.storage.rowsets import texts
from services.storage.sending_right import may_send
from sms.admission import Go
from sms.message import (
    VILLAGE,
    AttemptState,
    DeliveryReport,
    Kind,
    Late,
    MessageState,
    Outcome,
    Outgoing,
)
from sms.reasons import Reason
from sms.states import may_become

MOST = 200
"""Messages in one answer."""

AHEAD = timedelta(seconds=15)
"""The texts of one answer follow each other by seconds: the box gets all of them at once.

Shorter than the first wait after a failure.
"""


SILENT = timedelta(days=1)
"""For how long after a text expired its box is waited for: it may be without signal."""

_UNTOLD = ":untold"
"""End of the reference of an attempt of which its box has told nothing yet."""

_AT_ONCE = 500


class Handed(NamedTuple):
    """A message that a box has from now on; `id` is that of the attempt, which its report names."""

    id: UUID
    to: str
    text: str
    expires_at: datetime


class HandOver(DecisionBatch):
    """One answer to a box, within one transaction."""

    def run(self, box: int, reference: str) -> Sequence[Handed]:
        """Hand over what may go to the people of a box, by its database key.

        `reference` is the box's id: what tells in which answer a text went would tie a person's
        texts of courses to all others. Where texts may not go, nothing is.
        """
        if not may_send(self._session, self._now):
            return []
        indexes = waiting_of(self._session, box, self._now)
        rows = self._session.connection().execute(_waiting(indexes, self._now)).all()
        messages = self._messages(rows)
        if not messages:
            return []
        self.read(messages)
        for message in messages:
            verdict = self.verdict(message)
            if isinstance(verdict, Go):
                self.go(message, VILLAGE, verdict.segments, 0)
            else:
                self.stay(message, verdict)
        keys = {row.public_id: row.id for row in rows}
        attempt = {
            "state": AttemptState.SENT.value,
            "reference": f"{reference}{_UNTOLD}",
            "finished_at": self._now,
        }
        begun = self.commit(keys, attempt, {"state": MessageState.SENT.value})
        return [
            Handed(one.attempt_id, one.message.to, one.message.body, one.message.expires_at)
            for one in begun
        ]

    def _messages(self, rows: Sequence[AnyRow]) -> Sequence[Outgoing]:
        in_time = {row.public_id for row in rows if row.lane == VILLAGE}
        return [
            replace(one, late=Late.SEND) if one.id in in_time else one
            for one in open_messages(self._session, rows, {})
        ]


def apply_reports(
    session: Session, reports: Sequence[DeliveryReport], box: str, now: datetime
) -> int:
    """Apply what a box reports of messages that it was handed; return how many were its own.

    Of several reports on one attempt the one that tells most counts. `box` begins the reference of
    its attempts.
    """
    told = _furthest(reports)
    own = session.scalars(
        select(Attempt.public_id).where(
            Attempt.public_id.in_(told),
            Attempt.channel == VILLAGE,
            Attempt.reference.startswith(box, autoescape=True),
        )
    ).all()
    lost = [one for one in own if told[one].state is AttemptState.UNCERTAIN]
    _lose(session, {one: told[one].code for one in lost})
    news = {
        one: News(Outcome(told[one].state, None, told[one].failure, told[one].code), None)
        for one in own
        if one not in lost
    }
    apply(session, news, now)
    if own:
        known = update(Attempt).where(
            Attempt.public_id.in_(own), Attempt.reference == f"{box}{_UNTOLD}"
        )
        session.connection().execute(known.values(reference=box))
    return len(own)


def lose_untold(session: Session, box: str) -> None:
    """Keep that nobody knows what became of texts that a box has told nothing of, and never will.

    `box`: the reference of its attempts. What it tells all the same still counts.
    """
    while _lose_some(session, _untold([f"{box}{_UNTOLD}"]), "revoked"):
        pass


def lose_silent(session: Session, now: datetime) -> None:
    """Keep the same of texts that expired a day ago; some at once, the clock calls it every minute.

    A box that was lost is not always revoked, and one whose card was changed has forgotten them.
    """
    boxes = session.scalars(select(Device.public_id).join(VillageBox)).all()
    silent = _untold(texts(session, [f"{box}{_UNTOLD}" for box in boxes]))
    _lose_some(session, silent.where(Message.expires_at <= now - SILENT), "silent")


def _untold(references: Select[Any] | list[str]) -> Select[UUID]:
    return (
        select(Attempt.public_id)
        .join(Message, Message.id == Attempt.message_id)
        .where(
            Attempt.reference.in_(references),
            Attempt.channel == VILLAGE,
            Attempt.state == AttemptState.SENT.value,
        )
        .order_by(Attempt.id)
        .limit(_AT_ONCE)
    )


def _lose_some(session: Session, wanted: Select[UUID], code: str) -> bool:
    found = session.scalars(wanted).all()
    _lose(session, dict.fromkeys(found, code))
    return bool(found)


def _furthest(reports: Iterable[DeliveryReport]) -> dict[UUID, DeliveryReport]:
    found: dict[UUID, DeliveryReport] = {}
    for report in reports:
        if report.attempt_id is None:
            continue
        known = found.get(report.attempt_id)
        if known is None or may_become(known.state, report.state):
            found[report.attempt_id] = report
    return found


def _lose(session: Session, codes: Mapping[UUID, str | None]) -> None:
    """Keep that a box lost track of messages: that it had them is all that *sent* meant."""
    if not codes:
        return
    messages = lock_messages(session, codes)
    attempts = session.scalars(
        select(Attempt)
        .where(Attempt.public_id.in_(codes), Attempt.state == AttemptState.SENT.value)
        .execution_options(populate_existing=True)
    )
    for attempt in attempts:
        attempt.state, attempt.code = AttemptState.UNCERTAIN.value, codes[attempt.public_id]
        if messages[attempt.message_id].state == MessageState.SENT.value:
            message = session.get_one(Message, attempt.message_id, populate_existing=True)
            message.state = MessageState.UNCERTAIN.value
            message.reason = Reason.UNCERTAIN.value
    session.flush()


def _waiting(indexes: Sequence[bytes], now: datetime) -> Select[*tuple[Any, ...]]:
    return (
        select(*CARRIED, Message.lane)
        .where(
            Message.recipient_index.in_(indexes),
            QUEUED,
            NOT_RECALLED,
            Message.lane.in_(["", VILLAGE]),
            Message.kind != Kind.URGENT.value,
            ~Message.direct,
            Message.due_at <= now + AHEAD,
            or_(Message.leased_until.is_(None), Message.leased_until <= now),
        )
        .order_by(Message.priority, Message.due_at, Message.id)
        .limit(MOST)
        .with_for_update(of=Message, skip_locked=True)
    )
