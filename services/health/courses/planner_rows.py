"""Message and question rows that the planner writes: new ones, and cancelled ones reopened.

Nobody else writes a person's rows while the subscription is locked, so a look-up stays true. A plan
that never changed has only gone forward: none of its rows exists yet.
"""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import LargeBinary, bindparam, select, update
from sqlalchemy.orm import Session

from services.health.courses.course_messages import DatedItem, PersonalText
from services.health.courses.subscriptions import QuestionState
from services.messaging.outbox import COURSE
from services.storage.bulk import insert_rows, upsert
from services.storage.database import QUEUED
from services.storage.models import AskedQuestion, Message
from sms.admission import PRIORITIES
from sms.message import Kind, MessageState
from sms.reasons import Reason

_LOOKED_UP = 5_000


class CourseMessageRow(NamedTuple):
    """A message as its row: the number is sealed, key and body are not made yet."""

    public_id: UUID
    dedupe_key: DatedItem
    recipient: bytes
    recipient_index: bytes
    body: PersonalText
    scope: str
    zone: str
    late: str
    double_ok: bool
    planned_at: datetime
    due_at: datetime
    expires_at: datetime
    subscription_id: int
    campaign_id: int | None
    version_id: int
    item: str
    language: str


class PlannedRows(NamedTuple):
    """A message to write, its question, and whether the plan was changed before."""

    message: CourseMessageRow
    question: "QuestionRow | None"
    changed: bool


class QuestionRow(NamedTuple):
    """A question as its row."""

    subscription_id: int
    item: str
    number_index: bytes
    asked_at: datetime
    remind_at: datetime | None
    closes_at: datetime


_STORED: dict[str, Callable[[Any], bytes] | None] = {
    "recipient": None,
    "recipient_index": None,
    # Made while the database inserts the rows before.
    "dedupe_key": DatedItem.key,
    "body": PersonalText.sealed,
}
_SHARED: dict[str, object] = {
    "purpose": COURSE,
    "kind": Kind.PROGRAMME.value,
    "priority": PRIORITIES[Kind.PROGRAMME],
    "state": MessageState.QUEUED.value,
}
_OPEN: dict[str, object] = {
    "state": QuestionState.OPEN.value,
    "reminded": 0,
    "reminded_at": None,
}

# Built once: building a statement is expensive, and the planner repeats these all the time.
_THERE = select(Message.id, Message.dedupe_key, Message.state, Message.reason, Message.tries).where(
    Message.dedupe_key.in_(bindparam("keys", expanding=True))
)
_REOPENED = (
    update(Message)
    .where(Message.id == bindparam("which"))
    .values(
        {
            name: bindparam(f"new_{name}", type_=LargeBinary if name in _STORED else None)
            for name in CourseMessageRow._fields
            if name != "public_id"
        }
        | _SHARED
        | {"reason": None, "lane": "", "leased_by": None, "leased_until": None}
    )
)


def write_messages(session: Session, plannings: Sequence[PlannedRows], now: datetime) -> None:
    """Insert missing rows, and reopen messages that a replan cancelled before the first attempt.

    The caller has locked the subscriptions. An item occurs once for each person and day.
    """
    if not plannings:
        return
    changed = {one.message.dedupe_key.key(): one for one in plannings if one.changed}
    there = {row.dedupe_key: row for row in _look_up(session, list(changed))}
    known = {changed[key].message.dedupe_key for key in there}
    fresh = [one for one in plannings if not known or one.message.dedupe_key not in known]
    replanned = MessageState.CANCELLED.value, Reason.REPLANNED.value, 0
    again = [
        (row.id, key, changed[key])
        for key, row in there.items()
        if (row.state, row.reason, row.tries) == replanned
    ]
    insert_rows(
        session,
        Message,
        CourseMessageRow._fields,
        [one.message for one in fresh],
        stored=_STORED,
        created_at=now,
        **_SHARED,
    )
    rows = [one.question for one in fresh if one.question]
    insert_rows(
        session,
        AskedQuestion,
        QuestionRow._fields,
        rows,
        stored={"number_index": None},
        **_OPEN,
    )
    if again:
        _open_again(session, again)
    if fresh or again:
        session.info[QUEUED] = True


def _look_up(session: Session, keys: Sequence[bytes]) -> Iterator[Any]:
    for start in range(0, len(keys), _LOOKED_UP):
        yield from session.connection().execute(_THERE, {"keys": keys[start : start + _LOOKED_UP]})


def _open_again(session: Session, plannings: Sequence[tuple[int, bytes, PlannedRows]]) -> None:
    rows = [
        {"which": key}
        | {f"new_{name}": value for name, value in message._asdict().items() if name != "public_id"}
        | {"new_dedupe_key": dedupe, "new_body": message.body.sealed()}
        for key, dedupe, (message, _, _) in plannings
    ]
    # By id, the order in which everybody locks messages.
    session.connection().execute(_REOPENED, sorted(rows, key=lambda row: int(row["which"])))
    questions = [
        one.question._asdict() | _OPEN for _, _, one in plannings if one.question is not None
    ]
    if questions:
        statement = upsert(session, AskedQuestion)
        put = statement.on_conflict_do_update(
            index_elements=["subscription_id", "item", "asked_at"],
            set_={name: statement.excluded[name] for name in ("closes_at", "remind_at", *_OPEN)},
            where=AskedQuestion.state == QuestionState.DROPPED.value,
        )
        session.connection().execute(put, questions)
