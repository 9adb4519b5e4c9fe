"""A holding with a row in every table of state: pigs that came, went and died, and orders."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING
from uuid import uuid4

from services.core.roles import Role
from services.livestock.control.census_asking import keep_censuses
from services.livestock.control.census_counts import HerdCount, find_asked, record_count
from services.livestock.control.censuses import (
    CensusDraft,
    close_census,
    draft_census,
    open_census,
)
from services.livestock.control.notices import approve_notice, draft_notice
from services.livestock.control.orders import find_order, lift_order
from services.livestock.control.outbreaks import OutbreakState, change_state
from services.livestock.control.permits import (
    PermitDecision,
    PermitDraft,
    ask_permit,
    decide_permit,
)
from services.livestock.domain.actors import Actor, Strength
from services.livestock.domain.census import CensusArea
from services.livestock.domain.details import read_details
from services.livestock.domain.model import AnimalKind, EventType, Occurred, Report, write_key
from services.livestock.domain.permits import PermitState
from services.livestock.recording.corrections import void_event
from services.livestock.recording.identity import find_premises, new_group
from services.livestock.recording.premises import allocate, describe, order_tags
from services.livestock.recording.record import record_one
from services.storage.locks import one_writer
from services.storage.models import CensusKeeper, Party, Premises
from tests.factories import NOW, TODAY, official, origin, pig, source_place, write
from tests.services.livestock.control.outbreak_scene import PRICE, Office, act

if TYPE_CHECKING:
    from uuid import UUID

    from services.livestock.domain.model import Key, Recorded
    from services.storage.database import Database

HOME, AWAY = source_place(1), source_place(2)
SOW, PIGLET, BOAR, SECOND, SIRE, THIRD = (pig(number) for number in range(1, 7))
DAY = timedelta(days=1)
ASF = "african_swine_fever"


class Holding:
    """What happens to the pigs of one keeper."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.office = Office(database)

    def tell(self, what: str, *animals: Key, ago: int = 0, **told: object) -> Recorded:
        """Report one event, so many days ago, at home or `at`, to or from `other`."""
        at, other = told.pop("at", HOME), told.pop("other", None)
        event = EventType(what)
        details = read_details(event, told)
        occurred = Occurred.on(TODAY - ago * DAY)
        return write(
            self.database,
            Report(uuid4(), event, animals, at, other, occurred, details),  # type: ignore[arg-type]
        )[0]

    def person(self) -> tuple[int, UUID]:
        key = self.office.party()
        with self.database.read() as session:
            return key, session.get_one(Party, key).public_id


def set_scene(database: Database) -> None:
    """Let it all happen."""
    holding = Holding(database)
    for number in (1, 2, 3):
        holding.office.place(number)
    _pigs(holding)
    _mob(holding)
    _papers(holding)
    _control(holding)
    _census(holding)


def _pigs(holding: Holding) -> None:
    _, owner = holding.person()
    _, buyer = holding.person()
    with holding.database.write() as session:
        home = session.get_one(Premises, find_premises(session, [HOME])[HOME].id)
        describe(session, home, {"village": "Kudjip"}, act())
    holding.tell(
        "register", SOW, ago=90, sex="female", breed="Duroc", colour="red", owner=str(owner)
    )
    holding.tell("register", SIRE, ago=85, sex="male", born=str(TODAY - 700 * DAY))
    holding.tell("birth", PIGLET, ago=80, dam=write_key(SOW), sire=write_key(SIRE))
    holding.tell("register", BOAR, ago=70, kind="consignment", kilograms=80.5)
    holding.tell("register", SOW, ago=60)
    # The tag of the sow stays the sow's.
    holding.tell("retag", SIRE, ago=55, new=write_key(SOW))
    holding.tell("retag", SOW, ago=50, new=f"iso11784:{official(11)}", lost=write_key(SOW))
    holding.tell("treatment", SOW, ago=5, product="ivermectin", withdrawal_days=28)
    holding.tell("transfer", PIGLET, ago=40, receiver=str(buyer), terms="sold")
    holding.tell("depart", SOW, PIGLET, ago=30, other=AWAY)
    holding.tell("arrive", SOW, ago=29, at=AWAY, other=HOME)
    holding.tell("check", SOW, ago=28, at=AWAY, purpose="roadblock", outcome="passed")
    holding.tell("death", PIGLET, ago=10)
    holding.tell("sickness", SOW, ago=8, at=AWAY, signs=["fever"], suspicion=ASF)
    holding.tell("sample", SOW, ago=7, at=AWAY, specimen="blood", sample="S-17")
    told = {"sample": "S-17", "disease": ASF, "outcome": "positive"}
    holding.tell("result", SOW, ago=6, at=AWAY, **told)
    wrong = holding.tell("death", BOAR, ago=9)
    officer = holding.office.party(role=Role.VETERINARY_OFFICER)
    with holding.database.write() as session:
        party = session.get_one(Party, officer)
        void_event(session, wrong.report.event_id, "did_not_occur", origin(), party)


