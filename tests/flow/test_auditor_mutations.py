"""The auditor is tested by what it must find: single edits, and by what it must not: clean data."""

from __future__ import annotations

import json
from collections import Counter
from contextlib import contextmanager
from random import Random
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import event, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from chain.canonical import public_subject
from chain.connection import connect
from chain.errors import LedgerError, VerificationError
from chain.proof import dump
from chain.verification import Expected, verify_proof
from services.audit.comparison import Auditor, compare_projections
from services.audit.findings import AuditReport
from services.audit.proofs import prove
from services.ledger.content_erasure import ERASURE
from services.storage.database import Database
from services.storage.models import Journal, LedgerLeaf
from services.storage.vault import Vault
from tests.factories import KEY, official
from tests.flow.mutations import KEYS, ROWS, change_value, draw_edit
from tests.flow.walks import Walk, types_of
from tests.services.audit.conftest import Office, chain_in
from tests.services.conftest import opened
from tests.support.environment import AUDITS, MUTATIONS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from chain.ports import LedgerIdentity, LoggedBatch
    from tests.flow.mutations import Edit

SEED, STEPS = 19, 40
TRIGGERS = "SELECT name FROM sqlite_master WHERE type = 'trigger'"
_TYPES = {"register", "depart", "arrive", "void", "erasure", "programme", "premises"}


class Chain:
    """What a real chain's log and contract said, read once: no edit reaches it."""

    def __init__(self, identity: LedgerIdentity, batches: list[LoggedBatch]) -> None:
        self._identity, self._batches = identity, batches

    def identity(self):
        return self._identity

    def size(self):
        return sum(len(batch.leaves) for batch in self._batches)

    def batches(self, first=0):
        return (batch for batch in self._batches if batch.first + len(batch.leaves) > first)


class Undone:
    """A database of which every edit is undone; the auditor reads within the edit."""

    def __init__(self, path) -> None:
        self._database = Database(f"sqlite:///{path}", Vault(KEY))
        event.listen(self._database.engine, "connect", _without_keys)
        self._connection = None

    def prepare(self) -> dict[str, list[dict[str, object]]]:
        """Take the triggers away; return the rows of each table."""
        with self._database.engine.begin() as connection:
            found = connection.exec_driver_sql(TRIGGERS)
            for (name,) in found.all():
                connection.exec_driver_sql(f"DROP TRIGGER {name}")
            return {table: _rows(connection, table) for table in KEYS}

    @contextmanager
    def edited(self, edit: Edit) -> Iterator[None]:
        """Edit within a transaction that is rolled back."""
        with self._database.engine.connect() as connection, connection.begin() as begun:
            try:
                done = connection.exec_driver_sql(edit.statement, edit.values)
                assert done.rowcount == 1, edit
                self._connection = connection
                yield
            finally:
                begun.rollback()

    @contextmanager
    def read(self, *, idles: bool = False) -> Iterator[Session]:  # noqa: ARG002 — as Database has it
        with Session(self._connection) as session:
            yield session

    def close(self) -> None:
        self._database.close()


def _without_keys(connection, _record):
    connection.execute("PRAGMA foreign_keys=OFF")


def _rows(connection, table):
    where = ROWS.get(table, "TRUE")
    query = f"SELECT * FROM {table} WHERE {where} ORDER BY 1, 2"  # noqa: S608 — our own tables
    found = connection.exec_driver_sql(query)
    return [dict(row._mapping) for row in found]


@contextmanager
def office_in(folder) -> Iterator[Office]:
    """An office in a folder of its own, with nothing in it."""
    with opened(f"sqlite:///{folder}/bilum.db") as database:
        database.upgrade()
        yield Office(database, chain_in(folder))


@pytest.fixture(scope="module")
def walked(tmp_path_factory):
    """The database that a walk left behind, some of it waiting, and its chain."""
    folder = tmp_path_factory.mktemp("walked")
    with office_in(folder) as office:
        walk = Walk(office, SEED)
        walk.begin()
        for _ in walk.steps(STEPS):
            pass
        office.record()
        walk.wait()
        assert types_of(office).keys() >= _TYPES
        with office.database.read() as session:
            compare_projections(session, report := AuditReport())
        assert report.not_comparable == [], "choose another seed"
        with connect(office.settings, write=False) as chain:
            read = Chain(chain.identity(), list(chain.logs.batches()))
    return folder / "bilum.db", read


