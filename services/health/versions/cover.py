"""Provinces in which nobody looks after the people of a programme: no clinician, or no rota."""

from collections.abc import Iterable, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.core.geography import PROVINCES
from services.health.errors import NobodyOnDuty
from services.messaging.postings import ANYWHERE, reachable_postings
from services.storage.models import Clinician

HOMES = (None, *PROVINCES)
"""Every province, and that of people of whom it is not known."""
_SHOWN = 4


def missing_cover(session: Session, programme: str, homes: Iterable[str | None]) -> list[str]:
    """Tell in which provinces a clinician is missing, and in which a rota, each with the remedy.

    A clinician counts who can be reached, and reads the inbox at hours that are set. People whose
    province is not known (None) are of those for anywhere alone.
    """
    there = [one for one in reachable_postings(session) if one.programme == programme]
    staffed = {one.province for one in there}
    rows = session.execute(
        select(Clinician.province).where(
            Clinician.programme == programme,
            Clinician.opens.is_not(None),
            Clinician.province.in_(staffed),
        )
    )
    reading = {row.province for row in rows}
    wanted = sorted(homes, key=lambda home: home or "")
    lacks = {"no clinician can be reached": staffed, "nobody reads the inbox": reading}
    told = f"`bilum programme clinicians {programme} --anywhere PHONE --hours 8-16`"
    return [
        f"{lack} for {_listed(left)}: {told}"
        for lack, have in lacks.items()
        if (left := [one for one in wanted if not have & {one or ANYWHERE, ANYWHERE}])
    ]


def require_cover(session: Session, programme: str, homes: Iterable[str | None] = HOMES) -> None:
    """Refuse what promises care that nobody gives.

    Raises:
        NobodyOnDuty: a province has no clinician, or nobody with hours to read its inbox.
    """
    missing = missing_cover(session, programme, homes)
    if missing:
        raise NobodyOnDuty(f"{programme} is not looked after: {'; '.join(missing)}")


def _listed(homes: Sequence[str | None]) -> str:
    if len(homes) == len(HOMES):
        return "anybody"
    more = f" and {len(homes) - _SHOWN} more" if len(homes) > _SHOWN else ""
    return ", ".join(one or "people of no known province" for one in homes[:_SHOWN]) + more
