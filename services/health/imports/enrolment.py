"""Enrolment of people from a list, whose consent was taken elsewhere."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from gateway.phrases import DEFAULT_LANGUAGE
from services.core.errors import RowFault
from services.health.courses.compiled import compile_course
from services.health.courses.course_outbox import REPLANNED
from services.health.courses.plan_changes import leave_nothing, start_course
from services.health.courses.plans import lock
from services.health.courses.schedule import CoursePosition, due, last_date
from services.health.courses.staff import AHEAD_DAYS, FAR
from services.health.courses.subscriptions import (
    MEMBERS,
    OPEN,
    Enrolment,
    SubscriptionState,
    consent_to,
    invite,
)
from services.health.format.items import ALL
from services.health.format.model import ENROLMENT, Personal, Programme, render
from services.health.imports.rows import Joining, day
from services.health.versions.store import programme_by_id, published
from services.messaging.outbox import (
    OutboundMessage,
    SendOptions,
    Trace,
    enqueue_messages,
)
from services.storage.models import ProgrammeVersion, Subscription
from services.storage.vault import vault_of
from services.texts.catalogue import day_and_month, say
from sms.local_time import local_day
from sms.message import Kind, Late

BY_IMPORT = "import"
_WELCOME = "welcome"
_WELCOME_LIFE = timedelta(days=3)


class CourseChoice(NamedTuple):
    """The course that a row joins: version, language, cohort, and days (ISO) by anchor."""

    version: ProgrammeVersion
    programme: Programme
    language: str
    cohort: str
    anchors: Mapping[str, str]


class Programmes:
    """The active programmes, in their current versions; a person's days must be near `today`."""

    def __init__(self, session: Session, today: date) -> None:
        self._today = today
        self._by_code: dict[str, dict[str, tuple[ProgrammeVersion, Programme]]] = {}
        for version_id, language in published(session):
            found = programme_by_id(session, version_id)
            self._by_code.setdefault(found[0].code, {})[language] = found

    def open_to_lists(self, code: str) -> Programme:
        """Return a programme that people may join by a list, or raise RowFault."""
        by_language = self._by_code.get(code)
        if by_language is None:
            raise RowFault("programme", "is not approved", "see `bilum programme list`")
        programme = next(iter(by_language.values()))[1]
        if programme.trial is not None:
            advice = "send them its invitation: each person agrees by their own text"
            raise RowFault("programme", "is a trial, which people join themselves", advice)
        return programme

    def codes(self) -> list[str]:
        """Return the codes of all that are active."""
        return sorted(self._by_code)

    def languages(self, code: str) -> list[str]:
        """Return the languages in which a programme is approved."""
        return sorted(self._by_code.get(code, ()))

    def course(self, joining: Joining, language: str | None, unused: set[str]) -> CourseChoice:
        """Return the course that a row joins; add columns that are no anchor of it to `unused`.

        Raises:
            RowFault: the programme, its language, the cohort or a day is wrong.
        """
        self.open_to_lists(joining.programme)
        by_language = self._by_code[joining.programme]
        usual = (DEFAULT_LANGUAGE, *by_language)
        chosen = language or next(one for one in usual if one in by_language)
        if chosen not in by_language:
            advice = f"have it approved, or write {' or '.join(sorted(by_language))}"
            raise RowFault("language", "is not an approved language of the programme", advice)
        version, programme = by_language[chosen]
        days = self._days(joining, programme, unused)
        self._require_ahead(programme, days)
        return CourseChoice(version, programme, chosen, _cohort(joining, programme), days)

    def _require_ahead(self, programme: Programme, days: Mapping[str, str]) -> None:
        """Refuse days with which the course is over before it begins."""
        anchors = {ENROLMENT: self._today} | {
            code: date.fromisoformat(on) for code, on in days.items()
        }
        last = last_date(compile_course(programme), anchors)
        if last is not None and last < self._today:
            column = next(iter(days), "programme")
            advice = "ask the person for a new day, or leave the row out"
            raise RowFault(column, f"is so long ago that the course ended on {last}", advice)

    def _days(self, joining: Joining, programme: Programme, unused: set[str]) -> dict[str, str]:
        own = {anchor.code for anchor in programme.anchors if not anchor.dates}
        unused |= set(joining.anchors) - own
        found = {code: day(code, value) for code, value in joining.anchors.items() if code in own}
        for code, on in found.items():
            if abs(on - self._today) > FAR:
                raise RowFault(code, "is too far from today", "compare it with the form")
        return {code: on.isoformat() for code, on in found.items()}