@pytest.fixture(scope="module")
def undone(walked):
    database = Undone(walked[0])
    yield database
    database.close()


def audit(undone: Undone, chain: Chain) -> set[str]:
    """Return the classes that are found."""
    try:
        report = Auditor(undone, chain, chain).audit(projections=True)
    except LedgerError as error:
        return {error.code}
    return {finding.difference for finding in report.findings}


def judge(edit: Edit, found: set[str]) -> str | None:
    """Tell what is wrong with what was found of an edit."""
    if not found:
        return f"MISSED {edit.name}"
    if not found & edit.wanted:
        return f"OTHER CLASS {edit.name}: {sorted(found)}"
    if not found <= edit.allowed:
        return f"TOO MUCH {edit.name}: {sorted(found)}"
    return None


@pytest.mark.slow
def test_mutations__single_edits__each_is_found_by_its_class(walked, undone):
    rows, chain = undone.prepare(), walked[1]
    assert all(rows.values())
    wrong, done, number = Counter(), Counter(), 0
    while done.total() < MUTATIONS:
        number += 1
        edit = draw_edit(Random(number), rows)  # noqa: S311 — a sample, no secret
        try:
            with undone.edited(edit):
                found = audit(undone, chain)
        except IntegrityError:
            continue
        done[edit.name] += 1
        if fault := judge(edit, found):
            wrong[f"{fault} (seed {number}) {edit.statement} {edit.values}"] += 1
    assert not wrong, "\n".join(wrong)
    assert len(done) > MUTATIONS**0.5


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(2, 5))
def test_clean__after_every_step_of_a_walk__nothing_is_found(tmp_path, seed):
    with office_in(tmp_path) as office:
        walk, audits = Walk(office, seed), 0
        walk.begin()
        office.record()
        for step in walk.steps(AUDITS):
            with office.auditor() as auditor:
                report = auditor.audit(projections=True)
                one = auditor.audit_subject(public_subject("iso11784", official(1)))
            assert (report.findings, one.findings) == ([], []), step
            audits += 1
        office.record()
        assert office.audit().clean
    assert audits == AUDITS


# The numbered steps at which a proof file may fail that has one value changed.
PROOF_STEPS = {
    "format": {1},
    "version": {1},
    "chain_id": {1, 8},
    "genesis": {1, 8},
    "contract": {1, 8},
    "size": {1, 6, 7},
    "root": {1, 6, 7},
    "index": {1, 6},
    "subject": {1, 4},
    "salt": {1, 4, 6},
    "position": {1, 4},
    "content": {1, 2, 4, 6},
    "path": {1, 6},
}


@pytest.fixture(scope="module")
def proofs(walked):
    """The proof files of a pig of which a record is erased, and of a place."""
    with opened(f"sqlite:///{walked[0]}") as database, database.read() as session:
        erased = select(LedgerLeaf.subject).join(Journal, Journal.id == LedgerLeaf.journal_id)
        erased = erased.where(Journal.type == ERASURE, LedgerLeaf.index.is_not(None))
        subjects = sorted(set(session.scalars(erased)))
        found = [prove(session, subject) for subject in subjects]
    assert {len(proof.records) > 1 for proof in found} == {True}, "choose another seed"
    return found


@pytest.mark.slow
def test_mutations__of_a_proof_file__fail_at_a_step_of_the_value(proofs):
    done, wrong = Counter(), Counter()
    for number in range(MUTATIONS):
        draw = Random(number)  # noqa: S311 — a sample, no secret
        proof = draw.choice(proofs)
        ledger, top = proof.ledger, proof.checkpoint
        known = Expected(top.root, top.size, ledger.chain_id, ledger.genesis, ledger.contract)
        document = json.loads(dump(proof))
        name = change_value(draw, document)
        done[name] += 1
        try:
            verify_proof(json.dumps(document), known)
        except VerificationError as error:
            if error.step not in PROOF_STEPS[name]:
                wrong[f"{name} at step {error.step}"] += 1
        else:
            wrong[f"MISSED {name}"] += 1
    assert not wrong
    assert done.keys() == PROOF_STEPS.keys()
