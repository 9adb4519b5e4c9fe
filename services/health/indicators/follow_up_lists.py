"""Lists of people to call, or to test for what they said, without what they said.

Whoever calls or tests must not know the outcome: the list has people with and without an answer,
with and without a success, in an order that tells nothing. An order, and a sample, are drawn by
hashes of a seed and the public ids of courses, so that anybody with the seed draws the same.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from hashlib import sha256
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.health.courses.subscriptions import SubscriptionState
from services.health.errors import UnknownAssessment
from services.health.indicators.disaggregation import Period
from services.health.indicators.fact_queries import FactQuery
from services.health.indicators.follow_up import Window, people_due
from services.health.versions.store import find_version, programme_of
from services.messaging.consent import consents_of_all
from services.storage.models import Person, Subscription
from services.storage.persons import party_of_person
from sms.consent import EVERYTHING, may_reach
from sms.local_time import local_day

COLUMNS = ("place", "day", "phone", "name", "language", "province", "district", "shared_phone")
"""Columns of a list; no cohort, state, answer or arm of a trial may be among them."""

EVERYBODY = 100
"""Per cent of a call list."""

_CHUNK = 500
# Nobody calls those who left, died or were erased: their wish counts more than the figure.
_GONE = (SubscriptionState.OPTED_OUT, SubscriptionState.FORGOTTEN, SubscriptionState.ENDED)


class Wanted(NamedTuple):
    """A list to draw: of whom, a percentage of them, and the seed."""

    programme: str
    assessment: str
    period: Period
    percent: int
    seed: str


class DrawnList(NamedTuple):
    """A list as it was drawn: its rows, whose they are, and from how many people."""

    rows: Sequence[dict[str, str]]
    people: Sequence[int]
    among: int


def draw_list(session: Session, wanted: Wanted, now: datetime) -> DrawnList:
    """Draw a list of people whose day of an assessment came in a period.

    Raises:
        UnknownProgramme: see `services.health.versions.store`.
        UnknownAssessment: no outcome has it.
    """
    programme = programme_of(find_version(session, wanted.programme))
    known = {name for outcome in programme.outcomes for name in outcome.assessments}
    if wanted.assessment not in known:
        names = ", ".join(sorted(known))
        raise UnknownAssessment(f"No outcome has this assessment; there are {names}")
    query = FactQuery.of(wanted.programme, wanted.period, now)
    days = {
        row.id: at.on
        for row, at in people_due(session, query, Window(wanted.period, local_day(now)))
        if wanted.assessment in at.point.items
    }
    found = {row.public_id: row for row in _reachable(session, wanted.programme, sorted(days))}
    drawn = [found[key] for key in draw(found, wanted.seed, wanted.percent)]
    rows = [_row(session, place, row, days[row.id]) for place, row in enumerate(drawn, 1)]
    return DrawnList(rows, [row.person_id for row in drawn], len(found))


def draw(keys: Iterable[UUID], seed: str, percent: int) -> list[UUID]:
    """Return a percentage of some keys, rounded up, in the order of their hashes with a seed."""
    ordered = sorted(keys, key=lambda key: sha256(f"{seed}\0{key}".encode()).digest())
    return ordered[: -(-len(ordered) * percent // EVERYBODY)]


def _reachable(session: Session, programme: str, keys: Sequence[int]) -> Iterator[Subscription]:
    """Yield those who may be called: their number is known, and they refused nothing."""
    for start in range(0, len(keys), _CHUNK):
        rows = session.scalars(
            select(Subscription).where(
                Subscription.id.in_(keys[start : start + _CHUNK]),
                Subscription.state.not_in([state.value for state in _GONE]),
            )
        ).all()
        said = consents_of_all(session, {row.number for row in rows if row.number})
        for row in rows:
            theirs = said.get(row.number or "", {})
            agreed = theirs.get(programme, True) and theirs.get(EVERYTHING, True)
            if row.number and agreed and may_reach(theirs):
                yield row


def _row(session: Session, place: int, row: Subscription, on: date) -> dict[str, str]:
    party, person = party_of_person(session, row.person_id), session.get_one(Person, row.person_id)
    # Nobody has said that the phone is theirs alone: then others may answer it.
    own = person.phone_shared is False
    return {
        "place": str(place),
        "day": on.isoformat(),
        "phone": row.number or "",
        "name": (party and party.name) or "",
        "language": row.language,
        "province": person.province or "",
        "district": person.district or "",
        "shared_phone": "" if own else "yes",
    }
