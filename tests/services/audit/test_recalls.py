"""Recalls changed behind the program's back, and texts sent after theirs, found by an audit."""

from __future__ import annotations

import shutil
from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import select

from services.audit.findings import Difference
from services.core.roles import Role
from services.health.recalls.lifecycle import RecallDraft, approve_recall, ask_recall
from services.health.versions.approvals import ApprovalAct, approve
from services.health.versions.store import add_version
from services.storage.models import Attempt, Message, Party
from tests.factories import NOW
from tests.services.audit.conftest import Office, chain_in, copy_of, fill
from tests.services.conftest import opened
from tests.services.health.scene import APPROVER, PLANNER, SMALL, Course, person
from tests.support.cover import looked_after
from tests.support.tampering import unguarded

pytestmark = pytest.mark.slow
SECOND = SMALL.replace("Tell a friend today.", "Tell a friend tomorrow.")
THIRD = SMALL.replace("Tell a friend today.", "Tell two friends.")


@pytest.fixture(scope="module")
def recalled(migrated_file, tmp_path_factory):
    """The folder of an office in which a text was recalled twice, and one person has it."""
    folder = tmp_path_factory.mktemp("recalled")
    shutil.copy(migrated_file, folder / "bilum.db")
    with opened(f"sqlite:///{folder}/bilum.db") as database:
        issue(database, SMALL)
        course = Course(database)
        course.join()
        course.keep()
        for text, number in ((SECOND, 2), (THIRD, 3)):
            issue(database, text)
            recall(database, number)
        fill(Office(database, chain_in(folder)))
    return folder


def signed(session, key, now):
    return ApprovalAct("NDOH 1", key, uuid4(), "test", session.get_one(Party, key).public_id, now)


def issue(database, text):
    author = person(database, PLANNER, Role.PLANNER)
    key = person(database, APPROVER, Role.APPROVER)
    with database.write() as session, looked_after(session, "tobacco"):
        version = add_version(session, text, author, NOW)
        approve(session, version, "en", signed(session, key, NOW))


def recall(database, number):
    author = person(database, PLANNER, Role.PLANNER)
    key = person(database, APPROVER, Role.APPROVER)
    with database.write() as session:
        now = NOW + timedelta(hours=number)
        draft = RecallDraft("tobacco", "tip-1", "en", number, "It misleads")
        asked = ask_recall(session, draft, author, now)
        approve_recall(session, asked, signed(session, key, now))


@pytest.fixture
def ministry(recalled, tmp_path):
    with copy_of(recalled, tmp_path) as copied:
        yield copied


ALTERED, UNKNOWN, LOST = (
    Difference.ALTERED, Difference.MISSING_ON_CHAIN, Difference.MISSING_IN_DATABASE,
)  # fmt: skip
TAMPERED = {
    "the text": ("UPDATE recall SET text_id = 'day-2' WHERE id = 2", {ALTERED}),
    "what is right": ("UPDATE recall SET digest = X'00' WHERE id = 2", {ALTERED}),
    "the reason": ("UPDATE recall SET reason_digest = X'00' WHERE id = 2", {ALTERED}),
    "who signed": ("UPDATE recall SET reference = 'NDOH 2' WHERE id = 2", {ALTERED}),
    "whether it is corrected": ("UPDATE recall SET correct = 1 WHERE id = 2", {ALTERED}),
    "its event": ("UPDATE recall SET journal_id = NULL WHERE id = 2", {LOST, UNKNOWN}),
    "what was wrong": ("UPDATE recalled_text SET digest = X'00' WHERE recall_id = 2", {ALTERED}),
    "since when": ("UPDATE recalled_text SET since = '2026-11-27 00:00:00'", {ALTERED}),
    "an end that nobody gave it": (
        "UPDATE recalled_text SET until = '2026-11-27 00:00:00' WHERE recall_id = 2", {ALTERED},
    ),
    "a row": ("DELETE FROM recalled_text WHERE recall_id = 2", {ALTERED}),
}  # fmt: skip


def test_audit__recalls_tampered_with__are_found(ministry):
    assert ministry.audit().findings == []
    file = ministry.database.engine.url.database
    for what, (statement, expected) in TAMPERED.items():
        untouched = f"{file}.untouched"
        shutil.copy(file, untouched)
        with unguarded(file) as connection:
            assert connection.execute(statement).rowcount >= 1
        assert {one.difference for one in ministry.audit().findings} == expected, what
        ministry.database.engine.dispose()
        shutil.copy(untouched, file)


def test_audit__a_text_sent_after_its_recall__is_found_by_its_message(ministry):
    with ministry.database.write() as session:
        first = session.scalars(select(Message).where(Message.item == "tip-1")).one()
        first.version_id = 2
        for hours in (1, 9):
            session.add(
                Attempt(
                    public_id=uuid4(),
                    message_id=first.id,
                    channel="sms",
                    state="sent",
                    started_at=NOW + timedelta(hours=hours),
                )
            )
        name = str(first.public_id)
    (found,) = ministry.audit().findings
    assert (found.difference, name in found.detail) == (Difference.SENT_AFTER_RECALL, True)
