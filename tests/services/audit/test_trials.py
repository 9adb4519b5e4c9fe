"""What is done to a trial behind the program's back, as the auditor finds it."""

from __future__ import annotations

import shutil

import pytest
from sqlalchemy import select

from chain import consistency, proof
from chain.verification import Expected, verify_file
from services.audit.findings import Difference
from services.audit.proofs import prove, prove_consistency, subject_named
from services.core.roles import Role
from services.health.trials.allocating import digest_of
from services.health.trials.closing import Decision, close_trial, get_trial
from services.health.trials.drawing import Slot, TrialPlace, arm_at, next_slot, subject_key
from services.health.trials.flow import design_of_row
from services.health.versions.programme_log import programme_subject
from services.health.versions.trials import TrialAct, TrialName, record_allocation
from services.storage.models import LedgerBatch, Party, Person, TrialAllocation, TrialRow
from tests.factories import NOW
from tests.services.audit.conftest import Office, chain_in, copy_of
from tests.services.conftest import opened
from tests.services.health.scene import APPROVER, Course, person, publish
from tests.services.health.trials.trial import TRIAL, join

PEOPLE = [f"+675700030{last}" for last in range(10, 16)]
TOBACCO = programme_subject("tobacco")


@pytest.fixture(scope="module")
def studied(migrated_file, tmp_path_factory):
    """The folder of an office with six people in a trial, of whom one was forgotten."""
    folder = tmp_path_factory.mktemp("studied")
    shutil.copy(migrated_file, folder / "bilum.db")
    with opened(f"sqlite:///{folder}/bilum.db") as database:
        publish(database, TRIAL)
        office = Office(database, chain_in(folder))
        office.record()
        course = Course(database)
        for place, number in enumerate(PEOPLE):
            join(course, number, "12"[place % 2])
        course.say("STOP", "3")
        join(course, PEOPLE[-1])
        course.sender = PEOPLE[0]
        course.forget()
        office.record()
    return folder


@pytest.fixture
def office(studied, tmp_path):
    """A copy of it, to do anything to."""
    with copy_of(studied, tmp_path) as copied:
        yield copied


def found(report):
    return {(one.difference, one.detail.partition(":")[0]) for one in report.findings}


@pytest.mark.slow
def test_seed__before_the_first_person__is_proven_by_files_alone(office):
    """A checkpoint of before holds the opening and no allocation, and the log goes on from it."""
    with office.database.read() as session:
        seed = bytes.fromhex(session.scalars(select(TrialRow)).one().seed)
        told, drawn = prove(session, TOBACCO), prove(session, subject_key(seed))
        assert subject_named(session, "trial:tobacco/quit") == subject_key(seed)
        (opening,) = [one for one in told.records if b'"action":"opened"' in one.content]
        sizes = select(LedgerBatch.size, LedgerBatch.root).order_by(LedgerBatch.size)
        noted = next(row for row in session.execute(sizes) if row.size > opening.index)
        growth = prove_consistency(session, noted.size)
    newest = told.checkpoint
    known = Expected(root=newest.root, size=newest.size)
    for made in (told, drawn):
        assert verify_file(proof.dump(made), known) == made
    both = Expected(newest.root, newest.size, older_root=noted.root, older_size=noted.size)
    assert verify_file(consistency.dump(growth), both) == growth
    assert opening.index < noted.size <= min(one.index for one in drawn.records)
    assert len(drawn.records) == len(PEOPLE)
    assert b'"seed_digest"' in opening.content
    assert b"whole" not in b"".join(one.content for one in drawn.records)


ALTERED, UNKNOWN, LOST, REORDERED = (
    Difference.ALTERED, Difference.MISSING_ON_CHAIN, Difference.MISSING_IN_DATABASE,
    Difference.REORDERED,
)  # fmt: skip
OF_TRIAL = "trial tobacco/quit"
_OTHER = "UPDATE {} SET arm = CASE arm WHEN 'whole' THEN 'bland' ELSE 'whole' END WHERE {}"
_ADDED = """INSERT INTO trial_allocation (trial_id, number, stratum, block, slot, arm, person_id,
subscription_id, allocated_at, salt) SELECT trial_id, 99, 'x', 0, 0, arm, 1000, subscription_id,
allocated_at, salt FROM trial_allocation WHERE number = 1"""
_DESIGN = "UPDATE trial SET design = CAST(REPLACE(CAST(design AS TEXT), {}) AS BLOB)"


def _course(key):
    return (ALTERED, f"course {key} has another arm than its allocation")


