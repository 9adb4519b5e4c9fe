"""What each phrase does: from understood words to commands and queries, and one reply."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, NamedTuple, cast
from zoneinfo import ZoneInfo

from chain.canonical import read_receipt, receipt_code
from gateway.dates import Toward
from services.storage.models import Premises
from services.storage.people import OFFICERS, party_of
from services.storage.receipts import standing
from services.texts.catalogue import day_and_month, say
from services.texts.fitting import SEGMENT, shorten
from services.traceability.commands import record
from services.traceability.errors import FutureDay, OnlyAnExample, SamePlace, TooMany
from services.traceability.model import (
    EventType,
    FlagCode,
    Key,
    Occurred,
    Origin,
    Report,
    event_id,
)
from services.traceability.numbers import EXAMPLE_PIG, EXAMPLE_PLACE, EXAMPLES, name_animal
from services.traceability.provinces import split_province, zone_of
from services.traceability.queries import animal_history, is_premises
from services.traceability.registry import (
    find_animals,
    find_premises,
    premises_of,
)
from services.traceability.replies import list_numbers, stays_text

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from gateway.dates import ClaimedDay
    from gateway.tags import Identifier
    from services.conversation import Call
    from services.storage.models import Party
    from services.traceability.model import Recorded
    from services.traceability.queries import Place

MOST_TAGS = 20
LONGEST_NAME = 40


class _Home(NamedTuple):
    """The sender's own premises."""

    key: Key
    row: Premises

    @property
    def zone(self) -> str:
        return zone_of(self.row.province)

    @property
    def label(self) -> str:
        return f"{self.key} {self.row.name}" if self.row.name else str(self.key)


def register(call: Call) -> str:
    """REG: an animal is at the sender's premises."""
    home = _home(call)
    tag = _keys(call, "tag")[0]
    done = _record(call, EventType.REGISTER, (tag,), (home, None))
    number = name_animal(call.unit.session, find_animals(call.unit.session, [tag])[tag].id)
    twice = any(code is FlagCode.REGISTERED_TWICE for _, code in done.flags)
    return say(
        "registered_twice" if twice else "registered",
        call.language,
        pig=number,
        place=home.label,
        receipt=done.receipt,
    )


def place(call: Call) -> str:
    """PLACE: the sender names his premises."""
    home = _home(call)
    name, province = split_province(str(call.arguments["name"]))
    home.row.name = shorten(name, LONGEST_NAME)
    home.row.province = province or home.row.province
    home.row.found = False
    done = _record(call, EventType.PREMISES, (), (home, None))
    return say("place", call.language, place=home.label, receipt=done.receipt)


def move(call: Call) -> str:
    """MOVE: animals leave the sender's premises for another place."""
    home, tags = _home(call), _keys(call, "tags")
    other = _place(call, call.arguments["place"])
    if _is_home(call, other, home):
        raise SamePlace(other)
    done = _record(call, EventType.DEPART, tags, (home, other))
    return say(
        "move",
        call.language,
        pigs=list_numbers(tags),
        place=home.key,
        other=other,
        day=_day_text(call, done),
        receipt=done.receipt,
    )


def arrive(call: Call) -> str:
    """ARRIVE: animals came to the sender's premises; a place among the numbers is the origin."""
    home, numbers = _home(call), _keys(call, "tags")
    session = call.unit.session
    told = call.arguments.get("place")
    places = [key for key in numbers if is_premises(session, key)]
    origin = _place(call, told) if told else next(iter(places), None)
    # A second place is refused as an animal: nothing that was said is passed over.
    tags = tuple(key for key in numbers if key != origin) or numbers
    done = _record(call, EventType.ARRIVE, tags, (home, origin))
    return say(
        "arrive",
        call.language,
        pigs=list_numbers(tags),
        place=home.label,
        day=_day_text(call, done),
        receipt=done.receipt,
    )


def trace(call: Call) -> str:
    """TRACE: where an animal has been. Premises show to their own keeper and to officers alone.

    Keeping the animal is not enough: anybody may say that it came to him.
    """
    key = _keys(call, "tag")[0]
    history = animal_history(call.unit.session, key)
    recorded = sum(entry.on_chain for entry in history.entries)
    values = {
        "pig": history.short_number or key,
        "records": len(history.entries),
        "recorded": recorded,
    }
    room = SEGMENT - len(say("trace", call.language, stays="", **values))
    stays = stays_text(history.stays, call.language, sees=partial(_sees, call.party), room=room)
    return say("trace", call.language, stays=stays, **values)


def receipt(call: Call) -> str:
    """RECEIPT: whether what was promised is on the ledger."""
    prefix = read_receipt(str(call.arguments["receipt"]))
    found = standing(call.unit.session, prefix)
    return say(
        f"receipt.{found.state.value}",
        call.language,
        receipt=receipt_code(prefix),
        index=found.place or 0,
        size=found.size,
    )


def help_text(call: Call) -> str:
    """HELP: what can be sent."""
    return say("help", call.language, pig=EXAMPLE_PIG, place=EXAMPLE_PLACE)


def _sees(party: Party, place: Place) -> bool:
    return place.keeper_id == party.id or party.role in OFFICERS


def _record(
    call: Call,
    kind: EventType,
    animals: tuple[Key, ...],
    sides: tuple[_Home, Key | None],
) -> Recorded:
    home, other = sides
    report = Report(
        event_id=event_id(call.channel, call.key, 0),
        type=kind,
        animals=animals,
        premises=home.key,
        other=other,
        occurred=Occurred.on(_day(call, home), home.zone),
    )
    origin = Origin(call.channel, call.party.public_id, call.now)
    return record(call.unit.session, [report], origin)[0]


def _home(call: Call) -> _Home:
    session = call.unit.session
    key = premises_of(session, call.party)
    return _Home(key, session.get_one(Premises, find_premises(session, [key])[key].id))


def _is_home(call: Call, key: Key, home: _Home) -> bool:
    session = call.unit.session
    return is_premises(session, key) and find_premises(session, [key])[key].id == home.row.id


def _day(call: Call, home: _Home) -> date:
    today = call.now.astimezone(ZoneInfo(home.zone)).date()
    claimed = cast("ClaimedDay | None", call.arguments.get("day"))
    if claimed is None:
        return today
    meant = claimed.on(today, Toward.PAST)
    if meant > today:
        raise FutureDay
    return meant


def _day_text(call: Call, done: Recorded) -> str:
    return day_and_month(done.report.occurred.day, call.language)


def _keys(call: Call, name: str) -> tuple[Key, ...]:
    value = call.arguments[name]
    found = cast("Sequence[Identifier]", value if isinstance(value, tuple) else (value,))
    if len(found) > MOST_TAGS:
        raise TooMany(MOST_TAGS)
    return tuple(dict.fromkeys(_key(one, "animal") for one in found))


def _place(call: Call, told: object) -> Key:
    """Return the premises that a number or a buyer's phone stands for."""
    if isinstance(told, str):
        return premises_of(call.unit.session, party_of(call.unit, told))
    return _key(cast("Identifier", told), "premises")


def _key(identifier: Identifier, wanted: str) -> Key:
    key = Key(identifier.scheme, identifier.value)
    if key in EXAMPLES:
        raise OnlyAnExample(key, wanted)
    return key
