"""Censuses of pigs: drafted by an officer, opened by a second one, and closed.

Nothing is sent before a second officer has seen whom it asks and what that costs.
"""

import secrets
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import NamedTuple
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Select, exists, func, select
from sqlalchemy.orm import Session

from services.core.errors import Invalid, NotFound
from services.core.geography import zone_of
from services.livestock.control.acts import act_report, recorded_key, row_made_by
from services.livestock.control.errors import (
    CensusEnded,
    CensusOverlaps,
    NeedsAPerson,
    SameOfficer,
)
from services.livestock.control.notices import Officer
from services.livestock.domain.census import CensusArea, CensusState
from services.livestock.domain.model import Act, EventType, SecretSubject, event_id
from services.livestock.recording.record import record_one
from services.storage.bulk import advance_counter
from services.storage.models import Census, Contact, Party, Premises
from services.texts.catalogue import LANGUAGES, day_and_month, language_of, say
from sms.encoding import count
from sms.local_time import DEFAULT_ZONE, local_day

QUESTIONS = ASK, AGAIN = "census.ask", "census.again"
"""Sentences of the first question, and of the second."""
LONGEST = timedelta(days=120)
LONGEST_AHEAD = timedelta(days=365)
HOMES = ("household", "village_herd", "piggery")
"""Kinds of premises whose keepers are asked; a market or an abattoir keeps no herd."""


class CensusDraft(NamedTuple):
    """A census before it is drafted: its area and its local days, both inclusive."""

    area: CensusArea
    first_day: date
    last_day: date


class _Reach(NamedTuple):
    """Keepers whom a census asks and those without a phone; segments, and their cost in toea."""

    keepers: int
    without_phone: int
    segments: int
    cost: int


def draft_census(
    session: Session,
    draft: CensusDraft,
    officer: Officer,
    price_toea: int,
    lock: Callable[[], None],
) -> Census:
    """Draft a census; nothing is sent. The same event drafts it once.

    Args:
        lock: takes the writers' lock, once all keepers are counted.

    Raises:
        NeedsAPerson: the token belongs to no person.
        Invalid: its days make no sense, or nobody keeps pigs there.
        CensusOverlaps: another one asks keepers of the area on some of its days.
    """
    if officer.party_id is None:
        raise NeedsAPerson
    now, year = officer.act.origin.recorded_at, draft.first_day.year
    row = Census(
        public_id=uuid4(),
        subject_key=secrets.token_bytes(32),
        state=CensusState.DRAFTED.value,
        province=draft.area.province,
        district=draft.area.district,
        first_day=draft.first_day,
        last_day=draft.last_day,
        drafted_by_id=officer.party_id,
        drafted_at=now,
    )
    row.keepers, row.without_phone, row.segments, row.cost = _reach(session, row, price_toea)
    lock()
    if (seen := recorded_key(session, officer.act.event_id)) is not None:
        return row_made_by(session, Census, Census.draft_id == seen)
    check_days(draft, local_day(now))
    _require_alone(session, draft)
    if not row.keepers + row.without_phone:
        raise Invalid("Nobody is known to keep pigs there: check the names", {"district": ["?"]})
    row.number = f"C-{year}-{advance_counter(session, f'census_{year}')}"
    row.draft_id = _record(session, row, "drafted", officer.act)
    session.add(row)
    session.flush()
    return row


def open_census(
    session: Session,
    number: str,
    officer: Officer,
    price_toea: int,
    lock: Callable[[], None],
) -> Census:
    """Open a census that another officer drafted; the clock asks from its first day on.

    Args:
        lock: takes the writers' lock, once all keepers are counted.

    Raises:
        NotFound: there is none.
        NeedsAPerson, SameOfficer: the token belongs to no person, or to the author.
        CensusEnded: it is closed, or its last day is over.
    """
    row = find_census(session, number)
    if officer.party_id is None:
        raise NeedsAPerson
    if officer.party_id == row.drafted_by_id:
        raise SameOfficer
    reach = _reach(session, row, price_toea)
    # Before the row, as the clock does.
    lock()
    session.refresh(row, with_for_update=True)
    if row.state == CensusState.OPEN:
        return row
    now = officer.act.origin.recorded_at
    if row.state == CensusState.CLOSED or row.last_day < local_day(now):
        raise CensusEnded(number=row.number)
    row.state, row.opened_at = CensusState.OPEN.value, now
    row.approved_by_id = officer.party_id
    row.keepers, row.without_phone, row.segments, row.cost = reach
    _record(session, row, "opened", officer.act)
    session.flush()
    return row


def close_census(session: Session, row: Census, act: Act) -> Census:
    """Close a census: it asks nobody any more, and later answers are late."""
    session.refresh(row, with_for_update=True)
    if row.state != CensusState.CLOSED:
        row.state, row.closed_at = CensusState.CLOSED.value, act.origin.recorded_at
        _record(session, row, "closed", act)
        session.flush()
    return row


