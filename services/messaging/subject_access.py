"""Everything that is kept of one person, for the person: the answer to a subject-access request.

What a person may not have is left out by name: secrets, and rows about somebody else.
"""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, inspect, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from services.messaging.outbox import CONCERN
from services.messaging.tasks.history import is_about
from services.storage import models
from services.storage.models.base import Base
from services.storage.persons import person_key
from services.storage.vault import vault_of

Attribute = InstrumentedAttribute[Any]

BY_PARTY: Mapping[type[Base], tuple[Attribute, ...]] = {
    models.Contact: (models.Contact.party_id,),
    models.Helper: (models.Helper.keeper_id, models.Helper.helper_id),
    models.Token: (models.Token.party_id,),
    models.Access: (models.Access.subject_id,),
    models.Device: (models.Device.owner_id,),
    models.Premises: (models.Premises.keeper_id,),
    models.Animal: (models.Animal.owner_id,),
    models.Permit: (models.Permit.asked_by_id,),
    models.Post: (models.Post.party_id,),
    models.Clinician: (models.Clinician.party_id,),
    models.PendingConfirmation: (
        models.PendingConfirmation.claimant_id,
        models.PendingConfirmation.answerer_id,
    ),
    models.CensusKeeper: (models.CensusKeeper.party_id,),
    models.PendingErasure: (models.PendingErasure.party_id,),
    models.WrongCode: (models.WrongCode.party_id,),
    models.Account: (models.Account.party_id,),
    models.Invitation: (models.Invitation.party_id,),
    models.Passkey: (models.Passkey.party_id,),
    models.LinkedSignIn: (models.LinkedSignIn.party_id,),
}
"""Tables that hold rows about a person, and the columns that name them."""

BY_PERSON: Mapping[type[Base], Attribute] = {
    models.Person: models.Person.id,
    models.Listed: models.Listed.person_id,
    models.Concern: models.Concern.person_id,
    models.SecondContact: models.SecondContact.person_id,
    models.DangerQuestion: models.DangerQuestion.person_id,
    models.Subscription: models.Subscription.person_id,
    models.TrialAllocation: models.TrialAllocation.person_id,
    models.Access: models.Access.person_id,
}
"""Tables that hold rows about a person as programmes know them."""

BY_COURSE: Mapping[type[Base], Attribute] = {
    models.AskedQuestion: models.AskedQuestion.subscription_id,
    models.Change: models.Change.subscription_id,
    models.TextCorrection: models.TextCorrection.subscription_id,
}
"""Tables that hold rows about a person's course."""

BY_NUMBER: Mapping[type[Base], Attribute] = {
    models.Consent: models.Consent.number_index,
    models.Message: models.Message.recipient_index,
    models.PersonImportRow: models.PersonImportRow.number_index,
    models.VillagePhone: models.VillagePhone.number_index,
    models.VillageBinding: models.VillageBinding.number_index,
}
"""Tables that hold rows about a number."""

BY_TASK: Mapping[type[Base], Attribute] = {
    models.Task: models.Task.id,
    models.TaskEntry: models.TaskEntry.task_id,
}
"""Tables that hold rows about a task, which is about a person."""

NOT_TOLD: Mapping[str, str] = {
    "pin": "the secret itself",
    "ussd_session": "what is on a screen for ten minutes",
    "long_text": "parts of a text that has not come whole",
    "answer_count": "counts of an hour",
    "audit_run": "the person started it; it is about the ledger",
    "campaign": "the person planned it; it is about others",
    "campaign_draft": "the person planned it; it is about others",
    "census": "the person signed it; it is about places",
    "control_order": "the person signed it; it is about places",
    "dhis2_link": "the person wrote it; it is about figures",
    "dhis2_sending": "the person sent it; it is about figures",
    "indicator_count": "it counts groups of people, and names nobody",
    "indicator_target": "the person set it; it is about figures",
    "notice": "the person signed it; it is about places",
    "person_import": "the person uploaded it; it is about others",
    "programme_version": "the person wrote it",
    "programme_approval": "the person signed it",
    "programme_draft_edit": "the person wrote it; it is about a text",
    "programme_note": "the person wrote it; it is about a text",
    "sending_right": "the person said that an old database is gone",
    "recall": "the person signed it; it is about a text",
    "village_list": "the person signed it; it is about others",
}
"""Tables that name parties or numbers and are not exported, and why."""

