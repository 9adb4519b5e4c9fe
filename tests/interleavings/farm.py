"""A small farm in the middle of a busy day, and what each person there may do at one moment.

The farmer of Kudjip has sent pigs to Goroka, sells others, has a permit for one head, and is to be
erased; the keeper of Bogia has a village box.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import func, select, update

from chain.ports import BatchState
from gateway.devices import RequestClaim
from gateway.intake import receive_in_turn
from services.devices.calls import turn_of, write_call
from services.devices.registry import DeviceKind, add_device
from services.ledger.content_erasure import ErasureOrder, ErasureReason
from services.livestock.control.orders import OrderDraft, declare_order
from services.livestock.domain.model import Origin, event_id
from services.livestock.domain.orders import OrderKind, ZoneStatus
from services.livestock.recording.erasure import erase_event
from services.messaging.forget_command import erase_due
from services.messaging.person_erasure import erase_leftovers
from services.storage.models import (
    Animal,
    Journal,
    LedgerBatch,
    LedgerLeaf,
    Message,
    PendingErasure,
)
from services.storage.parties import party_of
from services.storage.unit_of_work import Unit
from sms.message import MessageState
from tests.factories import BUYER, FARMER, NOW, TODAY, Phones, official
from tests.interleavings.outcome import names_of, outcome_of, plain
from tests.services.livestock.country import INSPECTOR, MADANG_KEEPER, Country
from tests.support.boxes import bind_numbers
from tests.support.texts import codes_in

if TYPE_CHECKING:
    from uuid import UUID

    from services.runtime.container import Runtime
    from services.storage.database import Database

STRANGER = "+67579000001"
_LATER = NOW + timedelta(minutes=5)


@dataclass
class Farm:
    """Who and what is there; `known` are the UUIDs of the beginning."""

    runtime: Runtime
    country: Country
    code: str
    box: UUID
    box_key: int
    registered: UUID
    known: dict[str, str]

    @property
    def database(self) -> Database:
        return self.runtime.database

    def text(self, sender: str, said: str) -> str:
        """Send one SMS; what became of it, and the answer."""
        # Who writes twice in one order writes the same text in the other.
        done = self.country.phones.send(said, sender, f"SM {sender} {said}")
        return plain(f"{done.outcome} < {done.text}", self.known)

    def sync(self) -> str:
        """Let the village box ask for what there is; it brings nothing."""
        have = {"statuses": 0, "programmes": 0, "numbers": 1000, "bound": 0}
        body = {
            "box": {"version": "0.1.0", "queued": 0, "free_bytes": 10**9},
            "items": [],
            "reports": [],
            "have": have,
        }
        claim = RequestClaim(self.box, "key", 1, "2026-11-25T02:00:00Z")
        text = write_call("village.sync", {}, json.dumps(body).encode())
        turn = turn_of(claim, self.box_key, text, NOW, keeps_payload=False)
        done = receive_in_turn(turn, self.runtime.units, self.runtime.device_calls.answer)
        had = json.loads(done.text)
        told = sorted((one["to"], one["text"]) for one in had["messages"])
        return plain(f"{done.outcome} {told}", self.known)

    def declare(self) -> str:
        """Let an officer declare that Jiwaka is infected."""
        draft = OrderDraft(
            event_id=event_id("test", "an order", 0),
            kind=OrderKind("zone"),
            area={"provinces": ["Jiwaka"]},
            area_name="Jiwaka",
            since=TODAY,
            until=None,
            status=ZoneStatus("infected"),
            disease="african_swine_fever",
        )
        origin = Origin("test", None, NOW)
        return self.database.run(lambda session: declare_order(session, draft, origin).number)

    def forget(self) -> str:
        """Let the clock erase the farmer, whose three days are over."""
        return str(erase_due(self.database, _LATER))

    def erase(self) -> str:
        """Let an administrator erase the registration of pig 8."""
        erasing = ErasureOrder(ErasureReason.ASKED, "cli", None, NOW)
        return self.database.run(
            lambda session: erase_event(session, self.registered, erasing).type
        )

    def seen(self) -> dict[str, list[str]]:
        """Return what may be seen, once the texts went and the clock has erased what was in use."""
        vault = self.database.vault
        with self.database.write(exclusive=False) as session:
            waiting = Message.state == MessageState.QUEUED.value
            session.execute(
                update(Message).where(waiting).values(state=MessageState.DELIVERED.value)
            )
            erase_leftovers(session, vault, _LATER)
        return outcome_of(self.database, self.known)


Act = Callable[[Farm], str]


def _texts(sender: str, said: str) -> Act:
    return lambda farm: farm.text(sender, said)


PIGS = {name: official(number) for number, name in enumerate("ABCDEFGH", start=1)}
"""A is at home, B and C are on their way to Goroka, F is given and not taken, G nearly given."""

ACTS: dict[str, Act] = {
    "register": _texts(FARMER, f"REG {official(20)}"),
    "register the same": _texts(BUYER, f"REG {official(20)}"),
    "move": _texts(FARMER, f"MOVE {PIGS['A']} 1165"),
    "arrive B": _texts(BUYER, f"ARRIVE {PIGS['B']}"),
    "arrive C": _texts(BUYER, f"ARRIVE {PIGS['C']}"),
    "arrive B elsewhere": _texts(MADANG_KEEPER, f"ARRIVE {PIGS['B']}"),
    "may A move": _texts(INSPECTOR, f"OK {PIGS['A']} 1165"),
    "take F": _texts(BUYER, "1"),
    "give G": lambda farm: farm.text(FARMER, farm.code),
    "dead A": _texts(FARMER, f"DEAD {PIGS['A']}"),
    "dead B": _texts(FARMER, f"DEAD {PIGS['B']}"),
    "dead F": _texts(FARMER, f"DEAD {PIGS['F']}"),
    "dead G": _texts(FARMER, f"DEAD {PIGS['G']}"),
    "stop": _texts(FARMER, "STOP ALL"),
    "place": _texts(FARMER, "PLACE Kaupa, Jiwaka"),
    "first text": _texts(STRANGER, f"REG {official(21)}"),
    "first question": _texts(STRANGER, f"WHERE IS {PIGS['A']}"),
    "first sickness": _texts(STRANGER, "several pigs in our village have fever and do not eat"),
    "sell to stranger": _texts(FARMER, f"GIVE {PIGS['D']} {STRANGER[4:]}"),
    "question": _texts(BUYER, f"WHERE IS {PIGS['A']}"),
    "sync": lambda farm: farm.sync(),
    "order": lambda farm: farm.declare(),
    "forget": lambda farm: farm.forget(),
    "erase": lambda farm: farm.erase(),
}


def found(runtime: Runtime) -> Farm:
    """Let it all be there."""
    database = runtime.database
    country = Country(database)
    country.phones = Phones(database, conversation=runtime.conversation)
    country.found()
    for number in (5, 6, 7, 8):
        country.phones.say(f"REG {official(number)}")
    for name in "BC":
        country.phones.say(f"MOVE {PIGS[name]} 1165")
    country.permit(heads=1)
    for name, to in (("F", country.goroka), ("G", country.madang)):
        country.phones.say(f"GIVE {PIGS[name]} {to}")
        code = _last_code(database)
        if name == "F":
            country.phones.say(code)
    box = _add_box(runtime)
    _put_on_the_chain(database)
    with database.write() as session:
        farmer = country.party(session, FARMER)
        session.add(PendingErasure(party_id=farmer.id, number=FARMER, due_at=_LATER))
        wanted = select(Journal.event_id).join(Animal, Animal.registered_by_id == Journal.id)
        registered = session.scalars(wanted.where(Animal.value == PIGS["H"])).one()
    return Farm(runtime, country, code, *box, registered, names_of(database))


def _last_code(database: Database) -> str:
    with database.read() as session:
        body = session.scalars(select(Message.body).order_by(Message.id.desc()).limit(1)).one()
    return codes_in(body)[-1]


def _add_box(runtime: Runtime) -> tuple[UUID, int]:
    """Give the keeper of Bogia a box; return its public id and its key."""
    with runtime.database.write() as session:
        owner = party_of(Unit(session, runtime.database.vault), MADANG_KEEPER)
        device, _ = add_device(session, "a box", DeviceKind.VILLAGE, owner, NOW)
        made = device.public_id, device.id
    bind_numbers(runtime, "a box", [MADANG_KEEPER])
    return made


def _put_on_the_chain(database: Database) -> None:
    """Let every leaf count as recorded: an erasure can name what is on the chain alone."""
    with database.write() as session:
        count = session.scalar(select(func.count()).select_from(LedgerLeaf)) or 0
        session.execute(update(LedgerLeaf).values(index=LedgerLeaf.id - 1))
        session.add(LedgerBatch(first=0, size=count, root=bytes(32), state=BatchState.FINAL.value))
