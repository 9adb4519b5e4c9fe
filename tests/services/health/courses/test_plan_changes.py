from __future__ import annotations

from datetime import date, timedelta
from uuid import uuid4

import pytest
from sqlalchemy import select, update

from services.health.courses.plan_changes import change_plan, end, pause, resume, resume_due
from services.health.courses.subscriptions import SubscriptionState
from services.storage.models import AskedQuestion, Change, Message, Subscription
from tests.factories import NOW
from tests.services.health.courses.clinic import CONTINUES, DAY, Clinic, at

START = at(20, 12)
QUIT = date(2026, 11, 27)
LATER = {"quit": date(2026, 12, 1)}


@pytest.fixture
def clinic(database) -> Clinic:
    return Clinic(database)


def told(plan):
    return [(one.item.id, one.at) for one in plan]


def run(clinic, key, first, last):
    """Every day at noon what is due goes out, and the next day is planned."""
    now = first
    while now <= last:
        clinic.send(now)
        clinic.plan(now)
        now += DAY
    clinic.send(now)


def sent(clinic, item):
    return [one.planned_at for one in clinic.messages() if (one.item, one.state) == (item, "sent")]


def changes(database):
    with database.read() as session:
        return [(row.what, row.details) for row in session.scalars(select(Change))]


def test_start_course__today__is_the_day_of_enrolment(clinic):
    row = clinic.row(clinic.enrol(START))
    assert (row.state, row.anchors) == ("active", {"enrolment": "2026-11-20"})
    assert row.activated_at == row.since == START
    assert row.next_on == date(2026, 11, 21)


def test_start_course__day_of_enrolment_was_given__is_kept(clinic):
    row = clinic.row(clinic.enrol(START, enrolment="2026-11-22"))
    assert (row.anchors["enrolment"], row.next_on) == ("2026-11-22", date(2026, 11, 23))


def test_change_plan__later_date__takes_back_and_creates_exactly_the_difference(clinic, database):
    key = clinic.enrol(START, quit=QUIT.isoformat())
    clinic.plan(at(26, 12))
    found = clinic.change(key, change_plan, at(26, 12), anchors=LATER)
    moved = [
        ("before", at(26, 18), at(30, 18)),
        ("day0", at(27, 7, 30), at(1, 7, 30, month=12)),
        ("day2", at(29, 12), at(3, 12, month=12)),
        ("month1", at(7, 10, month=12), at(11, 10, month=12)),
    ]
    assert told(found.cancelled) == [(item, old) for item, old, _ in moved]
    assert told(found.created) == [(item, new) for item, _, new in moved]
    states = {one.item: (one.state, one.reason) for one in clinic.messages()}
    assert states["day0"] == states["before"] == ("cancelled", "replanned")
    ((what, details),) = changes(database)
    assert what == "change"
    assert details["created"][0] == {"item": "before", "at": "2026-11-30T08:00:00+00:00"}
    assert clinic.row(key).next_on == date(2026, 11, 30)


def test_change_plan__back_again__what_was_taken_back_is_planned_once_more(clinic):
    key = clinic.enrol(START, quit=QUIT.isoformat())
    clinic.plan(at(26, 12))
    before = {one.item: one.public_id for one in clinic.messages()}
    clinic.change(key, change_plan, at(26, 12), anchors=LATER)
    clinic.plan(at(26, 13))
    clinic.change(key, change_plan, at(26, 14), anchors={"quit": QUIT}, discreet=True)
    clinic.plan(at(26, 15))
    waiting = [one for one in clinic.messages() if one.state == "queued" and one.item == "day0"]
    assert [(one.planned_at, one.public_id) for one in waiting] == [(at(27, 7, 30), before["day0"])]
    assert [one.body for one in waiting] == ["Today!"]
    assert len(clinic.messages()) == len(before)


def test_change_plan__same_instant__waiting_text_stays_and_says_what_is_true(clinic):
    key = clinic.enrol(START, name="Maria", quit=QUIT.isoformat())
    clinic.plan(at(26, 12))
    found = clinic.change(key, change_plan, at(26, 12), discreet=True)
    assert found == ((), ())
    assert "Today!" in [one.body for one in clinic.messages() if one.state == "queued"]


def test_change_plan__other_cohort__has_its_texts(clinic):
    key = clinic.enrol(START, quit=QUIT.isoformat())
    clinic.plan(at(22, 12))
    found = clinic.change(key, change_plan, at(22, 12), cohort="mother")
    assert told(found.cancelled) == [("general3", at(23, 15))]
    assert told(found.created) == [("mother3", at(23, 15))]


