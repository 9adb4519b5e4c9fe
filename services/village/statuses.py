"""Statuses of the animals near a village: status, province, and a bar on movement.

Those at premises of people whom the box has served, and those that were asked about through it.
That is what anybody may know of a tag; no name, phone, place or owner is in it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from services.livestock.control.decisions import Question, decide
from services.livestock.domain.model import EventType, Key, local_day
from services.livestock.domain.movement_decision import Policy
from services.livestock.domain.movement_questions import Reason
from services.livestock.queries.animals import Status, summarise
from services.livestock.queries.ownership import animals_in
from services.livestock.recording.identity import find_animals
from services.storage.models import (
    Animal,
    Contact,
    Journal,
    Premises,
    VillagePhone,
    VillageQuestion,
)

NEAR = timedelta(days=90)
"""For how long a village is told of a person's animals, and of a tag that was asked about."""

MOST = 2_000
"""Rows of a list; the animals that were known first come first."""

Row = dict[str, Any]

_BARRED = frozenset({Reason.QUARANTINE, Reason.ZONE_LEAVING, Reason.STANDSTILL})
_UNKNOWN = "unknown"
_STATUSES: Mapping[Status, str] = {
    Status.ALIVE: "alive",
    Status.MOVING: "alive",
    Status.DEAD: "dead",
    Status.UNREGISTERED: _UNKNOWN,
}


def read_statuses(session: Session, box: int, policy: Policy, now: datetime) -> list[Row]:
    """Return the rows of a box's list, without the time of which they are."""
    asked = _asked(session, box, now)
    known = find_animals(session, asked)
    ids = {ref.id for ref in known.values()}
    near = session.scalars(_near(box, now).order_by(Animal.id).limit(MOST))
    ids.update(near)
    rows = session.scalars(
        select(Animal).where(Animal.id.in_(ids)).order_by(Animal.id).limit(MOST)
    ).all()
    unknown = [_row([str(key)], _UNKNOWN) for key in asked if key not in known]
    return [*_rows(session, rows, policy, now), *unknown][:MOST]


def _asked(session: Session, box: int, now: datetime) -> list[Key]:
    rows = session.execute(
        select(VillageQuestion.scheme, VillageQuestion.value)
        .where(VillageQuestion.device_id == box, VillageQuestion.asked_at > now - NEAR)
        .order_by(VillageQuestion.asked_at.desc(), VillageQuestion.value)
        .limit(MOST)
    )
    return [Key(*row) for row in rows]


def _near(box: int, now: datetime) -> Select[int]:
    """Select the animals at premises of people whom a box has served of late."""
    keepers = (
        select(Contact.party_id)
        .join(VillagePhone, VillagePhone.number_index == Contact.number_index)
        .where(VillagePhone.device_id == box, VillagePhone.seen_at > now - NEAR)
    )
    places = select(Premises.id).where(Premises.keeper_id.in_(keepers))
    return select(Animal.id).where(animals_in(places))


def _rows(
    session: Session, animals: Sequence[Animal], policy: Policy, now: datetime
) -> Iterable[Row]:
    slaughtered = set(
        session.scalars(
            select(Animal.id)
            .join(Journal, Journal.id == Animal.ended_by_id)
            .where(
                Animal.id.in_([row.id for row in animals]),
                Journal.type == EventType.SLAUGHTER.value,
            )
        )
    )
    barred = _barred(session, animals, policy, now)
    for row, told in zip(animals, summarise(session, animals), strict=True):
        status = "slaughtered" if row.id in slaughtered else _STATUSES[told.status]
        yield _row(list(told.numbers), status, told.province, barred=row.id in barred)


def _barred(
    session: Session, animals: Sequence[Animal], policy: Policy, now: datetime
) -> set[int | None]:
    """Return those that an order or the standstill keeps where they are."""
    numbers = tuple(Key(row.scheme, row.value) for row in animals)
    answers = decide(session, Question(numbers, local_day(now)), policy) if numbers else []
    return {
        one.item.position.facts.id
        for one in answers
        if any(bar.reason in _BARRED for bar in one.decision.reasons)
    }


def _row(
    numbers: list[str], status: str, province: str | None = None, *, barred: bool = False
) -> Row:
    return {"numbers": numbers, "status": status, "province": province, "barred": barred}