def clock_act(row: Census, what: str, act: Act) -> Act:
    """Return the act by which the clock changes a census, once."""
    return act._replace(event_id=event_id("census", f"{row.public_id}\0{what}", 0))


def find_census(session: Session, number: str) -> Census:
    """Return a census by its number.

    Raises:
        NotFound: there is none.
    """
    row = session.scalars(select(Census).where(Census.number == number.strip().upper())).first()
    if row is None:
        raise NotFound("There is no such census: see the list of censuses")
    return row


def list_censuses(session: Session) -> Sequence[Census]:
    """Return all censuses, newest first."""
    return session.scalars(select(Census).order_by(Census.id.desc())).all()


def area_of_census(row: Census) -> CensusArea:
    """Return the area of a census."""
    return CensusArea(row.province, row.district)


def homes_in(area: CensusArea) -> ColumnElement[bool]:
    """Return the condition on premises where keepers of an area keep pigs."""
    homes = Premises.kind.in_(HOMES) & Premises.keeper_id.is_not(None)
    if area.province is not None:
        homes &= Premises.province == area.province
    if area.district is not None:
        homes &= func.lower(Premises.district) == area.district.lower()
    return homes


def places_of(area: CensusArea, keeper: int) -> Select[int]:
    """Select the premises of a keeper in an area."""
    return select(Premises.id).where(Premises.keeper_id == keeper, homes_in(area))


def census_subject(row: Census) -> SecretSubject:
    """Return a census as the subject of an event."""
    return SecretSubject("census", row.public_id, row.subject_key, row.number, row.id)


def question_name(row: Census, code: str, keeper: UUID) -> str:
    """Return the `dedupe` of a question to a keeper (public id): each is queued once."""
    return f"{code}\0{row.public_id}\0{keeper}"


def question(row: Census, code: str, language: str) -> str:
    """Write one of the questions of a census."""
    day = day_and_month(row.last_day, language)
    return say(code, language, area=area_of_census(row).name or "PNG", day=day)


def end_of(row: Census) -> datetime:
    """Return the end of the last day of a census (UTC)."""
    here = ZoneInfo(zone_of(row.province) if row.province else DEFAULT_ZONE)
    return datetime.combine(row.last_day + timedelta(days=1), time(), here).astimezone(UTC)


def check_days(draft: CensusDraft, today: date) -> None:
    """Refuse days on which nobody could answer.

    Raises:
        Invalid: they are over, too many, too far ahead, or in the wrong order.
    """
    first, last = draft.first_day, draft.last_day
    if last < max(first, today) or last - first > LONGEST:
        most = f"must be {max(first, today)} or later, and {LONGEST.days} days at most"
        raise Invalid("The days of the census make no sense", {"last_day": [most]})
    if first - today > LONGEST_AHEAD:
        raise Invalid("The census is too far ahead", {"first_day": ["must be within a year"]})


def _require_alone(session: Session, draft: CensusDraft) -> None:
    others = select(Census).where(
        Census.state != CensusState.CLOSED.value,
        Census.first_day <= draft.last_day,
        Census.last_day >= draft.first_day,
    )
    for one in session.scalars(others.order_by(Census.id)):
        if area_of_census(one).meets(draft.area):
            raise CensusOverlaps(number=one.number)


def _reach(session: Session, row: Census, price_toea: int) -> _Reach:
    """Count the keepers whom a census asks, and what that costs; every keeper once.

    It may take seconds, in which nobody needs the writers' lock.
    """
    kept = select(Premises.keeper_id).where(homes_in(area_of_census(row))).distinct()
    phone = exists().where(Contact.party_id == Party.id)
    rows = session.execute(
        select(Party.language, phone, func.count())
        .where(Party.id.in_(kept))
        .group_by(Party.language, phone)
    ).all()
    length = {one: count(question(row, ASK, one)).segments for one in LANGUAGES}
    asked = [(language_of(one), heads) for one, reached, heads in rows if reached]
    keepers = sum(heads for _, heads in asked)
    without_phone = sum(heads for _, reached, heads in rows if not reached)
    segments = sum(length[language] * heads for language, heads in asked)
    return _Reach(keepers, without_phone, segments, segments * price_toea)


def _record(session: Session, row: Census, action: str, act: Act) -> int:
    known = {
        "action": action,
        "number": row.number,
        "province": row.province,
        "district": row.district,
        "first_day": row.first_day.isoformat(),
        "last_day": row.last_day.isoformat(),
        "keepers": row.keepers,
        "without_phone": row.without_phone,
    }
    details = {name: value for name, value in known.items() if value is not None}
    report = act_report(EventType.CENSUS, act, details, census_subject(row))
    return record_one(session, report, act.origin).journal_id


def open_ones(session: Session) -> Iterator[Census]:
    """Yield the censuses that are open."""
    mine = Census.state == CensusState.OPEN.value
    yield from session.scalars(select(Census).where(mine).order_by(Census.id)).all()
