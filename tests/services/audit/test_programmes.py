"""What is done to programmes behind the program's back, as the auditor finds it."""

from __future__ import annotations

import shutil
from uuid import uuid4

import pytest
from sqlalchemy import select

from chain.canonical import public_subject
from chain.verification import Expected, verify_proof
from services.audit.findings import Difference
from services.audit.proofs import prove
from services.core.roles import Role
from services.health.versions.approvals import (
    APPROVED,
    PROGRAMME,
    ApprovalAct,
    approve,
    record_act,
    withdraw,
)
from services.health.versions.programme_log import programme_subject
from services.health.versions.store import add_version
from services.storage.locks import one_writer
from services.storage.models import Journal, LedgerLeaf, Party, ProgrammeApproval, ProgrammeVersion
from tests.factories import NOW, official
from tests.services.audit.conftest import Office, chain_in, copy_of, fill
from tests.services.conftest import opened
from tests.services.health.scene import APPROVER, PLANNER, SMALL, person
from tests.support.cover import looked_after
from tests.support.tampering import unguarded

TOBACCO = programme_subject("tobacco")
SECOND = SMALL.replace("Tell a friend today.", "Tell a friend tomorrow.")
OTHER = SMALL.replace("code: tobacco", "code: breathing")


def decide(database):
    """Two versions: the first approved in two languages, of which one is withdrawn again."""
    author = person(database, PLANNER, Role.PLANNER)
    key = person(database, APPROVER, Role.APPROVER)
    with database.write() as session, looked_after(session, "tobacco"):
        who = session.get_one(Party, key).public_id
        first = add_version(session, SMALL, author, NOW)
        add_version(session, SECOND, author, NOW)
        for act, language in ((approve, "en"), (approve, "tpi"), (withdraw, "tpi")):
            act(session, first, language, ApprovalAct("NDOH 1", key, uuid4(), "test", who, NOW))


@pytest.fixture(scope="module")
def approved(migrated_file, tmp_path_factory):
    """The folder of an office that records animals and programmes."""
    folder = tmp_path_factory.mktemp("approved")
    shutil.copy(migrated_file, folder / "bilum.db")
    with opened(f"sqlite:///{folder}/bilum.db") as database:
        decide(database)
        fill(Office(database, chain_in(folder)))
    return folder


@pytest.fixture
def ministry(approved, tmp_path):
    """A copy of it, to do anything to."""
    with copy_of(approved, tmp_path) as copied:
        yield copied


def tamper(ministry, statement):
    with unguarded(ministry.database.engine.url.database) as connection:
        assert connection.execute(statement).rowcount >= 1


def found(report):
    return {finding.difference for finding in report.findings}


def about_one(ministry, subject=TOBACCO):
    with ministry.auditor() as auditor:
        return auditor.audit_subject(subject)


def exchange(ministry):
    """Let two versions change their numbers: each document still gives its own digest."""
    with unguarded(ministry.database.engine.url.database) as connection:
        for number, other in ((1, 9), (2, 1), (9, 2)):
            connection.execute(
                "UPDATE programme_version SET number = ? WHERE number = ?", (other, number)
            )


@pytest.mark.slow
def test_audit__programmes_untouched__is_clean(ministry):
    report = ministry.audit()
    assert report.findings == []
    alone = about_one(ministry)
    assert (alone.findings, alone.records, alone.flags) == ([], 3, [])


