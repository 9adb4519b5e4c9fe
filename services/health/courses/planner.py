"""The planner: queues every active course's texts until tomorrow, each once.

One chunk of people is one transaction: their messages and questions, and the day from which nothing
is planned yet. If the planner is killed, the next one finds the chunk unchanged; several may work
at once. A person's row is locked meanwhile; changes of a plan lock it too, and messages after it.
"""

import logging
from collections.abc import Iterable, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Date,
    Integer,
    LargeBinary,
    bindparam,
    select,
    tuple_,
    type_coerce,
)
from sqlalchemy.orm import InstrumentedAttribute, Session

from services.core.collecting import seldom
from services.core.error_logging import log_exception
from services.core.errors import WrongDataKey
from services.health.courses.course_messages import (
    CourseTexts,
    DatedItem,
    KnownPerson,
    MessageSlot,
    PersonalText,
    Receiver,
    ordered_ids,
)
from services.health.courses.planner_rows import (
    CourseMessageRow,
    PlannedRows,
    QuestionRow,
    write_messages,
)
from services.health.courses.schedule import instant
from services.health.courses.shared_plans import SharedPosition, shared_plan
from services.health.courses.subscriptions import SubscriptionState, question_times
from services.health.format.trials import group_of
from services.health.versions.store import approved_languages, programme_by_id, readable
from services.storage.bulk import update_rows
from services.storage.key_check import open_or_none, require_own_key
from services.storage.models import Party, Subscription
from services.storage.persons import homes_of
from services.storage.rowsets import public_ids
from services.storage.vault import Vault
from sms.local_time import local_day

_LOG = logging.getLogger(__name__)

AHEAD = timedelta(hours=24)
"""A day is planned this long before it begins in Port Moresby."""

PEOPLE = 2_000
_MIDNIGHT = time(0)


def _stored(column: InstrumentedAttribute[Any]) -> ColumnElement[bytes]:
    """Return a sealed column as the database stores it."""
    return type_coerce(column, LargeBinary).label(column.key)


class _DuePerson(NamedTuple):
    """A subscription with something to plan; `changed`: its plan was, since it became active."""

    id: int
    public_id: UUID
    person_id: int
    programme: str
    version_id: int
    language: str
    cohort: str
    arm: str | None
    discreet: bool
    number: bytes
    number_index: bytes
    zone: str
    hour: int | None
    place: bytes | None
    anchors: bytes
    campaign_id: int | None
    since: datetime | None
    next_on: date
    changed: bool


# Built once each, because building is expensive. One table only, so that its index finds the rows.
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
        Subscription.hour,
        _stored(Subscription.place),
        _stored(Subscription.anchors),
        Subscription.campaign_id,
        Subscription.since,
        Subscription.next_on,
        Subscription.since.is_distinct_from(Subscription.activated_at),
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
_FURTHER = _PEOPLE.where(
    tuple_(Subscription.next_on, Subscription.id)
    > tuple_(bindparam("last_on", type_=Date), bindparam("last_id", type_=Integer))
)


def plan(session: Session, vault: Vault, now: datetime, *, limit: int = PEOPLE) -> int:
    """Plan one chunk of people, the longest waiting first; return how many (0: no more).

    Texts delayed by an outage are planned for their true time; the dispatcher closes the late ones.
    `session` is a writing session with no other work in it.
    """
    approved = sorted(
        (version_id, language)
        for version_id, language in approved_languages(session)
        if readable(session, version_id)
    )
    if not approved:
        return 0
    with seldom():
        return _plan_all(session, _Chunk(session, vault, now), limit, approved)


def horizon(now: datetime) -> date:
    """Return the last day to plan now, local to each receiver."""
    return local_day(now + AHEAD)


def _plan_all(session: Session, chunk: "_Chunk", limit: int, approved: Sequence[object]) -> int:
    connection, wanted = session.connection(), {"horizon": horizon(chunk.now), "approved": approved}
    rows = connection.execute(_PEOPLE, wanted | {"limit": limit}).all()
    # Who is passed over comes first again each time: others take their places in the chunk.
    while rows and chunk.add_all(map(_DuePerson._make, rows)) and len(chunk.moved) < limit:
        last = {"last_on": rows[-1].next_on, "last_id": rows[-1].id}
        lacking = {"limit": limit - len(chunk.moved)}
        rows = connection.execute(_FURTHER, wanted | last | lacking).all()
    chunk.read_people()
    write_messages(session, chunk.plannings, chunk.now)
    update_rows(session, Subscription, ("next_on",), chunk.moved)
    return len(chunk.moved)


