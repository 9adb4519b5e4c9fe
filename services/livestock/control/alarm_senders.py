"""Alarms that one sender causes: of three places in an hour, and the others counted in one text.

The reports of all stand in the lists. Another sender's report of a place that was only counted
alarms at once, so that an outbreak which many people see is told by the first of them.
"""

import json
from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.livestock.control.affected import officers_of, phones_of
from services.livestock.domain.alarm_pacing import (
    MOST_PLACES_OF_BOX,
    PERIOD,
    AlarmSender,
    next_of_sender,
)
from services.livestock.domain.model import AnimalKind, Key, Recorded
from services.messaging.offices import OfficeHolder, messages_for
from services.messaging.outbox import OutboundMessage
from services.storage.models import AlarmedSender, Device, Premises
from services.texts.catalogue import language_of, say, say_count
from sms.encoding import plain, shorten
from sms.local_time import DEFAULT_ZONE
from sms.numbers import local, mask_all

PARTY, BOX = "party", "box"
_MOST_SIGNS = 3
_MOST_QUOTED = 36
_LONGEST_NAME = 40


class SenderKey(NamedTuple):
    """A party, or a village box of which anybody may have said it: kind and database key."""

    kind: str
    id: int

    @property
    def most_of_day(self) -> int | None:
        """Places of a day whose alarms go; None: as many as there are."""
        return MOST_PLACES_OF_BOX if self.kind == BOX else None


def is_told_of_sender(session: Session, sender: SenderKey, place: int, now: datetime) -> bool:
    """Tell whether the alarm of a place, by its database key, goes for a sender, and count it."""
    row = session.get(AlarmedSender, tuple(sender))
    told, then = next_of_sender(_read(row), place, sender.most_of_day, now)
    # A row that is not there would be looked for again.
    (session.merge if row else session.add)(_row(sender, then))
    session.flush()
    return told


def counted_places(session: Session, now: datetime) -> list[OutboundMessage]:
    """Make the texts about the places that were only counted, and forget senders who are over."""
    rows = session.scalars(select(AlarmedSender).where(AlarmedSender.since <= now - PERIOD)).all()
    messages: list[OutboundMessage] = []
    for row in rows:
        sender, known = SenderKey(row.kind, row.sender_id), _read(row)
        if known is None or known.tells_at(sender.most_of_day) > now:
            continue
        if known.untold:
            messages += _texts(session, sender, known)
            session.merge(_row(sender, known.begun_anew(now)))
        elif not known.of_day or now - known.day >= PERIOD:
            session.delete(row)
    session.flush()
    return messages


def _texts(session: Session, sender: SenderKey, known: AlarmSender) -> list[OutboundMessage]:
    provinces = session.scalars(
        select(Premises.province).where(Premises.id.in_(known.untold)).distinct()
    )
    officers = {
        one.party_id: one for area in provinces for one in officers_of(session, area).holders
    }
    values = {
        "count": len(known.untold),
        "clock": f"{known.since.astimezone(ZoneInfo(DEFAULT_ZONE)):%H:%M}",
        "box" if sender.kind == BOX else "other": _name(session, sender),
    }

    def text(officer: OfficeHolder) -> str:
        return say(f"alarm.places_{sender.kind}", language_of(officer.language), **values)

    about = f"alarm places\0{sender.kind}\0{sender.id}\0{known.since.isoformat()}"
    return messages_for(officers.values(), about, text)


def _name(session: Session, sender: SenderKey) -> str:
    if sender.kind == BOX:
        return session.get_one(Device, sender.id).name
    number, _ = phones_of(session, [sender.id]).get(sender.id, ("", b""))
    return local(number) if number else "?"


def _read(row: AlarmedSender | None) -> AlarmSender | None:
    if row is None:
        return None
    untold = frozenset(json.loads(row.untold))
    return AlarmSender(row.since, row.day, row.places, row.of_day, untold)


def _row(sender: SenderKey, known: AlarmSender) -> AlarmedSender:
    return AlarmedSender(
        kind=sender.kind,
        sender_id=sender.id,
        since=known.since,
        day=known.day,
        places=known.places,
        of_day=known.of_day,
        untold=json.dumps(sorted(known.untold)),
    )


def pigs_text(done: Recorded, language: str) -> str:
    """Write how many pigs a report is about, whosever they are, as far as it tells."""
    named = [one.kind for part in done.parts for one in part.animals]
    # How many a mob has fallen to by now, no report of a sickness says.
    known = len(named) if set(named) <= {AnimalKind.ANIMAL} else None
    count = done.report.details.get("head_count") or known
    return say_count("herd.count", language, count) if count else say("herd.some", language)


def signs_text(named: Sequence[str], codes: Sequence[str], words: str, language: str) -> str:
    """Write a disease that opens no outbreak, and the signs of the report and of its words."""
    signs = [say(f"sign.{sign}", language) for sign in codes[:_MOST_SIGNS]]
    told = ", ".join([*named, *signs, *quoted(words)])
    return say("alarm.signs", language, signs=told) if told else say("alarm.no_signs", language)


def quoted(words: str) -> list[str]:
    """Quote the first of a sender's words."""
    told = tame(words, _MOST_QUOTED)
    return [f'"{told}"'] if told else []


def place_label(key: Key, name: str | None) -> str:
    """Write a place's number and name, which is a keeper's own word: who reads it is an officer."""
    return f"{key} {tame(name or '', _LONGEST_NAME)}".strip()


def tame(words: str, most: int) -> str:
    """Return the first of a person's words: nothing ends a quotation or may be called."""
    return shorten(mask_all(plain(words)).replace('"', "'"), most)
