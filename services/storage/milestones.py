"""Times at which something was last done to the installation, such as a backup, or by its workers.

Of a verified backup it is the time when it was made: how new a state could surely be restored.
"""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.storage.bulk import upsert
from services.storage.models import Milestone


class MilestoneName(StrEnum):
    """Names of milestones."""

    BACKUP = "backup"
    VERIFIED = "backup_verified"
    CLOCK = "task_clock"
    PLANNER = "task_planner"
    RECONCILER = "task_reconciler"


def reach(session: Session, name: MilestoneName, now: datetime) -> None:
    """Keep that something was done now."""
    new = upsert(session, Milestone).values(name=name.value, at=now)
    session.execute(
        new.on_conflict_do_update(index_elements=[Milestone.name], set_={"at": new.excluded.at})
    )


def read_milestone(session: Session, name: MilestoneName) -> datetime | None:
    """Return when something was last done; None: never."""
    return session.scalar(select(Milestone.at).where(Milestone.name == name.value))