def test_change_plan__question_taken_back__is_asked_at_its_new_time_alone(clinic):
    key = clinic.enrol(START, quit=QUIT.isoformat())
    clinic.plan(at(6, 12, month=12))
    clinic.change(key, change_plan, at(6, 12, month=12), anchors={"quit": date(2026, 11, 30)})
    assert clinic.askings() == [("check", "open"), ("month1", "dropped")]
    clinic.plan(at(9, 12, month=12))
    assert clinic.askings() == [("check", "open"), ("month1", "dropped"), ("month1", "open")]
    clinic.change(key, change_plan, at(9, 13, month=12), anchors={"quit": QUIT})


@pytest.mark.parametrize(("hour", "day"), [(9, 28), (11, 29)])
def test_change_plan__day_of_an_assessment_past__is_asked_on_the_next_possible_day(
    clinic, hour, day
):
    key = clinic.enrol(START, quit=QUIT.isoformat())
    run(clinic, key, START, at(27, 12))
    clinic.change(key, change_plan, at(28, hour), anchors={"quit": date(2026, 11, 10)})
    run(clinic, key, at(28, hour), at(20, 12, month=12))
    assert sent(clinic, "month1") == [at(day, 10)]


def test_change_plan__day_of_an_assessment_to_come_again__is_asked_on_that_day_alone(clinic):
    key = clinic.enrol(START, quit=QUIT.isoformat())
    for quit_on in (date(2026, 11, 10), QUIT):
        clinic.change(key, change_plan, at(28, 9), anchors={"quit": quit_on})
    run(clinic, key, at(28, 9), at(20, 12, month=12))
    assert sent(clinic, "month1") == [at(7, 10, month=12)]


def test_change_plan__course_ends_before_an_assessment__it_stays_on_its_day(clinic):
    key = clinic.enrol(START, quit=QUIT.isoformat())
    clinic.change(key, change_plan, START, anchors={"quit": date(2026, 11, 10)})
    run(clinic, key, START, at(24, 12))
    clinic.change(key, change_plan, at(24, 13), anchors={"quit": QUIT})
    run(clinic, key, at(24, 14), at(20, 12, month=12))
    assert sent(clinic, "check") == [at(2, 11, month=12)]


def test_change_plan__anchor_cleared__its_assessment_stays_on_its_day(clinic):
    key = clinic.enrol(START, quit=QUIT.isoformat())
    run(clinic, key, START, at(27, 12))
    found = clinic.change(key, change_plan, at(28, 11), anchors={"quit": None})
    assert told(found.cancelled) == [("day2", at(29, 12))]
    run(clinic, key, at(28, 12), at(20, 12, month=12))
    assert sent(clinic, "month1") == [at(7, 10, month=12)]


def test_change_plan__anchor_set_after_it_was_cleared__takes_the_assessment_with_it(clinic):
    key = clinic.enrol(START, quit=QUIT.isoformat())
    clinic.change(key, change_plan, at(28, 11), anchors={"quit": None})
    clinic.change(key, change_plan, at(28, 12), anchors={"quit": date(2026, 12, 5)})
    run(clinic, key, at(28, 12), at(30, 12, month=12))
    assert sent(clinic, "month1") == [at(15, 10, month=12)]


def test_change_plan__assessment_waits_and_has_no_other_day__goes_out(clinic):
    key = clinic.enrol(START, quit=QUIT.isoformat())
    clinic.plan(at(6, 12, month=12))
    found = clinic.change(key, change_plan, at(6, 12, month=12), anchors={"quit": None})
    assert ("month1", at(7, 10, month=12)) in clinic.waiting()
    assert "month1" not in {item for item, _ in told(found.cancelled)}
    clinic.plan(at(8, 12, month=12))
    clinic.send(at(8, 12, month=12))
    assert sent(clinic, "month1") == [at(7, 10, month=12)]


def test_change_plan__text_put_off_by_the_dispatcher__stays_where_it_is_in_the_plan(
    clinic, database
):
    key = clinic.enrol(START, quit=QUIT.isoformat())
    clinic.plan(at(29, 8))
    put_off = at(30, 12)
    with database.write() as session:
        session.execute(
            update(Message).where(Message.item == "day2").values(planned_at=put_off, due_at=put_off)
        )
    clinic.change(key, change_plan, at(29, 15), cohort="mother")
    assert ("day2", put_off) in clinic.waiting()


