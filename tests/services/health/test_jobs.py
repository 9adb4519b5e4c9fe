"""The clock of the programmes goes on where one of them, or one person in it, is at fault."""

from __future__ import annotations

import logging
from functools import partial
from types import SimpleNamespace

import pytest
from sqlalchemy import select, update

from services.health.conversation.member import read_active
from services.health.courses.completion import finish
from services.health.courses.planner import plan
from services.health.jobs import keep_programmes
from services.health.versions.store import current_versions
from services.health.versions.views import programme_views
from services.runtime import workers
from services.runtime.workers import keep_courses
from services.storage.models import ProgrammeApproval, ProgrammeVersion, Subscription
from sms.settings import SmsSettings
from tests.factories import NOW
from tests.services.health.courses.clinic import DAY, Clinic, at
from tests.services.health.stored import Signed, store_approved

START = at(20, 12)
QUIT = "2026-11-27"


@pytest.fixture
def clinic(database) -> Clinic:
    return Clinic(database)


def keep(clinic, now):
    while keep_programmes(clinic.database, SmsSettings(), now):
        pass


def add_altered(clinic, key):
    """Put a person into an approved version whose document somebody has changed."""
    with clinic.database.write() as session:
        good = session.get_one(ProgrammeVersion, clinic.version)
        approval = session.scalars(select(ProgrammeApproval)).first()
        bad = ProgrammeVersion(
            code="other", number=1, digest=b"x" * 32, document=good.document, created_at=NOW
        )
        signed = Signed(approval.approved_by_id, approval.journal_id)
        store_approved(session, bad, signed, reference="none")
        row = session.get_one(Subscription, key)
        row.version_id, row.programme = bad.id, "other"


def test_keep__a_version_that_was_altered__keeps_nobody_else_waiting(clinic, caplog):
    healthy, other = (clinic.enrol(START, quit=QUIT) for _ in range(2))
    add_altered(clinic, other)
    with caplog.at_level(logging.ERROR):
        keep(clinic, START)
    assert clinic.waiting(healthy)
    assert not clinic.waiting(other)
    assert "of a programme cannot be read" in caplog.text
    with clinic.database.read() as session:
        assert set(read_active(session, current_versions(session))) == {"tobacco"}
        assert {one["code"] for one in programme_views(session)} == {"other", "tobacco"}
    keep(clinic, START + 300 * DAY)
    clinic.send(START + 350 * DAY)
    keep(clinic, START + 400 * DAY)
    assert clinic.row(healthy).state in {"lost", "completed"}


def test_keep__one_person_who_cannot_be_planned__keeps_nobody_else_waiting(clinic):
    bad, healthy = (clinic.enrol(START, quit=QUIT) for _ in range(2))
    with clinic.database.write() as session:
        session.execute(
            update(Subscription)
            .where(Subscription.id == bad)
            .values(anchors={"enrolment": "2026-11-20", "quit": "broken"})
        )
    keep(clinic, START)
    assert clinic.waiting(healthy)
    assert not clinic.waiting(bad)


def test_keep__a_step_that_fails__is_told_when_the_others_have_had_their_turn(clinic, monkeypatch):
    key = clinic.enrol(START, quit=QUIT)

    def broken(*_):
        raise RuntimeError

    monkeypatch.setattr("services.health.jobs.resume_due", broken)
    with pytest.raises(RuntimeError):
        keep_programmes(clinic.database, SmsSettings(), START)
    assert clinic.waiting(key)


def test_keep__a_language_that_was_withdrawn__ends_its_courses_when_they_are_over(clinic):
    key = clinic.enrol(START, quit=QUIT)
    keep(clinic, START)
    with clinic.database.write() as session:
        session.execute(update(ProgrammeApproval).values(withdrawn_at=START))
    keep(clinic, START + 2 * DAY)
    assert clinic.row(key).state == "active"
    clinic.send(START + 3 * DAY)
    keep(clinic, START + 400 * DAY)
    assert (clinic.row(key).state, clinic.row(key).reason) == ("lost", "withdrawn")


@pytest.fixture
def looks(clinic, monkeypatch):
    """When it was looked for courses that are over, while three people are planned one by one."""
    found = []

    def looked(session, now, limit):
        found.append(now)
        return finish(session, now, limit)

    monkeypatch.setattr("services.health.jobs.plan", partial(plan, limit=1))
    monkeypatch.setattr("services.health.jobs.finish", looked)
    for _ in range(3):
        clinic.enrol(START, quit=QUIT)
    return found


def keep_all(clinic, over=lambda: False):
    """Drain the courses as a worker does; how often that began."""
    runtime = SimpleNamespace(
        database=clinic.database,
        settings=SimpleNamespace(sms=SmsSettings()),
        clock=lambda: START,
        require_time=lambda: None,
    )
    times = 1
    while keep_courses(runtime, over) and times < 9:
        times += 1
    return times


def test_courses__one_kind_has_more__the_others_are_not_done_again_for_each_chunk(clinic, looks):
    assert keep_all(clinic) == len(looks) == 2
    with clinic.database.read() as session:
        keys = session.scalars(select(Subscription.id)).all()
    assert all(clinic.waiting(key) for key in keys)


def test_courses__one_kind_goes_on_for_long__the_others_have_their_turn(clinic, looks, monkeypatch):
    monkeypatch.setattr(workers, "TURN_SECONDS", 0)
    assert keep_all(clinic) == len(looks) == 4


def test_courses__the_worker_must_end__it_ends_after_the_chunk(clinic, looks):
    keep_all(clinic, lambda: True)
    assert len(looks) == 4
