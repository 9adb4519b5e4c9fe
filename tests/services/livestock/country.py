"""A small country for tests: people, places, a roadblock, pigs, and what officers order."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import count
from typing import TYPE_CHECKING, Any

from chain.canonical import public_subject
from services.core.roles import Role
from services.livestock.control.orders import OrderDraft, declare_order
from services.livestock.control.permits import (
    PermitDecision,
    PermitDraft,
    ask_permit,
    decide_permit,
)
from services.livestock.domain.model import (
    Act,
    AnimalKind,
    EventType,
    Key,
    Occurred,
    Origin,
    Report,
    event_id,
)
from services.livestock.domain.orders import OrderKind, ZoneStatus
from services.livestock.domain.permits import PermitState
from services.livestock.recording.identity import (
    ensure_premises,
    find_premises,
    home_of,
    new_group,
)
from services.livestock.recording.record import record_events
from services.storage.models import LedgerLeaf, Party, Premises
from services.storage.parties import party_of
from services.storage.unit_of_work import Unit
from tests.factories import BUYER, FARMER, NOW, TODAY, Phones, official

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from services.livestock.domain.model import Recorded
    from services.storage.database import Database

INSPECTOR, VET, SLAUGHTERER, MADANG_KEEPER = (f"+6757000001{n}" for n in range(4))
DISEASE = "african_swine_fever"

_numbers = count(1)


@dataclass
class Country:
    """The farmer of Kudjip has pigs 1 to 3; the road leads to Goroka; Madang needs no permit."""

    database: Database
    phones: Phones = field(init=False)
    # The numbers that a new database gives in this order.
    kudjip: str = "1068"
    goroka: str = "1165"
    madang: str = "1262"
    lae: str = "1359"
    post: str = "1456"

    def __post_init__(self) -> None:
        self.phones = Phones(self.database)

    def found(self) -> Country:
        """Let everybody and everything be there."""
        self.kudjip = self.settle("PLACE Kudjip, Jiwaka", FARMER, district="Anglimp-South Waghi")
        self.goroka = self.settle("PLACE Goroka, EHP", BUYER, district="Goroka")
        self.madang = self.settle("PLACE Bogia, Madang", MADANG_KEEPER, district="Bogia")
        self.lae = self.settle("PLACE Lae, Morobe", SLAUGHTERER, kind="abattoir", district="Lae")
        self.post = self.settle(
            "PLACE Daulo, Chimbu", INSPECTOR, kind="roadblock", beyond_province="Eastern Highlands"
        )
        self.appoint(INSPECTOR, Role.INSPECTOR)
        self.appoint(VET, Role.VETERINARY_OFFICER)
        self.appoint(SLAUGHTERER, Role.ABATTOIR)
        for number in (1, 2, 3):
            self.phones.say(f"REG {official(number)}")
        self.phones.say(f"REG {official(4)}", MADANG_KEEPER)
        return self

    def settle(self, text: str, sender: str, **columns: Any) -> str:
        """Name somebody's premises by SMS; the number that they get."""
        self.phones.say(text, sender)
        with self.database.write() as session:
            key, _ = home_of(session, party_of(Unit(session, self.database.vault), sender))
            row = session.get_one(Premises, find_premises(session, [key])[key].id)
            for name, value in columns.items():
                setattr(row, name, value)
        return key.value

    def appoint(self, number: str, role: Role) -> None:
        with self.database.write() as session:
            self.party(session, number).role = role.value

    def party(self, session: Session, number: str) -> Party:
        return party_of(Unit(session, self.database.vault), number)

    def act(self) -> Act:
        now = self.phones.now
        return Act(event_id("test", f"act {next(_numbers)}", 0), TODAY, Origin("test", None, now))

    def report(self, kind: EventType, number: int, **told: Any) -> Recorded:
        """Record one event of pig `number`, by an officer's pen."""
        at, other = told.pop("at", None), told.pop("other", None)
        one = Report(
            event_id("test", f"report {next(_numbers)}", 0),
            kind,
            (Key("iso11784", official(number)),),
            Key("bilum", at) if at else None,
            Key("bilum", other) if other else None,
            Occurred.on(told.pop("on", TODAY)),
            told,
        )
        with self.database.write() as session:
            return record_events(session, [one], Origin("test", None, self.phones.now))[0]

    def lose_record(self, number: int) -> None:
        """Give pig `number` a leaf as one comes back from the chain after a restore."""
        subject = public_subject("iso11784", official(number))
        lost = LedgerLeaf(
            subject=subject, commitment=bytes(32), index=number, waiting_since=self.phones.now
        )
        with self.database.write() as session:
            session.add(lost)

    def order(self, kind: str, **told: Any) -> str:
        """Declare an order; its number."""
        status = told.get("status")
        draft = OrderDraft(
            event_id=event_id("test", f"order {next(_numbers)}", 0),
            kind=OrderKind(kind),
            area=told["area"],
            area_name=told["name"],
            since=told.get("since", TODAY),
            until=told.get("until"),
            status=ZoneStatus(status) if status else None,
            disease=DISEASE,
        )
        with self.database.write() as session:
            origin = Origin("test", None, told.get("declared_at", self.phones.now))
            return declare_order(session, draft, origin).number

    def quarantine(self, number: str) -> str:
        with self.database.read() as session:
            key = Key("bilum", number)
            public_id = str(find_premises(session, [key])[key].public_id)
        return self.order("quarantine", area={"premises": [public_id]}, name=f"place {number}")

    def zone(self, province: str, status: str = "infected", **told: Any) -> str:
        return self.order(
            "zone", area={"provinces": [province]}, name=province, status=status, **told
        )

    def permit(
        self,
        *pigs: int,
        heads: int | None = None,
        state: str | None = "issued",
        days: tuple[int, int] = (0, 1),
        to: str | None = None,
    ) -> str:
        """Make a permit from Kudjip to Goroka, or `to`; its number."""
        draft = PermitDraft(
            animals=tuple(Key("iso11784", official(pig)) for pig in pigs),
            origin=Key("bilum", self.kudjip),
            destination=Key("bilum", to or self.goroka),
            first=TODAY + timedelta(days=days[0]),
            last=TODAY + timedelta(days=days[1]),
            head_count=heads,
        )
        with self.database.write() as session:
            _, done = ask_permit(session, draft, self.act())
            number = done.report.subjects[0].number
            if state:
                decide_permit(session, number, PermitDecision(PermitState(state)), self.act())
        return number

    def mob(self, heads: int | None) -> str:
        """Make a mob at Kudjip; its number."""
        with self.database.write() as session:
            key = new_group(session, AnimalKind.MOB)
            one = Report(
                event_id("test", f"mob {next(_numbers)}", 0),
                EventType.REGISTER,
                (key,),
                Key("bilum", self.kudjip),
                None,
                Occurred.on(TODAY),
                {"kind": "mob"} if heads is None else {"kind": "mob", "head_count": heads},
            )
            record_events(session, [one], Origin("test", None, self.phones.now))
        return key.value

    def somewhere(self, number: str) -> str:
        """Make premises of which only the number is known."""
        key = Key("premises", number)
        with self.database.write() as session:
            ensure_premises(session, [key])
        return str(key)


def days_ago(days: int) -> date:
    return TODAY - timedelta(days=days)


__all__ = ["BUYER", "FARMER", "INSPECTOR", "NOW", "TODAY", "VET", "Country", "days_ago", "official"]