def test_change_plan__text_with_a_dispatcher__loses_its_lease(clinic, database):
    key = clinic.enrol(START, quit=QUIT.isoformat())
    clinic.plan(at(26, 12))
    with database.write() as session:
        session.execute(update(Message).values(leased_by="one", leased_until=at(27, 9)))
    clinic.change(key, change_plan, at(26, 12), anchors=LATER)
    assert {one.leased_by for one in clinic.messages() if one.state == "cancelled"} == {None}


def test_change_plan__zone_has_changed__goes_at_its_time_there(clinic, database):
    key = clinic.enrol(START, quit=QUIT.isoformat())
    clinic.plan(at(26, 12))
    with database.write() as session:
        session.execute(update(Subscription).values(zone="Pacific/Bougainville"))
    clinic.change(key, change_plan, at(26, 12), cohort="mother")
    clinic.plan(at(26, 12))
    assert ("day0", at(27, 6, 30)) in clinic.waiting()
    assert ("day0", at(27, 7, 30)) not in clinic.waiting()


def test_change_plan__before_the_course__is_only_noted(clinic, database):
    key = clinic.enrol(START)
    with database.write() as session:
        session.execute(update(Subscription).values(state="consented", next_on=None))
    assert clinic.change(key, change_plan, START, anchors=LATER, cohort="mother") == ((), ())
    row = clinic.row(key)
    assert (row.anchors["quit"], row.cohort, row.next_on) == ("2026-12-01", "mother", None)
    assert changes(database) == []


def test_pause__whatever_waits__is_taken_back_but_an_assessment(clinic, database):
    key = clinic.enrol(START, quit=QUIT.isoformat())
    clinic.plan(at(6, 12, month=12))
    clinic.send(at(30, 12))
    clinic.plan(at(6, 12, month=12))
    assert clinic.change(key, pause, at(30, 13)) == date(2026, 12, 10)
    row = clinic.row(key)
    assert (row.state, row.next_on, row.resumes_on) == ("paused", None, date(2026, 12, 10))
    assert clinic.waiting() == [("month1", at(7, 10, month=12))]
    assert clinic.askings() == [("check", "dropped"), ("month1", "open")]
    assert changes(database)[0][0] == "pause"
    assert clinic.change(key, pause, at(1, 13, month=12)) == date(2026, 12, 10)


def test_pause__reminder_of_a_question__is_closed(clinic, database):
    key = clinic.enrol(START, quit=QUIT.isoformat())
    with database.write() as session:
        session.add_all(
            Message(
                public_id=uuid4(),
                dedupe_key=uuid4().bytes,
                recipient="+67570000001",
                recipient_index=b"i",
                body="Again?",
                purpose="reminder",
                kind=kind,
                state="queued",
                created_at=START,
                due_at=START,
                planned_at=START,
                expires_at=START + DAY,
                subscription_id=key,
                item=item,
            )
            for kind, item in (("programme", "tip1"), ("programme", "month1"), ("answer", "tip1"))
        )
    clinic.change(key, pause, START)
    found = {(one.kind, one.item): one.state for one in clinic.messages()}
    assert found == {
        ("programme", "tip1"): "cancelled",
        ("programme", "month1"): "queued",
        ("answer", "tip1"): "queued",
    }


def test_resume__days_wait__the_course_goes_on_where_it_stood(clinic):
    key = clinic.enrol(START)
    run(clinic, key, START, at(23, 12))
    clinic.change(key, pause, at(23, 16))
    clinic.change(key, resume, at(28, 9))
    assert clinic.row(key).anchors["enrolment"] == "2026-11-25"
    run(clinic, key, at(28, 9), at(20, 12, month=12))
    assert sent(clinic, "tip5") == [at(30, 8)]
    assert sent(clinic, "general3") == [at(23, 15)], "sent on the day of the pause, not again"
    assert sent(clinic, "check") == [at(7, 11, month=12)]


def test_resume__on_the_same_day__what_was_taken_back_comes_at_its_time(clinic):
    key = clinic.enrol(START)
    run(clinic, key, START, at(22, 12))
    clinic.change(key, pause, at(23, 9))
    assert clinic.waiting() == []
    clinic.change(key, resume, at(23, 10))
    clinic.plan(at(23, 10))
    assert clinic.waiting() == [("general3", at(23, 15))]
    assert clinic.row(key).anchors["enrolment"] == "2026-11-20"


