"""The matrix of act, actor, road and relation, from one table of expectations, at the real doors.

The table is written a second time, by hand: it does not ask the program's rule. Each cell has a pig
of its own.
"""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING, NamedTuple

import pytest
from sqlalchemy import delete, func, select

from services.api.tokens import create_token
from services.core.roles import Role
from services.livestock.domain.model import EventType, Key, Occurred, Precision, Report, event_id
from services.livestock.recording.premises import allocate
from services.livestock.recording.record import record_events
from services.storage.models import Contact, Helper, Journal, Party
from tests.factories import official, origin
from tests.services.messaging.ussd.conftest import on_screens
from tests.services.messaging.ussd.phone import Phone
from tests.threats.phones import Phones, threatened

if TYPE_CHECKING:
    from tests.services.scene import Scene

SAMPLE = 17
# Of the animal to the actor. Other keepers live in Jiwaka; the phoneless one has
# no phone, and the one of the family lets the actor speak for them.
OWNER, HERE, ANNOUNCED, CAME, STRANGER, PHONELESS, FREE, ISSUED, FAMILY = RELATIONS = (
    "owner", "here", "announced", "came", "stranger", "phoneless", "free", "issued", "family",
)  # fmt: skip
EFFECT, EVIDENCE, NOTHING = "effect", "evidence", "nothing"
# What a program gets: evidence is kept with 202.
KEPT, REFUSED = 202, 403
HELD = {OWNER, HERE, FREE, FAMILY}
SENT = HELD | {ANNOUNCED}


class Person(NamedTuple):
    """An actor: a phone, a role, a province of duty, and where their own place is."""

    name: str
    phone: str
    role: Role
    province: str | None = None
    home: str = "Enga"


PEOPLE = (
    Person("keeper", "+67570002001", Role.KEEPER),
    Person("recorder", "+67570002002", Role.RECORDER, "Jiwaka"),
    Person("inspector", "+67570002003", Role.INSPECTOR),
    Person("inspector of Enga", "+67570002004", Role.INSPECTOR, "Enga"),
    Person("vet", "+67570002005", Role.VETERINARY_OFFICER),
    Person("abattoir", "+67570002006", Role.ABATTOIR),
    Person("auditor", "+67570002007", Role.AUDITOR),
)
HUSBANDRY = frozenset(Role) - {Role.ABATTOIR, Role.AUDITOR}


class Act(NamedTuple):
    """An act: its event, its text and its body of the API, and by which relations it counts.

    `roles` may do it at all; by the API an auditor does nothing.
    """

    kind: EventType
    text: str
    details: dict[str, object] | None
    by: frozenset[str]
    roles: frozenset[Role] = HUSBANDRY


def _act(
    kind: EventType,
    text: str,
    details: dict[str, object] | None,
    *,
    by: set[str] = SENT,
    roles: frozenset[Role] = HUSBANDRY,
) -> Act:
    return Act(kind, text, details, frozenset(by), roles)


ALL = frozenset(Role)
ACTS = (
    _act(EventType.DEATH, "DEAD {pig}", {}, roles=ALL),
    _act(EventType.TREATMENT, "TREAT {pig} IVOMEC 28", {"product": "X"}),
    _act(EventType.VACCINATION, "VACC {pig} CSF", {"product": "X"}),
    _act(EventType.RETAG, "RETAG {pig} {new}", {"new": "{new}"}),
    _act(EventType.TAG_LOST, "LOST TAG {pig}", {"lost": "{pig}"}),
    _act(EventType.DEPART, "MOVE {pig} {other}", {}),
    _act(EventType.ARRIVE, "ARRIVE {pig}", {}, roles=HUSBANDRY | {Role.ABATTOIR}),
    _act(EventType.REGISTER, "REG {pig}", {}, by=HELD),
    _act(EventType.BIRTH, "BORN {pig}", {}, by=HELD),
    _act(EventType.SICKNESS, "SICK {pig}", {"signs": ["fever"]}, by=set(RELATIONS), roles=ALL),
    # What is gone for good is not said by the family's phone.
    _act(
        EventType.SLAUGHTER,
        "KILL {pig}",
        {"place": "home"},
        by=SENT - {FAMILY},
        roles=HUSBANDRY | {Role.ABATTOIR},
    ),
    _act(EventType.WEIGHT, "", {"kilograms": 30}),
    _act(EventType.FEED, "", {"product": "kaukau"}),
    _act(EventType.CONDITION, "", {"score": 3}),
)
BY_SMS = [act for act in ACTS if act.text]


