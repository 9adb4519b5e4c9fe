"""A person's plan before and after a change, and its rows: closed, kept and reserved.

Assessments still to come before a change are asked after it too. If the new plan asks one, it is
asked then; if it waits in the outbox, it stays there; any other gets a reserved date: see
`services.health.courses.schedule`. That is the old date if its anchor was removed, and the next
possible one if its day is past by the new anchor, or fell into a pause.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, time, timedelta

from sqlalchemy import ColumnElement, and_, not_, select
from sqlalchemy.orm import Session

from services.health.courses.compiled import compile_course
from services.health.courses.course_messages import dates, dedupe_key, own_dates
from services.health.courses.course_outbox import REPLANNED, cancel_messages, course_texts
from services.health.courses.schedule import (
    EXTRA,
    SKIPPED,
    CoursePosition,
    Difference,
    Planned,
    difference,
    due,
    instant,
    next_day,
)
from services.health.courses.subscriptions import SubscriptionState, note_change
from services.health.format.items import Item
from services.health.format.model import Personal, Programme, render
from services.health.format.trials import group_of
from services.messaging.outbox import COURSE, call_off
from services.storage.models import Message, Person, Subscription
from services.storage.persons import party_of_person
from sms.local_time import local_day
from sms.message import Kind, MessageState
from sms.reasons import Reason

_DAY, _MOMENT = timedelta(days=1), timedelta(microseconds=1)
_PUT_OFF = timedelta(days=8)
"""Longest postponement before a text expires."""


class Replan:
    """A change of a person's plan, in a transaction that has locked the subscription.

    Make it before the change of anchors, cohort, language, zone, state or discreet mode, and call
    `settle` after it. The subscription is active or paused.

    Attributes:
        waiting: messages of the course in the outbox.
        unplanned: texts to come without a row; those that fall into a pause are included.
    """

    def __init__(
        self, session: Session, row: Subscription, programme: Programme, now: datetime
    ) -> None:
        self._session = session
        self._row = row
        self._programme = programme
        # The planner takes a plan whose `since` is the activation for one that never changed.
        self._now = now + _MOMENT if now == row.activated_at else now
        self.course = compile_course(programme)
        self._assessments = {item.id for item in self.course.items.values() if item.assessment}
        self._texts = course_texts(session, row, now)
        self.waiting = self._texts.waiting
        self.unplanned = self._unplanned()
        self._before = [*self.placed(self.waiting), *self.unplanned]
        self._reserved = {code for code in row.anchors if _is_extra(code)}
        asked_for = [planned for planned in self.unplanned if planned.item.assessment]
        owed = [*self.placed(self.waiting), *not_yet_written(session, row, asked_for)]
        self._owed = {planned.item.id: planned for planned in owed if planned.item.assessment}

    @property
    def _group(self) -> str:
        return group_of(self._row.cohort, self._row.arm)

    @property
    def today(self) -> date:
        """Return the person's local day."""
        return local_day(self._now, self._row.zone)

    def placed(self, messages: Iterable[Message]) -> list[Planned]:
        """Return messages of the course at their planned times."""
        return [
            Planned(
                self.course.items[one.item], local_day(one.planned_at, one.zone), one.planned_at
            )
            for one in messages
            if one.item and one.item in self.course.items
        ]

    def reserve_missed(self) -> None:
        """Reserve dates for assessments whose time passed before they were planned."""
        missed = {
            EXTRA + planned.item.id: self._next_possible(planned.item).isoformat()
            for planned in self.unplanned
            if planned.item.id in self._owed and planned.at < self._now
        }
        self._row.anchors = self._row.anchors | missed

    def take_back(self, closed: Sequence[Message], others: ColumnElement[bool]) -> None:
        """Pause the course: cancel the texts of the plan that are closed, and `others` of it.

        Of what was sent, assessments alone are tried again.
        """
        cancel_messages(self._session, closed)
        for one in self._texts.in_flight:
            if one.item not in self._assessments:
                one.called_off = Reason.REPLANNED.value
        mine = and_(
            Message.subscription_id == self._row.id,
            Message.kind == Kind.PROGRAMME.value,
            Message.purpose != COURSE,
            others,
        )
        call_off(self._session, mine, REPLANNED, self._now)
        self.reserve_missed()
        self._row.state, self._row.next_on = SubscriptionState.PAUSED.value, None

    def settle(self) -> Difference:
        """Write the new plan; return its difference from the old one."""
        row = self._row
        row.since = self._now
        mine = {code: on for code, on in dates(row.anchors).items() if not _is_extra(code)}
        coming = {planned.item.id for planned in self._to_come(mine)}
        kept = self._kept(self.waiting, mine, coming)
        settled = coming | {one.item for one in kept}
        mine |= {
            EXTRA + key: self._new_date(planned, mine)
            for key, planned in self._owed.items()
            if key not in settled
        }
        row.anchors = {
            code: on.isoformat()
            for code, on in mine.items()
            if not code.startswith(SKIPPED) or on >= self.today
        }
        cancel_messages(self._session, [one for one in self.waiting if one not in kept])
        self._write_again(kept, mine)
        self._call_off(mine, coming)
        active = row.state == SubscriptionState.ACTIVE
        position = self._position(mine, row.since)
        row.next_on = next_day(self.course, position, self.today - _DAY) if active else None
        self._session.flush()
        return difference(_once(self._before), _once([*self.placed(kept), *self._to_come(mine)]))

    def _position(self, anchors: Mapping[str, date], since: datetime | None) -> CoursePosition:
        return CoursePosition(self._group, anchors, since, self._row.zone, self._row.hour)

    def _to_come(self, anchors: Mapping[str, date]) -> list[Planned]:
        return due(self.course, self._position(anchors, self._now), self.today, date.max)

    def _unplanned(self) -> list[Planned]:
        row, since, first = self._row, self._row.since, self._row.next_on
        if row.state == SubscriptionState.PAUSED and row.paused_at and since:
            since = max(since, row.paused_at)
            first = local_day(since, row.zone)
        if first is None:
            return []
        return due(self.course, self._position(dates(row.anchors), since), first, date.max)

    def _kept(
        self, messages: Sequence[Message], anchors: Mapping[str, date], coming: Collection[str]
    ) -> list[Message]:
        """Return the messages that the new plan has, or that ask an assessment it lost."""
        if not messages:
            return []
        first = min(local_day(one.planned_at, one.zone) for one in messages) - _PUT_OFF
        new = plan_by_key(
            self._row, due(self.course, self._position(anchors, None), first, date.max)
        )
        kept = []
        for one in messages:
            planned = new.get(one.dedupe_key)
            if planned:
                # What was postponed or sent would not be planned again.
                done = planned.at < self._now or one.state != MessageState.QUEUED
                stays = planned.at == one.planned_at or done
            else:
                stays = one.item in self._assessments and one.item not in coming
            if stays:
                kept.append(one)
        return kept

    def _new_date(self, owed: Planned, anchors: Mapping[str, date]) -> date:
        """Return the date of an assessment that the new plan no longer asks.

        The old date stays if no anchor counts for it any more, or if only the course ends before
        it. If its day is past by the current anchors, or fell into a pause, it moves to the next
        possible day.
        """
        key = owed.item.id
        counts = any(
            key in track.ids and track.bases(anchors)
            for track in self.course.tracks(self._group, anchors)
        )
        stays = EXTRA + key in self._reserved or not counts or self._is_own_day(owed, anchors)
        if owed.at >= self._now and stays:
            return owed.on
        return self._next_possible(owed.item)

    def _is_own_day(self, owed: Planned, anchors: Mapping[str, date]) -> bool:
        """Return whether only the end of the course takes an assessment off its day."""
        return any(
            owed.item in track.items.get((owed.on - base).days, ())
            for track in self.course.tracks(self._group, anchors)
            for base in track.bases(anchors)
        )

    def _next_possible(self, item: Item) -> date:
        """Return the next local day on which the time of an item is still to come."""
        today, hour = self.today, self._row.hour if item.moves else None
        # With other texts of the day it may come at any time from the earlier of both on.
        at = item.at if hour is None else min(item.at, time(hour))
        return today if instant(today, at, self._row.zone) >= self._now else today + _DAY

    def _write_again(self, kept: Sequence[Message], anchors: Mapping[str, date]) -> None:
        """Render kept messages anew; a worker holding a lease on the old text loses it."""
        row = self._row
        for one, body in self._worded(kept, anchors):
            if body != one.body:
                one.body, one.language = body, row.language
                one.version_id = self._programme.source(
                    one.item or "", row.language, row.version_id
                )
                one.leased_by = one.leased_until = None

    def _call_off(self, anchors: Mapping[str, date], coming: Collection[str]) -> None:
        """Let texts that were sent not be tried again where the new plan has them otherwise."""
        texts = self._texts
        sent = list({texts.whole(one).id: texts.whole(one) for one in texts.in_flight}.values())
        kept = self._kept(sent, anchors, coming)
        same = [one for one, body in self._worded(kept, anchors) if body == one.body]
        for one in texts.in_flight:
            if texts.whole(one) not in same:
                one.called_off = Reason.REPLANNED.value

    def _worded(
        self, messages: Sequence[Message], anchors: Mapping[str, date]
    ) -> Iterator[tuple[Message, str]]:
        """Yield messages of the course, each with its text as the person would get it now."""
        row = self._row
        person = self._session.get(Person, row.person_id) if messages else None
        party = party_of_person(self._session, row.person_id) if messages else None
        name = party.name if party else None
        province = person.province if person else None
        personal = Personal(name, row.place, own_dates(anchors), row.discreet, province)
        for one in messages:
            text = self.course.items[one.item or ""].text
            yield one, render(self._programme, text, row.language, personal)


