"""Concerns as tasks of clinicians: listed, read with the number to call, and handled once."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, select
from sqlalchemy.orm import Session, aliased

from services.health.care.known_facts import known_facts
from services.health.care.task_sources import UNHANDLED
from services.health.errors import HandledAlready, UnknownConcern
from services.messaging.postings import Posting, covered
from services.messaging.tasks.model import Outcome, Source, TaskEnd
from services.messaging.tasks.settling import close_source
from services.storage.models import Concern, Contact, Party, Person, Subscription
from services.storage.persons import party_of_person

_SHOWN = (
    Concern.public_id,
    Concern.kind,
    Concern.code,
    Concern.programme,
    Concern.at,
    Concern.handled_at,
    Person.province,
)


def concerns_wanted(
    postings: Sequence[Posting], programme: str | None, *, handled: bool
) -> Select[*tuple[Any, ...]]:
    """Select the concerns that a clinician's postings cover, without the person's identity."""
    wanted: Select[*tuple[Any, ...]] = select(Concern.id, *_SHOWN).outerjoin(
        Person, Person.id == Concern.person_id
    )
    wanted = wanted.where(_covered(postings))
    if programme is not None:
        wanted = wanted.where(Concern.programme == programme)
    over = Concern.handled_at
    return wanted.where(over.is_not(None) if handled else over.is_(None))


def find_concern(session: Session, postings: Sequence[Posting], public_id: UUID) -> Concern:
    """Return a concern that a clinician's postings cover, or raise UnknownConcern."""
    wanted = select(Concern).outerjoin(Person, Person.id == Concern.person_id)
    mine = wanted.where(Concern.public_id == public_id, _covered(postings))
    found = session.scalars(mine).first()
    if found is None:
        raise UnknownConcern("No concern of your programmes and provinces has this id")
    return found


def concern_view(session: Session, row: Concern) -> dict[str, Any]:
    """Return a concern with the person's name and number, for a call."""
    clinician, handler = aliased(Party), aliased(Party)
    found = session.execute(
        select(
            *_SHOWN,
            Concern.note,
            Subscription.public_id.label("subscription"),
            clinician.public_id.label("told"),
            handler.public_id.label("handled_by"),
        )
        .select_from(Concern)
        .outerjoin(Person, Person.id == Concern.person_id)
        .outerjoin(Subscription, Subscription.id == Concern.subscription_id)
        .outerjoin(clinician, clinician.id == Concern.told_id)
        .outerjoin(handler, handler.id == Concern.handled_by_id)
        .where(Concern.id == row.id)
    ).one()
    party = party_of_person(session, row.person_id)
    phone = number_of(session, row, party)
    facts = known_facts(session, row)._asdict()
    del facts["version_id"]
    facts["answers"] = [one._asdict() for one in facts["answers"]]
    return {"phone": phone, **found._asdict(), **facts}


def handle_concern(session: Session, row: Concern, party_id: int, note: str, now: datetime) -> None:
    """Record that a concern was handled, or raise HandledAlready."""
    session.refresh(row, with_for_update=True)
    if row.handled_at is not None:
        raise HandledAlready("This concern was handled before: read its note")
    row.handled_at, row.handled_by_id, row.note = now, party_id, note
    session.flush()
    # With the note, which the concern loses if the task is opened again.
    end = TaskEnd(Outcome.SETTLED, now, party_id, note)
    close_source(session, Source(concern_id=row.id), end, UNHANDLED)


def _covered(postings: Sequence[Posting]) -> ColumnElement[bool]:
    return covered(postings, Concern.programme, Person.province)


def number_of(session: Session, row: Concern, party: Party | None) -> str | None:
    """Return the number of the person's course, or else their first known one."""
    of_course = select(Subscription.number).where(Subscription.id == row.subscription_id)
    if (number := session.scalar(of_course)) or party is None:
        return number
    known = select(Contact.number).where(Contact.party_id == party.id).order_by(Contact.id)
    return session.scalar(known.limit(1))
