"""Texts of permits: requests to officers, answers to keepers."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from sqlalchemy.orm import Session

from services.livestock.control.affected import messages_to, officers_of
from services.livestock.domain.permits import Permit as Rule
from services.livestock.domain.permits import PermitState
from services.livestock.queries.premises import read_places
from services.livestock.recording.decision_context import read_permits
from services.messaging.outbox import SendOptions, enqueue_messages
from services.storage.models import Party, Permit, Premises
from services.texts.catalogue import day_and_month, language_of, say, say_count
from sms.message import Kind

_LIFE = timedelta(days=3)


def permit_text(session: Session, row: Permit, code: str, language: str, **values: object) -> str:
    """Write a sentence about a permit.

    Args:
        values: of the sentence, beside number, pigs, places and days.
    """
    rule = read_permits(session, Permit.id == row.id)[0]
    places = read_places(session, [row.origin_id, row.destination_id])
    first, last = (day_and_month(day, language) for day in (rule.first, rule.last))
    return say(
        code,
        language,
        permit=rule.number,
        pig=heads_of(rule),
        pigs=pigs_text(rule, language),
        place=places[row.origin_id].number,
        other=places[row.destination_id].number,
        to=places[row.destination_id].number,
        first=first,
        last=last,
        day=f"{first} - {last}",
        **values,
    )


def heads_of(permit: Rule) -> int | None:
    """Return the number of pigs that a permit covers."""
    return len(permit.animals) or permit.head_count


def pigs_text(permit: Rule, language: str) -> str:
    """Write the number of pigs that a permit covers."""
    return say_count("herd.count", language, heads_of(permit) or 0)


def state_text(session: Session, row: Permit, language: str, today: date) -> str:
    """Write a permit's journey and state."""
    code = "permit.asked_for" if row.state == PermitState.ASKED else f"permit.{row.state}"
    if row.state == PermitState.ISSUED and row.last_day < today:
        code = "no.permit_expired"
    return permit_text(session, row, code, language)


def text_officers(session: Session, row: Permit, now: datetime) -> None:
    """Text a permit request to the veterinary officers of its origin."""
    province = session.get_one(Premises, row.origin_id).province
    _tell(session, row, officers_of(session, province), "permit.to_officer", now)


def text_keeper(session: Session, row: Permit, now: datetime) -> None:
    """Text an officer's decision to the permit's asker."""
    asker = session.get(Party, row.asked_by_id) if row.asked_by_id else None
    _tell(session, row, [asker] if asker else [], f"permit.{row.state}", now)


def _tell(
    session: Session, row: Permit, parties: Sequence[Party], code: str, now: datetime
) -> None:
    messages = messages_to(
        session,
        parties,
        f"{code}\0{row.public_id}",
        lambda party: permit_text(session, row, code, language_of(party.language)),
    )
    enqueue_messages(session, messages, SendOptions("permit", now, now + _LIFE, Kind.URGENT))
