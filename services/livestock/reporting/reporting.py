"""Recording of machines' reports, and the answers to them."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import date
from http import HTTPStatus
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.core.errors import Forbidden, Invalid
from services.livestock.control.affected import phones_of
from services.livestock.control.evidence_questions import Teller, ask_each
from services.livestock.control.program_reports import record_and_tell
from services.livestock.control.warnings import warning_text
from services.livestock.domain.access import Viewer
from services.livestock.domain.actors import Strength
from services.livestock.domain.model import (
    AnimalRef,
    Key,
    Origin,
    Recorded,
    Report,
    Scheme,
)
from services.livestock.recording.journal import EVIDENCE
from services.livestock.reporting.event_reader import EventInput, read_events
from services.livestock.reporting.permission import require_may_report
from services.livestock.reporting.road_checks import by_the_book
from services.livestock.reporting.status_ends import require_ends
from services.storage.models import Animal, Party
from services.storage.unit_of_work import Unit
from services.texts.catalogue import LANGUAGES

IN_FORCE = "in_force"


class Reporter(NamedTuple):
    """A request's reporter: what they may do, how the request reached us, and its key."""

    unit: Unit
    viewer: Viewer
    origin: Origin
    key: str


def report_events(reporter: Reporter, events: Sequence[EventInput]) -> list[Recorded]:
    """Record events as they were sent, all or none, and tell whoever must know.

    Raises:
        Invalid: see `read_events` and `by_the_book`.
        Forbidden: see `record_reports`.
    """
    unit, _, origin, key = reporter
    reports = read_events(unit.session, origin, key, events)
    told = zip(reports, events, strict=True)
    explained = {report.event_id for report, event in told if event.get("anyway")}
    return record_reports(reporter, reports, explained=explained)


def record_reports(
    reporter: Reporter,
    reports: Sequence[Report],
    since: date = date.min,
    explained: Collection[UUID] | None = None,
) -> list[Recorded]:
    """Record what a program reports; of the animals of others it is evidence, and they are asked.

    Args:
        since: see `record_and_tell`.
        explained: see `by_the_book`; None: of a document, whose checks are kept as they came.

    Raises:
        Forbidden: see `require_may_report`; or nobody's program says something of another's animal.
        Invalid: see `require_ends` and `by_the_book`.
        NotYourRole: this is no report of theirs.
    """
    unit, viewer, origin, _ = reporter
    actor = viewer.acting(Strength.CODE)
    require_may_report(unit.session, actor, reports)
    require_ends(unit.session, reports)
    if explained is not None:
        reports = by_the_book(unit.session, reports, explained)
    done = record_and_tell(unit.session, reports, replace(origin, actor=actor), since)
    return ask_for_program(reporter, done)


def ask_for_program(reporter: Reporter, done: Sequence[Recorded]) -> list[Recorded]:
    """Ask whoever decides on evidence that a program brought, about each event by itself.

    Raises:
        Forbidden: its user is nobody, so nobody could answer for the evidence.
    """
    unit, viewer, origin, _ = reporter
    if not any(one.evidence for one in done):
        return list(done)
    if viewer.party_id is None:
        raise Forbidden("This token belongs to nobody, and some animals are another's")
    sender = unit.session.get_one(Party, viewer.party_id)
    number, _ = phones_of(unit.session, [sender.id]).get(sender.id, ("", b""))

    def asked(one: Recorded) -> Recorded:
        teller = Teller(sender, number, f"{origin.channel}:{one.report.event_id}")
        return ask_each(unit, one, teller, origin.recorded_at) if one.evidence else one

    return [asked(one) for one in done]


def report_one(reporter: Reporter, told: EventInput) -> Recorded:
    """Record the one event of a request with a shape of its own; its faults lie at the top.

    Raises:
        Invalid, Forbidden: see `report_events`.
    """
    try:
        return report_events(reporter, [told])[0]
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
                "id": part.report.event_id,
                "type": part.report.type.value,
                "receipt": part.receipt,
                "flags": flags_of(part),
                "warnings": warnings_in(part),
                **standing_of(one, part),
            }
            for one in done
            for part in one.parts
        ],
        "registration_wanted": unregistered(session, animals),
    }


def flags_of(part: Recorded) -> list[dict[str, str]]:
    """Return the flags of an event, as answers show them."""
    return [{"animal": str(key), "code": code.value} for key, code in part.flags]


def warnings_in(part: Recorded) -> list[dict[str, Any]]:
    """Return what whoever reported an event must do now, in each language."""
    return [
        {
            "animal": str(warned.animal),
            "code": warned.code,
            "texts": {
                language: warning_text([warned], part.receipt, language) for language in LANGUAGES
            },
        }
        for warned in part.warnings
    ]


def standing_of(done: Recorded, part: Recorded) -> dict[str, str | None]:
    """Tell whether a part of a report counts, and who is asked if it is evidence."""
    if not part.report.evidence:
        return {"standing": IN_FORCE, "asked": None}
    return {"standing": EVIDENCE, "asked": done.asked}


def status_of(done: Sequence[Recorded]) -> HTTPStatus:
    """Return the status of an answer: 202 where something waits for its keeper."""
    return HTTPStatus.ACCEPTED if any(one.evidence for one in done) else HTTPStatus.CREATED


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
