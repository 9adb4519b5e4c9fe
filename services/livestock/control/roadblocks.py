"""Inspectors at roadblocks: their post, last checks and expected permits."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from sqlalchemy import ColumnElement, Select, case, false, or_, select
from sqlalchemy.orm import Session

from services.livestock.control.decisions import Question, decide
from services.livestock.control.errors import NoPost, NotARoadblock
from services.livestock.domain.model import Key, Scheme, read_key, write_key
from services.livestock.domain.movement_questions import Reason as MovementReason
from services.livestock.domain.permits import Permit as PermitRule
from services.livestock.domain.permits import PermitState
from services.livestock.domain.statuses import StatusKind
from services.livestock.recording.decision_context import read_permits
from services.livestock.recording.identity import find_premises
from services.livestock.recording.policy import policy_of
from services.livestock.recording.short_numbers import numbers_of
from services.storage.bulk import upsert
from services.storage.models import (
    Animal,
    Identifier,
    Party,
    Permit,
    PermitRoute,
    Post,
    Premises,
    Status,
)

ROADBLOCK = "roadblock"
_REMEMBERED = timedelta(hours=12)
_MOST_STOLEN = 100
_BARRING = frozenset(
    {
        MovementReason.STOLEN, MovementReason.RECORD_LOST, MovementReason.INFECTED,
        MovementReason.SUSPECT, MovementReason.CONTACT,
    }
)  # fmt: skip


def stand_at(session: Session, party: Party, key: Key) -> Premises:
    """Note that an inspector stands at a roadblock; forget their earlier questions.

    Raises:
        NotARoadblock: the number is of other premises, or of none.
    """
    row = require_roadblock(session, key)
    there = {"premises_id": row.id, "asked": [], "asked_at": None}
    session.execute(
        upsert(session, Post)
        .values(party_id=party.id, **there)
        .on_conflict_do_update(index_elements=["party_id"], set_=there)
    )
    return row


def require_roadblock(session: Session, key: Key) -> Premises:
    """Return the roadblock of a number.

    Raises:
        NotARoadblock: the number is of other premises, or of none.
    """
    found = find_premises(session, [key]).get(key)
    row = session.get(Premises, found.id) if found else None
    if row is None or row.kind != ROADBLOCK:
        raise NotARoadblock(number=key)
    return row


def post_of(session: Session, party: Party) -> Premises | None:
    """Return the roadblock at which an inspector stands."""
    return session.scalars(
        select(Premises)
        .join(Post, Post.premises_id == Premises.id)
        .where(Post.party_id == party.id)
    ).first()


def require_post(session: Session, party: Party) -> Premises:
    """Return the roadblock at which an inspector stands.

    Raises:
        NoPost: they have named none.
    """
    row = post_of(session, party)
    if row is None:
        raise NoPost
    return row


def remember_asked(session: Session, party: Party, numbers: Sequence[Key], now: datetime) -> None:
    """Keep the numbers that an inspector asks about, so that PASS, BACK or SEIZE means them."""
    if post := session.get(Post, party.id):
        post.asked, post.asked_at = [write_key(number) for number in numbers], now


def last_asked(session: Session, party: Party, now: datetime) -> tuple[Key, ...]:
    """Return the numbers that an inspector asked about last; none if it is long ago."""
    post = session.get(Post, party.id)
    if post is None or post.asked_at is None or post.asked_at < now - _REMEMBERED:
        return ()
    return tuple(read_key(text) for text in post.asked)


def expected_permits(session: Session, post: Premises, on: date) -> list[PermitRule]:
    """Return the permits that may lead past a roadblock on a day, by number.

    Those whose route names it; where a route names no roadblock, those that lead from one of its
    sides to the other.
    """
    routes = select(PermitRoute.permit_id).where(PermitRoute.permit_id == Permit.id)
    here = routes.where(PermitRoute.premises_id == post.id).exists()
    valid = (
        (Permit.state == PermitState.ISSUED.value)
        & (Permit.first_day <= on)
        & (Permit.last_day >= on)
    )
    past = or_(here, ~routes.exists() & _across(post))
    return sorted(read_permits(session, valid & past), key=lambda permit: permit.number)


def barred_permits(
    session: Session, permits: Sequence[PermitRule], on: date
) -> dict[str, MovementReason]:
    """Return permits whose pigs or places are barred on a day by what no permit cures, and why.

    A permit was issued before it was known.
    """
    if not permits:
        return {}
    numbers = tuple(Key(Scheme.SHORT, one.number) for one in permits)
    answers = decide(session, Question(numbers, on), policy_of(session))
    return {
        answer.item.permit: bar.reason
        for answer in reversed(answers)
        for bar in reversed(answer.decision.reasons)
        if answer.item.permit and bar.reason in _BARRING
    }


def stolen_on(session: Session, post: Premises, on: date) -> list[str]:
    """Return the numbers of pigs that are stolen on a day, for a roadblock.

    Those from either of its sides come first, then those that were stolen last.
    """
    sides = [one for one in (post.province, post.beyond_province) if one is not None]
    rows = session.scalars(
        select(Animal.id)
        .join(Status, Status.animal_id == Animal.id)
        .outerjoin(Premises, Premises.id == Animal.registered_at_id)
        .where(
            Status.kind == StatusKind.STOLEN.value,
            Status.since <= on,
            or_(Status.until.is_(None), Status.until > on),
            Animal.ended_on.is_(None),
        )
        .order_by(
            case((Premises.province.in_(sides), 0), else_=1), Status.since.desc(), Status.id.desc()
        )
        .limit(_MOST_STOLEN)
    ).all()
    numbers = numbers_of(session, Identifier.animal_id, rows)
    return [numbers[one][0] for one in dict.fromkeys(rows)]


def _across(post: Premises) -> ColumnElement[bool]:
    if post.province is None or post.beyond_province is None:
        return false()
    # Between two districts of one province these are the sides, else all of either province.
    districts = (
        (post.district, post.beyond_district)
        if post.province == post.beyond_province
        else (None, None)
    )
    near = _side(post.province, districts[0])
    far = _side(post.beyond_province, districts[1])
    return or_(
        Permit.origin_id.in_(near) & Permit.destination_id.in_(far),
        Permit.origin_id.in_(far) & Permit.destination_id.in_(near),
    )


def _side(province: str, district: str | None) -> Select[int]:
    side = select(Premises.id).where(Premises.province == province)
    return side.where(Premises.district == district) if district else side
