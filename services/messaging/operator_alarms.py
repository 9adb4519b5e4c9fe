"""Alarms by SMS to the administrators.

Each function that returns incidents looks for one kind of trouble.

An incident is told once to each number; one whose beginning moves, such as that of a line which
moves too slowly, once in each of its periods. What goes out is urgent, and no message takes a
channel whose circuit is open: so the alarm comes by another, where there is one.
"""

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy import func, literal_column, or_, select
from sqlalchemy.orm import Session

from chain.ports import RecorderStore
from services.core.error_logging import isolated
from services.core.roles import Role
from services.messaging.codes import AN_HOUR, SPRAYED, sprayed
from services.messaging.dispatch.channels import read_circuits
from services.messaging.dispatch.decision_batch import cost_of_today
from services.messaging.dispatch.due_messages import MOST, DueMessages
from services.messaging.inbox_rules import Service
from services.messaging.offices import unreachable_holders
from services.messaging.outbox import OutboundMessage, SendOptions, enqueue_messages
from services.messaging.postings import reachable_postings
from services.messaging.tasks.model import TaskKind
from services.storage.key_check import SEALED_NUMBER, open_numbers
from services.storage.models import (
    Attempt,
    Channel,
    Concern,
    Contact,
    Device,
    Message,
    Party,
    Person,
    Task,
    VillageBox,
)
from services.texts.catalogue import day_and_month, language_of, say
from sms.admission import PRIORITIES
from sms.local_time import DEFAULT_ZONE, local_day, start_of_day
from sms.message import VILLAGE, Kind
from sms.settings import SmsSettings

_LOG = logging.getLogger(__name__)
PURPOSE = "system"
STALLED = timedelta(minutes=10)
"""Delay of due messages after which sending counts as stopped."""
STUCK = timedelta(minutes=30)
"""How long a record may wait for the ledger."""
NEGLECTED = timedelta(minutes=30)
"""How long a red flag may be open."""
UNREAD = timedelta(hours=4)
"""How long a message to health may wait for an answer."""
NEAR_PERCENT = 80
"""Part of the day's ceiling from which on its cost is an incident."""
ENDLESS = 100
"""Answers held back in a day from which on somebody should look at who writes."""
PEOPLE_AN_HOUR = 10
"""How many people in danger of an hour, whom nobody looks after, are an incident each."""
_FLAG, _FLOOD = "flag", 200
# Of who was forgotten nobody can be called.
_TO_HANDLE = (Concern.handled_at.is_(None), Person.link.is_not(None))
_LIFE = _DAY = timedelta(days=1)
_PACED = timedelta(minutes=1)
_WAKING = range(7, 19)
_OPENINGS, _LINES = timedelta(hours=1), timedelta(hours=6)


class WordOf(NamedTuple):
    """A value of a sentence that is a sentence itself, by its code."""

    code: str


