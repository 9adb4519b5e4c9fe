"""What follows a red flag: who is told, what is asked later, and when a course goes on."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select

from services.core.roles import Role
from services.health.care.concern_tasks import handle_concern
from services.health.care.concerns import set_clinicians
from services.health.care.harms import adverse_events
from services.health.care.ladder import FIRST, NEXT_DAY, planned
from services.health.care.rota import CallTime, DutyHours, next_call
from services.health.care.urgency import Danger, danger_of, rests
from services.messaging.inbox_tasks import keep_message_tasks
from services.messaging.operator_alarms import unread_inbox
from services.messaging.postings import ANYWHERE
from services.messaging.tasks.escalation import tell_and_pass_on
from services.storage.models import Concern, Party, Person, SecondContact, Subscription
from sms.message import Kind
from tests.services.health.scene import CLINICIAN, FARMER, SMALL, Course, person, publish

SUPERVISOR = "+67570000904"
NIGHT = datetime(2026, 12, 4, 12, tzinfo=UTC)
"""Ten in the evening in Port Moresby, before the quit day."""
DIE, HIT = "I want to die", "my husband is beating me and I am bleeding"


@pytest.fixture(params=[SMALL])
def night(request, database):
    """A member in Enga, by night; a nurse of Enga, and one for anywhere, who work by day."""
    publish(database, request.param)
    course = Course(database)
    course.join()
    course.keep()
    nurses = {
        province: person(database, number, Role.CLINICIAN)
        for province, number in (("Enga", CLINICIAN), (ANYWHERE, SUPERVISOR))
    }
    with database.write() as session:
        for party in session.scalars(select(Party)):
            party.language = "en"
        ids = {where: session.get_one(Party, key).public_id for where, key in nurses.items()}
        set_clinicians(session, "tobacco", ids, dict.fromkeys(ids, DutyHours(8, 16)))
        session.scalars(select(Person)).one().province = "Enga"
    course.now = NIGHT
    course.keep()
    return course


def alerting(event):
    """The programme with an alert of its own for an event of a person's life."""
    before, found, after = SMALL.partition(f"  {event}:\n")
    assert found
    stop = "    then: stop\n"
    return before + found + after.replace(stop, f"{stop}    do: [{{alert: {event}}}]\n", 1)


def texts(course, to=FARMER, purpose="second_contact"):
    return [
        row.body
        for row in sorted(course.messages(), key=lambda row: row.id)
        if row.recipient == to and row.purpose == purpose
    ]


def escalate(course):
    with course.database.write() as session:
        tell_and_pass_on(session, course.now)


@pytest.mark.slow
def test_suicide__at_night_in_a_province_without_ambulance__is_followed_until_a_note(night):
    assert night.waiting()[-1][0] == "day-0"
    night.say(DIE)
    known = _told_at_once(night)
    _nobody_acts(night)
    _asked_after_two_hours(night)

    # Next morning.
    night.now = datetime(2026, 12, 4, 23, 1, tzinfo=UTC)
    night.keep()
    assert len(texts(night)) == 3
    assert night.say("1").startswith("We are glad.")

    night.sender = CLINICIAN
    number = re.search(r"DONE ([0-9]+)", known)[1]
    assert number in night.say(f"DONE {number} Called, her sister stays with her")
    night.later(minutes=1)
    assert night.row().state == "active"
    night.later(days=1)
    assert [item for item, _ in night.waiting()] == ["day-2"]
    night.later(days=1)
    assert len(texts(night)) == 3


def test_pause__while_the_course_rests_for_a_note__tells_no_day(night):
    night.say(DIE)
    assert "waits until a health worker" in night.say("PAUSE")


@pytest.mark.parametrize(("danger", "wanted"), [(DIE, "Please call"), (HIT, "Do NOT call")])
def test_wrong_number__while_a_danger_is_open__is_told_to_the_clinician(night, danger, wanted):
    """Whoever holds the phone of a person in danger could end all that was to follow."""
    night.say(danger)
    assert night.say("wrong number") == "Sorry to have troubled you."
    told = texts(night, CLINICIAN, "concern")[-2]
    assert "phone lost" in told
    assert wanted in told


def test_death__told_while_a_danger_is_open__is_told_to_the_clinician(night):
    night.say(DIE)
    assert night.say("my husband died") == "We are sorry. No more texts come."
    assert "death" in texts(night, CLINICIAN, "concern")[-2]


@pytest.mark.parametrize(
    ("night", "said", "danger", "wanted"),
    [
        (alerting("phone_lost"), "wrong number", HIT, "Do NOT call"),
        (alerting("phone_lost"), "wrong number", DIE, "Please call"),
        (alerting("death"), "my husband died", HIT, "Do NOT call"),
    ],
    indirect=["night"],
    ids=["lost, violence", "lost, suicide", "death, violence"],
)
def test_programmes_own_alert__while_a_danger_is_open__promises_no_call(
    night, said, danger, wanted
):
    night.say(danger)
    assert night.say(said) in {"Sorry to have troubled you.", "We are sorry. No more texts come."}
    assert wanted in texts(night, CLINICIAN, "concern")[-2]


