"""A sow with a long life, at places and of people whose names must not be on her passport."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import count
from typing import TYPE_CHECKING
from uuid import uuid4

from sqlalchemy import select

from services.core.roles import Role
from services.livestock.control.orders import OrderDraft, declare_order
from services.livestock.domain.details import read_details
from services.livestock.domain.model import EventType, Key, Occurred, Report, event_id
from services.livestock.domain.orders import OrderKind
from services.livestock.recording.identity import ensure_premises
from services.livestock.recording.lookup import known_animal
from services.livestock.recording.short_numbers import name_animal
from services.passport.codes import code_of
from services.storage.models import Contact, Party, Premises
from tests.factories import TODAY, official, origin, pig, source_place, write

if TYPE_CHECKING:
    from services.livestock.domain.model import Recorded
    from services.storage.database import Database

PHONE, NAME = "+67570000001", "TELLTALE PERSON"
HOUSE, VILLAGE, AREA = "TELLTALE HOUSE", "TELLTALE VILLAGE", "TELLTALE AREA"
LATITUDE, LONGITUDE = -5.876543, 144.654321
TELLTALES = (PHONE, "70000001", "TELLTALE", "5.8765", "144.6543", "5.877", "144.654")

SOW, HOME, MARKET = pig(1), source_place(1), source_place(2)
BORN = TODAY - timedelta(days=400)

_numbers = count(1)


def ago(days: int) -> date:
    return TODAY - timedelta(days=days)


def told(
    kind: str,
    on: date,
    /,
    *,
    at: Key | None = HOME,
    other: Key | None = None,
    of: Key = SOW,
    **details: object,
) -> Report:
    """A report of one animal."""
    event = event_id("passport", f"number {next(_numbers)}", 0)
    told = read_details(EventType(kind), details)
    return Report(event, EventType(kind), (of,), at, other, Occurred.on(on), told)


@dataclass
class Office:
    """A database, and what a passport of it opens with."""

    database: Database
    recorded: list[Recorded] = field(default_factory=list)

    def settle(self) -> str:
        """Make two places, the first one's keeper, and his public id."""
        with self.database.write() as session:
            keys = ensure_premises(session, [HOME, MARKET])
            party = Party(public_id=uuid4(), role=Role.KEEPER.value, name=NAME)
            session.add(party)
            session.flush()
            index = self.database.vault.index(PHONE)
            session.add(Contact(party_id=party.id, number=PHONE, number_index=index))
            home = session.get_one(Premises, keys[HOME].id)
            home.keeper_id, home.name, home.village = party.id, HOUSE, VILLAGE
            home.province, home.district, home.ward = "Jiwaka", "North Waghi", VILLAGE
            home.latitude, home.longitude = LATITUDE, LONGITUDE
            market = session.get_one(Premises, keys[MARKET].id)
            market.kind, market.name, market.keeper_id = "market", HOUSE, party.id
            market.province, market.district = "Western Highlands", "Hagen Central"
            return str(party.public_id)

    def live(self) -> None:
        """Let the sow live, be treated, be turned back, and stay at the market's quarantine."""
        owner = self.settle()
        wrong = told("weight", ago(90), kilograms=640)
        self.recorded = write(
            self.database,
            told(
                "register", ago(350), sex="female", breed="Large White", colour="white",
                born=str(BORN), owner=owner,
            ),
            told("vaccination", ago(200), product="Classical swine fever", dose=2, unit="ml"),
            wrong,
            told("weight", ago(90), kilograms=64),
            told("void", ago(89), at=None, corrects=str(wrong.event_id), reason="incorrect_data"),
            told(
                "treatment", ago(6), product="Oxytetracycline", dose=5, unit="ml", batch="B12",
                withdrawal_days=14,
            ),
            told("decision", ago(4), other=MARKET, allowed=False, reasons=["no_permit"]),
            told("depart", ago(3), other=MARKET),
            told(
                "check", ago(3), at=MARKET, purpose="roadblock", outcome="turned_back",
                reasons=["no_permit", "withdrawal"],
            ),
            told("arrive", ago(2), at=MARKET, other=HOME),
        )  # fmt: skip
        self.close_market()

    def close_market(self) -> None:
        """Put the market under quarantine."""
        with self.database.write() as session:
            key = session.scalars(select(Premises.public_id).where(Premises.kind == "market")).one()
            draft = OrderDraft(
                uuid4(), OrderKind.QUARANTINE, {"premises": [str(key)]}, AREA, ago(1),
                disease="african_swine_fever", number="Q-7",
            )  # fmt: skip
            declare_order(session, draft, origin())

    def code(self, number: str = official(1)) -> str:
        with self.database.read() as session:
            return code_of(session, self.database.vault, known_animal(session, number).id)

    def name(self, number: str = official(1)) -> str:
        """Give the animal a short number."""
        with self.database.write() as session:
            return str(name_animal(session, known_animal(session, number).id))
