"""Messages of each evening: permits and stolen pigs to roadblocks, overdue arrivals to receivers.

A roadblock without signal at noon may have it at night, and paper needs none at all.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from functools import partial
from types import MappingProxyType
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.core.error_logging import do_each
from services.core.geography import zone_of
from services.livestock.control.abattoir_feedback import send_feedback
from services.livestock.control.evening_phones import EVENING, HERE, not_served, queue_unserved
from services.livestock.control.overdue_questions import OverdueQuestions
from services.livestock.control.permits import pigs_text
from services.livestock.control.roadblocks import barred_permits, expected_permits, stolen_on
from services.livestock.domain.model import Key
from services.livestock.domain.movement_questions import Reason
from services.livestock.domain.permits import Permit
from services.livestock.queries.premises import read_places
from services.livestock.recording.short_numbers import name_premises
from services.messaging.outbox import OutboundMessage, SendOptions
from services.storage.database import Database
from services.storage.models import Party, Post, Premises
from services.storage.rowsets import keys
from services.texts.catalogue import Listing, day_and_month, language_of, say
from sms.encoding import SEGMENT, units
from sms.message import Kind

_LISTS = "evening"
_LIFE = timedelta(hours=14)
_MORNING = time(6)
_NIGHT = timedelta(hours=6)
"""Hours after midnight that belong to the evening before: a worker may have been away."""


class Evening:
    """The evening's texts of one worker: what is due is chosen outside the writers' lock.

    Movements that nobody has answered are many, and so are carcasses: a worker looks for them once
    an evening.
    """

    def __init__(self) -> None:
        self._questions = OverdueQuestions()
        self._told_on: date | None = None

    def send(self, database: Database, now: datetime) -> None:
        """Queue this evening's texts; a second run, or another worker, queues nothing twice.

        Each phone gets its texts once an evening. A permit that is issued later is on no list, but
        its number can be asked about. A part that fails keeps no other waiting.

        Args:
            now: UTC; a roadblock gets its list from 18:00 of its own time until 06:00.
        """
        parts: list[Callable[[], object]] = [partial(_send_lists, database, now)]
        if now.astimezone(HERE).time() >= EVENING:
            parts += [
                partial(self._questions.send, database, now),
                partial(self._tell_owners, database, now),
            ]
        do_each(parts)

    def _tell_owners(self, database: Database, now: datetime) -> None:
        today = now.astimezone(HERE).date()
        if self._told_on != today and send_feedback(database, now):
            self._told_on = today


def list_lines(
    session: Session,
    permits: Sequence[Permit],
    language: str,
    barred: Mapping[str, Reason] = MappingProxyType({}),
) -> list[str]:
    """Write permits as lines of a list: number, pigs, destination; of barred ones the reason."""
    places = read_places(session, {one.destination for one in permits if one.destination})
    return [
        say(
            "evening.barred",
            language,
            permit=permit.number,
            state=say(f"short.{barred[permit.number]}", language),
        )
        if permit.number in barred
        else f"{permit.number} {pigs_text(permit, language)}"
        f" > {places[permit.destination or 0].number}"
        for permit in permits
    ]


def texts_of(lines: Sequence[str], language: str, place: Key, on: date) -> list[str]:
    """Write a roadblock's list in as few one-segment texts as possible."""
    values = {"place": place, "day": day_and_month(on, language)}
    if not lines:
        return [say("evening.none", language, **values)]
    room = SEGMENT - units(say("evening", language, list="", **values))
    texts = [""]
    for line in lines:
        longer = f"{texts[-1]}, {line}" if texts[-1] else line
        if units(longer) <= room:
            texts[-1] = longer
        else:
            texts.append(line)
    return [say("evening", language, list=text, **values) for text in texts]


def _send_lists(database: Database, now: datetime) -> None:
    with database.read() as session:
        due = _due_roadblocks(session, now)
    do_each(partial(_send_list, database, roadblock, now) for roadblock in due)


def _send_list(database: Database, roadblock: int, now: datetime) -> None:
    with database.read() as session:
        messages = list(_list(session, roadblock, now))
    options = SendOptions(_LISTS, now, now + _LIFE, Kind.URGENT)
    queue_unserved(database, messages, options, exclusive=True)


def _due_roadblocks(session: Session, now: datetime) -> list[int]:
    """Return the roadblocks where it is evening and somebody stands who has no list of it yet."""
    posts = session.execute(
        select(Post.premises_id, Post.party_id, Premises.province)
        .join(Premises, Premises.id == Post.premises_id)
        .order_by(Post.premises_id)
    ).all()
    late = [row for row in posts if not _MORNING <= _local(now, row.province).time() < EVENING]
    waiting = not_served(session, _LISTS, now, [row.party_id for row in late]) if late else ()
    return list(dict.fromkeys(row.premises_id for row in late if row.party_id in waiting))


def _list(session: Session, roadblock: int, now: datetime) -> Iterator[OutboundMessage]:
    """Write a roadblock's list to each inspector there who has none of this evening."""
    premises, place = session.get_one(Premises, roadblock), name_premises(session, roadblock)
    day = (_local(now, premises.province) - _NIGHT).date() + timedelta(days=1)
    permits = expected_permits(session, premises, day)
    barred = barred_permits(session, permits, day)
    stolen = stolen_on(session, premises, day)
    there = session.scalars(select(Post.party_id).where(Post.premises_id == roadblock))
    numbers = not_served(session, _LISTS, now, there)
    inspectors = select(Party).where(Party.id.in_(keys(session, numbers))).order_by(Party.id)
    for party in session.scalars(inspectors):
        language = language_of(party.language)
        lines = list_lines(session, permits, language, barred)
        texts = texts_of(lines, language, place, day)
        if stolen:
            pigs = Listing(tuple(stolen), tight=" ")
            texts.append(say("evening.stolen", language, place=place, pigs=pigs))
        for part, text in enumerate(texts):
            dedupe = f"evening\0{premises.public_id}\0{party.public_id}\0{day}\0{part}"
            yield OutboundMessage(*numbers[party.id], text, dedupe)


def _local(now: datetime, province: str | None) -> datetime:
    return now.astimezone(ZoneInfo(zone_of(province)))
