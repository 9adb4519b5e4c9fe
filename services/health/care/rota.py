"""Hours in which clinicians call people and read the inbox, and what people are told of them."""

from datetime import date, datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.core.geography import zone_of
from services.messaging.postings import ANYWHERE
from services.storage.models import Clinician, Concern, Person
from services.texts.catalogue import day_and_month, help_words, say

_NOON, _MIDNIGHT, _WEEK = 12, 24, 7


class DutyHours(NamedTuple):
    """From hour `opens` to hour `closes`, on weekdays (ISO, such as `12345`)."""

    opens: int
    closes: int
    weekdays: str = "1234567"

    @property
    def fault(self) -> str | None:
        """Tell what is wrong with them; None: nothing."""
        if not 0 <= self.opens < self.closes <= _MIDNIGHT:
            return "the first hour comes before the last, both from 0 to 24, such as 8-16"
        days = set(self.weekdays)
        if not days or not days <= set("1234567"):
            return "days are numbers from 1 (Monday) to 7, such as 12345"
        return None


class CallTime(NamedTuple):
    """Day on which a clinician calls next, and between which hours."""

    day: date
    first: int
    last: int


def next_call(hours: DutyHours, here: datetime) -> CallTime:
    """Return when a clinician with these hours calls next, by the clock of the person."""
    for ahead in range(_WEEK + 1):
        day = here.date() + timedelta(days=ahead)
        first = hours.opens if ahead else max(hours.opens, here.hour)
        if str(day.isoweekday()) in hours.weekdays and first < hours.closes:
            return CallTime(day, first, hours.closes)
    raise ValueError("hours without a weekday")


def call_promise(session: Session, made: Concern, language: str, now: datetime) -> str:
    """Tell who asked for a call, or gave an alarming answer, when it comes, or that none can."""
    if made.told_id is None:
        words = help_words(language, _province_of(session, made))
        return say("programme.call_nobody", language, **words)
    when = call_time(session, made, language, now)
    words = help_words(language, _province_of(session, made))
    if when is None:
        return say("programme.call_soon", language, **words)
    return say("programme.call", language, when=when, **words)


def _province_of(session: Session, made: Concern) -> str | None:
    return session.scalar(select(Person.province).where(Person.id == made.person_id))


def call_time(session: Session, made: Concern, language: str, now: datetime) -> str | None:
    """Tell when the clinician who was told of a concern calls: `today between 8am and 4pm`.

    None: nobody was told, or their hours are not known.
    """
    province = _province_of(session, made)
    hours = _hours_of(session, made, province)
    if hours is None:
        return None
    here = now.astimezone(ZoneInfo(zone_of(province)))
    call = next_call(hours, here)
    ahead = (call.day - here.date()).days
    code = ("call.today", "call.tomorrow")[ahead] if ahead <= 1 else "call.day"
    return say(
        code,
        language,
        day=day_and_month(call.day, language),
        first=_clock(call.first, language),
        last=_clock(call.last, language),
    )


def _hours_of(session: Session, made: Concern, province: str | None) -> DutyHours | None:
    theirs = (
        select(Clinician.opens, Clinician.closes, Clinician.weekdays)
        .where(
            Clinician.party_id == made.told_id,
            Clinician.province.in_({ANYWHERE, province or ANYWHERE}),
            Clinician.opens.is_not(None),
        )
        .order_by(Clinician.province.desc())
    )
    if made.programme is not None:
        theirs = theirs.where(Clinician.programme == made.programme)
    found = session.execute(theirs.limit(1)).first()
    if found is None or found.opens is None or found.closes is None:
        return None
    return DutyHours(found.opens, found.closes, found.weekdays or DutyHours(0, 1).weekdays)


def _clock(hour: int, language: str) -> str:
    half = "call.am" if hour % _MIDNIGHT < _NOON else "call.pm"
    return say(half, language, count=(hour - 1) % _NOON + 1)