ALTERED, UNKNOWN, LOST = (
    Difference.ALTERED, Difference.MISSING_ON_CHAIN, Difference.MISSING_IN_DATABASE,
)  # fmt: skip
# What is done, and what must be found, in all and of the programme alone.
TAMPERED = {
    "document": (
        ("UPDATE programme_version SET document = CAST(REPLACE(CAST(document AS TEXT), 'friend', "
        "'fiend') AS BLOB) WHERE number = 1"), {ALTERED},
    ),
    "document of a version that nobody approved": (
        "UPDATE programme_version SET document = X'7B7D' WHERE number = 2", {ALTERED},
    ),
    "digest": ("UPDATE programme_version SET digest = X'00' WHERE number = 1", {ALTERED}),
    "version deleted": ("DELETE FROM programme_version WHERE number = 1", {LOST}),
    "reference": ("UPDATE programme_approval SET reference = 'NDOH 2'", {ALTERED}),
    "approver": (
        ("UPDATE programme_approval SET approved_by_id = "
        "(SELECT MIN(id) FROM party)"), {ALTERED},
    ),
    "lexicon": ("UPDATE programme_approval SET lexicon_version = 7", {ALTERED}),
    "day": ("UPDATE programme_approval SET approved_at = '2026-11-01 00:00:00'", {ALTERED}),
    "language": (
        "UPDATE programme_approval SET language = 'de' WHERE language = 'en'", {LOST, UNKNOWN},
    ),
    "approval moved to another version": (
        "UPDATE programme_approval SET version_id = 2 WHERE language = 'en'", {LOST, UNKNOWN},
    ),
    "approval deleted": ("DELETE FROM programme_approval WHERE language = 'en'", {LOST}),
    "approval added": (
        ("INSERT INTO programme_approval (version_id, language, reference, approved_by_id, "
        "approved_at, journal_id) SELECT 2, 'en', reference, approved_by_id, approved_at, "
        "journal_id FROM programme_approval WHERE language = 'en'"), {UNKNOWN},
    ),
    "withdrawal undone": (
        ("UPDATE programme_approval SET withdrawn_at = NULL, withdrawn_by_id = NULL "
        "WHERE language = 'tpi'"), {LOST},
    ),
    "withdrawal added": (
        ("UPDATE programme_approval SET withdrawn_at = approved_at, "
        "withdrawn_by_id = approved_by_id WHERE language = 'en'"), {UNKNOWN},
    ),
    "withdrawer": (
        ("UPDATE programme_approval SET withdrawn_by_id = (SELECT MIN(id) FROM party) "
        "WHERE language = 'tpi'"), {ALTERED},
    ),
    "a time that is none": (
        "UPDATE programme_approval SET approved_at = 'long ago' WHERE language = 'en'", {ALTERED},
    ),
    "an event's content": (
        ("UPDATE journal SET content = CAST(REPLACE(CAST(content AS TEXT), 'approved', 'approveD') "
        "AS BLOB) WHERE INSTR(CAST(content AS TEXT), '\"tpi\"')"), {ALTERED, UNKNOWN},
    ),
}  # fmt: skip


@pytest.mark.parametrize("what", TAMPERED)
def test_audit__a_programme_tampered_with__is_found_by_its_name(ministry, what):
    statement, expected = TAMPERED[what]
    tamper(ministry, statement)
    report, alone = ministry.audit(), about_one(ministry)
    assert (found(report), found(alone)) == (expected, expected)


def test_audit__two_versions_exchanged__are_found_at_the_records(ministry):
    exchange(ministry)
    places = {finding.index for finding in ministry.audit().findings}
    with ministry.database.read() as session:
        acts = (
            select(LedgerLeaf.index)
            .join(Journal, Journal.id == LedgerLeaf.journal_id)
            .where(Journal.type == PROGRAMME)
        )
        assert places >= set(session.scalars(acts))


def test_audit__an_approval_put_in_place_of_another__is_found(ministry):
    key = person(ministry.database, "+67570000904", Role.APPROVER)
    with ministry.database.write() as session:
        one_writer(session)
        who = session.get_one(Party, key).public_id
        row = session.scalars(select(ProgrammeApproval).where(ProgrammeApproval.language == "en"))
        approval, given = row.one(), ApprovalAct("NDOH 9", key, uuid4(), "test", who, NOW)
        version = session.get_one(ProgrammeVersion, approval.version_id)
        approval.journal_id = record_act(session, version, "en", APPROVED, given)
        approval.reference, approval.approved_by_id = given.reference, key
    assert ALTERED in found(about_one(ministry))


def test_audit__an_animal_alone__says_nothing_of_programmes(ministry):
    tamper(ministry, "UPDATE programme_approval SET reference = 'NDOH 2'")
    assert about_one(ministry, public_subject("iso11784", official(1))).findings == []


def test_audit__another_programme__is_not_mixed_with_it(ministry):
    with ministry.database.write() as session:
        add_version(session, OTHER, None, NOW)
    tamper(ministry, "UPDATE programme_approval SET reference = 'NDOH 2'")
    assert about_one(ministry, programme_subject("breathing")).findings == []
    assert found(about_one(ministry)) == {ALTERED}


def test_proof__of_a_programme__is_verified_by_who_knows_its_code(ministry):
    with ministry.database.read() as session:
        made = prove(session, TOBACCO)
    assert [record.subject for record in made.records] == [TOBACCO] * 3
    assert verify_proof(made, Expected()) == made
