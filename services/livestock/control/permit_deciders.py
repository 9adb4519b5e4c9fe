"""Officers who may decide on a permit: those on duty where its journey begins."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.livestock.control.affected import officers_of
from services.livestock.control.errors import NotYourProvince
from services.livestock.domain.actors import Actor, Tie
from services.livestock.domain.acts import ACTS, CommandAct
from services.livestock.domain.authority import (
    Allowed,
    Reason,
    Refused,
    Subject,
    Verdict,
    may_act,
)
from services.livestock.domain.errors import OfficersOnly
from services.livestock.recording.permit_subjects import permit_subject
from services.messaging.tasks.reading import reader_of, visible
from services.storage.models import Permit, Premises, Task, TaskSource

DECIDERS = ACTS[CommandAct.DECIDE_PERMIT].roles
"""Roles that decide. Inspectors do not: they check decisions at the roadblock."""


def may_decide(session: Session, row: Permit, actor: Actor) -> bool:
    """Tell whether somebody may issue, refuse or revoke a permit."""
    return isinstance(_verdict(session, row, actor), Allowed)


def require_decider(session: Session, row: Permit, actor: Actor) -> None:
    """Refuse those who may not decide on a permit.

    Raises:
        OfficersOnly: their role may not, or they proved too little.
        NotYourProvince: officers on duty elsewhere.
    """
    found = _verdict(session, row, actor)
    if found == Refused(Reason.NOT_THE_KEEPER):
        raise NotYourProvince(
            number=permit_subject(session, row).number, province=_province(session, row)
        )
    if not isinstance(found, Allowed):
        raise OfficersOnly


def _verdict(session: Session, row: Permit, actor: Actor) -> Verdict:
    on_duty = actor.role in DECIDERS and _is_on_duty(session, row, actor)
    ties = frozenset({Tie.DUTY} if on_duty else ())
    return may_act(actor, CommandAct.DECIDE_PERMIT, Subject(ties))


def _is_on_duty(session: Session, row: Permit, actor: Actor) -> bool:
    """Tell whether it is somebody's task to decide, by their province or in another's place.

    Where nobody on duty can be reached, officers of other provinces are texted; what nobody answers
    in its time is passed on to the region.
    """
    province = _province(session, row)
    if province is None or actor.province in {None, province}:
        return True
    if actor.party_id in {one.party_id for one in officers_of(session, province).holders}:
        return True
    reader = reader_of(session, actor.role, actor.party_id, actor.province)
    task = (
        select(Task.id)
        .join(TaskSource, TaskSource.task_id == Task.id)
        .where(TaskSource.permit_id == row.id, visible(session, reader))
    )
    return session.scalar(task.limit(1)) is not None


def _province(session: Session, row: Permit) -> str | None:
    return session.get_one(Premises, row.origin_id).province