@pytest.mark.parametrize("night", [alerting("phone_lost")], indirect=True, ids=["alerting"])
def test_wrong_number__that_alerts_by_itself__promises_the_new_holder_no_call(night):
    assert night.say("wrong number") == "Sorry to have troubled you."
    assert "phone lost" in texts(night, CLINICIAN, "concern")[-2]


@pytest.mark.parametrize("said", ["STOP", "STOP ALL"])
@pytest.mark.parametrize(("danger", "wanted"), [(DIE, "Please call"), (HIT, "Do NOT call")])
def test_stop__while_a_danger_is_open__is_told_to_the_clinician(night, said, danger, wanted):
    night.say(danger)
    assert "health worker" not in night.say(said)
    told = texts(night, CLINICIAN, "concern")[-2]
    assert "sent stop" in told
    assert wanted in told


@pytest.mark.parametrize("said", ["wrong number", "STOP", "STOP ALL"])
def test_end_of_texts__without_a_danger__tells_no_clinician(night, said):
    night.say(said)
    assert not texts(night, CLINICIAN, "concern")


def _told_at_once(night):
    """The member, what happens next; the nurse, who it is; the course rests."""
    [said] = texts(night)
    assert said == (
        "A health worker knows and will call you tomorrow between 8am and 4pm. 7150 8000 is free, "
        "and people there listen. Until then stay with somebody you trust."
    )
    assert all(row.kind == Kind.URGENT for row in night.messages() if row.body == said)
    told, known = texts(night, CLINICIAN, "concern")
    assert "self harm" in told
    assert re.search(r"Maria, age not known, Enga\. Last answers: .*DONE [0-9]+", known)
    row = night.row()
    assert (row.state, row.resumes_on, night.waiting()) == ("paused", None, [])
    assert "waits until a health worker" in night.say("JOIN")
    return known


def _nobody_acts(night):
    night.later(minutes=25)
    escalate(night)
    assert texts(night, SUPERVISOR, "task") == []
    night.later(minutes=6)
    escalate(night)
    assert len(texts(night, SUPERVISOR, "task")) == 1


def _asked_after_two_hours(night):
    night.later(minutes=75)
    assert len(texts(night)) == 1
    night.later(minutes=30)
    assert "How are you now? Answer 1 better, 2 not better, 3 call me." in texts(night)[-1]
    assert "call your people or" in texts(night)[-1]
    worse = night.say("2")
    assert "stay alone. Go to a health centre or hospital NOW, or call your people" in worse
    assert "will call you on this number today between 8am and 4pm" in worse
    assert night.concerns() == [("flag", "self_harm"), ("answer", "not_better")]
    assert night.say("2") != worse


@pytest.mark.slow
def test_second_contact__after_stop_or_a_note_or_forget__is_not_sent(night):
    night.say(DIE)
    night.say("STOP")
    night.later(days=2)
    assert len(texts(night)) == 1
    with night.database.read() as session:
        assert all(row.closed_at for row in session.scalars(select(SecondContact)))
    night.sender = "+67570000005"
    night.say(DIE)
    with night.database.write() as session:
        newest = session.scalars(select(Concern).order_by(Concern.id.desc())).first()
        noted = newest.id
        key = session.scalars(select(Party.id).where(Party.role == Role.CLINICIAN)).first()
        handle_concern(session, newest, key, "Called.", night.now)
    night.later(days=2)
    assert len(texts(night, night.sender)) == 1
    night.sender = "+67570000006"
    night.say(DIE)
    night.forget()
    with night.database.read() as session:
        left = session.scalars(select(SecondContact.concern_id)).all()
    assert noted in left
    assert noted + 1 not in left


def test_second_contact__on_a_shared_phone_and_to_a_stranger__tells_of_no_danger(night):
    with night.database.write() as session:
        session.scalars(select(Subscription)).one().discreet = True
    night.say("I have chest pain")
    night.sender = "+67570000005"
    night.say("I have chest pain")
    night.later(hours=2, minutes=5)
    for number in (FARMER, night.sender):
        [_, asked] = texts(night, number)
        assert asked.startswith("Hello from your health programme. How is your day?")
    assert night.say("2").startswith("A health worker will call you on this number")
    night.sender = FARMER
    assert night.say("1") == "Good. To talk with somebody, send CALL ME."
    # The next digit is for nobody.
    assert "Good" not in night.say("1")


def test_danger_to_the_body__tells_who_carries_and_what_is_open(night):
    night.say("I have chest pain")
    [text] = texts(night)
    assert text.startswith("Who can carry you: car, boat, stretcher? Wabag Hospital is open day")
    assert night.row().state == "active"


