"""Alarms: sickness and deaths reach the veterinary officers at once, a place's others counted."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from enum import Enum
from typing import NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.core.geography import zone_of
from services.livestock.control.affected import officers_of, phones_of
from services.livestock.control.alarm_senders import (
    BOX,
    PARTY,
    SenderKey,
    counted_places,
    is_told_of_sender,
    pigs_text,
    place_label,
    signs_text,
)
from services.livestock.control.holds import tell_held
from services.livestock.control.outbreaks import (
    OutbreakDraft,
    open_outbreak,
    outbreak_at,
    outbreak_number,
)
from services.livestock.control.task_sources import AlarmTask, TaskPlace, open_alarm_task
from services.livestock.control.zoonosis_tasks import ZoonosisReport, open_zoonosis_task
from services.livestock.domain.alarm_pacing import PERIOD, AlarmedPlace, Severity, next_alarm
from services.livestock.domain.details import NOTIFIABLE
from services.livestock.domain.model import EventType, Key, Origin, Recorded, Report, event_id
from services.livestock.domain.suspicion import several_died
from services.livestock.recording.short_numbers import name_premises
from services.messaging.offices import OfficeHolder, messages_for
from services.messaging.outbox import SendOptions, enqueue_messages
from services.storage.locks import require_one_writer
from services.storage.models import Party, PlaceAlarm, Premises
from services.texts.catalogue import language_of, say
from sms.local_time import local_day
from sms.message import Kind
from sms.numbers import local

LIFE = timedelta(days=3)

_CHANNEL = "alarm"


class Caller(NamedTuple):
    """Person who reported, for the officers to call.

    Attributes:
        number: E.164.
        words: what the report does not hold, such as a place by its name alone.
        sender: whose alarms are counted; None: a machine of the ministry's own.
        party_id: database key of the party.
        named: disease that their words name, and that a person reads before it is recorded.
    """

    number: str | None
    words: str = ""
    sender: SenderKey | None = None
    party_id: int | None = None
    named: str | None = None

    @property
    def by_box(self) -> bool:
        """True if anybody may have said it, by a village box."""
        return self.sender is not None and self.sender.kind == BOX


class _Pace(Enum):
    """Fate of an alarm: it goes, or is counted with those of its place, or of its sender."""

    GOES = "goes"
    OF_PLACE = "of_place"
    OF_SENDER = "of_sender"


class _AlarmPlace(NamedTuple):
    key: Key
    id: int
    name: str | None
    province: str | None
    officer: bool

    @property
    def label(self) -> str:
        """Number and name."""
        return place_label(self.key, self.name)


def is_alarming(done: Recorded) -> bool:
    """Tell whether an event by itself alarms: any sickness, and several deaths but by a cull."""
    report = done.report
    if report.type is not EventType.DEATH:
        return report.type is EventType.SICKNESS
    return several_died(report.details, [one.kind for one in done.animals])


def caller_of(session: Session, reporter: UUID | None) -> Caller:
    """Return a party, by its public id, as a caller."""
    if reporter is None:
        return Caller(None)
    party = session.scalars(select(Party.id).where(Party.public_id == reporter)).one()
    number, _ = phones_of(session, [party]).get(party, (None, b""))
    return Caller(number, sender=SenderKey(PARTY, party), party_id=party)


def raise_alarms_of(session: Session, events: Iterable[Recorded], origin: Origin) -> None:
    """Raise the alarms of events that a program reported, whose user the officers call."""
    alarming = [one for one in events if is_alarming(one)]
    caller = caller_of(session, origin.reporter) if alarming else Caller(None)
    for one in alarming:
        raise_alarm(session, one, caller, origin.recorded_at)


def raise_alarm(session: Session, done: Recorded, caller: Caller, now: datetime) -> bool:
    """Text the veterinary officers of the province and of the whole country about an event.

    A suspicion of a notifiable disease opens an outbreak if none is open there. If the province is
    not known, or nobody of it or of the country can be reached, every veterinary officer is texted.
    The text says so where the province has no officer of its own. Of a place one alarm goes in an
    hour, unless it becomes worse, and of a sender those of few places: see `tell_counted`.

    Returns:
        Whether an officer can be reached, so that a call may be promised.
    """
    report = done.report
    harm = report.type in {EventType.SICKNESS, EventType.DEATH}
    if report.premises is None or not harm or report.details.get("cause") == "culled":
        return False
    ref = done.known.premises[report.premises]
    row = session.get_one(Premises, ref.id)
    tell_held(session, done, row, caller.party_id, now)
    officers = officers_of(session, row.province)
    place = _AlarmPlace(report.premises, ref.id, row.name, row.province, officers.local)
    reached, pace = bool(officers.holders), _pace(session, ref.id, _severity(report), caller, now)
    told = reached and pace is _Pace.GOES
    where = TaskPlace(place.id, place.province, caller.party_id)
    counted_for = caller.sender if pace is _Pace.OF_SENDER else None
    open_alarm_task(session, done, AlarmTask(where, counted_for, told), now)
    suspected = report.details.get("suspicion") or caller.named
    open_zoonosis_task(session, done, ZoonosisReport(suspected, where, counted_for), now)
    if pace is _Pace.OF_SENDER:
        # Nobody looks at it alone, so no call is promised.
        return False
    outbreak = None if caller.by_box else _outbreak(session, report, place, now)
    if pace is _Pace.OF_PLACE:
        return reached
    messages = messages_for(
        officers.holders,
        alarm_name(report.event_id),
        lambda officer: _text(done, caller, (place, outbreak), language_of(officer.language)),
    )
    enqueue_messages(session, messages, alarm_options(now))
    return reached


def alarm_name(event: UUID) -> str:
    """Return what the messages of an event's alarm are named by."""
    return f"alarm\0{event}"


