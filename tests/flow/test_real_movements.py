"""Movements of a national database: a part is imported, the first also recorded and proven.

To have all 70,190 imported and recorded, run this file with BILUM_TEST_IMPORTED=70190 and
BILUM_TEST_MOVEMENTS=70190.
"""

from __future__ import annotations

import csv
import gzip
import random

import pytest
from sqlalchemy import func, select

from chain.connection import connect
from chain.verification import verify_proof
from services.audit.proofs import prove
from services.livestock.domain.model import Key
from services.livestock.imports import import_movements
from services.livestock.queries.animals import animal_history, subject_of
from services.storage.models import Animal, Flag, Identifier, Journal, Movement, Premises
from tests.flow.deployments import DAY, embedded
from tests.flow.test_kills import write_with
from tests.support.environment import IMPORTED, MOVEMENTS
from tests.support.paths import SHARED_DATA

FILE = SHARED_DATA / "movements.csv.gz"
ROWS = 70_190
# Early animals have numbers unlike those of places, so the part is from all over the file.
EACH = max(1, ROWS // IMPORTED)
RECORDED = MOVEMENTS

pytestmark = [pytest.mark.shared_data, pytest.mark.slow]


def written(path, rows):
    """A CSV file of rows, as the national database gives it."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, rows[0])
        writer.writeheader()
        writer.writerows(rows)
    return path


@pytest.fixture(scope="module")
def rows():
    """The rows of the file that are imported."""
    with gzip.open(FILE, "rt", encoding="utf-8", newline="") as file:
        every = list(csv.DictReader(file))
    assert len(every) == ROWS
    return every[::EACH]


@pytest.fixture(scope="module")
def imported(rows, tmp_path_factory):
    """All these rows, imported in one go."""
    folder = tmp_path_factory.mktemp("national")
    with embedded(folder / "data") as stage:
        file = written(folder / "movements.csv", rows)
        tally = import_movements(file, write_with(stage.runtime), DAY)
        assert (tally.rows, tally.new_events, tally.refusals) == (len(rows), 2 * len(rows), [])
        yield stage


@pytest.fixture(scope="module")
def recorded(rows, tmp_path_factory):
    """The first rows of the file, imported and taken to the ledger."""
    folder = tmp_path_factory.mktemp("recorded")
    with embedded(folder / "data") as stage:
        file = written(folder / "movements.csv", rows[:RECORDED])
        tally = import_movements(file, write_with(stage.runtime), DAY)
        assert tally.new_events == 2 * RECORDED
        assert stage.record() == 4 * RECORDED
        yield stage


def test_import__every_row__is_a_departure_and_an_arrival_of_one_movement(imported, rows):
    with imported.runtime.database.read() as session:
        count = {
            table: session.scalar(select(func.count()).select_from(table))
            for table in (Journal, Movement, Animal, Premises)
        }
        one_sided = session.scalar(
            select(func.count()).where(
                Movement.departure_id.is_(None) | Movement.arrival_id.is_(None)
            )
        )
    assert count == {
        Journal: 2 * len(rows),
        Movement: len(rows),
        Animal: len({row["id"] for row in rows}),
        Premises: len({row["source"] for row in rows} | {row["destination"] for row in rows}),
    }
    assert one_sided == 0


def test_identifiers__of_the_source__are_kept_as_they_are(imported, rows):
    with imported.runtime.database.read() as session:
        animals = set(
            session.scalars(select(Identifier.value).where(Identifier.scheme == "animal"))
        )
        places = set(
            session.scalars(select(Identifier.value).where(Identifier.scheme == "premises"))
        )
    assert animals == {row["id"] for row in rows}
    assert places == {row["source"] for row in rows} | {row["destination"] for row in rows}
    assert len(animals & places) > 200


def test_audit__everything_recorded__is_clean_and_lists_flags_apart(recorded):
    report = recorded.audit(projections=True)
    assert report.clean
    assert report.records == report.size == 4 * RECORDED
    with recorded.runtime.database.read() as session:
        assert len(report.flags) == session.scalar(select(func.count()).select_from(Flag))


def test_proof__of_any_animal_or_premises__verifies_against_the_contract(recorded, rows):
    known = recorded.newest_checkpoint()
    for row in random.Random(1).sample(rows[:RECORDED], 20):  # noqa: S311 — a sample, no secret
        with recorded.runtime.database.read() as session:
            for key in (Key("animal", row["id"]), Key("premises", row["source"])):
                verify_proof(prove(session, subject_of(session, key)), known)
            history = animal_history(session, Key("animal", row["id"]))
        assert f"premises:{row['destination']}" in [
            stay.place.number for stay in history.stays if stay.place
        ]


def test_restart__after_a_big_import__has_nothing_left_to_do(recorded):
    recorded.runtime.close()
    chain_settings = recorded.runtime.settings.chain
    with connect(chain_settings, write=False) as chain:
        before = chain.ledger.head()
    assert recorded.record() == 4 * RECORDED
    with connect(chain_settings, write=False) as chain:
        assert chain.ledger.head() == before
