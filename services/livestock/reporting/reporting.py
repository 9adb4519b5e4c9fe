"""Recording of machines' reports, and the answers to them."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.core.errors import Invalid
from services.livestock.control.alarms import caller_of, is_alarming, raise_alarm
from services.livestock.domain.access import Viewer
from services.livestock.domain.actors import Strength
from services.livestock.domain.model import AnimalRef, Key, Origin, Recorded, Scheme
from services.livestock.recording.record import record_events
from services.livestock.reporting.event_reader import EventInput, read_events
from services.livestock.reporting.permission import require_may_report
from services.storage.models import Animal


class Reporter(NamedTuple):
    """A request's reporter: what they may do, how the request reached us, and its key."""

    viewer: Viewer
    origin: Origin
    key: str


def report_events(
    session: Session, reporter: Reporter, events: Sequence[EventInput]
) -> list[Recorded]:
    """Record events as they were sent, all or none; sickness and deaths alarm the officers.

    Raises:
        Invalid: see `read_events`.
        Forbidden: see `require_may_report`.
    """
    viewer, origin, key = reporter
    reports = read_events(session, origin, key, events)
    require_may_report(session, viewer.acting(Strength.CODE), reports)
    done = record_events(session, reports, origin)
    for one in done:
        if is_alarming(one):
            raise_alarm(session, one, caller_of(session, origin.reporter), origin.recorded_at)
    return done


def report_one(session: Session, reporter: Reporter, told: EventInput) -> Recorded:
    """Record the one event of a request with a shape of its own; its faults lie at the top.

    Raises:
        Invalid, Forbidden: see `report_events`.
    """
    try:
        return report_events(session, reporter, [told])[0]
    except Invalid as error:
        faults = error.fields["events"]
        detail = "Some fields are wrong: see errors"
        raise Invalid(detail, _top(faults[0])) from error  # type: ignore[index]  # by place


def recorded_answer(session: Session, done: Sequence[Recorded]) -> dict[str, Any]:
    """Return the recorded events as an answer, with the official numbers that nobody registered."""
    animals = {key: one.known.animals[key] for one in done for key in one.report.animals}
    return {
        "events": [
            {
                "id": one.report.event_id,
                "type": one.report.type.value,
                "receipt": one.receipt,
                "flags": [{"animal": str(key), "code": code.value} for key, code in one.flags],
            }
            for one in done
        ],
        "registration_wanted": unregistered(session, animals),
    }


def unregistered(session: Session, known: Mapping[Key, AnimalRef]) -> list[str]:
    """Return the official numbers among these that nobody has registered, in order."""
    official = {key: animal.id for key, animal in known.items() if key.scheme == Scheme.OFFICIAL}
    wanted = select(Animal.id).where(Animal.id.in_(official.values()), Animal.found)
    found = set(session.scalars(wanted))
    return sorted(key.value for key, animal in official.items() if animal in found)


def _top(faults: Mapping[str, object]) -> dict[str, object]:
    inner = faults.get("details")
    rest = {name: fault for name, fault in faults.items() if name != "details"}
    return rest | (dict(inner) if isinstance(inner, dict) else {})
