"""Clinicians on call for red flags: one for each programme and province, or for anywhere."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from services.core.roles import Role
from services.health.errors import NotAClinician
from services.messaging.consent import consents
from services.storage.models import Clinician, Contact, Party
from sms.consent import EVERYTHING, REACHABLE

ANYWHERE = ""
"""Province of a clinician for all provinces without their own."""


class OnCall(NamedTuple):
    """A clinician to notify: database key, language, and number with its blind index."""

    party_id: int
    language: str | None
    number: str
    number_index: bytes


class ClinicianPosting(NamedTuple):
    """A clinician's province, or ANYWHERE, and the party's public id."""

    province: str
    party: UUID


def clinician_for(session: Session, programme: str | None, province: str | None) -> OnCall | None:
    """Return the clinician of a programme in a province, or else the one for anywhere.

    Those without the role, a phone or the wish for messages are skipped. `programme` None: any.
    """
    provinces = {ANYWHERE, province or ANYWHERE}
    wanted = (
        select(Party.id, Party.language, Contact.number, Contact.number_index)
        .join(Clinician, Clinician.party_id == Party.id)
        .join(Contact, Contact.party_id == Party.id)
        .where(Party.role == Role.CLINICIAN.value, Clinician.province.in_(provinces))
        # ANYWHERE is the empty text, which sorts last.
        .order_by(Clinician.province.desc(), Clinician.programme, Contact.id)
    )
    if programme is not None:
        wanted = wanted.where(Clinician.programme == programme)
    near = [OnCall._make(row) for row in session.execute(wanted)]
    wishes = consents(session, [one.number_index for one in near])
    reached = (one for one in near if _is_reached(wishes.get(one.number_index, {})))
    return next(reached, None)


def _is_reached(wishes: Mapping[str, bool]) -> bool:
    return wishes.get(EVERYTHING) is not False and wishes.get(REACHABLE) is not False


def clinicians_of(session: Session, programme: str) -> list[ClinicianPosting]:
    """Return the clinicians of a programme, the one for anywhere first."""
    rows = session.execute(
        select(Clinician.province, Party.public_id)
        .join(Party, Party.id == Clinician.party_id)
        .where(Clinician.programme == programme)
        .order_by(Clinician.province)
    )
    return [ClinicianPosting._make(row) for row in rows]


def set_clinicians(session: Session, programme: str, wanted: Mapping[str, UUID]) -> None:
    """Replace the clinicians of a programme by parties' public ids, by province or ANYWHERE.

    Raises:
        NotAClinician: one of them has another role, or no phone number.
    """
    rows = session.execute(
        select(Party.public_id, Party.id)
        .join(Contact, Contact.party_id == Party.id)
        .where(Party.public_id.in_(wanted.values()), Party.role == Role.CLINICIAN.value)
    )
    keys = {row.public_id: row.id for row in rows}
    if not keys.keys() >= set(wanted.values()):
        raise NotAClinician("Give each the role clinician and a phone number first")
    session.execute(delete(Clinician).where(Clinician.programme == programme))
    session.add_all(
        Clinician(programme=programme, province=province, party_id=keys[party])
        for province, party in wanted.items()
    )
    session.flush()
