"""Tasks of messages that nobody understood: one for each sender, while it is open."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import exists, literal, select
from sqlalchemy.orm import Session

from services.messaging.inbox import answered_among
from services.messaging.inbox_rules import POSSIBLE_DANGER, Service
from services.messaging.tasks.chores import TaskChore, do_chores
from services.messaging.tasks.model import NewTask, Outcome, Source, TaskEnd, TaskKind
from services.messaging.tasks.opening import open_task
from services.messaging.tasks.settling import end_task, settling
from services.storage.database import Database
from services.storage.models import Arrival, Contact, Subscription, Task, TaskSource
from services.storage.rowsets import digests
from services.storage.vault import Vault, vault_of

HEALTH_WAITS, DANGER_WAITS = timedelta(hours=2), timedelta(minutes=30)
"""Time after which others are told of a message to health that nobody answered."""
_AT_ONCE = 200
_LATELY = timedelta(days=7)
# What tells of disease has an alarm, whose task says where.
_ALARMED = "disease"
_OLDEST = (Arrival.received_at, Arrival.key_digest)
_WAITING = select(Arrival).where(
    Arrival.service.is_not(None),
    Arrival.sender.is_not(None),
    Arrival.outcome != _ALARMED,
    ~exists().where(TaskSource.arrival == Arrival.key_digest),
)
# A literal, or no plan for all values could go along the index of such texts.
_DANGEROUS = Arrival.outcome == literal(POSSIBLE_DANGER, literal_execute=True)
_KEPT = exists().where(Arrival.key_digest == TaskSource.arrival, Arrival.sender.is_not(None))


def keep_message_tasks(database: Database, now: datetime) -> None:
    """Open the tasks of messages that have none, and end those whose senders were forgotten.

    The clock calls it: at the door nobody waits for it.
    """
    do_chores(database, _CHORES, now)


def _find_dangerous(session: Session, _now: datetime) -> Sequence[bytes]:
    """Return the oldest texts that may tell of danger: however many others wait, however long."""
    dangerous = _WAITING.with_only_columns(Arrival.key_digest).where(_DANGEROUS)
    return session.scalars(dangerous.order_by(*_OLDEST).limit(_AT_ONCE)).all()


def _find_waiting(session: Session, now: datetime) -> Sequence[bytes]:
    lately = _WAITING.with_only_columns(Arrival.key_digest)
    return session.scalars(
        lately.where(Arrival.received_at > now - _LATELY).order_by(*_OLDEST).limit(_AT_ONCE)
    ).all()


def _open_waiting(session: Session, found: Sequence[bytes], now: datetime) -> None:
    vault = vault_of(session)
    still = _WAITING.where(Arrival.key_digest.in_(digests(session, found)))
    rows = session.scalars(still.order_by(*_OLDEST)).all()
    answered = answered_among(session, [row.key_digest for row in rows]) if rows else set()
    for row in rows:
        opened = open_task(
            session, _new(session, vault, row), [Source(arrival=row.key_digest)], now
        )
        if opened.fresh and row.key_digest in answered:
            end_task(session, session.get_one(Task, opened.id), TaskEnd(Outcome.SETTLED, now))


_CHORES = (
    TaskChore(_find_dangerous, _open_waiting),
    TaskChore(_find_waiting, _open_waiting),
    *settling({TaskKind.MESSAGE: _KEPT}),
)


def _new(session: Session, vault: Vault, row: Arrival) -> NewTask:
    """Return the task of a message; of health it names no party, and the newest programme."""
    service, sender = Service(row.service or Service.UNKNOWN), row.sender or ""
    if service is Service.HEALTH:
        index = vault.health_index(sender)
        programme = _newest(session, index)
        danger = row.outcome == POSSIBLE_DANGER
        topic = f"message\0{index.hex()}" + ("\0danger" if danger else "")
        return NewTask(
            TaskKind.MESSAGE,
            service,
            topic,
            row.province,
            programme,
            code=POSSIBLE_DANGER if danger else None,
            due_in=DANGER_WAITS if danger else HEALTH_WAITS,
        )
    index = vault.index(sender)
    party = session.scalar(
        select(Contact.party_id).where(Contact.number_index == index).order_by(Contact.id).limit(1)
    )
    topic = f"message\0{index.hex()}\0{service}"
    return NewTask(TaskKind.MESSAGE, service, topic, row.province, party_id=party)


def _newest(session: Session, index: bytes) -> str | None:
    courses: Sequence[str] = session.scalars(
        select(Subscription.programme)
        .where(Subscription.number_index == index)
        .order_by(Subscription.id.desc())
        .limit(1)
    ).all()
    return courses[0] if courses else None
