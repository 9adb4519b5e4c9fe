"""Standing of sickness and deaths: a keeper's or an officer's make a status, others alarm alone."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.livestock.domain.actors import Actor, Strength
from services.livestock.domain.acts import CommandAct
from services.livestock.domain.authority import Allowed, may_report_at
from services.livestock.domain.model import Key, Report, ResolvedReferences, SuspicionStanding
from services.livestock.domain.statuses import is_suspicious, may_be_of_place
from services.livestock.recording.authority import AuthorityOver, numbers_of
from services.storage.models import Premises
from services.storage.rowsets import keys


class _ReportedPlace(NamedTuple):
    """Premises: database key of their keeper, and province."""

    keeper: int | None
    province: str | None


def with_standing(
    session: Session, reports: Sequence[Report], actor: Actor | None, known: ResolvedReferences
) -> list[Report]:
    """Give each report of sickness, or of several deaths, its standing.

    Args:
        actor: None: what the program or an officer recorded without a doubt of it.
    """
    told = [one for one in reports if _is_suspicious(one, known)]
    if actor is None:
        given = {one.event_id: _widest(one) for one in told}
    elif actor.strength < Strength.NUMBER or not told:
        return list(reports)
    else:
        over = AuthorityOver(session, actor, told, numbers_of(known))
        places = _places(session, told, known)
        given = {one.event_id: _standing(one, actor, over, places) for one in told}
    return [
        replace(one, standing=given[one.event_id]) if one.event_id in given else one
        for one in reports
    ]


def _is_suspicious(one: Report, known: ResolvedReferences) -> bool:
    return is_suspicious(one.type, one.details, [known.animals[key].kind for key in one.animals])


def _widest(report: Report) -> SuspicionStanding | None:
    """Return the standing of what nobody doubts."""
    if may_be_of_place(report.details):
        return SuspicionStanding.OF_PLACE
    return SuspicionStanding.OF_ANIMALS if report.animals else None


def _standing(
    report: Report, actor: Actor, over: AuthorityOver, places: Mapping[Key, _ReportedPlace]
) -> SuspicionStanding | None:
    verdicts = (over.consent(report, key, CommandAct.SUSPECT) for key in report.animals)
    if not all(isinstance(one, Allowed) for one in verdicts):
        return None
    if report.premises is not None and may_report_at(actor, *places[report.premises]):
        return _widest(report)
    return SuspicionStanding.OF_ANIMALS if report.animals else None


def _places(
    session: Session, reports: Collection[Report], known: ResolvedReferences
) -> dict[Key, _ReportedPlace]:
    """Read the premises that reports name, by number."""
    named = {one.premises: known.premises[one.premises].id for one in reports if one.premises}
    rows = session.execute(
        select(Premises.id, Premises.keeper_id, Premises.province).where(
            Premises.id.in_(keys(session, set(named.values())))
        )
    )
    found = {row.id: _ReportedPlace(row.keeper_id, row.province) for row in rows}
    return {number: found[premises] for number, premises in named.items()}