class Cell(NamedTuple):
    """One combination, with the number of its pig."""

    act: Act
    person: Person
    road: str
    relation: str
    number: int

    @property
    def pig(self) -> str:
        return official(self.number)

    @property
    def new(self) -> str:
        return official(self.number + 500_000)

    def __str__(self) -> str:
        return f"{self.act.kind} by {self.person.name} by {self.road}: {self.relation}"


def every_cell() -> list[Cell]:
    """All cells; pigs that were issued to another have numbers of their own."""
    by_ussd = [act for act in ACTS if act.kind is EventType.DEPART]
    roads = [("sms", BY_SMS), ("ussd", by_ussd), ("api", ACTS)]
    combined = [
        (act, person, road, relation)
        for road, acts in roads
        for act, person, relation in product(acts, PEOPLE, RELATIONS)
    ]
    return [
        Cell(*one, number=10_000 + place + (100_000 if one[-1] == ISSUED else 0))
        for place, one in enumerate(combined)
    ]


CELLS = every_cell()


def expected(cell: Cell) -> str | int:
    """What the table says of a cell: what a text becomes, or the status of a request."""
    act, person, relation = cell.act, cell.person, cell.relation
    counts = relation in act.by or _by_office(person, relation)
    if cell.road == "api":
        may = person.role in act.roles and person.role is not Role.AUDITOR
        received = person.role is Role.ABATTOIR and act.kind is EventType.ARRIVE
        if not may:
            return REFUSED
        return 201 if counts or received else KEPT
    if act.kind is EventType.SLAUGHTER or person.role not in act.roles:
        # A slaughter waits for a code; a role that may not report is told so.
        return NOTHING
    return EFFECT if counts else EVIDENCE


def _by_office(person: Person, relation: str) -> bool:
    if person.role is Role.RECORDER:
        return relation == PHONELESS
    if person.role not in {Role.INSPECTOR, Role.VETERINARY_OFFICER}:
        return False
    # Where a pig stands that nobody registered, nobody knows: any officer may tell of it.
    return person.province is None or relation in {FREE, ISSUED}


def test_matrix__cells__are_many_and_of_every_relation():
    assert len(CELLS) >= 1_600
    assert {cell.relation for cell in CELLS} == set(RELATIONS)


@pytest.fixture(scope="module")
def stage(staged, tmp_path_factory):
    """People with homes, and a pig for each cell in its relation to its actor."""
    with threatened(staged, tmp_path_factory.mktemp("matrix"), BILUM_API_RATE="100000") as scene:
        yield Stage(scene)


