"""What two things at one time come to, and what waits after somebody has left."""

from __future__ import annotations

from datetime import timedelta

import pytest

from services.health.conversation.reminders import close
from services.storage.models import Subscription
from tests.factories import Phones, in_threads
from tests.services.health.scene import SMALL, Course, publish

DRINK = (
    SMALL.replace("code: tobacco\n", "code: drink\n")
    .replace("en: [QUIT]", "en: [SOBER]")
    .replace("LUSIM SIMUK]", "LUSIM BIA]")
    .replace("Quit tobacco", "Less beer")
    .replace("Lusim simuk", "Lusim bia")
    .replace("CRAVE, CRAVING", "THIRST, THIRSTY")
    .replace("LAIK SIMUK, MI DAI LONG SIMUK", "LAIK BIA, MI DAI LONG BIA")
    .replace("[SLIP]", "[FELL]")
    .replace("MI PUNDAUN", "MI PUNDAUN LONG BIA")
    .replace("send CRAVE", "send THIRST")
    .replace("remind_days: [1]", "remind_days: [2]", 1)
)
MOOD = """\
questions:
  - id: mood
    text: {en: "How are you? 1 bad 2 good", tpi: "Yu orait? 1 nogat 2 yes"}
    ask: {expect: choice, options: {1: {code: bad}, 2: {code: good}}}
words:
"""
ASKING = SMALL.replace("words:\n", MOOD).replace(
    '"Pulim win isi tenpela taim."}\n', '"Pulim win isi tenpela taim."}\n    do: [{ask: mood}]\n'
)


def reminders(course):
    return [(row.state, row.body) for row in course.messages() if row.purpose == "reminder"]


def test_reminder__of_an_older_question__is_what_the_next_answer_is_to(course):
    publish(course.database, DRINK, ("en",))
    course.say("QUIT")
    course.later(hours=12)
    course.say("SOBER")
    course.later(hours=12, minutes=30)
    assert len(reminders(course)) == 1
    course.say("1")
    assert course.askings()[:2] == [("uses", "answered", "daily"), ("uses", "open", None)]


@pytest.mark.parametrize("text", ["STOP", "3", "STOP ALL", "STOP ALL I am tired of this"])
def test_reminder__somebody_who_leaves_meanwhile__is_not_sent_it(course, text):
    course.say("QUIT")
    course.later(days=1)
    assert [state for state, _ in reminders(course)] == ["queued"]
    course.say(text)
    assert next(state for state, _ in reminders(course)) in {"suppressed", "cancelled"}


def test_reminders__after_an_outage__are_one(course):
    course.join()
    course.later(days=40)
    course.later(minutes=1)
    course.later(days=5, hours=12)
    course.later(minutes=1)
    asked = [row for row in course.messages() if row.purpose == "reminder" and row.item == "month1"]
    assert len(asked) == 1


def test_slip__a_date_before_it_is_asked_for__ends_the_relapse(course):
    course.join()
    course.later(days=11)
    course.say("SLIP")
    assert "20 Dec" in course.say("DATE 20 Dec")
    assert "slip" not in course.row().anchors
    course.later(days=13)
    assert course.row().anchors["quit"] == "2026-12-20"
    assert not [item for item, _, _ in course.askings() if item == "slip-5"]


def test_word_that_asks__in_the_intake__leaves_the_way_in_open(database):
    publish(database, ASKING)

    course = Course(database)
    course.say("QUIT", "CRAVE", "1")
    assert course.say("QUIT").startswith("Do you use it now?")
    course.say("1", "yes")
    assert course.row().state == "consented"


@pytest.mark.parametrize("text", ["10 a day", "2 or 3", "5 sticks", "30 or 40"])
def test_answer__that_does_not_fit__is_asked_again_and_is_of_no_pig(course, text):
    course.say("QUIT")
    assert course.say(text).startswith("Do you use it now?")


def test_discreet__what_we_say_ourselves__does_not_tell_what_it_is_about(course):
    course.say("QUIT", "1", "yes", "Maria", "1", "5 Dec")
    for text in ("PAUSE", "JOIN", "DATE 6 Dec", "HELP", "QUIT"):
        answer = course.say(text)
        assert "our course" in answer.splitlines()[0]
        assert "tobacco" not in answer.casefold()


def test_consent__no_after_an_earlier_yes__is_no(course):
    course.join()
    course.say("STOP", "QUIT", "1", "no")
    assert course.row().state == "opted_out"


@pytest.mark.postgres
def test_answer__while_its_question_closes__does_one_of_the_two(open_database):
    database = open_database("postgresql")
    publish(database)

    for number in range(8):
        course = Course(database, sender=f"+6757000{number:04}")
        course.say("QUIT", "1")

        def closing(now=course.now):
            with database.write() as session:
                close(session, now + timedelta(days=8))

        def answering(course=course):
            phones = Phones(database, course.now + timedelta(days=6), course.talk)
            return phones.send("yes", course.sender)

        in_threads(closing, answering)
        with database.read() as session:
            row = session.get_one(Subscription, course.row().id)
            assert (row.state, row.reason) in {("lost", "no_answer"), ("consented", None)}


@pytest.mark.postgres
def test_answer__while_its_sender_stops__both_are_heard(open_database):
    database = open_database("postgresql")
    publish(database)

    for number in range(8):
        course = Course(database, sender=f"+6757000{number:04}")
        course.say("QUIT", "1")
        texts = [
            lambda text=text, course=course: Phones(database, course.now, course.talk).send(
                text, course.sender
            )
            for text in ("yes", "STOP")
        ]
        in_threads(*texts)
        assert course.row().state in {"opted_out", "consented"}
