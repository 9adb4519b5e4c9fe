"""Alarms: sickness and deaths reach the veterinary officers at once."""

from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.core.geography import zone_of
from services.livestock.control.affected import areas_of, officers_of, premises_in
from services.livestock.control.outbreaks import (
    OutbreakDraft,
    OutbreakState,
    open_outbreak,
    outbreak_number,
)
from services.livestock.domain.model import (
    AnimalKind,
    EventType,
    Key,
    Origin,
    Recorded,
    Report,
    event_id,
    local_day,
)
from services.messaging.offices import messages_for
from services.messaging.outbox import SendOptions, enqueue_messages
from services.storage.models import Outbreak, Premises
from services.texts.catalogue import language_of, say
from sms.message import Kind

LIFE = timedelta(days=3)

_CHANNEL = "alarm"
_MOST_SIGNS = 3


class _AlarmPlace(NamedTuple):
    key: Key
    id: int
    province: str | None
    officer: bool


def is_alarming(done: Recorded) -> bool:
    """Tell whether an event by itself alarms: any sickness, and the death of several pigs."""
    report = done.report
    if report.type is not EventType.DEATH:
        return report.type is EventType.SICKNESS
    heads: int | None = report.details.get("head_count")
    if heads is not None:
        return heads > 1
    return len(report.animals) > 1 or any(one.kind == AnimalKind.MOB for one in done.animals)


def raise_alarm(session: Session, done: Recorded, now: datetime) -> None:
    """Text the veterinary officers of the province and of the whole country about an event.

    A suspicion of a notifiable disease opens an outbreak if none is open there. If the province is
    not known, or nobody of it or of the country can be reached, every veterinary officer is texted.
    The text says so where the province has no officer of its own. A second alarm of one event sends
    nothing.

    Args:
        now: UTC.
    """
    report = done.report
    harm = report.type in {EventType.SICKNESS, EventType.DEATH}
    if report.premises is None or not harm or report.details.get("cause") == "culled":
        return
    ref = done.known.premises[report.premises]
    province = session.get_one(Premises, ref.id).province
    officers = officers_of(session, province)
    place = _AlarmPlace(report.premises, ref.id, province, officers.local)
    outbreak = _outbreak(session, report, place, now)
    messages = messages_for(
        officers.holders,
        f"alarm\0{report.event_id}",
        lambda officer: _text(done, place, outbreak, language_of(officer.language)),
    )
    enqueue_messages(
        session, messages, SendOptions("alarm", now, now + LIFE, Kind.URGENT, office=True)
    )


def _outbreak(session: Session, report: Report, place: _AlarmPlace, now: datetime) -> str | None:
    """Return the number of the outbreak that a suspicion belongs to; open it where there is none.

    None: no notifiable disease is suspected.
    """
    disease = report.details.get("suspicion")
    if disease is None:
        return None
    unreleased = (Outbreak.disease == disease, Outbreak.state != OutbreakState.RELEASED.value)
    for known in session.scalars(select(Outbreak).where(*unreleased).order_by(Outbreak.id)).all():
        if place.id == known.index_premises_id or any(
            premises_in(session, areas_of(session, known.id), Premises.id == place.id)
        ):
            return outbreak_number(session, known.id)
    draft = OutbreakDraft(
        event_id=event_id(_CHANNEL, str(report.event_id), 0),
        disease=disease,
        index=place.key,
        # A zone that is ahead may claim tomorrow: the alarm must not fail for that.
        began_on=min(report.occurred.day, local_day(now, zone_of(place.province))),
    )
    opened = open_outbreak(session, draft, Origin(_CHANNEL, None, now))
    return outbreak_number(session, opened.id)


def _text(done: Recorded, place: _AlarmPlace, outbreak: str | None, language: str) -> str:
    details = done.report.details
    values: dict[str, object] = {
        "count": details.get("head_count") or len(done.report.animals) or "?",
        "place": str(place.key),
        "province": _province(place, language),
        "receipt": done.receipt,
    }
    if done.report.type is EventType.DEATH:
        return say("alarm.death", language, **values)
    signs = details.get("signs", ())[:_MOST_SIGNS]
    values["signs"] = ", ".join(say(f"sign.{sign}", language) for sign in signs) or "-"
    if outbreak is None:
        return say("alarm.sickness", language, **values)
    disease = say(f"disease.{details['suspicion']}", language)
    return say("alarm.suspicion", language, **values, disease=disease, outbreak=outbreak)


def _province(place: _AlarmPlace, language: str) -> str:
    if place.province is None:
        return say("alarm.no_province", language)
    if place.officer:
        return place.province
    return say("alarm.no_officer", language, province=place.province)
