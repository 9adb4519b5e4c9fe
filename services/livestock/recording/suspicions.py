"""Standing of sickness and deaths: a keeper's or an officer's make a status, others alarm alone."""

from collections.abc import Collection, Sequence
from dataclasses import replace

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.livestock.domain.actors import Actor, Strength
from services.livestock.domain.acts import CommandAct
from services.livestock.domain.authority import Allowed, Subject, may_act, may_report_at
from services.livestock.domain.model import Key, Report, ResolvedReferences, SuspicionStanding
from services.livestock.domain.suspicion import is_suspicious, may_be_of_place
from services.livestock.recording.authority import AuthorityOver, numbers_of, part_id
from services.livestock.recording.keeper_ties import ties_to_keeper
from services.storage.models import Premises
from services.storage.rowsets import keys


def with_standing(
    session: Session, reports: Sequence[Report], actor: Actor | None, known: ResolvedReferences
) -> list[Report]:
    """Give each report of sickness, or of several deaths, its standing.

    Args:
        actor: None: what the program or an officer recorded without a doubt of it.
    """
    told = [one for one in reports if not one.evidence and _is_suspicious(one, known)]
    if actor is None:
        given = {one.event_id: _widest(one) for one in told}
    elif actor.strength < Strength.NUMBER or not told:
        return list(reports)
    else:
        over = AuthorityOver(session, actor, told, numbers_of(known))
        places = _binding_places(session, told, actor, known)
        given = {one.event_id: _standing(one, over, places) for one in told}
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
    report: Report, over: AuthorityOver, binding: Collection[Key]
) -> SuspicionStanding | None:
    if not all(_is_own(over, report, key) for key in report.animals):
        return None
    if report.premises in binding:
        return _widest(report)
    return SuspicionStanding.OF_ANIMALS if report.animals else None


def _is_own(over: AuthorityOver, report: Report, key: Key) -> bool:
    return isinstance(over.consent(report, key, CommandAct.SUSPECT), Allowed)


def as_own(over: AuthorityOver, report: Report) -> list[Report]:
    """Divide a sickness by whose animals they are: of others it alarms, and binds nobody.

    The first part keeps the report's id. The reporter's own come first.
    """
    own = [key for key in report.animals if _is_own(over, report, key)]
    if not own or len(own) == len(report.animals):
        return [report]
    others = tuple(key for key in report.animals if key not in own)
    return [
        replace(report, animals=tuple(own)),
        replace(report, event_id=part_id(report.event_id, 1), animals=others),
    ]


def _binding_places(
    session: Session, reports: Collection[Report], actor: Actor, known: ResolvedReferences
) -> set[Key]:
    """Return the numbers of the premises, of those that reports name, that the actor's word binds.

    A village recorder's word binds no keeper who has a phone and did not accept the recorder.
    """
    named = {one.premises: known.premises[one.premises].id for one in reports if one.premises}
    rows = session.execute(
        select(Premises.id, Premises.keeper_id, Premises.province).where(
            Premises.id.in_(keys(session, set(named.values())))
        )
    )
    bound = {row.id for row in rows if _binds(session, actor, row.keeper_id, row.province)}
    return {number for number, premises in named.items() if premises in bound}


def _binds(session: Session, actor: Actor, keeper: int | None, province: str | None) -> bool:
    if keeper is None or keeper == actor.party_id:
        return may_report_at(actor, keeper, province)
    ties = ties_to_keeper(session, actor, keeper, province)
    return isinstance(may_act(actor, CommandAct.SUSPECT, Subject(ties)), Allowed)
