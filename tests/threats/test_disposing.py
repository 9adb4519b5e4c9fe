"""The matrix of killing, giving, selling and lifting a theft: whose code lets a pig go."""

from __future__ import annotations

from datetime import timedelta
from itertools import product

import pytest
from sqlalchemy import func, select

from services.core.roles import Role
from services.livestock.domain.model import EventType
from services.storage.models import Contact, Party, PendingConfirmation
from tests.threats.phones import threatened
from tests.threats.test_matrix import (
    ANNOUNCED,
    CAME,
    FAMILY,
    FREE,
    HERE,
    ISSUED,
    OWNER,
    PEOPLE,
    PHONELESS,
    RELATIONS,
    STRANGER,
    Cell,
    Stage,
    _act,
)

SAMPLE = 9
OWN, KEEPER, OFFICER, NOBODY = "sender", "keeper", "officer", "nobody"
TEXTS = ("KILL {pig}", "GIVE {pig} {other}", "SELL {pig} {other}", "FOUND {pig}")
OFFICERS = {Role.INSPECTOR, Role.VETERINARY_OFFICER}
CELLS = [
    Cell(_act(EventType.DEATH, text, None), person, "sms", relation, 400_000 + place)
    if relation != ISSUED
    else Cell(_act(EventType.DEATH, text, None), person, "sms", relation, 110_500 + place)
    for place, (text, person, relation) in enumerate(product(TEXTS, PEOPLE, RELATIONS))
]


def expected(cell: Cell) -> str:
    """Whose answer the table wants, of a pig of a keeper in Jiwaka."""
    person, relation = cell.person, cell.relation
    if cell.act.text.startswith("FOUND"):
        return of_found(cell)
    if relation in {OWNER, FREE}:
        return OWN
    if relation == PHONELESS:
        # A recorder of the province, and an officer of it or of the whole country, decide.
        decides = person.role is Role.RECORDER or (
            person.role in OFFICERS and person.province is None
        )
        return OWN if decides else OFFICER
    kills = cell.act.text.startswith("KILL")
    if kills and person.role is Role.ABATTOIR and relation in {HERE, ANNOUNCED}:
        # An abattoir kills what came to it or was sent to it; it sells and gives away nothing.
        return OWN
    assert relation in {HERE, ANNOUNCED, CAME, STRANGER, ISSUED, FAMILY}
    return KEEPER


def of_found(cell: Cell) -> str:
    """Whose answer lifts a theft: the keeper's, or that of an officer where the pig stands."""
    person, relation = cell.person, cell.relation
    # Where a pig stands that nobody registered, nobody knows; one that came stands in Enga.
    near = person.province is None or relation in {FREE, ISSUED, HERE}
    if relation == OWNER or (person.role in OFFICERS and near):
        return OWN
    if relation == PHONELESS:
        return OWN if person.role is Role.RECORDER else OFFICER
    return OFFICER if relation == FREE else KEEPER


@pytest.fixture(scope="module")
def stage(staged, tmp_path_factory):
    with threatened(staged, tmp_path_factory.mktemp("disposing")) as scene:
        yield Stage(scene)


def asked_by(stage: Stage, cell: Cell) -> str:
    """Send a text, and return who is asked to answer for it."""
    with stage.world.runtime.database.read() as session:
        before = session.scalar(select(func.max(PendingConfirmation.id))) or 0
    # Codes of an hour are few, whosever they are, and so are the open questions of a person.
    hours = 80 if cell.act.text.startswith("FOUND") else 2
    stage.world.runtime.clock.pass_by(timedelta(hours=hours).total_seconds())
    stage.phones.sends(
        cell.person.phone,
        cell.act.text.format(pig=cell.pig, other=stage.scene.places["neighbour"]),
    )
    with stage.world.runtime.database.read() as session:
        wanted = (
            select(PendingConfirmation.answerer_id, Party.role)
            .join(Party, Party.id == PendingConfirmation.answerer_id)
            .where(PendingConfirmation.id > before)
        )
        rows = session.execute(wanted).all()
        if not rows:
            return NOBODY
        [(answerer, role)] = rows
        index = stage.world.runtime.database.vault.index(cell.person.phone)
        own = session.scalar(select(Contact.party_id).where(Contact.number_index == index))
    if answerer == own:
        return OWN
    return OFFICER if role == Role.VETERINARY_OFFICER else KEEPER


def wrong_in(stage: Stage, cells: list[Cell]) -> list[str]:
    stage.prepare(cells)
    found = ((cell, asked_by(stage, cell), expected(cell)) for cell in cells)
    return [
        f"{cell.act.text} by {cell.person.name}, {cell.relation}: {got}, not {wanted}"
        for cell, got, wanted in found
        if got != wanted
    ]


def test_matrix__of_disposing__has_every_act_person_and_relation():
    assert len(CELLS) == len(TEXTS) * len(PEOPLE) * len(RELATIONS)


@pytest.mark.slow
def test_matrix__a_part_of_disposing__asks_whom_the_table_says(stage):
    assert wrong_in(stage, CELLS[::SAMPLE]) == []


@pytest.mark.slow
def test_matrix__every_other_cell_of_disposing__asks_whom_the_table_says(stage):
    assert wrong_in(stage, [cell for n, cell in enumerate(CELLS) if n % SAMPLE]) == []
