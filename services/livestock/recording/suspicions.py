"""Standing of sickness and deaths: a keeper's or an officer's make a status, others alarm alone."""

from collections.abc import Sequence
from dataclasses import replace

from sqlalchemy.orm import Session

from services.livestock.domain.actors import Actor, Strength
from services.livestock.domain.acts import CommandAct
from services.livestock.domain.authority import Allowed, may_report_at
from services.livestock.domain.model import Report, ResolvedReferences, SuspicionStanding
from services.livestock.domain.statuses import is_suspicious, may_be_of_place
from services.livestock.recording.authority import AuthorityOver, numbers_of
from services.storage.models import Premises


def with_standing(
    session: Session, reports: Sequence[Report], actor: Actor | None, known: ResolvedReferences
) -> list[Report]:
    """Give each report of sickness, or of several deaths, its standing.

    Args:
        actor: None: what the program or an officer recorded without a doubt of it.
    """
    return [
        replace(one, standing=_standing(session, one, actor, known))
        if is_suspicious(one.type, one.details, [known.animals[key].kind for key in one.animals])
        else one
        for one in reports
    ]


def _standing(
    session: Session, report: Report, actor: Actor | None, known: ResolvedReferences
) -> SuspicionStanding | None:
    of_animals = SuspicionStanding.OF_ANIMALS if report.animals else None
    of_place = SuspicionStanding.OF_PLACE if may_be_of_place(report.details) else of_animals
    if actor is None:
        return of_place
    if actor.strength < Strength.NUMBER:
        return None
    if report.animals and not _keeps_all(session, report, actor, known):
        return None
    if report.premises is not None:
        row = session.get_one(Premises, known.premises[report.premises].id)
        if may_report_at(actor, row.keeper_id, row.province):
            return of_place
    return of_animals


def _keeps_all(session: Session, report: Report, actor: Actor, known: ResolvedReferences) -> bool:
    over = AuthorityOver(session, actor, [report], numbers_of(known))
    verdicts = (over.consent(report, key, CommandAct.SUSPECT) for key in report.animals)
    return all(isinstance(one, Allowed) for one in verdicts)