class Incident(NamedTuple):
    """An incident for administrators, once in each period of the clock, and its sentence's code.

    `about` distinguishes incidents of one sentence that begin at one time.
    """

    sentence: str
    since: datetime
    values: Mapping[str, object]
    period: timedelta
    about: str = ""

    def key(self) -> str:
        """Return the name that stays the same while the incident lasts."""
        what = self.values.get("channel", self.about)
        number = int(self.since.timestamp() // self.period.total_seconds())
        return f"{self.sentence}\0{what}\0{number}"


def raise_alarms(
    session: Session, recorder: RecorderStore, settings: SmsSettings, now: datetime
) -> None:
    """Text the administrators about each new incident; what fails keeps no other untold."""
    finds: Sequence[partial[Iterator[Incident]]] = (
        partial(closed_channels, session, now),
        partial(stopped_sending, session, now),
        partial(stuck_recorder, recorder, now),
        partial(neglected_flags, session, now),
        partial(unheard_concerns, session),
        partial(unread_inbox, session, now),
        partial(silent_officers, session),
        partial(dear_day, session, settings, now),
        partial(endless_writers, session, now),
        partial(refused_boxes, session, now),
        partial(sprayed_codes, session, now),
    )
    options = SendOptions(PURPOSE, now, now + _LIFE, Kind.URGENT, office=True)

    def tell(find: Callable[[], Iterator[Incident]]) -> None:
        for incident in tuple(find()):
            enqueue_messages(session, _messages(session, incident), options)

    for find in finds:
        isolated(session, _LOG, f"no alarm of {find.func.__name__}", partial(tell, find))


def closed_channels(session: Session, now: datetime) -> Iterator[Incident]:
    """Return an incident for each channel whose circuit is not closed."""
    for channel, circuit in sorted(read_circuits(session).items()):
        if circuit.trips and circuit.opened_at is not None and circuit.opened_at <= now:
            values = {"channel": channel, "error": circuit.code or "-"}
            yield Incident("system.channel", circuit.opened_at, values, _OPENINGS)


def stopped_sending(session: Session, now: datetime) -> Iterator[Incident]:
    """Return an incident if an answer is late, or any message while nothing is sent at all."""
    newest = session.scalar(select(Attempt.started_at).order_by(Attempt.id.desc()).limit(1))
    silent = newest is None or newest < now - STALLED
    # What waits for a rate that lets others go, or for as long as a carrier asked, is no trouble.
    unpaced = or_(Channel.paced_until.is_(None), Channel.paced_until <= now - _PACED)
    # A village is without signal for days: that is no trouble either.
    channels = session.scalars(select(Channel.name).where(unpaced, Channel.name != VILLAGE))
    lanes = ("", *channels)
    answers = DueMessages(lanes, (PRIORITIES[Kind.ANSWER],))
    late = DueMessages(lanes, which=(Message.purpose != PURPOSE,)) if silent else answers
    since = late.oldest(session)
    if since is not None and since < now - STALLED:
        waiting = late.count(session, now - STALLED)
        told = waiting if waiting <= MOST else f"{MOST}+"
        yield Incident("system.sending", since, {"waiting": told}, _LINES)


def stuck_recorder(recorder: RecorderStore, now: datetime) -> Iterator[Incident]:
    """Return an incident when the oldest record has waited too long for the ledger."""
    since = recorder.oldest_unrecorded_at()
    if since is not None and since < now - STUCK:
        yield Incident("system.recorder", since, {"waiting": recorder.unrecorded()}, _LINES)


def neglected_flags(session: Session, now: datetime) -> Iterator[Incident]:
    """Return an incident if a red flag has waited too long; one more person makes it a new one."""
    late = (Concern.kind == _FLAG, Concern.at < now - NEGLECTED, *_TO_HANDLE)
    waiting, since, newest = session.execute(
        select(func.count(), func.min(Concern.at), func.max(Concern.id))
        .join(Person, Person.id == Concern.person_id)
        .where(*late)
    ).one()
    if since is not None:
        about = _newest_danger(session, newest)
        yield Incident("system.concern", since, {"waiting": waiting}, _LINES, about)


def _newest_danger(session: Session, newest: int) -> str:
    """Name the hour of a red flag, and how many people were in danger in it until then."""
    # With those who were looked after: else the next would have the name of the one before.
    flags = select(Concern.person_id, Concern.at).where(Concern.kind == _FLAG, Concern.id <= newest)
    rows = session.execute(flags.order_by(Concern.id.desc()).limit(_FLOOD)).all()
    hour = rows[0].at.replace(minute=0, second=0, microsecond=0)
    people = {row.person_id for row in rows if row.at >= hour}
    return f"{hour:%Y%m%d%H}\0{min(len(people), PEOPLE_AN_HOUR)}"


def unheard_concerns(session: Session) -> Iterator[Incident]:
    """Return an incident for each programme and province where people wait for no clinician."""
    waiting = session.execute(
        select(Concern.programme, Person.province, func.count(), func.min(Concern.at))
        .join(Person, Person.id == Concern.person_id)
        .where(Concern.told_id.is_(None), *_TO_HANDLE)
        .group_by(Concern.programme, Person.province)
    ).all()
    postings = reachable_postings(session) if waiting else ()
    for programme, province, people, since in waiting:
        codes = frozenset([programme] if programme else ())
        if not any(one.covers(codes, province) for one in postings):
            values = {
                "programme": programme or WordOf("office.any_programme"),
                "province": province or WordOf("office.no_province"),
                "waiting": people,
            }
            about = f"{programme or ''}\0{province or ''}"
            yield Incident("system.clinician", since, values, _LINES, about)


def unread_inbox(session: Session, now: datetime) -> Iterator[Incident]:
    """Return an incident if a message to health has waited too long, by day, when people read."""
    if now.astimezone(ZoneInfo(DEFAULT_ZONE)).hour not in _WAKING:
        return
    waiting, since = session.execute(
        select(func.count(), func.min(Task.made_at)).where(
            Task.closed_at.is_(None),
            Task.kind == TaskKind.MESSAGE.value,
            Task.service == Service.HEALTH.value,
            Task.made_at < now - UNREAD,
        )
    ).one()
    if since is not None:
        yield Incident("system.inbox", since, {"waiting": waiting}, _LINES)


def silent_officers(session: Session) -> Iterator[Incident]:
    """Return an incident for each holder of an office whom no carrier lets us reach any more."""
    for one, since in unreachable_holders(session):
        values = {
            "office": WordOf(f"office.{one.role}"),
            "province": one.province or WordOf("office.country"),
        }
        yield Incident("system.office", since, values, _LINES, str(one.public_id))


def dear_day(session: Session, settings: SmsSettings, now: datetime) -> Iterator[Incident]:
    """Return an incident when answers and urgent texts come near their ceiling today, or to it."""
    ceiling = settings.daily_ceiling_toea
    spent = cost_of_today(session, now) if ceiling else 0
    if ceiling and spent * 100 >= ceiling * NEAR_PERCENT:
        values = {"cost": spent // 100, "ceiling": ceiling // 100}
        reached = ceiling - spent < settings.price_toea
        sentence = "system.ceiling" if reached else "system.ceiling_near"
        yield Incident(sentence, start_of_day(local_day(now)), values, _DAY)


def endless_writers(session: Session, now: datetime) -> Iterator[Incident]:
    """Return an incident when many answers of today were held back: who writes is no person."""
    # As a literal: with a parameter, PostgreSQL could not know that its partial index serves.
    silenced = Message.reason.in_([literal_column("'loop'"), literal_column("'too_many'")])
    held, phones = session.execute(
        select(func.count(), func.count(func.distinct(Message.recipient_index))).where(
            silenced, Message.created_at >= start_of_day(local_day(now))
        )
    ).one()
    if held >= ENDLESS:
        yield Incident(
            "system.endless", start_of_day(local_day(now)), {"waiting": held, "count": phones}, _DAY
        )


def refused_boxes(session: Session, now: datetime) -> Iterator[Incident]:
    """Return an incident for each village box, once a day, of whose texts some were refused."""
    rows = session.execute(
        select(Device.name, VillageBox)
        .join(Device, Device.id == VillageBox.device_id)
        .where(
            VillageBox.window_refused > 0,
            VillageBox.window_from > now - _DAY,
            Device.revoked_at.is_(None),
        )
        .order_by(Device.id)
    )
    for name, box in rows:
        values = {"box": name, "waiting": box.window_refused, "error": box.window_reason or "-"}
        yield Incident("system.box", box.window_from or now, values, _DAY, name)


def sprayed_codes(session: Session, now: datetime) -> Iterator[Incident]:
    """Return an incident if wrong codes came in the names of many people within an hour."""
    people = sprayed(session, now)
    if people >= SPRAYED:
        yield Incident("system.codes", now - AN_HOUR, {"count": people}, AN_HOUR)


def _messages(session: Session, incident: Incident) -> Iterator[OutboundMessage]:
    people = session.execute(
        select(Contact.party_id, SEALED_NUMBER, Contact.id, Contact.number_index, Party.language)
        .join(Party, Party.id == Contact.party_id)
        .where(Party.role == Role.ADMINISTRATOR.value)
        .order_by(Contact.id)
    )
    about, since = incident.key(), incident.since.astimezone(ZoneInfo(DEFAULT_ZONE))
    for person, number in open_numbers(session, people):
        language = language_of(person.language)
        told = {
            name: say(value.code, language) if isinstance(value, WordOf) else value
            for name, value in incident.values.items()
        }
        at = f"{day_and_month(since.date(), language)} {since:%H:%M}"
        text = say(incident.sentence, language, **{"since": at, **told})
        yield OutboundMessage(number, person.number_index, text, f"{about}\0{person.id}")