def _mob(holding: Holding) -> None:
    with holding.database.write() as session:
        mob = new_group(session, AnimalKind.MOB)
        event = Report(
            uuid4(), EventType.REGISTER, (mob,), HOME, None, Occurred.on(TODAY),
            {"kind": "mob", "head_count": 14},
        )  # fmt: skip
        record_one(session, event, origin())
    holding.tell("register", SECOND, part_of=write_key(mob))
    with holding.database.write() as session:
        pork = new_group(session, AnimalKind.CONSIGNMENT)
    holding.tell("slaughter", THIRD, place="abattoir", carcass="17", kilograms=61.5)
    pigs = [write_key(THIRD), write_key(SOW)]
    holding.tell("register", pork, kind="consignment", kilograms=40.0, pigs=pigs)
    holding.tell("count", mob, taken=1)


def _papers(holding: Holding) -> None:
    asker, _ = holding.person()
    officer, _ = holding.person()
    draft = PermitDraft((SOW,), AWAY, HOME, TODAY, TODAY + DAY, None, (source_place(3),), asker)
    with holding.database.write() as session:
        _, done = ask_permit(session, draft, act())
        number = done.report.subjects[0].number
        decider = Actor(Role.VETERINARY_OFFICER, officer, strength=Strength.CODE)
        decide_permit(session, number, PermitDecision(PermitState.ISSUED, decider), act())
    holding.tell("depart", SOW, at=AWAY, other=HOME)
    holding.tell("arrive", SOW, other=AWAY)
    with holding.database.write() as session:
        order_tags(session, official(100), official(299), AWAY, origin())
        allocate(session, official(100), official(199), HOME, origin())
    holding.tell("register", pig(150), at=AWAY)


def _control(holding: Holding) -> None:
    office = holding.office
    opened = office.outbreak(HOME)
    number = office.order()
    first, second = office.officer(), office.officer()
    with holding.database.write() as session:
        change_state(session, opened, OutbreakState.CONFIRMED, act())
        notice = draft_notice(session, find_order(session, number), {}, first, PRICE)
        approve_notice(session, notice.public_id, second, PRICE, partial(one_writer, session))
    holding.tell("depart", SECOND, other=AWAY)
    with holding.database.write() as session:
        lift_order(session, number, act(TODAY + DAY, at=NOW))


def _census(holding: Holding) -> None:
    """A census of Jiwaka that one keeper answers, and that an officer closes."""
    keeper = holding.office.party("+67570000477")
    holding.office.place(4, "Jiwaka", keeper)
    first, second = (holding.office.officer() for _ in range(2))
    wanted = CensusDraft(CensusArea("Jiwaka", None), TODAY, TODAY + DAY)
    with holding.database.write() as session:
        number = draft_census(session, wanted, first, PRICE, partial(one_writer, session)).number
        open_census(session, number, second, PRICE, partial(one_writer, session))
    keep_censuses(holding.database, NOW, 7)
    with holding.database.write() as session:
        asked = find_asked(session, NOW, CensusKeeper.party_id == keeper)
        assert asked is not None
        record_count(session, asked, HerdCount(uuid4(), 3, 0), NOW, origin())
        close_census(session, asked.census, act())
