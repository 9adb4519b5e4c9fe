"""Second contacts after a red flag: how are you now? Sent by the clock, answered by a digit.

None is sent once a clinician has written a note of each, or the person has left the course or was
forgotten.
"""

import logging
from datetime import datetime, timedelta
from enum import StrEnum
from functools import partial

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.core.error_logging import isolated
from services.health.care.concern_tasks import number_of
from services.health.care.ladder import PURPOSE, Patient, open_flag, send
from services.health.care.urgency import danger_of, is_discreet
from services.health.courses.subscriptions import OPEN
from services.storage.models import Concern, Person, SecondContact, Subscription
from services.storage.persons import party_of_person
from services.texts.catalogue import help_words, say

_LOG = logging.getLogger(__name__)
ANSWERABLE = timedelta(hours=24)
"""How long a digit answers a second contact."""
_LATEST = timedelta(hours=12)


class HowNow(StrEnum):
    """Answer to a second contact."""

    BETTER = "better"
    WORSE = "worse"
    CALL = "call"


def contact_again(session: Session, now: datetime, limit: int) -> int:
    """Send the second contacts that are due, each once; return how many were looked at."""
    rows = session.scalars(
        select(SecondContact)
        .where(
            SecondContact.closed_at.is_(None),
            SecondContact.sent_at.is_(None),
            SecondContact.due_at <= now,
        )
        .order_by(SecondContact.due_at, SecondContact.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
        .execution_options(populate_existing=True)
    ).all()
    return sum(
        isolated(session, _LOG, f"contact {row.id} is stuck", partial(_ask, session, row, now))
        for row in rows
    )


def open_contact(session: Session, person_id: int, now: datetime) -> SecondContact | None:
    """Return the newest second contact that a person may still answer."""
    return session.scalars(
        select(SecondContact)
        .where(
            SecondContact.person_id == person_id,
            SecondContact.closed_at.is_(None),
            SecondContact.sent_at > now - ANSWERABLE,
        )
        .order_by(SecondContact.sent_at.desc(), SecondContact.id.desc())
        .limit(1)
    ).first()


def close_contacts(session: Session, person_id: int, answer: HowNow | None, now: datetime) -> None:
    """Close what was sent to a person; the newest has the answer."""
    sent = session.scalars(
        select(SecondContact)
        .where(
            SecondContact.person_id == person_id,
            SecondContact.closed_at.is_(None),
            SecondContact.sent_at.is_not(None),
        )
        .order_by(SecondContact.sent_at.desc(), SecondContact.id.desc())
        .with_for_update()
    ).all()
    for place, row in enumerate(sent):
        row.closed_at = now
        row.answer = answer.value if answer and not place else None
    session.flush()


def _ask(session: Session, row: SecondContact, now: datetime) -> None:
    made = open_flag(session, session.get_one(Concern, row.concern_id))
    patient = patient_of(session, made, row.language) if made else None
    # After an outage it is too late to ask how they are after two hours.
    if made is None or patient is None or row.due_at < now - _LATEST:
        row.closed_at = now
        session.flush()
        return
    # What they answer is about what is still open.
    row.concern_id = made.id
    province = session.scalar(select(Person.province).where(Person.id == made.person_id))
    neutral = is_neutral(made, patient)
    values = {} if neutral else help_words(patient.language, province)
    text = say("contact.neutral" if neutral else "contact.ask", patient.language, **values)
    send(session, patient, text, (f"{PURPOSE}\0{made.public_id}\0{row.step}", now))
    row.sent_at = now
    session.flush()


def is_neutral(made: Concern, patient: Patient) -> bool:
    """Tell whether nothing may be said of a danger: others read the phone, or it is at home."""
    return patient.discreet or is_discreet(danger_of(made.code))


def patient_of(session: Session, made: Concern, language: str) -> Patient | None:
    """Return whom a concern is about as texts reach them; None: they left, or were forgotten.

    `language`: of who is in no course.
    """
    course = session.get(Subscription, made.subscription_id) if made.subscription_id else None
    if course is not None and course.state not in OPEN:
        return None
    party = party_of_person(session, made.person_id)
    number = number_of(session, made, party)
    if number is None or party is None:
        return None
    return Patient(number, course.language if course else language, course)