class Stage:
    """The scene of the matrix, and its doors."""

    def __init__(self, scene: Scene) -> None:
        self.scene, self.world, self.phones = scene, scene.world, Phones(scene.world)
        self.screens = on_screens(scene.world)
        self.homes = {one.name: self._settle(one) for one in PEOPLE}
        self.other = self._keeper("+67570002010")
        self.phoneless = self._keeper("+67570002011")
        self.family = self._keeper("+67570002012")
        self.headers = {one.name: self._token(one) for one in PEOPLE}
        with self.world.runtime.database.write() as session:
            nobody = self.world.runtime.database.vault.index("+67570002011")
            session.execute(delete(Contact).where(Contact.number_index == nobody))
            keeper, now = self._party(session, "+67570002012"), self.world.runtime.clock()
            for one in PEOPLE:
                helper = self._party(session, one.phone)
                session.add(Helper(keeper_id=keeper, helper_id=helper, kind="family", since=now))
            there = Key("bilum", self.other)
            allocate(session, official(110_000), official(120_000), there, origin())

    def _settle(self, person: Person) -> str:
        place = self._keeper(person.phone, person.home)
        with self.world.runtime.database.write() as session:
            party = session.get_one(Party, self._party(session, person.phone))
            party.role, party.province = person.role.value, person.province
        return place

    def _keeper(self, phone: str, province: str = "Jiwaka") -> str:
        self.phones.says(phone, "LANG EN")
        reply = self.phones.says(phone, f"PLACE Here, {province}")
        return reply.partition("number ")[2].split()[0]

    def _party(self, session, phone: str) -> int:
        index = self.world.runtime.database.vault.index(phone)
        return session.scalars(select(Contact.party_id).where(Contact.number_index == index)).one()

    def _token(self, person: Person) -> dict[str, str]:
        with self.world.runtime.database.read() as session:
            party = self._party(session, person.phone)
        with self.world.runtime.database.write() as session:
            secret = create_token(session, person.role, self.world.runtime.clock(), party_id=party)
        return {"Authorization": f"Bearer {secret}"}

    def prepare(self, cells: list[Cell]) -> None:
        """Bring each cell's pig into its relation, by records that nobody doubts."""
        reports = [one for cell in cells for one in self._before(cell)]
        with self.world.runtime.database.write() as session:
            record_events(session, reports, origin())

    def _before(self, cell: Cell) -> list[Report]:
        mine, other = self.homes[cell.person.name], self.other
        steps = {
            OWNER: [("register", mine, None)],
            HERE: [("register", other, None), ("depart", other, mine), ("arrive", mine, other)],
            ANNOUNCED: [("register", other, None), ("depart", other, mine)],
            CAME: [
                ("register", other, None),
                ("depart", other, mine),
                ("arrive", mine, other),
                ("depart", mine, other),
                ("arrive", other, mine),
            ],
            STRANGER: [("register", other, None)],
            PHONELESS: [("register", self.phoneless, None)],
            FAMILY: [("register", self.family, None)],
        }.get(cell.relation, [])
        days = range(20, 20 + len(steps))
        return [
            Report(
                event_id("matrix", f"{cell.number} {day}", 0),
                EventType(kind),
                (Key("iso11784", cell.pig),),
                Key("bilum", at),
                Key("bilum", far) if far else None,
                Occurred(f"2026-11-{day - 5}", Precision.DAY),
            )
            for (kind, at, far), day in zip(steps, days, strict=True)
        ]

    def act(self, cell: Cell) -> str | int:
        return self._request(cell) if cell.road == "api" else self._text(cell)

    def _text(self, cell: Cell) -> str:
        before = self._last()
        self._send(cell)
        told = [one for one in self.phones.records(before) if one["type"] == cell.act.kind]
        if not told:
            return NOTHING
        return EVIDENCE if told[-1].get("standing") == "evidence" else EFFECT

    def _send(self, cell: Cell) -> None:
        if cell.road == "ussd":
            phone = Phone(self.screens, cell.person.phone)
            # An earlier session goes on where it stood, unless it goes home.
            phone.dial("00")
            phone.press("1", "2", cell.pig, "9", self.scene.places["neighbour"], "1", "1")
            return
        self.phones.sends(
            cell.person.phone,
            cell.act.text.format(pig=cell.pig, new=cell.new, other=self.scene.places["neighbour"]),
        )

    def _request(self, cell: Cell) -> int:
        details = {
            name: value.format(pig=cell.pig, new=cell.new) if isinstance(value, str) else value
            for name, value in (cell.act.details or {}).items()
        }
        event = {
            "type": cell.act.kind.value,
            "animals": [cell.pig],
            "premises": self.homes[cell.person.name],
            "occurred": {"at": "2026-11-25"},
            "details": details,
        }
        headers = self.headers[cell.person.name] | {"Idempotency-Key": str(cell.number)}
        client = self.world.app.test_client()
        answer = client.post("/api/v1/events", json={"events": [event]}, headers=headers)
        return answer.status_code

    def _last(self) -> int:
        with self.world.runtime.database.read() as session:
            return session.scalar(select(func.max(Journal.id))) or 0


def wrong_in(stage: Stage, cells: list[Cell]) -> list[str]:
    """Try cells; return those that went otherwise than the table says."""
    stage.prepare(cells)
    found = ((cell, stage.act(cell), expected(cell)) for cell in cells)
    return [f"{cell} is {got}, not {wanted}" for cell, got, wanted in found if got != wanted]


@pytest.mark.slow
def test_matrix__a_part_of_its_cells__goes_as_the_table_says(stage):
    assert wrong_in(stage, CELLS[::SAMPLE]) == []


@pytest.mark.slow
def test_matrix__every_other_cell__goes_as_the_table_says(stage):
    rest = [cell for place, cell in enumerate(CELLS) if place % SAMPLE]
    assert wrong_in(stage, rest) == []
