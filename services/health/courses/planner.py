"""The planner: queues every active course's texts until tomorrow, each once.

One chunk of people is one transaction: their messages and questions, and the day from which nothing
is planned yet. If the planner is killed, the next one finds the chunk unchanged; several may work
at once. A person's row is locked meanwhile; changes of a plan lock it too, and messages after it.
"""

import logging
from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    LargeBinary,
    Row,
    bindparam,
    select,
    tuple_,
    type_coerce,
    update,
)
from sqlalchemy.orm import InstrumentedAttribute, Session

from services.core.error_logging import log_exception
from services.health.courses.course_messages import (
    CourseTexts,
    KnownPerson,
    MessageSlot,
    PersonalText,
    Receiver,
    dates,
    dedupe_key,
    ordered_ids,
)
from services.health.courses.planner_rows import (
    CourseMessageRow,
    PlannedRows,
    QuestionRow,
    write_messages,
)
from services.health.courses.schedule import CoursePosition, due, instant, local_date, next_day
from services.health.courses.subscriptions import SubscriptionState, question_times
from services.health.format.trials import group_of
from services.health.versions.store import approved_languages, programme_by_id, readable
from services.storage.models import Party, Subscription
from services.storage.persons import homes_of
from services.storage.rowsets import keys, spans
from services.storage.vault import Vault
from sms.message import DEFAULT_ZONE

_LOG = logging.getLogger(__name__)

AHEAD = timedelta(hours=24)
"""A day is planned this long before it begins in Port Moresby."""

PEOPLE = 2_000
_MIDNIGHT = time(0)


def _stored(column: InstrumentedAttribute[Any]) -> ColumnElement[bytes]:
    """Return a sealed column as the database stores it."""
    return type_coerce(column, LargeBinary).label(column.key)


# Built once, because building is expensive. One table only, so that its index finds the rows.
_PEOPLE = (
    select(
        Subscription.id,
        Subscription.public_id,
        Subscription.person_id,
        Subscription.programme,
        Subscription.version_id,
        Subscription.language,
        Subscription.cohort,
        Subscription.arm,
        Subscription.discreet,
        _stored(Subscription.number),
        Subscription.number_index,
        Subscription.zone,
        _stored(Subscription.place),
        Subscription.anchors,
        Subscription.campaign_id,
        Subscription.activated_at,
        Subscription.since,
        Subscription.next_on,
    )
    .where(
        Subscription.next_on <= bindparam("horizon"),
        Subscription.state == SubscriptionState.ACTIVE.value,
        Subscription.number.is_not(None),
        tuple_(Subscription.version_id, Subscription.language).in_(
            bindparam("approved", expanding=True)
        ),
    )
    .order_by(Subscription.next_on, Subscription.id)
    .limit(bindparam("limit"))
    .with_for_update(skip_locked=True, key_share=True)
)


def plan(session: Session, vault: Vault, now: datetime, *, limit: int = PEOPLE) -> int:
    """Plan one chunk of people, the longest waiting first; return how many (0: no more).

    Texts delayed by an outage are planned for their true time; the dispatcher closes the late ones.
    `session` is a writing session with no other work in it.
    """
    until = horizon(now)
    approved = sorted(
        (version_id, language)
        for version_id, language in approved_languages(session)
        if readable(session, version_id)
    )
    wanted = {"horizon": until, "approved": approved, "limit": limit}
    rows = session.connection().execute(_PEOPLE, wanted).all() if approved else []
    if not rows:
        return 0
    chunk = _Chunk(session, vault, now)
    for row in rows:
        try:
            chunk.add(row, until)
        except Exception as error:  # noqa: BLE001 — one person's fault keeps nobody else waiting
            log_exception(_LOG, f"the course of subscription {row.id} cannot be planned", error)
    chunk.read_people()
    write_messages(session, chunk.plannings, now)
    _move(session, chunk.moved)
    return len(chunk.moved)


def horizon(now: datetime) -> date:
    """Return the last day to plan now, local to each receiver."""
    return local_date(now + AHEAD, DEFAULT_ZONE)


class _SharedPlan(NamedTuple):
    """The plan shared by people at the same position; `following` is the next day to plan."""

    anchors: Mapping[str, date]
    slots: Sequence[MessageSlot]
    following: date | None