def enrol(
    session: Session, enrolment: Enrolment, joining: Joining, course: CourseChoice, now: datetime
) -> bool:
    """Enrol a person; return False for a member, or a consent that was used before."""
    before = session.scalars(
        select(Subscription)
        .where(
            Subscription.person_id == enrolment.person,
            Subscription.programme == joining.programme,
            Subscription.state != SubscriptionState.FORGOTTEN.value,
        )
        .order_by(Subscription.id)
    ).all()
    if is_settled(before, joining.consented_on):
        return False
    open_one = next((one for one in before if one.state in OPEN), None)
    row = open_one or invite(session, enrolment, course.version, now)
    if open_one:
        # The signed consent stands for what was asked: an answer, or none, changes nothing more.
        lock(session, row)
        leave_nothing(session, row, REPLANNED, now)
    # The consent was given for the number in the list, so the texts go to it.
    row.number = enrolment.number
    row.number_index = vault_of(session).health_index(enrolment.number)
    row.zone = enrolment.zone
    row.version_id, row.language = course.version.id, course.language
    row.cohort, row.place = course.cohort, joining.place or row.place
    row.anchors = {**row.anchors, **course.anchors}
    source = f"{BY_IMPORT}: {joining.consent}, {joining.consented_on}"
    consent_to(session, row, course.programme, source, now)
    # `start_course` reads the row again.
    session.flush()
    start_course(session, row, course.programme, now)
    _welcome(session, row, enrolment, _text(course, joining, now), now)
    return True


def is_settled(before: Iterable[Subscription], consented_on: date | None) -> bool:
    """Tell whether somebody with these courses of a programme begins none by a consent."""
    return any(one.state in MEMBERS or _used(one, consented_on) for one in before)


class FirstText(NamedTuple):
    """A text that a person would get; `at` is None: at once."""

    at: datetime | None
    text: str


def first_texts(
    course: CourseChoice, joining: Joining, personal: Personal, zone: str, now: datetime
) -> list[FirstText]:
    """Return what somebody would get on joining by a list now, and in the two weeks after it."""
    today = local_day(now, zone)
    anchors = {ENROLMENT: today} | {
        code: date.fromisoformat(on) for code, on in course.anchors.items()
    }
    compiled = compile_course(course.programme)
    position = CoursePosition(course.cohort, anchors, now, zone)
    coming = due(compiled, position, today, today + timedelta(days=AHEAD_DAYS))
    # Nobody has said yet who reads this phone.
    told = personal._replace(anchors=anchors, discreet=True)
    return [
        FirstText(None, _text(course, joining, now)),
        *(
            FirstText(one.at, render(course.programme, one.item.text, course.language, told))
            for one in coming
        ),
    ]


def _text(course: CourseChoice, joining: Joining, now: datetime) -> str:
    day = joining.consented_on or local_day(now)
    # Nobody has said yet who reads this phone.
    title = say("programme.course", course.language)
    agreed = day_and_month(day, course.language)
    return say("programme.welcome", course.language, title=title, day=agreed)


def _welcome(
    session: Session, row: Subscription, enrolment: Enrolment, text: str, now: datetime
) -> None:
    """Tell a person what they joined and how they leave: they wrote nothing themselves."""
    origin = Trace(row.id, None, row.version_id, None, row.language)
    number, index = enrolment.number, row.number_index
    message = OutboundMessage(
        number, index, text, f"welcome\0{row.public_id}", enrolment.zone, origin
    )
    late, until = Late.SHIFT, now + _WELCOME_LIFE
    options = SendOptions(_WELCOME, now, until, Kind.PROGRAMME, scope=row.programme, late=late)
    enqueue_messages(session, [message], options)


def _used(row: Subscription, consented_on: date | None) -> bool:
    """Return whether a subscription began by this consent, or a later one."""
    if row.consented_at is None or consented_on is None:
        return False
    return local_day(row.consented_at) >= consented_on


def _cohort(joining: Joining, programme: Programme) -> str:
    cohorts = programme.cohorts or (ALL,)
    if joining.cohort is None:
        return cohorts[0]
    if joining.cohort not in cohorts:
        raise RowFault("cohort", "is none of the programme", f"write {' or '.join(cohorts)}")
    return joining.cohort
