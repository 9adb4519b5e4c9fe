"""Laboratory results: a positive one confirms the outbreak of its place, and alarms the officers.

What a result makes of its animals and place is `services.livestock.domain.statuses`. A result whose
sample nobody knows confirms nothing: it is flagged, and an officer looks.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.core.geography import zone_of
from services.livestock.control.affected import officers_of
from services.livestock.control.alarms import LIFE
from services.livestock.control.outbreaks import (
    OutbreakDraft,
    OutbreakState,
    change_state,
    open_outbreak,
    outbreak_at,
    outbreak_number,
)
from services.livestock.control.zoonosis_tasks import follow_zoonosis
from services.livestock.domain.details import NOTIFIABLE
from services.livestock.domain.model import (
    Act,
    EventType,
    FlagCode,
    Key,
    Origin,
    Recorded,
    event_id,
    read_key,
)
from services.livestock.recording.journal import HAS_CONTENT, NOT_EVIDENCE, animals_in
from services.messaging.offices import OfficeHolder, messages_for
from services.messaging.outbox import SendOptions, enqueue_messages
from services.storage.models import Correction, Journal, Outbreak, Premises
from services.texts.catalogue import language_of, say
from sms.local_time import local_day
from sms.message import Kind

_CHANNEL = "result"
_SAMPLES_OF = timedelta(days=180)


@dataclass(frozen=True, slots=True)
class TakenSample:
    """A sample in the journal: its number as written down, its animals, where and when it was."""

    number: str
    animals: tuple[Key, ...]
    premises: Key | None
    day: date
    disease: str | None


def find_samples(session: Session, number: str, today: date) -> list[TakenSample]:
    """Return the samples of a number that were taken within half a year, oldest first."""
    rows = session.scalars(
        select(Journal.content)
        .where(
            Journal.occurred_on.between(today - _SAMPLES_OF, today),
            Journal.type == EventType.SAMPLE.value,
            HAS_CONTENT,
            NOT_EVIDENCE,
            Journal.id.not_in(select(Correction.journal_id)),
        )
        .order_by(Journal.id)
    )
    records = [json.loads(content) for content in rows if content is not None]
    return [
        TakenSample(
            one["details"]["sample"],
            animals_in(one),
            read_key(one["at"]["number"]) if "at" in one else None,
            date.fromisoformat(one["occurred"]["at"][:10]),
            one["details"].get("disease"),
        )
        for one in records
        if one["details"]["sample"].casefold() == number.casefold()
    ]


def follow_results(session: Session, events: Iterable[Recorded], origin: Origin) -> None:
    """Confirm the outbreaks of positive results among new events, and tell the officers."""
    for done in events:
        told = done.report.details
        unknown = any(code is FlagCode.RESULT_WITHOUT_SAMPLE for _, code in done.flags)
        if done.report.type is not EventType.RESULT or done.report.evidence or unknown:
            continue
        if done.report.premises is None:
            continue
        if told["outcome"] == "positive" and told["disease"] in NOTIFIABLE:
            _confirm(session, done, origin)
        follow_zoonosis(session, done, origin.recorded_at)


def _confirm(session: Session, done: Recorded, origin: Origin) -> None:
    report = done.report
    ref = done.known.premises[report.premises]  # type: ignore[index]  # the caller has looked
    row = session.get_one(Premises, ref.id)
    today = local_day(origin.recorded_at, zone_of(row.province))
    act = Act(
        event_id(_CHANNEL, str(report.event_id), 0),
        min(report.occurred.day, today),
        Origin(_CHANNEL, origin.reporter, origin.recorded_at),
    )
    outbreak = outbreak_at(session, report.details["disease"], ref.id)
    if outbreak is None:
        draft = OutbreakDraft(
            act.event_id,
            report.details["disease"],
            ref.number,
            act.day,
            OutbreakState.CONFIRMED,
        )
        outbreak = open_outbreak(session, draft, act.origin)
    elif outbreak.state == OutbreakState.SUSPECT.value:
        number = outbreak_number(session, outbreak.id)
        # The step is taken today: the outbreak may have begun after the day of the result.
        change_state(session, number, OutbreakState.CONFIRMED, act._replace(day=today))
    _tell(session, done, (row, outbreak), origin.recorded_at)


def _tell(
    session: Session, done: Recorded, where: tuple[Premises, Outbreak], now: datetime
) -> None:
    (place, outbreak), told = where, done.report.details

    def text(officer: OfficeHolder) -> str:
        language = language_of(officer.language)
        return say(
            "alarm.positive",
            language,
            disease=say(f"disease.{told['disease']}", language),
            number=told["sample"],
            place=done.report.premises,
            province=place.province or say("alarm.no_province", language),
            outbreak=outbreak_number(session, outbreak.id),
            receipt=done.receipt,
        )

    holders = officers_of(session, place.province).holders
    messages = messages_for(holders, positive_name(done.report.event_id), text)
    enqueue_messages(
        session, messages, SendOptions("alarm", now, now + LIFE, Kind.URGENT, office=True)
    )


def positive_name(event: UUID) -> str:
    """Return what the messages about a positive result are named by."""
    return f"positive\0{event}"
