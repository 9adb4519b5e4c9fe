"""Permits in words, and who is told of them: officers what is asked, keepers what is answered."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import or_, select

from services.storage.mailings import Letter, Mailing, queue_letters
from services.storage.models import Party, Permit, Premises
from services.storage.people import Role
from services.texts.catalogue import day_and_month, say
from services.traceability.control.reach import language_of, numbers_of
from services.traceability.queries import read_places
from services.traceability.rules.permits import PermitState
from services.traceability.world import read_permits

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy.orm import Session

_LIFE = timedelta(days=3)


def permit_text(session: Session, row: Permit, code: str, language: str, **values: object) -> str:
    """Write a sentence about a permit.

    Args:
        session: an open session.
        row: the permit.
        code: of the sentence.
        language: `en` or `tpi`.
        values: what it needs besides number, pigs, places and days.
    """
    rule = read_permits(session, Permit.id == row.id)[0]
    places = read_places(session, [row.origin_id, row.destination_id])
    first, last = (day_and_month(day, language) for day in (rule.first, rule.last))
    return say(
        code,
        language,
        permit=rule.number,
        pigs=say("word.pigs", language, count=len(rule.animals) or rule.head_count),
        place=places[row.origin_id].number,
        other=places[row.destination_id].number,
        first=first,
        last=last,
        day=f"{first} - {last}",
        **values,
    )


def state_text(session: Session, row: Permit, language: str) -> str:
    """Write what a permit is for, and whether it is good."""
    code = "permit.asked_for" if row.state == PermitState.ASKED else f"permit.{row.state}"
    return permit_text(session, row, code, language)


def tell_officers(session: Session, row: Permit, now: datetime) -> None:
    """Text the veterinary officers of where a journey begins that a permit is asked for."""
    province = select(Premises.province).where(Premises.id == row.origin_id).scalar_subquery()
    officers = session.scalars(
        select(Party).where(
            Party.role == Role.VETERINARY_OFFICER,
            or_(Party.province.is_(None), Party.province == province),
        )
    ).all()
    _tell(session, row, officers, "permit.to_officer", now)


def tell_keeper(session: Session, row: Permit, now: datetime) -> None:
    """Text who asked for a permit what an officer decided."""
    asker = session.get(Party, row.asked_by_id) if row.asked_by_id else None
    _tell(session, row, [asker] if asker else [], f"permit.{row.state}", now)


def _tell(
    session: Session, row: Permit, parties: Sequence[Party], code: str, now: datetime
) -> None:
    numbers = numbers_of(session, [party.id for party in parties])
    letters = [
        Letter(
            *numbers[party.id],
            permit_text(session, row, code, language_of(party.language)),
            f"{code}\0{row.public_id}\0{party.public_id}",
        )
        for party in parties
        if party.id in numbers
    ]
    queue_letters(session, letters, Mailing("permit", now, now + _LIFE))
