"""From a word to a course: screening, consent, name, shared phone, date."""

from __future__ import annotations

from datetime import timedelta

import pytest

from services.health.conversation.reminders import remind
from services.messaging.consent import consents_of
from services.storage.models import Party, Subscription
from sms.consent import EVERYTHING
from tests.factories import FARMER, in_threads, rows
from tests.fakes.carriers import Killed
from tests.services.health.scene import Course, publish, withdraw_all
from tests.support.texts import assert_one_segment

USES = "Do you use it now? 1 daily 2 some days 3 no"
AGREE = (
    "The ministry sends you up to 3 SMS a day, free. To stop, send STOP. Do you agree? YES or NO"
)


def agreed(course: Course) -> dict[str, bool]:
    with course.database.read() as session:
        return consents_of(session, FARMER)


def test_intake__answered_step_by_step__makes_a_member(course):
    assert course.say("quit") == USES
    assert course.row().state == "invited"
    assert course.say("1") == AGREE
    assert course.row().state == "screened"
    assert agreed(course) == {}
    assert course.say("yes") == "What shall we call you?"
    assert (course.row().state, agreed(course)) == ("consented", {"tobacco": True})
    assert course.say("Maria") == "Do others read this phone? 1 yes 2 no"
    assert course.say("2").startswith("Which day is your quit day?")
    assert course.say("5 Dec") == "Welcome, Maria. Your day is 5 Dec. In need, send CRAVE."
    row = course.row()
    assert row.state == "active"
    assert row.anchors == {"enrolment": "2026-11-25", "quit": "2026-12-05"}
    assert [state for _, state, _ in course.askings()] == ["answered"] * 5


def test_intake__in_tok_pisin__is_asked_and_goes_on_in_it(course):
    assert course.say("LUSIM SIMUK").startswith("Yu kisim nau?")
    assert course.say("yes").startswith("Ministri bai salim")
    course.say("YES")
    assert course.row().language == "tpi"
    assert course.say("Kila") == "Ol arapela i ritim dispela fon? 1 yes 2 nogat"


def test_screening__does_not_use_it__is_thanked_and_ends(course):
    assert course.say("QUIT", "3") == "Good for you. Nothing more will come."
    assert (course.row().state, course.row().reason) == ("ineligible", "no_tobacco")
    assert agreed(course) == {}


def test_consent__no__ends_and_nothing_is_agreed(course):
    assert course.say("QUIT", "1", "NO") == "OK. Nothing will come."
    assert (course.row().state, course.row().reason) == ("opted_out", "no_consent")
    assert agreed(course)["tobacco"] is False


def test_join__again_in_the_middle__is_asked_the_same_again(course):
    assert course.say("QUIT", "1", "QUIT") == AGREE
    assert course.say("QUIT") == AGREE
    course.join()
    assert "already" in course.say("JOIN tobacco")


def test_join__by_title_by_code_or_alone__finds_the_programme(course):
    for text in ("JOIN Quit tobacco", "join tobacco", "JOIN", "JOINIM lusim simuk"):
        course.sender = f"+6757000{len(text):04}"
        assert USES[:6] in course.say(text) or "Yu kisim nau?" in course.say(text)


def test_join__nothing_is_open__is_no_phrase_at_all(database):
    course = Course(database)
    assert course.outcome("JOIN") == "not_understood"
    assert course.outcome("QUIT") == "stop_all_word", "as operators taught it to everybody"


def test_intake__an_answer_that_does_not_fit__is_asked_for_again_and_kept_for_a_person(course):
    course.say("QUIT")
    assert course.say("9") == USES
    assert course.outcome("thank you") == "unanswered"
    assert course.outcome("sometimes but not always") == "not_understood"
    assert course.say("2") == AGREE


def test_intake__phone_is_shared__speaks_discreetly(course):
    course.say("QUIT", "1", "yes", "Maria", "yes", "5 Dec")
    assert course.row().discreet
    course.later(days=9)
    assert ("before-1", "Tomorrow is your day. Be ready.") in course.waiting()


def test_intake__no_name_and_no_day__goes_on_with_what_the_programme_says(course):
    course.say("QUIT", "1", "yes")
    course.later(days=2, hours=1)
    assert course.waiting("reminder")[-1][0] == "shared"
    course.say("2")
    course.later(days=1)
    assert [item for item, _ in course.waiting("reminder")].count("when") == 1
    course.later(days=2, hours=1)
    row = course.row()
    assert row.state == "active"
    assert row.anchors["quit"] == "2026-12-14"