class _Chunk:
    """The plan of a chunk of people: their messages, and the next day to plan for each."""

    def __init__(self, session: Session, vault: Vault, now: datetime) -> None:
        self.plannings: list[PlannedRows] = []
        self.moved: list[tuple[int, date | None]] = []
        self._session = session
        self._vault = vault
        self._ids = ordered_ids(now)
        self._texts: dict[int, CourseTexts] = {}
        self._people: dict[int, KnownPerson] = {}
        self._shares: dict[tuple[object, ...], _SharedPlan] = {}

    def add(self, row: Row[*tuple[Any, ...]], until: date) -> None:
        """Plan one person up to a day."""
        texts = self._texts.get(row.version_id) or self._load(row.version_id)
        anchors, slots, following = self._share(texts, row, until)
        receiver = Receiver(row.language, row.discreet, row.person_id, row.place, anchors)
        changed = row.since != row.activated_at
        plannings = []
        for slot in slots:
            text = PersonalText(texts, slot.item, receiver)
            if texts.is_personal(slot.item, receiver):
                self._people[row.person_id] = KnownPerson()
            message = _message(row, slot, next(self._ids), text)
            plannings.append(PlannedRows(message, _question(row, slot), changed))
        self.plannings += plannings
        self.moved.append((row.id, following))

    def _share(self, texts: CourseTexts, row: Row[*tuple[Any, ...]], until: date) -> _SharedPlan:
        """Return the plan of a person's position, computed once: many began on the same day."""
        first, since = row.next_on, row.since
        if since is not None and since < instant(first, _MIDNIGHT, row.zone):
            since = None
        group = group_of(row.cohort, row.arm)
        key = (row.version_id, group, row.zone, first, since, *row.anchors.items())
        if key not in self._shares:
            position = CoursePosition(group, dates(row.anchors), since, row.zone)
            plan = due(texts.course, position, first, until)
            slots = [MessageSlot.of(planned, row.zone) for planned in plan]
            following = next_day(texts.course, position, until)
            self._shares[key] = _SharedPlan(position.anchors, slots, following)
        return self._shares[key]

    def read_people(self) -> None:
        """Read the names and provinces that the texts contain."""
        if self._people:
            people = homes_of(self._session, self._people)
            wanted = select(Party.public_id, _stored(Party.name)).where(
                Party.public_id.in_(one.party for one in people.values())
            )
            names = {row.public_id: row.name for row in self._session.execute(wanted)}
            self._people.update(
                (key, KnownPerson(names.get(one.party), one.province))
                for key, one in people.items()
            )

    def _load(self, version_id: int) -> CourseTexts:
        _, programme = programme_by_id(self._session, version_id)
        return self._texts.setdefault(version_id, CourseTexts(programme, self._vault, self._people))


def _message(
    row: Row[*tuple[Any, ...]], slot: MessageSlot, public_id: UUID, text: PersonalText
) -> CourseMessageRow:
    item = slot.item
    return CourseMessageRow(
        public_id,
        dedupe_key(row.public_id, item.id, slot.on),
        recipient=row.number,
        recipient_index=row.number_index,
        body=text,
        scope=row.programme,
        zone=row.zone,
        late=item.late.value,
        double_ok=item.double_ok,
        planned_at=slot.at,
        due_at=slot.at,
        expires_at=slot.expires_at,
        subscription_id=row.id,
        campaign_id=row.campaign_id,
        version_id=text.texts.programme.source(item.id, row.language, row.version_id),
        item=item.id,
        language=row.language,
    )


def _question(row: Row[*tuple[Any, ...]], slot: MessageSlot) -> QuestionRow | None:
    if slot.item.ask is None:
        return None
    times: dict[str, Any] = question_times(slot.item.ask, slot.at)
    return QuestionRow(row.id, slot.item.id, row.number_index, **times)


def _move(session: Session, moved: Sequence[tuple[int, date | None]]) -> None:
    days = spans(session, [(key, day, day) for key, day in moved if day])
    connection = session.connection()
    connection.execute(
        update(Subscription).where(Subscription.id == days.c.id).values(next_on=days.c.first)
    )
    if done := [key for key, day in moved if day is None]:
        connection.execute(
            update(Subscription)
            .where(Subscription.id.in_(keys(session, done)))
            .values(next_on=None)
        )