CASES = {
    "arm": (
        _OTHER.format("trial_allocation", "number = 2"),
        {(ALTERED, OF_TRIAL), _course(2)},
    ),
    "arm of the course alone": (
        _OTHER.format("subscription", "id = 3"), {_course(3)},
    ),
    "no arm of a course": ("UPDATE subscription SET arm = NULL WHERE id = 7", {_course(7)}),
    "removed": (
        "DELETE FROM trial_allocation WHERE number = 4", {(LOST, OF_TRIAL), _course(4)},
    ),
    "added": (_ADDED, {(UNKNOWN, OF_TRIAL)}),
    "time": (
        "UPDATE trial_allocation SET allocated_at = '2026-11-01 00:00:00' WHERE number = 1",
        {(ALTERED, OF_TRIAL)},
    ),
    "arms of the design": (_DESIGN.format("'\"ratio\":2', '\"ratio\":9'"), {(ALTERED, OF_TRIAL)}),
    "protocol": (_DESIGN.format("'abab', 'cdcd'"), {(ALTERED, OF_TRIAL)}),
    "digest of the seed": ("UPDATE trial SET seed_digest = X'00'", {(ALTERED, OF_TRIAL)}),
    "closed": ("UPDATE trial SET closed_at = '2026-12-01 00:00:00'", {(UNKNOWN, OF_TRIAL)}),
    "trial removed": ("DELETE FROM trial", {(LOST, OF_TRIAL)}),
}  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("case", CASES)
def test_audit__of_a_trial_that_was_changed__finds_it(office, case):
    assert office.audit().findings == []
    statement, expected = CASES[case]
    assert office.tamper(statement) >= 1
    assert expected <= found(office.audit())
    with office.auditor() as auditor:
        assert expected <= found(auditor.audit_subject(TOBACCO))


def test_audit__of_two_people_who_changed_places__finds_both(office):
    """One after the other, for a person has one place."""
    wanted = "UPDATE trial_allocation SET person_id = ? WHERE person_id = ?"
    with office.database.read() as session:
        numbers = select(TrialAllocation.person_id).order_by(TrialAllocation.number)
        first, second = session.scalars(numbers).all()[1:3]
    for new, old in ((-1, first), (first, second), (second, -1)):
        office.tamper(wanted, new, old)
    told = " ".join(one.detail for one in office.audit().findings)
    assert "allocation 2 is not as recorded" in told
    assert "allocation 3 is not as recorded" in told


def test_audit__of_people_before_the_seed__finds_them(office):
    """Somebody draws a seed again when they know who came, and records it as the opening."""
    office.tamper("UPDATE ledger_leaf SET leaf_index = leaf_index + 1000 WHERE journal_id = "
                  "(SELECT journal_id FROM trial)")  # fmt: skip
    assert (REORDERED, "trial tobacco/quit") in found(office.audit())


def close(office):
    """Let an approver close the trial, early."""
    key = person(office.database, APPROVER, Role.APPROVER)
    with office.database.write() as session:
        by = session.get_one(Party, key).public_id
        decision = Decision(key, by, "NDOH 7", "test", NOW)
        close_trial(session, get_trial(session, "tobacco", "quit"), decision, "a test")
    office.record()


@pytest.mark.slow
def test_audit__of_a_closed_trial__draws_every_allocation_again(office):
    close(office)
    assert office.audit().findings == []
    office.tamper("UPDATE trial SET revealed = ?", "00" * 32)
    assert (ALTERED, OF_TRIAL) in found(office.audit())


@pytest.mark.slow
def test_audit__of_a_program_that_favoured_somebody__finds_them_once_the_seed_is_known(office):
    """Row, event and course agree: only the draw itself tells."""
    with office.database.write() as session:
        row = get_trial(session, "tobacco", "quit")
        last = session.scalars(select(TrialAllocation).order_by(TrialAllocation.number)).all()[-1]
        seed, stranger = bytes.fromhex(row.seed), Person()
        session.add(stranger)
        session.flush()
        at = next_slot(seed, design_of_row(row), last.stratum, Slot(last.block, last.slot))
        drawn = arm_at(seed, design_of_row(row), TrialPlace(last.stratum, at, NOW.date()))
        chosen = "bland" if drawn == "whole" else "whole"
        made = TrialAllocation(
            trial_id=row.id, number=last.number + 1, stratum=last.stratum, block=at.block,
            slot=at.slot, arm=chosen, person_id=stranger.id, subscription_id=last.subscription_id,
            allocated_at=NOW, salt="00",
        )  # fmt: skip
        session.add(made)
        name = TrialName("tobacco", "quit")
        told = {"number": made.number, "digest": digest_of(name, made)}
        record_allocation(session, name, subject_key(seed), told, TrialAct("sms", None, NOW))
    office.record()
    assert office.audit().findings == []
    close(office)
    (told,) = office.audit().findings
    assert told.detail == "trial tobacco/quit: allocation 7 was not drawn so"