def test_resume__days_go_by__what_was_due_in_the_pause_is_gone_but_an_assessment(database):
    clinic = Clinic(database, CONTINUES)
    key = clinic.enrol(START)
    run(clinic, key, START, at(22, 12))
    clinic.change(key, pause, at(22, 16))
    run(clinic, key, at(23, 12), at(5, 12, month=12))
    assert sent(clinic, "tip5") == sent(clinic, "check") == []
    clinic.change(key, resume, at(6, 12, month=12))
    run(clinic, key, at(6, 12, month=12), at(20, 12, month=12))
    assert sent(clinic, "tip5") == []
    assert sent(clinic, "check") == [at(7, 11, month=12)]


def test_resume__assessment_that_went_out_in_the_pause__is_not_asked_again(clinic):
    key = clinic.enrol(START, quit=QUIT.isoformat())
    run(clinic, key, START, at(5, 12, month=12))
    clinic.plan(at(6, 12, month=12))
    clinic.change(key, pause, at(6, 13, month=12))
    run(clinic, key, at(7, 12, month=12), at(9, 12, month=12))
    clinic.change(key, resume, at(10, 12, month=12))
    run(clinic, key, at(10, 12, month=12), at(30, 12, month=12))
    assert sent(clinic, "month1") == [at(7, 10, month=12)]


def test_resume__active__changes_nothing(clinic, database):
    key = clinic.enrol(START)
    clinic.change(key, resume, START + DAY)
    assert clinic.row(key).since == START
    assert changes(database) == []


def test_resume_due__day_has_come_where_the_person_lives__goes_on(clinic, database):
    keys = [
        clinic.enrol(START, zone=zone) for zone in ("Pacific/Port_Moresby", "Pacific/Bougainville")
    ]
    for key in keys:
        clinic.change(key, pause, START)

    def resumed(now, limit=10):
        with database.write() as session:
            return resume_due(session, now, limit)

    assert resumed(at(29, 22, 59)) == 0
    assert resumed(at(29, 23, 1)) == 1
    assert [clinic.row(key).state for key in keys] == ["paused", "active"]
    assert (resumed(at(30, 0)), resumed(at(30, 0))) == (1, 0)


@pytest.mark.parametrize(
    ("state", "closed"),
    [
        (SubscriptionState.OPTED_OUT, ("suppressed", "stopped")),
        (SubscriptionState.COMPLETED, ("cancelled", "cancelled")),
        (SubscriptionState.FORGOTTEN, ("cancelled", "forgotten")),
    ],
)
def test_end__whatever_waits__is_closed(clinic, database, state, closed):
    key = clinic.enrol(START, quit=QUIT.isoformat())
    clinic.plan(at(6, 12, month=12))
    with database.write() as session:
        end(session, session.get_one(Subscription, key), state, "why", at(6, 12, month=12))
    assert {(one.state, one.reason) for one in clinic.messages()} == {closed}
    row = clinic.row(key)
    assert (row.state, row.reason, row.next_on) == (state.value, "why", None)
    assert row.ended_at == at(6, 12, month=12)
    with database.read() as session:
        assert set(session.scalars(select(AskedQuestion.state))) == {"dropped"}


@pytest.mark.parametrize("state", ["invited", "screened", "consented", "paused"])
def test_end__however_far__ends_once(clinic, database, state):
    key = clinic.enrol(START)
    with database.write() as session:
        session.execute(update(Subscription).values(state=state, resumes_on=date(2026, 12, 1)))
    for now, ending in ((NOW, SubscriptionState.LOST), (NOW + DAY, SubscriptionState.COMPLETED)):
        with database.write() as session:
            end(session, session.get_one(Subscription, key), ending, None, now)
    row = clinic.row(key)
    assert (row.state, row.ended_at, row.resumes_on) == ("lost", NOW, None)


def test_plan__begins_and_changes_at_one_moment__nothing_is_lost_or_there_twice(clinic):
    key = clinic.enrol(START, quit=QUIT.isoformat())
    clinic.plan(START)
    clinic.change(key, change_plan, START, anchors=LATER)
    clinic.plan(START)
    assert clinic.waiting() == [("tip1", at(21, 9))]
    assert clinic.row(key).since == START + timedelta(microseconds=1)