def test_flag__where_nobody_can_be_told__promises_no_call(night):
    with night.database.write() as session:
        set_clinicians(session, "tobacco", {})
    night.say(DIE)
    assert texts(night)[0].startswith("No health worker can be reached here now")


def test_danger_at_home__is_told_to_the_nurse_alone_and_asked_about_by_day(night):
    night.say(HIT)
    assert texts(night) == []
    told = texts(night, CLINICIAN, "concern")[0]
    assert "Do NOT call unless they ask" in told
    assert night.row().state == "paused"
    night.later(hours=8)
    assert texts(night) == []
    night.later(hours=4)
    [asked] = texts(night)
    assert asked.startswith("Hello from your health programme.")


@pytest.mark.parametrize(
    ("code", "danger", "held"),
    [
        ("suicide_of_other", Danger.SELF_HARM, True),
        ("violence", Danger.AT_HOME, True),
        ("rape", Danger.AT_HOME, True),
        ("loss", Danger.LOSS, True),
        ("chest_pain", Danger.BODY, False),
        ("pregnancy", Danger.BODY, False),
    ],
)
def test_danger__of_a_code__is_read_from_its_words(code, danger, held):
    assert (danger_of(code), rests(danger_of(code))) == (danger, held)


def test_planned__by_day_and_night__is_soon_and_next_morning_and_never_at_night_at_home():
    zone = "Pacific/Port_Moresby"
    noon = datetime(2026, 11, 25, 2, tzinfo=UTC)
    assert planned(Danger.BODY, noon, zone) == {
        FIRST: noon + timedelta(hours=2),
        NEXT_DAY: datetime(2026, 11, 25, 23, tzinfo=UTC),
    }
    assert planned(Danger.AT_HOME, noon, zone) == planned(Danger.BODY, noon, zone)
    morning = datetime(2026, 12, 4, 23, tzinfo=UTC)
    assert planned(Danger.AT_HOME, NIGHT, zone) == {NEXT_DAY: morning}
    assert planned(Danger.SELF_HARM, NIGHT, zone)[FIRST] == NIGHT + timedelta(hours=2)


@pytest.mark.parametrize(
    ("hours", "now", "expected"),
    [
        ((8, 16), datetime(2026, 11, 25, 6, tzinfo=UTC), CallTime(date(2026, 11, 25), 8, 16)),
        ((8, 16), datetime(2026, 11, 25, 10, 30, tzinfo=UTC), CallTime(date(2026, 11, 25), 10, 16)),
        ((8, 16), datetime(2026, 11, 25, 16, tzinfo=UTC), CallTime(date(2026, 11, 26), 8, 16)),
        (
            (8, 16, "12345"),
            datetime(2026, 11, 27, 20, tzinfo=UTC),
            CallTime(date(2026, 11, 30), 8, 16),
        ),
        ((8, 16, "3"), datetime(2026, 11, 25, 20, tzinfo=UTC), CallTime(date(2026, 12, 2), 8, 16)),
    ],
)
def test_next_call__by_the_hours__is_today_or_the_next_day_of_duty(hours, now, expected):
    assert next_call(DutyHours(*hours), now) == expected


@pytest.mark.slow
def test_adverse_events__of_a_period__tell_who_acted_how_fast_and_how_it_ended(night):
    begun = night.now
    night.say(DIE)
    night.later(hours=2, minutes=1)
    night.say("1")
    night.sender = "+67570000005"
    night.say("I have chest pain")
    with night.database.write() as session:
        first = session.scalars(select(Concern).order_by(Concern.id)).first()
        key = session.scalars(select(Party.id).where(Party.role == Role.CLINICIAN)).first()
        handle_concern(session, first, key, "Called.", night.now)
    with night.database.read() as session:
        found = list(adverse_events(session, begun, begun + timedelta(days=1), "tobacco"))
        assert list(adverse_events(session, begun - timedelta(days=1), begun)) == []
    told = [
        (one.danger, one.kind, one.province, one.told, one.outcome, one.last_answer)
        for one in found
    ]
    assert told == [
        ("self_harm", "flag", "Enga", True, "cared", "better"),
        ("body", "flag", None, True, "open", None),
    ]
    assert found[0].acted_after == timedelta(hours=2, minutes=2, seconds=30)
    assert found[1].acted_after is None


@pytest.mark.slow
def test_message_to_health__that_nobody_answers__is_passed_on_and_alarms_by_day_alone(night):
    boss = "+67570000906"
    person(night.database, boss, Role.ADMINISTRATOR)
    night.say("wanem samting tru ya")
    for hours, late, alarms in ((1, 0, 0), (4, 0, 0), (8, 1, 1)):
        night.later(hours=hours)
        keep_message_tasks(night.database, night.now)
        with night.database.write() as session:
            tell_and_pass_on(session, night.now)
            enqueued = list(unread_inbox(session, night.now))
        assert len(enqueued) == alarms
        assert len([one for one in texts(night, SUPERVISOR, "task") if "Late" in one]) == late
    assert enqueued[0].values == {"waiting": 1}
