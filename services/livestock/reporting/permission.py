"""Permission to report, from the facts that `livestock.domain.access` needs."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.core.errors import Forbidden
from services.livestock.domain import access
from services.livestock.domain.access import Reach, Tie, Viewer
from services.livestock.domain.model import EventType, Key, Report
from services.livestock.queries.ownership import ties_of
from services.livestock.recording.identity import find_animals, find_premises
from services.storage.models import Animal, Party, Premises

# An unregistered animal has no owner, so every tie counts.
_FREE: frozenset[Tie] = frozenset(Tie)


class _Facts(NamedTuple):
    """Keeper and province of premises; ties of the animals, of an unregistered one every tie.

    `me` is the public id of the reporter.
    """

    places: Mapping[Key, tuple[int | None, str | None]]
    ties: Mapping[Key, frozenset[Tie]]
    me: str


def require_may_report(session: Session, who: Viewer, reports: Sequence[Report]) -> None:
    """Refuse reports that `who` may not make.

    Raises:
        Forbidden: it names the first such event, and why.
    """
    facts = _facts(session, who, reports)
    claimed: set[Key] = set()
    for place, report in enumerate(reports):
        fault = _fault(who, report, facts, claimed)
        if fault:
            raise Forbidden(f"Event {place}: {fault}; nothing was recorded")
        if report.type in access.CLAIMS:
            claimed.update(report.animals)


def animals_of_others(session: Session, who: Viewer, report: Report) -> frozenset[Key]:
    """Return the animals of a report that `who` may not report.

    Raises:
        Forbidden: they may not report this type, or not there.
    """
    facts = _facts(session, who, [report])
    if fault := _fault_of_role(who, report) or _fault_of_place(who, report, facts):
        raise Forbidden(f"{fault[0].upper()}{fault[1:]}; nothing was recorded")
    if report.type in access.CLAIMS:
        return frozenset()
    return frozenset(
        key for key in report.animals if not _may_tell_of(who, facts.ties[key], at=report.premises)
    )


def _fault(who: Viewer, report: Report, facts: _Facts, claimed: set[Key]) -> str | None:
    if fault := _fault_of_role(who, report) or _fault_of_place(who, report, facts):
        return fault
    if report.details.get("owner", facts.me) != facts.me and not access.may_name_owners(who):
        return "officers and recorders alone say that an animal is another's"
    if report.type in access.CLAIMS:
        return None
    for key in report.animals:
        if key not in claimed and not _may_tell_of(who, facts.ties[key], at=report.premises):
            return f"{key} is not yours: report first that it came to your premises"
    return None


def _fault_of_role(who: Viewer, report: Report) -> str | None:
    if not access.may_report(who, report.type):
        return f"the role {who.role} may not report the type {report.type.value}"
    if report.type is EventType.CHECK and not access.may_check(who, report.details["purpose"]):
        return "this role may not report such a check"
    return None


def _fault_of_place(who: Viewer, report: Report, facts: _Facts) -> str | None:
    if report.premises and not access.may_report_at(who, *facts.places[report.premises]):
        return f"you may not report at {report.premises}"
    return None


def _may_tell_of(who: Viewer, ties: frozenset[Tie], *, at: Key | None) -> bool:
    if at is None and access.RULES[who.role].reach is Reach.DUTY:
        return not ties.isdisjoint({*access.REPORTING_TIES, Tie.DUTY})
    return access.may_report_of(who, ties)


def _facts(session: Session, who: Viewer, reports: Sequence[Report]) -> _Facts:
    named = {one.premises for one in reports if one.premises}
    places = find_premises(session, named)
    by_id = {
        row.id: (row.keeper_id, row.province)
        for row in session.execute(
            select(Premises.id, Premises.keeper_id, Premises.province).where(
                Premises.id.in_([place.id for place in places.values()])
            )
        )
    }
    return _Facts(
        {key: by_id[places[key].id] if key in places else (None, None) for key in named},
        _ties(session, who, {key for one in reports for key in one.animals}),
        str(session.scalar(select(Party.public_id).where(Party.id == who.party_id))),
    )


def _ties(session: Session, who: Viewer, keys: set[Key]) -> dict[Key, frozenset[Tie]]:
    animals = find_animals(session, keys)
    ids = [animal.id for animal in animals.values()]
    ties = ties_of(session, who, ids)
    registered = set(session.scalars(select(Animal.id).where(Animal.id.in_(ids), ~Animal.found)))
    return {
        key: frozenset(ties[animals[key].id])
        if key in animals and animals[key].id in registered
        else _FREE
        for key in keys
    }
