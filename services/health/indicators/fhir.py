"""Indicators and texts of a programme as FHIR R4.

An indicator is a MeasureReport, stratified by every cut. A text is a plan (CommunicationRequest)
and its result (Communication). A person is the public id of the subscription, as an identifier and
not as an address: no name, no number, no words of a text. The programme, its version and the item
identify the text.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from sqlalchemy import Row, Select, and_, func, select
from sqlalchemy.orm import Session

from services.health.indicators.disaggregation import EVERYBODY, Cut
from services.health.indicators.measure import Figure, Measure, Reading
from services.health.indicators.tables import Line, Report, lines, make_table
from services.health.indicators.text_queries import OF_COURSE
from services.messaging.outbox import COURSE
from services.storage.models import Attempt, Message, ProgrammeVersion, Subscription
from sms.message import AttemptState, MessageState
from sms.reasons import SENTENCES, Reason

_PERSON = "urn:bilum:subscription"
_PURPOSE, _REASON = "urn:bilum:purpose", "urn:bilum:reason"
_MEDIUM = "http://terminology.hl7.org/CodeSystem/v3-ParticipationMode"
_SMS = "SMSWRIT"
_CHUNK = 2_000
_REQUEST = "CommunicationRequest/"

_WENT = (AttemptState.SENT, AttemptState.DELIVERED, AttemptState.UNDELIVERED)
_STATUS = {
    MessageState.DELIVERED: "completed",
    MessageState.SENT: "in-progress",
    MessageState.ATTEMPTING: "in-progress",
    MessageState.UNCERTAIN: "unknown",
}
_REQUESTED = {
    MessageState.QUEUED: "active",
    MessageState.ATTEMPTING: "active",
    MessageState.CANCELLED: "revoked",
    MessageState.SUPPRESSED: "revoked",
    MessageState.EXPIRED: "revoked",
    MessageState.UNCERTAIN: "unknown",
}

_POPULATION = "http://terminology.hl7.org/CodeSystem/measure-population"
_MONEY = "urn:iso:std:iso:4217"
_INDICATOR = "urn:bilum:indicator"
_CUT = "urn:bilum:cut"
_READINGS = {
    Reading.HEADLINE: "Of everybody who began",
    Reading.CAUTION: "Misleads alone: read it beside success_of_activated",
}


def resources(session: Session, report: Report) -> Iterator[dict[str, Any]]:
    """Yield every indicator of a report, then each text of the course planned in its days.

    `session` is the one on which the report was made; rows are read as they are written out.
    """
    yield from measure_reports(report)
    for row in session.execute(_texts(report).execution_options(yield_per=_CHUNK)):
        yield request_of(row)
        # A text that waits, or was cancelled before an attempt, was not communicated yet.
        if row.state not in {MessageState.QUEUED, MessageState.CANCELLED}:
            yield communication_of(row)


def people(session: Session, report: Report) -> list[int]:
    """Return the database keys of the people whose texts `resources` yields."""
    texts = _texts(report).subquery()
    wanted = select(Subscription.person_id).where(Subscription.id.in_(select(texts.c.person)))
    return list(session.scalars(wanted.distinct().order_by(Subscription.person_id)))


def as_bundle(found: Iterable[dict[str, Any]], now: datetime) -> Iterator[str]:
    """Write resources as a Bundle of the type collection, piece by piece."""
    yield f'{{"resourceType":"Bundle","type":"collection","timestamp":"{now.isoformat()}","entry":['
    for place, one in enumerate(found):
        entry = {"fullUrl": f"urn:uuid:{one['id']}", "resource": _within_bundle(one)}
        yield (",\n" if place else "\n") + json.dumps(entry, separators=(",", ":"))
    yield "\n]}\n"


def as_lines(found: Iterable[dict[str, Any]]) -> Iterator[str]:
    """Write resources as NDJSON, one a line."""
    for one in found:
        yield json.dumps(one, separators=(",", ":")) + "\n"


def request_of(row: Row[*tuple[Any, ...]]) -> dict[str, Any]:
    """Return a planned text as a CommunicationRequest."""
    status = _REQUESTED.get(row.state, "completed")
    return {
        "resourceType": "CommunicationRequest",
        "id": _request_id(row),
        "status": status,
        **(_reason(row) if status == "revoked" else {}),
        **_what(row),
        "occurrenceDateTime": row.planned_at.isoformat(),
        "authoredOn": row.created_at.isoformat(),
    }


def communication_of(row: Row[*tuple[Any, ...]]) -> dict[str, Any]:
    """Return the result of a text as a Communication."""
    status = _STATUS.get(row.state, "not-done")
    return {
        "resourceType": "Communication",
        "id": str(row.public_id),
        "basedOn": [{"reference": f"{_REQUEST}{_request_id(row)}"}],
        "instantiatesUri": [f"urn:bilum:programme:{row.code}:{row.number}:{row.item}"],
        "status": status,
        **(_reason(row) if status == "not-done" else {}),
        **_what(row),
        "topic": {"text": row.item},
        **({"sent": row.sent_at.isoformat()} if row.sent_at else {}),
    }


def _request_id(row: Row[*tuple[Any, ...]]) -> str:
    return str(uuid5(row.public_id, "request"))


def _within_bundle(one: dict[str, Any]) -> dict[str, Any]:
    """Replace references by the full addresses that their targets have in a bundle."""
    based = [
        {"reference": f"urn:uuid:{ground['reference'].removeprefix(_REQUEST)}"}
        for ground in one.get("basedOn", ())
    ]
    return one | ({"basedOn": based} if based else {})


def _texts(report: Report) -> Select[*tuple[Any, ...]]:
    start, end = report.period.bounds(report.now)
    went = (
        select(func.max(Attempt.started_at))
        .where(Attempt.message_id == Message.id, Attempt.state.in_(_WENT))
        .scalar_subquery()
    )
    return (
        select(
            Message.public_id,
            Message.state,
            Message.reason,
            Message.item,
            Message.planned_at,
            Message.created_at,
            Subscription.id.label("person"),
            Subscription.public_id.label("subscription"),
            ProgrammeVersion.code,
            ProgrammeVersion.number,
            went.label("sent_at"),
        )
        .join(Subscription, Subscription.id == Message.subscription_id)
        .join(ProgrammeVersion, ProgrammeVersion.id == Message.version_id)
        .where(
            Message.subscription_id.is_not(None),
            Message.scope == report.programme.code,
            OF_COURSE,
            and_(Message.planned_at >= start, Message.planned_at < end),
        )
        .order_by(Message.planned_at, Message.id)
    )


def _what(row: Row[*tuple[Any, ...]]) -> dict[str, Any]:
    person = {
        "type": "Patient",
        "identifier": {"system": _PERSON, "value": str(row.subscription)},
    }
    return {
        "category": [concept(_PURPOSE, COURSE)],
        "medium": [concept(_MEDIUM, _SMS)],
        "subject": person,
        "recipient": [person],
    }


def _reason(row: Row[*tuple[Any, ...]]) -> dict[str, Any]:
    code = row.reason or row.state
    known = code in set(Reason)
    return {"statusReason": concept(_REASON, code, SENTENCES[Reason(code)] if known else None)}


def measure_reports(report: Report, *, public: bool = False) -> Iterator[dict[str, Any]]:
    """Yield the indicators of a report as MeasureReports; `public`: without small counts."""
    whole = {line.measure: line for line in lines(report, make_table(report, (), public=public))}
    strata: dict[Measure, dict[Cut, list[Line]]] = {}
    for cut in Cut:
        for line in lines(report, make_table(report, (cut,), public=public)):
            if line.group != EVERYBODY:
                strata.setdefault(line.measure, {}).setdefault(cut, []).append(line)
    for measure in report.measures:
        yield _report(report, whole[measure], strata.get(measure, {}))


def concept(system: str, code: str, text: str | None = None) -> dict[str, Any]:
    """Return a CodeableConcept."""
    return {"coding": [{"system": system, "code": code}], **({"text": text} if text else {})}


def _report(report: Report, line: Line, strata: Mapping[Cut, Iterable[Line]]) -> dict[str, Any]:
    name = f"{report.programme.code}:{line.measure.name}"
    first, last = (day.isoformat() for day in report.period)
    stratifiers = [_stratifier(cut, below) for cut, below in strata.items()]
    return {
        "resourceType": "MeasureReport",
        "id": str(uuid5(NAMESPACE_URL, f"{_INDICATOR}:{name}:{first}:{last}")),
        "status": "complete",
        "type": "summary",
        "measure": f"{_INDICATOR}:{name}",
        "date": report.now.isoformat(),
        "period": {"start": first, "end": last},
        "group": [
            {
                "code": concept(_INDICATOR, line.measure.name, _READINGS.get(line.measure.reading)),
                **_figures(line.measure, line.figure),
                **({"stratifier": stratifiers} if stratifiers else {}),
            }
        ],
    }


def _stratifier(cut: Cut, below: Iterable[Line]) -> dict[str, Any]:
    return {
        "code": [concept(_CUT, cut.value)],
        "stratum": [
            {"value": {"text": line.group[0]}, **_figures(line.measure, line.figure)}
            for line in below
        ],
    }


def _figures(measure: Measure, shown: Figure | None) -> dict[str, Any]:
    """Return populations and score; money is no population, but the score's numerator."""
    if shown is None:
        return {}
    populations = []
    if not measure.is_money:
        populations.append(_population("numerator", int(shown.numerator)))
    if shown.denominator is not None:
        populations.append(_population("denominator", shown.denominator))
    found: dict[str, Any] = {"population": populations} if populations else {}
    if shown.value is not None:
        unit = {"unit": "kina", "system": _MONEY, "code": "PGK"} if measure.is_money else {}
        # JSON has one kind of number; these have at most four places.
        found["measureScore"] = {"value": float(shown.value), **unit}
    return found


def _population(code: str, count: int) -> dict[str, Any]:
    return {"code": concept(_POPULATION, code), "count": count}
