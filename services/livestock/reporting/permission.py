"""Permission of machines to report: types, places and owners that are refused to their user.

What a report says of the animals of others is no matter of permission: it is evidence, as by SMS.
"""

from collections.abc import Mapping, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.core.errors import Forbidden
from services.livestock.domain import authority
from services.livestock.domain.actors import Actor
from services.livestock.domain.authority import Allowed
from services.livestock.domain.model import EventType, Key, Report
from services.livestock.recording.authority import AuthorityOver, NamedNumbers
from services.livestock.recording.identity import find_animals, find_premises
from services.storage.models import Party, Premises

_Places = Mapping[Key, tuple[int, int | None, str | None]]
"""Database key, keeper and province of premises that are known."""


def require_may_report(session: Session, who: Actor, reports: Sequence[Report]) -> None:
    """Refuse reports that `who` may not make, whosever animals they are about.

    Raises:
        Forbidden: it names the first such event, and why.
    """
    places = _places(session, reports)
    me = str(session.scalar(select(Party.public_id).where(Party.id == who.party_id)))
    for place, report in enumerate(reports):
        fault = _fault(who, report, places) or _fault_of_owner(who, report, me)
        if fault:
            raise Forbidden(f"Event {place}: {fault}; nothing was recorded")


def animals_of_others(session: Session, who: Actor, report: Report) -> frozenset[Key]:
    """Return the animals of a report of which what `who` says would be evidence.

    Raises:
        Forbidden: they may not report this type, or not there.
    """
    places = _places(session, [report])
    if fault := _fault(who, report, places):
        raise Forbidden(f"{fault[0].upper()}{fault[1:]}; nothing was recorded")
    ids = {key: place for key, (place, *_) in places.items()}
    animals = find_animals(session, report.animals)
    found = AuthorityOver(session, who, [report], NamedNumbers(animals, ids)).verdicts(report)
    return frozenset(key for key, one in found.items() if not isinstance(one, Allowed))


def _fault(who: Actor, report: Report, places: _Places) -> str | None:
    if report.type not in authority.reports_of(who.role):
        return f"the role {who.role} may not report the type {report.type.value}"
    if report.type is EventType.CHECK and not authority.may_check(who, report.details["purpose"]):
        return "this role may not report such a check"
    _, keeper, province = places.get(report.premises or Key("", ""), (0, None, None))
    if report.premises and not authority.may_report_at(who, keeper, province):
        return f"you may not report at {report.premises}"
    return None


def _fault_of_owner(who: Actor, report: Report, me: str) -> str | None:
    if report.details.get("owner", me) != me and not authority.may_name_owners(who):
        return "officers and recorders alone say that an animal is another's"
    return None


def _places(session: Session, reports: Sequence[Report]) -> _Places:
    found = find_premises(session, {one.premises for one in reports if one.premises})
    rows = {
        row.id: (row.id, row.keeper_id, row.province)
        for row in session.execute(
            select(Premises.id, Premises.keeper_id, Premises.province).where(
                Premises.id.in_([place.id for place in found.values()])
            )
        )
    }
    return {key: rows[place.id] for key, place in found.items()}
