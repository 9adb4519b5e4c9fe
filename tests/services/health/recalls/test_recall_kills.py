"""Recalls while a planner plans, two workers replace texts, and processes are killed."""

from __future__ import annotations

import os
import random
import signal
import time as clocks
from collections import Counter
from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import select, update

from services.core.roles import Role
from services.health.recalls.corrections import send_corrections
from services.health.recalls.lifecycle import RecallDraft, approve_recall, ask_recall
from services.health.recalls.receivers import note_receivers
from services.health.recalls.waiting_texts import replace_waiting
from services.health.versions.approvals import ApprovalAct
from services.storage.database import Database
from services.storage.models import Message, Recall
from services.storage.vault import Vault
from tests.factories import KEY, in_threads
from tests.flow.dispatching import spawn
from tests.services.health.courses.clinic import YAML, Clinic, at
from tests.services.health.scene import APPROVER, PLANNER, person
from tests.services.health.stored import sign, store_approved, version_of

START = at(1, 9)
WRONG, RIGHT = "Tell a friend.", "Tell two friends."
PEOPLE = 30


def begin(database):
    """People in the first version, of whom the first third have the wrong text."""
    clinic = Clinic(database)
    keys = [clinic.enrol(START) for _ in range(PEOPLE)]
    clinic.plan(START)
    with database.write() as session:
        session.execute(
            update(Message)
            .where(Message.item == "tip1", Message.subscription_id.in_(keys[: PEOPLE // 3]))
            .values(state="sent", tries=1, tried_at=START)
        )
        store_approved(session, version_of("tobacco", YAML.replace(WRONG, RIGHT), 2), sign(session))
    planner = person(database, PLANNER, Role.PLANNER)
    with database.write() as session:
        draft = RecallDraft("tobacco", "tip1", "en", 2, "It misleads", correct=True)
        return clinic, ask_recall(session, draft, planner, START).id


def approve(database, key):
    signer = person(database, APPROVER, Role.APPROVER)
    with database.write() as session:
        given = ApprovalAct("NDOH 7", signer, uuid4(), "test", uuid4(), START)
        approve_recall(session, session.get_one(Recall, key), given)


def work(database, now=START + timedelta(minutes=1), limit=4):
    """Replace, note and correct until nothing is left."""
    left = True
    while left:
        with database.write(exclusive=False) as session:
            left = replace_waiting(session, now, limit) > 0
        with database.write(exclusive=False) as session:
            left |= note_receivers(session, limit)
        with database.write(exclusive=False) as session:
            left |= send_corrections(session, now, limit) > 0


def require_each_text_once(database):
    with database.read() as session:
        rows = session.scalars(select(Message).where(Message.item == "tip1")).all()
        found = Counter((row.purpose, row.state, row.body) for row in rows)
    notice = next(body for purpose, _, body in found if purpose == "correction" and body != RIGHT)
    third = PEOPLE // 3
    assert found == {
        ("course", "sent", WRONG): third,
        ("course", "queued", RIGHT): PEOPLE - third,
        ("correction", "queued", notice): third,
        ("correction", "queued", RIGHT): third,
    }


@pytest.mark.postgres
def test_recall__two_workers_at_once__replace_and_correct_each_once(open_database):
    database = open_database("postgresql")
    _, key = begin(database)
    approve(database, key)
    in_threads(*[lambda: work(database)] * 2)
    work(database)
    require_each_text_once(database)


def work_in_a_process(url, ready):
    database = Database(url, Vault(KEY))
    with database.read() as session:
        session.get(Message, 0)
    ready()
    work(database, limit=3)
    database.close()


@pytest.mark.slow
def test_recall__killed_at_random__leaves_each_text_once(tmp_path):
    file = tmp_path / "bilum.db"
    file.touch()
    url = f"sqlite:///{file}"
    database = Database(url, Vault(KEY))
    database.upgrade()
    _, key = begin(database)
    approve(database, key)
    database.close()
    dice = random.Random(5)  # noqa: S311 — a sample
    for _ in range(5):
        child = spawn(lambda ready: work_in_a_process(url, ready))
        clocks.sleep(dice.uniform(0, 0.1))
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
    database = Database(url, Vault(KEY))
    work(database)
    require_each_text_once(database)
    database.close()
