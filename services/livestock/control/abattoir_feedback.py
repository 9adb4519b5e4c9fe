"""Feedback from abattoirs: each evening owners are told what became of the pigs that they sent.

One text an evening to each, however many pigs they sent. It goes to who owned a pig when it came,
not to the abattoir that bought it.
"""

import json
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import exists, func, select
from sqlalchemy.orm import Session

from services.livestock.control.evening_phones import last_texted, not_served
from services.livestock.domain.condemnations import counted
from services.livestock.domain.model import EventType, Key
from services.livestock.recording.identity import find_animals
from services.livestock.recording.journal import HAS_CONTENT, animals_in
from services.livestock.recording.replay import histories
from services.messaging.outbox import OutboundMessage
from services.storage.models import Animal, Correction, Journal, Party, Premises
from services.storage.rowsets import keys
from services.texts.catalogue import Listing, day_and_month, language_of, say

PURPOSE = "abattoir"
_OCCURRED = timedelta(days=30)
# Longer than a worker that stood still, shorter than what everybody has forgotten.
_RECORDED = timedelta(days=3)
_KINDS = (EventType.SLAUGHTER.value, EventType.CHECK.value)


@dataclass
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


def feedback(session: Session, here: datetime) -> Iterator[OutboundMessage]:
    """Write to owners what became of their pigs, once each, in one text an evening.

    Args:
        here: local time.
    """
    of_party = _by_supplier(session, carcasses(session, here))
    numbers = not_served(session, PURPOSE, here, of_party)
    told = last_texted(session, PURPOSE, numbers)
    for party in session.scalars(select(Party).where(Party.id.in_(keys(session, numbers)))):
        last = told.get(party.id)
        new = [one for one in of_party[party.id] if last is None or one.told_at > last]
        if new:
            dedupe = f"{PURPOSE}\0{party.public_id}\0{here.date()}"
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
        pigs = Listing(tuple(str(one.key) for one in found), tight=" ")
        return say("feedback.several", language, count=len(found), pigs=pigs, **values)
    day = day_and_month(datetime.fromisoformat(found[0].day).date(), language)
    code = "feedback" if weights else "feedback.unweighed"
    return say(code, language, pig=found[0].key, day=day, **values).rstrip()


def carcasses(session: Session, here: datetime) -> list[Carcass]:
    """Read what abattoirs told lately of carcasses; void reports and evidence count for nothing."""
    today = here.date()
    rows = session.execute(
        select(Journal.type, Journal.content, Journal.recorded_at)
        .where(
            Journal.occurred_on.between(today - _OCCURRED, today),
            Journal.type.in_(_KINDS),
            Journal.recorded_at > here - _RECORDED,
            HAS_CONTENT,
            ~exists().where(Correction.journal_id == Journal.id),
        )
        .order_by(Journal.id)
    )
    found: dict[Key, Carcass] = {}
    for kind, content, recorded_at in rows:
        record = json.loads(content or b"{}")
        if _tells(kind, record["details"]) and "at" in record:
            for key in animals_in(record):
                _add(found, key, record, recorded_at)
    return list(found.values())


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


def _by_supplier(session: Session, found: Sequence[Carcass]) -> dict[int, list[Carcass]]:
    """Return carcasses by the party that owned each when it came to the abattoir."""
    refs = find_animals(session, [one.key for one in found])
    owners = _owners(session, [ref.id for ref in refs.values()])
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


def _owners(session: Session, animals: Sequence[int]) -> dict[int, int]:
    """Return the present owners of animals, by database key."""
    owner = func.coalesce(Animal.owner_id, Premises.keeper_id)
    rows = session.execute(
        select(Animal.id, owner)
        .outerjoin(Premises, Premises.id == Animal.registered_at_id)
        .where(Animal.id.in_(keys(session, animals)), owner.is_not(None))
    )
    return {row[0]: row[1] for row in rows}


def _keepers(session: Session, places: Collection[UUID]) -> dict[UUID, int]:
    rows = session.execute(
        select(Premises.public_id, Premises.keeper_id).where(
            Premises.public_id.in_(places), Premises.keeper_id.is_not(None)
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
        select(Party.public_id, Party.id).where(Party.public_id.in_(givers.values()))
    )
    known = {row.public_id: row.id for row in rows}
    return {key: known[giver] for key, giver in givers.items() if giver in known}
