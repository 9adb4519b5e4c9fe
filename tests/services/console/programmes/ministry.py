"""A ministry with a planner, two approvers and a clinician, beside the people of livestock."""

from __future__ import annotations

from sqlalchemy import select

from services.core.roles import Role
from services.health.care.concerns import set_clinicians
from services.health.care.rota import DutyHours
from services.messaging.postings import ANYWHERE
from services.storage.models import Party, ProgrammeDraft, ProgrammeVersion
from tests.services.health.scene import person

STAFF = {
    "planner": Role.PLANNER,
    "second planner": Role.PLANNER,
    "approver": Role.APPROVER,
    "clinician": Role.CLINICIAN,
    "analyst": Role.HEALTH_ANALYST,
}


def staffed(world, *programmes):
    """Let there be staff by name, and a clinician who looks after some programmes."""
    database = world.runtime.database
    keys = {
        name: person(database, f"+6757000091{number}", role)
        for number, (name, role) in enumerate(STAFF.items())
    }
    with database.write() as session:
        for name, key in keys.items():
            session.get_one(Party, key).name = name
        clinician = session.get_one(Party, keys["clinician"]).public_id
        for programme in programmes:
            hours = {ANYWHERE: DutyHours(8, 16)}
            set_clinicians(session, programme, {ANYWHERE: clinician}, hours)
    return keys


def version_numbered(world, code, number):
    with world.runtime.database.read() as session:
        wanted = select(ProgrammeVersion).where(
            ProgrammeVersion.code == code, ProgrammeVersion.number == number
        )
        session.expire_on_commit = False
        return session.scalars(wanted).one()


def draft_of(world, code):
    """The document of the open draft, as text; None: there is none."""
    with world.runtime.database.read() as session:
        wanted = select(ProgrammeDraft.document).where(
            ProgrammeDraft.code == code, ProgrammeDraft.ended_at.is_(None)
        )
        found = session.scalar(wanted)
        return found and found.decode()
