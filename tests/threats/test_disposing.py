"""The matrix of killing, giving and selling: whose code, and nobody else's, lets a pig go."""

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
TEXTS = ("KILL {pig}", "GIVE {pig} {other}", "SELL {pig} {other}")
CELLS = [
    Cell(_act(EventType.DEATH, text, None), person, "sms", relation, 400_000 + place)
    if relation != ISSUED
    else Cell(_act(EventType.DEATH, text, None), person, "sms", relation, 110_500 + place)
    for place, (text, person, relation) in enumerate(product(TEXTS, PEOPLE, RELATIONS))
]


def expected(cell: Cell) -> str:
    """Whose answer the table wants, of a pig of a keeper in Jiwaka."""
    person, relation = cell.person, cell.relation
    if relation in {OWNER, FREE}:
        return OWN
    if relation == PHONELESS:
        # A recorder of the province, and an officer of it or of the whole country, decide.
        decides = person.role is Role.RECORDER or (
            person.role in {Role.INSPECTOR, Role.VETERINARY_OFFICER} and person.province is None
        )
        return OWN if decides else OFFICER
    kills = cell.act.text.startswith("KILL")
    if kills and person.role is Role.ABATTOIR and relation in {HERE, ANNOUNCED}:
        # An abattoir kills what came to it or was sent to it; it sells and gives away nothing.
        return OWN
    assert relation in {HERE, ANNOUNCED, CAME, STRANGER, ISSUED, FAMILY}
    return KEEPER


@pytest.fixture(scope="module")
def stage(staged, tmp_path_factory):
    with threatened(staged, tmp_path_factory.mktemp("disposing")) as scene:
        yield Stage(scene)


def asked_by(stage: Stage, cell: Cell) -> str:
    """Send a text, and return who is asked to answer for it."""
    with stage.world.runtime.database.read() as session:
        before = session.scalar(select(func.max(PendingConfirmation.id))) or 0
    # Codes of an hour are few, whosever they are.
    stage.world.runtime.clock.pass_by(timedelta(hours=2).total_seconds())
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


def test_matrix__a_part_of_disposing__asks_whom_the_table_says(stage):
    assert wrong_in(stage, CELLS[::SAMPLE]) == []


@pytest.mark.slow
def test_matrix__every_other_cell_of_disposing__asks_whom_the_table_says(stage):
    assert wrong_in(stage, [cell for n, cell in enumerate(CELLS) if n % SAMPLE]) == []
