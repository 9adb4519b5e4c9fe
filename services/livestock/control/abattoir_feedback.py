"""Feedback from abattoirs: each evening owners are told what became of the pigs that they sent.

One text an evening to each, however many pigs they sent. It goes to who owned a pig when it came,
not to the abattoir that bought it. The journal is read from a kept place on, where everything
before was recorded too long ago, and owners are told a slice at a time.
"""

import json
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from itertools import takewhile
from typing import Any
from uuid import UUID

from sqlalchemy import Row, exists, select, union_all
from sqlalchemy.orm import Session

from services.core.error_logging import do_each
from services.livestock.control.animal_keepers import keepers_of
from services.livestock.control.evening_phones import (
    HERE,
    last_texted,
    not_served,
    queue_unserved,
)
from services.livestock.domain.condemnations import counted
from services.livestock.domain.model import EventType, Key
from services.livestock.recording.identity import find_animals
from services.livestock.recording.journal import HAS_CONTENT, animals_in
from services.livestock.recording.replay import histories
from services.messaging.outbox import OutboundMessage, SendOptions
from services.storage.bulk import advance_counter
from services.storage.database import Database
from services.storage.models import Correction, Counter, Journal, Party, Premises
from services.storage.rowsets import keys, public_ids
from services.texts.catalogue import MOST_ITEMS, Listing, day_and_month, language_of, say

PURPOSE = "abattoir"
AT_ONCE = 500
_LIFE = timedelta(days=2)
_OCCURRED = timedelta(days=30)
# Longer than a worker that stood still, shorter than what everybody has forgotten.
_RECORDED = timedelta(days=3)
_PLACES = {
    kind.value: f"{kind.value} events too old for feedback"
    for kind in (EventType.SLAUGHTER, EventType.CHECK)
}
"""By type of event, the counter of the last in the journal that nobody is told of any more."""
_ROWS = 2_000
_MOST_SLICES = 100


@dataclass(slots=True)
class Carcass:
    """Carcass of one animal, as an abattoir reported it.

    Attributes:
        place: public id and number of the abattoir.
        told_at: when the last of it was recorded (UTC).
    """

    key: Key
    place: tuple[UUID, str]
    told_at: datetime
    day: str
    kilograms: float | None = None
    condemned: list[str] = field(default_factory=list)


def condemned_text(of_animals: Iterable[Iterable[str]], language: str) -> str:
    """Write what was condemned: `liver (worms), lungs (pneumonia) 2`; empty: nothing."""
    return ", ".join(_condemned(one, count, language) for one, count in counted(of_animals).items())


def _condemned(one: str, count: int, language: str) -> str:
    part, _, reason = one.partition(":")
    what, why = say(f"part.{part}", language), say(f"condemned.{reason}", language)
    return f"{what} ({why})" + (f" {count}" if count > 1 else "")


def send_feedback(database: Database, now: datetime) -> bool:
    """Tell owners what became of their pigs, once each, in one text an evening.

    Args:
        now: UTC, of an evening.

    Returns:
        False: nobody was told, for there is more of the journal to pass by first.
    """
    before = now - _RECORDED
    if not all(_passed_by(database, kind, before) for kind in _PLACES):
        return False
    of_party = _by_owner(database, carcasses(database, now))
    parties = sorted(of_party)
    slices = [parties[start : start + AT_ONCE] for start in range(0, len(parties), AT_ONCE)]
    do_each(partial(_tell, database, {one: of_party[one] for one in some}, now) for some in slices)
    return True


def _tell(database: Database, of_party: Mapping[int, Sequence[Carcass]], now: datetime) -> None:
    with database.read() as session:
        messages = list(_feedback(session, of_party, now))
    queue_unserved(database, messages, SendOptions(PURPOSE, now, now + _LIFE))


def _feedback(
    session: Session, of_party: Mapping[int, Sequence[Carcass]], now: datetime
) -> Iterator[OutboundMessage]:
    numbers = not_served(session, PURPOSE, now, of_party)
    told = last_texted(session, PURPOSE, numbers)
    people = select(Party).where(Party.id.in_(keys(session, numbers))).order_by(Party.id)
    for party in session.scalars(people):
        last = told.get(party.id)
        new = [one for one in of_party[party.id] if last is None or one.told_at > last]
        if new:
            dedupe = f"{PURPOSE}\0{party.public_id}\0{now.astimezone(HERE).date()}"
            text = text_of(new, language_of(party.language))
            yield OutboundMessage(*numbers[party.id], text, dedupe)


def text_of(found: Sequence[Carcass], language: str) -> str:
    """Write what became of the pigs of one owner."""
    condemned = condemned_text((one.condemned for one in found), language)
    what = say("feedback.condemned", language, what=condemned) if condemned else ""
    weights = [one.kilograms for one in found if one.kilograms is not None]
    places = " ".join(dict.fromkeys(one.place[1] for one in found))
    values: dict[str, object] = {"place": places, "what": what, "kilograms": f"{sum(weights):g}"}
    if len(found) > 1:
        numbers = tuple(str(one.key) for one in found[:MOST_ITEMS])
        pigs = Listing(numbers, tight=" ", more=len(found) - len(numbers))
        return say("feedback.several", language, count=len(found), pigs=pigs, **values)
    day = day_and_month(datetime.fromisoformat(found[0].day).date(), language)
    code = "feedback" if weights else "feedback.unweighed"
    return say(code, language, pig=found[0].key, day=day, **values).rstrip()


