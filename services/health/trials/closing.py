"""Looks at a trial's outcomes, and its end: both are recorded on the ledger.

Before the end arms are letters. Whoever looks at outcomes before it is recorded as having looked,
and a trial that is closed before its last follow-up is recorded as closed early, with the reason.
"""

from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from services.core.roles import Role
from services.health.errors import (
    NotAnAnalyst,
    NotAnApprover,
    TrialOver,
    TrialRunning,
    UnknownTrial,
)
from services.health.trials.allocating import find_trial
from services.health.trials.people import participants
from services.health.versions.trials import CLOSED, LOOKED, TrialAct, TrialName, record_trial
from services.storage.locks import require_one_writer
from services.storage.models import Party, TrialAllocation, TrialRow
from sms.local_time import local_day


class Decision(NamedTuple):
    """A person who closes a trial or looks at it, and the ground.

    Attributes:
        party: key of the person.
        reference: of a signed document, such as the minutes of a data monitoring board.
    """

    party: int
    reporter: UUID | None
    reference: str
    channel: str
    now: datetime

    @property
    def act(self) -> TrialAct:
        """Return it as an act on the ledger."""
        return TrialAct(self.channel, self.reporter, self.now)


def get_trial(session: Session, programme: str, code: str) -> TrialRow:
    """Return a trial; raise UnknownTrial where none was recorded."""
    row = find_trial(session, programme, code)
    if row is None:
        raise UnknownTrial("No such trial was recorded: see `bilum trial list`")
    return row


def not_due(session: Session, row: TrialRow, now: datetime) -> int:
    """Return how many people of a trial have their primary assessment still to come."""
    today = local_day(now)
    return sum(not one.is_due(today) and not one.died for one in participants(session, row, now))


def note_look(session: Session, row: TrialRow, what: str, decision: Decision) -> None:
    """Record that somebody looks at outcomes by arm: `what` is `estimate` or `export`.

    Raises:
        NotAnAnalyst: the person's role does not allow it.
    """
    require_one_writer(session)
    if not _has(session, decision, Role.HEALTH_ANALYST):
        raise NotAnAnalyst("Only a person with the role health-analyst may do this")
    told = {"what": what, "reference": decision.reference, "closed": row.closed_at is not None}
    record_trial(session, TrialName(row.programme, row.code), LOOKED, told, decision.act)


def _has(session: Session, decision: Decision, role: Role) -> bool:
    return session.get_one(Party, decision.party).role == role


def close_trial(
    session: Session, row: TrialRow, decision: Decision, early: str | None = None
) -> None:
    """Close a trial for good and reveal its seed; nobody is allocated any more.

    `early`: the reason, where people's follow-up is not over.

    Raises:
        NotAnApprover: the person's role does not allow it.
        TrialOver: it was closed before.
        TrialRunning: follow-up is not over, and no reason is given.
    """
    require_one_writer(session)
    if not _has(session, decision, Role.APPROVER):
        raise NotAnApprover("Only a person with the role approver may do this")
    if row.closed_at is not None:
        raise TrialOver("This trial was closed before, and its seed is known")
    waiting = not_due(session, row, decision.now)
    if waiting and not early:
        raise TrialRunning(
            f"The follow-up of {waiting} people is not over: wait, or tell why it closes early"
        )
    mine = TrialAllocation.trial_id == row.id
    people = session.scalar(select(func.count()).where(mine)) or 0
    told: dict[str, object] = {"seed": row.seed, "reference": decision.reference, "people": people}
    if waiting:
        told |= {"early": early, "not_followed_up": waiting}
    row.closing_id = record_trial(
        session, TrialName(row.programme, row.code), CLOSED, told, decision.act
    )
    row.closed_at, row.revealed = decision.now, row.seed
    # Who knows the seed could try every phone number on them.
    session.execute(update(TrialAllocation).where(mine).values(mark=None))
    session.flush()
