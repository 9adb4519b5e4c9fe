"""All 70,190 movements of a national database: taken, recorded, audited, proven."""

from __future__ import annotations

import csv
import gzip
import random

import pytest
from sqlalchemy import func, select

from chain.connection import connect
from chain.verification import verify_proof
from services.audit.proofs import prove
from services.storage.models import Animal, Flag, Identifier, Journal, Movement, Premises
from services.traceability.importing import import_movements
from services.traceability.model import Key
from services.traceability.queries import animal_history, subject_of
from tests.flow.deployments import DAY, embedded
from tests.flow.test_kills import write_with
from tests.support.paths import SHARED_DATA

ROWS = 70_190

pytestmark = [pytest.mark.shared_data, pytest.mark.slow]


@pytest.fixture(scope="module")
def recorded(tmp_path_factory):
    """The whole file, imported in one go and taken to the ledger."""

    path = SHARED_DATA / "movements.csv.gz"
    with embedded(tmp_path_factory.mktemp("national")) as stage:
        tally = import_movements(path, write_with(stage), DAY)
        assert (tally.rows, tally.new_events, tally.refusals) == (ROWS, 2 * ROWS, [])
        assert stage.record() == 4 * ROWS
        with gzip.open(path, "rt", encoding="utf-8", newline="") as file:
            yield stage, list(csv.DictReader(file))


def test_import__every_row__is_a_departure_and_an_arrival_of_one_movement(recorded):
    stage, rows = recorded
    with stage.runtime.database.read() as session:
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
        Journal: 2 * ROWS,
        Movement: ROWS,
        Animal: len({row["id"] for row in rows}),
        Premises: len({row["source"] for row in rows} | {row["destination"] for row in rows}),
    }
    assert one_sided == 0


def test_identifiers__of_the_source__are_kept_as_they_are(recorded):
    stage, rows = recorded
    with stage.runtime.database.read() as session:
        animals = set(
            session.scalars(select(Identifier.value).where(Identifier.scheme == "animal"))
        )
        places = set(
            session.scalars(select(Identifier.value).where(Identifier.scheme == "premises"))
        )
    assert animals == {row["id"] for row in rows}
    assert places == {row["source"] for row in rows} | {row["destination"] for row in rows}
    assert len(animals & places) > 900


def test_audit__all_records__is_clean_and_lists_flags_apart(recorded):
    stage, _ = recorded
    report = stage.audit()
    assert report.clean
    assert report.records == report.size == 4 * ROWS
    with stage.runtime.database.read() as session:
        assert len(report.flags) == session.scalar(select(func.count()).select_from(Flag))


def test_proof__of_any_animal_or_premises__verifies_against_the_contract(recorded):
    stage, rows = recorded
    known = stage.newest_checkpoint()
    for row in random.Random(1).sample(rows, 20):  # noqa: S311 — a sample, no secret
        with stage.runtime.database.read() as session:
            for key in (Key("animal", row["id"]), Key("premises", row["source"])):
                verify_proof(prove(session, subject_of(session, key)), known)
            history = animal_history(session, Key("animal", row["id"]))
        assert f"premises:{row['destination']}" in [
            stay.place.number for stay in history.stays if stay.place
        ]


def test_restart__after_the_big_import__has_nothing_left_to_do(recorded):
    stage, _ = recorded
    stage.runtime.close()
    with connect(stage.runtime.settings.chain, write=False) as chain:
        before = chain.ledger.head()
    assert stage.record() == 4 * ROWS
    with connect(stage.runtime.settings.chain, write=False) as chain:
        assert chain.ledger.head() == before