_SECRET = ("digest", "salt", "subject_key", "hash", "_index", "link", "topic")
# A confirmation's command may name another person's phone.
# In a trial nobody learns the arm before the end.
_LEFT_OUT: Mapping[type[Base], set[str]] = {
    models.PendingConfirmation: {"command", "question"},
    models.Account: {"password", "totp_secret", "recovery"},
    models.Invitation: {"totp_secret"},
    models.Passkey: {"credential_id", "public_key"},
    models.Subscription: {"arm"},
    models.TrialAllocation: {"arm", "block", "slot", "mark"},
}


def export_person(session: Session, party: models.Party) -> dict[str, Any]:
    """Return what is kept of a person, by table: rows as JSON, numbers and texts opened.

    What they wrote is there for ninety days, by the numbers that they have now.
    """
    contacts = session.scalars(
        select(models.Contact).where(models.Contact.party_id == party.id)
    ).all()
    both = [vault_of(session).indexes(one.number) for one in contacts]
    indexes = [index for each in both for index in each]
    # Clinicians' searches name no party.
    searched = models.Access.number_index.in_([one.health for one in both])
    found = {"party": [_row(party)]}
    person = person_key(session, party.public_id).scalar_subquery()
    for table in {**BY_PARTY, **BY_PERSON}:
        about = [column == party.id for column in BY_PARTY.get(table, ())]
        about += [BY_PERSON[table] == person] if table in BY_PERSON else []
        about += [searched] if table is models.Access else []
        found[table.__tablename__] = _rows(session, table, or_(*about))
    found[models.Status.__tablename__] = _rows(session, models.Status, _of_theirs(party))
    courses = select(models.Subscription.id).where(models.Subscription.person_id == person)
    for table, column in BY_COURSE.items():
        found[table.__tablename__] = _rows(session, table, column.in_(courses))
    tasks = select(models.Task.id).where(is_about(session, party))
    for table, column in BY_TASK.items():
        found[table.__tablename__] = _rows(session, table, column.in_(tasks))
    for table, column in BY_NUMBER.items():
        found[table.__tablename__] = _rows(session, table, _about_number(table, column, indexes))
    numbers = {one.number for one in contacts}
    found["envelope"] = _written(session, found["message"], numbers)
    return found


def _of_theirs(party: models.Party) -> ColumnElement[bool]:
    """Return the condition on statuses of a person's places, and of the animals that are theirs."""
    places = select(models.Premises.id).where(models.Premises.keeper_id == party.id)
    kept = models.Animal.owner_id.is_(None) & models.Animal.registered_at_id.in_(places)
    animals = select(models.Animal.id).where(or_(models.Animal.owner_id == party.id, kept))
    return or_(models.Status.premises_id.in_(places), models.Status.animal_id.in_(animals))


def _about_number(
    table: type[Base], column: Attribute, indexes: Iterable[bytes]
) -> ColumnElement[bool]:
    mine: ColumnElement[bool] = column.in_(list(indexes))
    # A text to a clinician tells of somebody else.
    return mine & (models.Message.purpose != CONCERN) if table is models.Message else mine


def _rows(session: Session, table: type[Base], about: ColumnElement[bool]) -> list[dict[str, Any]]:
    key = inspect(table).primary_key
    return [_row(one) for one in session.scalars(select(table).where(about).order_by(*key))]


def _row(row: Base) -> dict[str, Any]:
    left_out = _LEFT_OUT.get(type(row), set())
    return {
        column.key: _json(getattr(row, column.key))
        for column in inspect(type(row)).column_attrs
        if column.key not in left_out and not column.key.endswith(_SECRET)
    }


def _json(value: object) -> object:
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, bytes):
        return value.hex()
    return str(value) if isinstance(value, UUID) else value


def _written(
    session: Session, messages: Iterable[Mapping[str, Any]], numbers: set[str]
) -> list[dict[str, Any]]:
    """Return what the person wrote: an envelope is found by the time of what answers it."""
    times = sorted({datetime.fromisoformat(one["created_at"]) for one in messages})
    found: list[dict[str, Any]] = []
    for start in range(0, len(times), 500):
        came = models.Arrival.received_at.in_(times[start : start + 500])
        rows = session.scalars(select(models.Arrival).where(came))
        found += [_row(one) for one in rows if one.sender in numbers]
    return found