class _Chunk:
    """The plan of a chunk of people: their messages, and the next day to plan for each."""

    def __init__(self, session: Session, vault: Vault, now: datetime) -> None:
        self.now = now
        self.plannings: list[PlannedRows] = []
        self.moved: list[tuple[int, date | None]] = []
        self._session = session
        self._vault = vault
        self._until = horizon(now)
        self._ids = ordered_ids(now)
        self._texts: dict[int, CourseTexts] = {}
        self._people: dict[int, KnownPerson] = {}

    def add_all(self, people: Iterable[_DuePerson]) -> int:
        """Plan people; return how many were passed over, and logged, since they cannot be planned.

        Raises:
            WrongDataKey: it is not their dates: the data key is another database's.
        """
        shut, failed = list[int](), 0
        for one in people:
            try:
                self._add(one)
            except WrongDataKey:
                if not shut and not require_own_key(self._session):
                    raise
                shut.append(one.id)
            except Exception as error:  # noqa: BLE001 — one's fault keeps nobody else waiting
                failed += 1
                log_exception(_LOG, f"the course of subscription {one.id} cannot be planned", error)
        if shut:
            told = len(shut), shut[0]
            _LOG.error(
                "the dates of %s courses do not open with the data key: first subscription %s",
                *told,
            )
        return failed + len(shut)

    def _add(self, one: _DuePerson) -> None:
        texts = self._texts.get(one.version_id) or self._load(one.version_id)
        shared = shared_plan(texts.same, self._position(one))
        receiver = Receiver(one.language, one.discreet, one.person_id, None, shared.anchors)
        if [slot for slot in shared.slots if texts.is_personal(slot.item, receiver)]:
            self._people[one.person_id] = KnownPerson()
            place = self._open(one.place, f"the place of subscription {one.id}")
            receiver = receiver._replace(place=place)
        plannings = []
        for slot in shared.slots:
            text = PersonalText(texts, slot.item, receiver)
            message = _message(one, slot, next(self._ids), text)
            plannings.append(PlannedRows(message, _question(one, slot), one.changed))
        self.plannings += plannings
        self.moved.append((one.id, shared.following))

    def _position(self, one: _DuePerson) -> SharedPosition:
        since, first = one.since, one.next_on
        # Almost everybody began before, and then it does not matter when.
        if since is not None and since < instant(first, _MIDNIGHT, one.zone):
            since = None
        anchors = self._vault.open(one.anchors)
        group = group_of(one.cohort, one.arm)
        return SharedPosition(group, one.zone, one.hour, anchors, since, first, self._until)

    def read_people(self) -> None:
        """Read the names and provinces that the texts contain."""
        if self._people:
            people = homes_of(self._session, self._people)
            wanted = select(Party.public_id, _stored(Party.name)).where(
                Party.public_id.in_(
                    public_ids(self._session, (one.party for one in people.values()))
                )
            )
            names = {row.public_id: row.name for row in self._session.execute(wanted)}
            for key, one in people.items():
                name = self._open(names.get(one.party), f"the name of person {key}")
                self._people[key] = KnownPerson(name, one.province)

    def _open(self, sealed: bytes | None, name: str) -> str | None:
        return None if sealed is None else open_or_none(self._session, sealed, name)

    def _load(self, version_id: int) -> CourseTexts:
        _, programme = programme_by_id(self._session, version_id)
        return self._texts.setdefault(version_id, CourseTexts(programme, self._vault, self._people))


def _message(
    one: _DuePerson, slot: MessageSlot, public_id: UUID, text: PersonalText
) -> CourseMessageRow:
    item = slot.item
    return CourseMessageRow(
        public_id,
        DatedItem(one.public_id, item.id, slot.on),
        recipient=one.number,
        recipient_index=one.number_index,
        body=text,
        scope=one.programme,
        zone=one.zone,
        late=item.late.value,
        double_ok=item.double_ok,
        planned_at=slot.at,
        due_at=slot.at,
        expires_at=slot.expires_at,
        subscription_id=one.id,
        campaign_id=one.campaign_id,
        version_id=text.texts.programme.source(item.id, one.language, one.version_id),
        item=item.id,
        language=one.language,
    )


def _question(one: _DuePerson, slot: MessageSlot) -> QuestionRow | None:
    if slot.item.ask is None:
        return None
    times: dict[str, Any] = question_times(slot.item.ask, slot.at)
    return QuestionRow(one.id, slot.item.id, one.number_index, **times)