def test_intake__never_answered__is_asked_once_more_then_ends(course):
    course.say("QUIT")
    course.later(days=1)
    assert [item for item, _ in course.waiting("reminder")] == ["uses"]
    course.later(days=7)
    assert (course.row().state, course.row().reason) == ("lost", "no_answer")
    assert course.say("QUIT") == USES, "and may join again"


def test_consent__who_had_stopped_everything__gets_messages_again(course):
    course.say("STOP ALL")
    course.join()
    assert agreed(course) == {EVERYTHING: True, "tobacco": True}


def test_join__twice_at_the_same_moment__is_one_subscription(course):
    one, other = Course(course.database), Course(course.database)
    in_threads(lambda: one.say("QUIT"), lambda: other.say("QUIT"))
    assert rows(course.database, Subscription) == 1


def test_trace__every_text_of_a_programme__tells_version_item_and_language(course):
    course.join()
    rows = [row for row in course.messages() if row.item]
    assert {row.language for row in rows} == {"en"}
    assert len({row.version_id for row in rows}) == 1
    assert [row.item for row in rows] == ["uses", "agree", "name", "shared", "when", "welcome"]


@pytest.mark.parametrize("text", ["QUIT", "JOIN", "CALL ME", "PAUSE", "DATE 25 Dec"])
def test_replies__with_a_long_name__are_one_segment_each(course, text):
    course.say("QUIT", "1", "yes", "Mariamariamaria", "2", "5 Dec")
    course.now += timedelta(hours=1)
    for line in course.say(text).splitlines():
        assert_one_segment(line)


def test_name__is_sealed_with_the_person_and_stands_in_no_answer(course):
    course.join()
    with course.database.read() as session:
        assert session.query(Party).filter(Party.role == "keeper").one().name == "Maria"
    assert ("name", "answered", "answered") in course.askings()


def test_language__that_is_not_approved__has_no_words(database):
    version = publish(database, languages=("en",))
    course = Course(database)
    assert course.outcome("LUSIM SIMUK") == "not_understood"
    assert course.say("QUIT") == USES
    assert course.row().version_id == version.id


def test_withdrawn__in_the_middle_of_a_course__nothing_is_said_or_sent_but_stop_ends_it(database):
    version = publish(database, languages=("en",))
    course = Course(database)
    course.join()
    withdraw_all(database, version, ("en",))
    assert course.outcome("QUIT") == "stop_all_word", "no programme has the word any more"
    assert course.outcome("CRAVE") == "not_understood"
    course.later(days=20)
    assert course.waiting() == []
    assert course.row().state == "opted_out"


def test_withdrawn__while_another_language_goes_on__is_told_to_who_is_in_it(database):
    version = publish(database)
    course = Course(database)
    course.join()
    withdraw_all(database, version, ("en",))
    assert "being revised" in course.say("JOIN tobacco") or "stretim" in course.say("JOIN tobacco")
    course.later(days=9)
    assert course.waiting() == []


def test_reminders__two_clocks_at_once__remind_once(course):
    course.say("QUIT")
    course.now += timedelta(days=1)
    at = course.now

    def clock() -> None:
        with course.database.write() as session:
            remind(session, at)

    in_threads(clock, clock)
    assert len(course.waiting("reminder")) == 1


def test_reminder__killed_before_the_commit__comes_once_in_the_end(course):
    course.say("QUIT")
    course.now += timedelta(days=1)
    with pytest.raises(Killed), course.database.write() as session:
        raise Killed(remind(session, course.now))
    assert course.waiting("reminder") == []
    course.keep()
    course.keep()
    assert len(course.waiting("reminder")) == 1


def test_privacy__before_the_consent_and_of_a_stranger__tells_and_leaves_the_question_open(course):
    course.say("quit")
    assert course.say("1") == AGREE
    kept, long, free = course.say("PRIVACY").splitlines()
    assert "The Health Department keeps" in kept
    assert "erased after 90 days" in long
    assert "FORGET erases" in free
    assert course.say("yes") == "What shall we call you?"
    stranger = Course(course.database, sender="+67570000078")
    assert len(stranger.say("praivet").splitlines()) == len((kept, long, free))