def tell_counted(session: Session, now: datetime) -> None:
    """Text how many more reports came of each place, and places of each sender, in their hour.

    The clock calls it. An alarm that nothing followed is forgotten.
    """
    require_one_writer(session)
    over = session.scalars(select(PlaceAlarm).where(PlaceAlarm.since <= now - PERIOD)).all()
    for row in over:
        if not row.untold:
            session.delete(row)
            continue
        _tell_counted(session, row, now)
        row.since, row.untold = now, 0
    enqueue_messages(session, counted_places(session, now), alarm_options(now))
    session.flush()


def _tell_counted(session: Session, row: PlaceAlarm, now: datetime) -> None:
    premises = session.get_one(Premises, row.premises_id)
    key = name_premises(session, premises.id)
    officers = officers_of(session, premises.province)
    place = _AlarmPlace(key, premises.id, premises.name, premises.province, officers.local)
    since = row.since.astimezone(ZoneInfo(zone_of(place.province)))

    def text(officer: OfficeHolder) -> str:
        language = language_of(officer.language)
        values = {"place": place.label, "province": _province(place, language)}
        told = {"count": row.untold, "clock": f"{since:%H:%M}", **values}
        return say("alarm.more", language, **told)

    about = f"alarm more\0{premises.public_id}\0{row.since.isoformat()}"
    enqueue_messages(session, messages_for(officers.holders, about, text), alarm_options(now))


def _pace(session: Session, place: int, severity: Severity, caller: Caller, now: datetime) -> _Pace:
    """Tell whether an alarm of a place goes now, and count it.

    What goes no more for its sender leaves the place alone: the next sender alarms.
    """
    row = session.get(PlaceAlarm, place)
    known = AlarmedPlace(row.since, Severity(row.severity), row.untold) if row else None
    told, then = next_alarm(known, severity, now)
    sender = caller.sender if told else None
    if sender is not None and not is_told_of_sender(session, sender, place, now):
        return _Pace.OF_SENDER
    # A row that is not there would be looked for again.
    keep = session.merge if row else session.add
    keep(
        PlaceAlarm(
            premises_id=place,
            since=then.since,
            severity=then.severity.value,
            untold=then.untold,
        )
    )
    session.flush()
    return _Pace.GOES if told else _Pace.OF_PLACE


def _severity(report: Report) -> Severity:
    if report.details.get("suspicion") is not None:
        return Severity.SUSPICION
    return Severity.DEATHS if report.type is EventType.DEATH else Severity.SICKNESS


def alarm_options(now: datetime) -> SendOptions:
    """Return the options of texts to officers that cannot wait."""
    return SendOptions("alarm", now, now + LIFE, Kind.URGENT, office=True)


def _outbreak(session: Session, report: Report, place: _AlarmPlace, now: datetime) -> str | None:
    """Return the number of the outbreak that a suspicion belongs to; open it where there is none.

    None: no notifiable disease is suspected.
    """
    disease = report.details.get("suspicion")
    if disease not in NOTIFIABLE:
        return None
    if known := outbreak_at(session, disease, place.id):
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


def _text(
    done: Recorded, caller: Caller, where: tuple[_AlarmPlace, str | None], language: str
) -> str:
    details, (place, outbreak), number = done.report.details, where, caller.number
    call = say("alarm.call", language, other=local(number)) if number else None
    values: dict[str, object] = {
        "what": pigs_text(done, language),
        "place": place.label,
        "province": _province(place, language),
        "phone": call or say("alarm.no_phone", language),
        "receipt": done.receipt,
    }
    if done.report.type is EventType.DEATH:
        return say("alarm.death", language, **values)
    suspected = details.get("suspicion")
    named = [say(f"disease.{suspected}", language)] if suspected and outbreak is None else []
    values["signs"] = signs_text(named, details.get("signs", ()), caller.words, language)
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
