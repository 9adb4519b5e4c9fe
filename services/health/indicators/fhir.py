"""Texts of a programme as FHIR R4: the plan (CommunicationRequest) and its result (Communication).

A person is the public id of the subscription, as an identifier and not as an address: no name, no
number, no words of a text. The programme, its version and the item identify the text.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any
from uuid import uuid5

from sqlalchemy import Row, Select, and_, func, select
from sqlalchemy.orm import Session

from services.health.indicators.fhir_measures import concept, measure_reports
from services.health.indicators.tables import Report
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
    """Return the database keys of the parties whose texts `resources` yields."""
    texts = _texts(report).subquery()
    wanted = select(Subscription.party_id).where(Subscription.id.in_(select(texts.c.person)))
    return list(session.scalars(wanted.distinct().order_by(Subscription.party_id)))


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
            Message.purpose == COURSE,
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