def carcasses(database: Database, now: datetime) -> list[Carcass]:
    """Read what abattoirs told lately of carcasses; void reports and evidence count for nothing."""
    found: dict[Key, Carcass] = {}
    today, last = now.astimezone(HERE).date(), 0
    while True:
        with database.read() as session:
            rows = _reports(session, last, now)
        for row in rows:
            record = json.loads(row.content)
            # Not in the statement: PostgreSQL could choose to read a month by the index of days.
            is_recent = today - _OCCURRED <= row.occurred_on <= today
            if is_recent and _tells(row.type, record["details"]) and "at" in record:
                for key in animals_in(record):
                    _add(found, key, record, row.recorded_at)
        if not rows:
            return list(found.values())
        last = rows[-1].id


def _reports(session: Session, last: int, now: datetime) -> Sequence[Row[*tuple[Any, ...]]]:
    """Return the next reports in the journal's order, found by the index of their types."""
    kept = select(Counter.name, Counter.value).where(Counter.name.in_(_PLACES.values()))
    places = {row.name: row.value for row in session.execute(kept)}
    next_ones = [
        select(Journal.id, Journal.type, Journal.occurred_on, Journal.recorded_at, Journal.content)
        .where(
            Journal.type == kind,
            Journal.id > max(last, places.get(name, 0)),
            Journal.recorded_at > now - _RECORDED,
            HAS_CONTENT,
            ~exists().where(Correction.journal_id == Journal.id),
        )
        .order_by(Journal.id)
        .limit(_ROWS)
        .subquery()
        for kind, name in _PLACES.items()
    ]
    each = union_all(*(select(one) for one in next_ones)).subquery()
    return session.execute(select(each).order_by(each.c.id).limit(_ROWS)).all()


def _passed_by(database: Database, kind: str, before: datetime) -> bool:
    """Move the place of a type to the last event that is too old; False: there is more."""
    pass_by = partial(_pass_by, kind=kind, before=before)
    return not all(database.run(pass_by, exclusive=False) for _ in range(_MOST_SLICES))


def _pass_by(session: Session, kind: str, before: datetime) -> bool:
    """Pass by the next events of a type that were recorded by then; False: no more were."""
    # Locked, or two workers at once would both go on by the same rows, and skip as many.
    place = advance_counter(session, _PLACES[kind], 0)
    found = session.execute(
        select(Journal.id, Journal.recorded_at)
        .where(Journal.type == kind, Journal.id > place)
        .order_by(Journal.id)
        .limit(_ROWS)
    )
    old = [row.id for row in takewhile(lambda row: row.recorded_at <= before, found)]
    if old:
        advance_counter(session, _PLACES[kind], old[-1] - place)
    return len(old) == _ROWS


def _tells(kind: str, details: Mapping[str, Any]) -> bool:
    if kind == EventType.SLAUGHTER.value:
        return details["place"] == "abattoir" and "kilograms" in details
    return bool(details.get("condemned"))


def _add(
    found: dict[Key, Carcass], key: Key, record: Mapping[str, Any], recorded_at: datetime
) -> None:
    place = UUID(record["at"]["premises"]), _bare(record["at"]["number"])
    one = found.setdefault(key, Carcass(key, place, recorded_at, record["occurred"]["at"][:10]))
    one.told_at = max(one.told_at, recorded_at)
    one.kilograms = record["details"].get("kilograms", one.kilograms)
    one.condemned += record["details"].get("condemned", ())


def _bare(number: str) -> str:
    return number.partition(":")[2] or number


def _by_owner(database: Database, found: Sequence[Carcass]) -> dict[int, list[Carcass]]:
    of_party: dict[int, list[Carcass]] = defaultdict(list)
    for start in range(0, len(found), AT_ONCE):
        with database.read() as session:
            for party, theirs in _by_supplier(session, found[start : start + AT_ONCE]).items():
                of_party[party] += theirs
    return of_party


def _by_supplier(session: Session, found: Sequence[Carcass]) -> dict[int, list[Carcass]]:
    """Return carcasses by the party that owned each when it came to the abattoir."""
    refs = find_animals(session, [one.key for one in found])
    owners = keepers_of(session, [ref.id for ref in refs.values()])
    keepers = _keepers(session, {one.place[0] for one in found})
    of_party: dict[int, list[Carcass]] = defaultdict(list)
    bought: dict[Key, tuple[Carcass, int]] = {}
    for one in found:
        ref = refs.get(one.key)
        keeper, owner = keepers.get(one.place[0]), owners.get(ref.id) if ref else None
        if ref is not None and owner is not None and owner == keeper:
            bought[ref.key] = one, keeper
        elif owner is not None:
            of_party[owner].append(one)
    sellers = _sellers(session, {key: buyer for key, (_, buyer) in bought.items()})
    for key, seller in sellers.items():
        of_party[seller].append(bought[key][0])
    return of_party


def _keepers(session: Session, places: Collection[UUID]) -> dict[UUID, int]:
    rows = session.execute(
        select(Premises.public_id, Premises.keeper_id).where(
            Premises.public_id.in_(public_ids(session, places)), Premises.keeper_id.is_not(None)
        )
    )
    return {row[0]: row[1] for row in rows if row[1] is not None}


def _sellers(session: Session, bought: Mapping[Key, int]) -> dict[Key, int]:
    """Return who sold or gave each animal to a party last; nothing where nobody is known."""
    givers = {}
    for key, history in histories(session, bought).items():
        sold = [
            one
            for one in history.in_force
            if one.type is EventType.TRANSFER and one.party == bought[key]
        ]
        giver = max(sold, key=lambda one: one.order).details.get("giver") if sold else None
        if giver is not None:
            givers[key] = UUID(giver)
    rows = session.execute(
        select(Party.public_id, Party.id).where(
            Party.public_id.in_(public_ids(session, givers.values()))
        )
    )
    known = {row.public_id: row.id for row in rows}
    return {key: known[giver] for key, giver in givers.items() if giver in known}