def _is_extra(code: str) -> bool:
    return code.startswith(EXTRA) and not code.startswith(SKIPPED)


def _once(plan: Sequence[Planned]) -> list[Planned]:
    by_key = {(planned.item.id, planned.at): planned for planned in plan}
    return sorted(by_key.values(), key=lambda planned: planned.at)


def lock(session: Session, row: Subscription) -> None:
    """Lock a subscription and read its row again; changes not yet written are kept."""
    # SQLAlchemy's refresh would discard unwritten changes.
    session.flush()
    session.refresh(row, with_for_update=True)


def note_difference(
    session: Session, row: Subscription, what: str, now: datetime, found: Difference
) -> None:
    """Record the texts that a change cancelled and created."""
    details = {
        name: [{"item": one.item.id, "at": one.at.isoformat()} for one in plan]
        for name, plan in found._asdict().items()
    }
    note_change(session, row, what, now, details)


def not_yet_written(session: Session, row: Subscription, plan: Iterable[Planned]) -> list[Planned]:
    """Return the planned texts without a message, or whose message a replan cancelled."""
    wanted = plan_by_key(row, plan)
    taken_back = and_(Message.state == MessageState.CANCELLED, Message.reason == Reason.REPLANNED)
    live = set(
        session.scalars(
            select(Message.dedupe_key).where(Message.dedupe_key.in_(wanted), not_(taken_back))
        )
    )
    return [planned for key, planned in wanted.items() if key not in live]


def plan_by_key(row: Subscription, plan: Iterable[Planned]) -> dict[bytes, Planned]:
    """Return a person's plan by dedupe key."""
    return {dedupe_key(row.public_id, planned.item.id, planned.on): planned for planned in plan}
