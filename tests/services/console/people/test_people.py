"""People of programmes in a browser: found, read, moved, paused and ended, by their clinicians."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import select

from services.messaging.outbox import COURSE
from services.storage.models import Access, Message, Person, Subscription
from tests.factories import FARMER
from tests.services.console.people.ministry import OTHER, post
from tests.services.console.visitors import Visitor, party_named

PHONE = "7000 0001"


def at_of(course):
    return f"/console/people/{course.row().public_id}"


def reads(course):
    """Readings of the person of the course, in order."""
    with course.database.read() as session:
        rows = session.execute(select(Access.what, Access.person_id).order_by(Access.id)).all()
        return [row.what for row in rows if row.person_id == course.row().person_id]


def days_of(course):
    """The days on which texts of the course wait or are planned for."""
    with course.database.read() as session:
        rows = session.scalars(
            select(Message).where(Message.state == "queued", Message.purpose == COURSE)
        )
        return {row.item: row.planned_at for row in rows}


@pytest.mark.slow
def test_list__of_a_clinician__has_their_people_masked_and_each_reading_noted(clinician, course):
    page = clinician.get("/console/people").text
    assert at_of(course) in page
    assert "Quit tobacco, English, Place not known" in page
    assert FARMER not in page
    assert reads(course)[-1] == "GET /console/people"
    before = len(reads(course))
    for query in ("which=ended", "which=waiting", "province=Enga"):
        assert "Nobody is on this list" in clinician.get(f"/console/people?{query}").text
    # What is none of ours is as if it had not been asked for.
    odd = "which=<b>&province=Atlantis&programme=pigs&cursor=none"
    assert at_of(course) in clinician.get(f"/console/people?{odd}").text
    assert len(reads(course)) == before + 1


def test_list__longer_than_a_page__goes_on_where_it_ended(clinician, course):
    with course.database.write() as session:
        row = session.scalars(select(Subscription)).one()
        columns = {
            one.key: getattr(row, one.key)
            for one in Subscription.__table__.columns
            if one.key not in {"id", "public_id", "person_id"}
        }
        for number in range(25):
            someone = Person(province="Enga")
            session.add(someone)
            session.flush()
            made = UUID(int=number)
            session.add(Subscription(public_id=made, person_id=someone.id, **columns))
    page = clinician.get("/console/people").text
    assert page.count('class="bilum-card"') == 20
    following = page.split("cursor=")[1].split('"')[0]
    page = clinician.get(f"/console/people?which=member&cursor={following}").text
    assert page.count('class="bilum-card"') == 6
    assert "First page" in page


def test_search__by_phone__finds_and_is_noted_and_keeps_what_was_typed(clinician, course):
    clinician.get("/console/people")
    search = "/console/people/search"
    found = clinician.submit(search, phone=PHONE)
    assert at_of(course) in found.text
    assert f'value="{PHONE}"' in found.text
    with course.database.read() as session:
        newest = session.scalars(select(Access).order_by(Access.id.desc())).first()
        assert newest.what == f"POST {search}"
        assert newest.number_index == course.row().number_index
    for phone, said in (("", "Write the phone number"), ("<b>7", "This is no phone number")):
        wrong = clinician.submit(search, phone=phone)
        assert (wrong.status_code, said in wrong.text) == (422, True)
        assert "<b>7" not in wrong.text
    assert "&lt;b&gt;7" in wrong.text
    assert "Nobody" in clinician.submit(search, phone="70000777").text


def test_person__in_a_course__shows_the_line_texts_answers_and_who_read(clinician, course):
    course.say("MI DAI LONG SIMUK")
    course.later(days=2)
    clinician.world.runtime.clock.now = course.now
    page = clinician.take_session_of("clinician").get(at_of(course)).text
    assert "Day 3 of" in page
    assert "Quit date: 5 Dec 2026" in page
    # The next texts, answers, what went, and the reader.
    assert "Tomorrow is your day. Throw the tobacco away." in page
    assert "Do you use it now?" in page
    assert ">daily<br>" in page
    assert "Tell a friend today." in page
    assert "at the console" in page
    assert "FORGET" in page
    assert FARMER not in page
    # A name may be anything that a phone can send.
    with course.database.write() as session:
        party_named(session, "clinician").name = "<b>x</b>"
    assert (
        "<b>x" not in Visitor(clinician.world).take_session_of("<b>x</b>").get(at_of(course)).text
    )


def test_dates__moved__show_the_difference_first_and_make_exactly_it(clinician, course):
    at = at_of(course)
    clinician.get(f"{at}/dates")
    assert clinician.fields(f"{at}/dates/difference")["date_quit"] == "2026-12-05"
    for typed, said in (
        ({"date_quit": "soon"}, "This is no day"),
        ({"date_quit": "2099-01-01"}, "more than two years away"),
        ({"date_quit": "05/12/2026"}, "change one"),
    ):
        wrong = clinician.submit(f"{at}/dates/difference", **typed)
        assert (wrong.status_code, said in wrong.text) == (422, True), wrong.text
        assert f'value="{typed["date_quit"]}"' in wrong.text
    shown = clinician.submit(f"{at}/dates/difference", date_quit="2026-12-07")
    assert shown.status_code == 200
    assert "Today is the day" in shown.text
    assert "5 Dec 2026 07:30" in shown.text
    assert "7 Dec 2026 07:30" in shown.text
    assert course.row().anchors["quit"] == "2026-12-05"
    form = clinician.fields(f"{at}/dates")
    # Somebody else moves them meanwhile: what was seen is not what would happen.
    other = Visitor(clinician.world).take_session_of("clinician")
    other.get(f"{at}/dates")
    other.submit(f"{at}/dates/difference", date_quit="2026-12-09")
    assert other.submit(f"{at}/dates").status_code == 303
    late = clinician.send(f"{at}/dates", form)
    assert (late.status_code, "Look at it again" in late.text) == (409, True)
    assert course.row().anchors["quit"] == "2026-12-09"
    form = clinician.fields(f"{at}/dates")
    assert [clinician.send(f"{at}/dates", form).status_code for _ in range(2)] == [303, 303]
    assert course.row().anchors["quit"] == "2026-12-07"
    assert "dates were moved" in clinician.get(f"{at}?done=dates").text


def test_pause_resume_end__each_confirmed__act_once_and_only_as_the_state_allows(clinician, course):
    at = at_of(course)
    assert "goes on by itself on 5 Dec 2026" in clinician.get(f"{at}/pause").text
    assert course.row().state == "active"
    form = clinician.fields(f"{at}/pause")
    assert [clinician.send(f"{at}/pause", form).status_code for _ in range(2)] == [303, 303]
    assert course.row().state == "paused"
    assert clinician.get(f"{at}/pause").status_code == 409
    assert (
        "Pause" not in clinician.get(at).text.split("Change the course")[1].split("Next texts")[0]
    )
    clinician.world.runtime.clock.now += timedelta(minutes=20)
    assert "Let this course go on?" in clinician.get(f"{at}/resume").text
    assert clinician.submit(f"{at}/resume").status_code == 303
    assert course.row().state == "active"
    clinician.get(f"{at}/end")
    wrong = clinician.submit(f"{at}/end/difference", reason="moved")
    assert (wrong.status_code, "Choose how it ends" in wrong.text) == (422, True)
    shown = clinician.submit(f"{at}/end/difference", state="opted_out", reason="moved")
    assert "no text of the programme comes" in shown.text
    assert "Today is the day" in shown.text
    assert clinician.submit(f"{at}/end").status_code == 303
    assert (course.row().state, course.row().reason) == ("opted_out", "moved")
    assert days_of(course) == {}
    assert clinician.get(f"{at}/dates").status_code == 409


def test_pages__of_who_may_not__show_nothing(world, course):
    at = at_of(course)
    post(world, "Enga", OTHER)
    for who in ("planner", "officer", "administrator", "other clinician"):
        visitor = Visitor(world).take_session_of(who)
        for path in ("", "/dates", "/pause", "/end"):
            answer = visitor.get(at + path)
            assert answer.status_code == (404 if who == "other clinician" else 403)
            assert "Quit tobacco" not in answer.text
        listed = visitor.get("/console/people")
        assert listed.status_code == (200 if who == "other clinician" else 403)
        assert at not in listed.text
    assert course.row().state == "active"
