"""Pages of refused forms: nothing of the form is there, but whom they show is in the read log."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select

from services.storage.models import Access, Arrival
from tests.services.console.staff import add_staff, member
from tests.services.console.test_tasks import opened
from tests.services.console.visitors import Visitor

PEOPLE = "/console/administration/people"


def readings(world):
    """What the read log has, the oldest first."""
    with world.runtime.database.read() as session:
        return session.execute(select(Access.what, Access.subject_id).order_by(Access.id)).all()


def forms_kept(world):
    with world.runtime.database.read() as session:
        wanted = select(func.count()).select_from(Arrival).where(Arrival.channel == "console")
        return session.scalar(wanted)


def refused(one, page, action, status, **typed):
    """Send a form that is refused; return what was noted of it."""
    one.get(page)
    fields = one.fields(action)
    before, kept = readings(one.world), forms_kept(one.world)
    answer = one.send(action, fields | typed)
    assert answer.status_code == status, answer.text
    assert forms_kept(one.world) == kept
    return [what for what, _ in readings(one.world)[len(before) :]]


def test_note__that_is_empty__notes_whose_phone_its_page_shows(scene):
    task = f"/console/tasks/{opened(scene.world)}"
    officer = Visitor(scene.world).take_session_of("officer")
    noted = refused(officer, task, f"{task}/notes", 422, text="")
    assert "tel:" in officer.page.text
    assert noted == ["POST /console/tasks/<uuid:task_id>/notes"]


def test_role__that_is_none__notes_whose_page_is_shown(scene):
    at = f"{PEOPLE}/{scene.keeper.party}"
    chief = Visitor(scene.world).take_session_of("administrator")
    noted = refused(chief, at, at, 422, role="x")
    assert noted == [f"POST {PEOPLE}/<uuid:party_id>"]


@pytest.fixture
def course(world):
    add_staff(world)
    return member(world)


@pytest.mark.slow
def test_pause__of_something_else_than_was_seen__notes_whose_page_is_shown(world, course):
    at = f"/console/people/{course.row().public_id}"
    clinician = Visitor(world).take_session_of("clinician")
    noted = refused(clinician, f"{at}/pause", f"{at}/pause", 409, seen="x")
    assert noted == ["POST /console/people/<uuid:subscription_id>/pause"]


@pytest.mark.slow
def test_dates__that_are_none__note_whose_page_is_shown_though_nothing_is_kept_once(world, course):
    at = f"/console/people/{course.row().public_id}"
    clinician = Visitor(world).take_session_of("clinician")
    noted = refused(clinician, f"{at}/dates", f"{at}/dates/difference", 422, date_quit="soon")
    assert noted == ["POST /console/people/<uuid:subscription_id>/dates/difference"]
