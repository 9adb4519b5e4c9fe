"""Cravings, slips, red flags, stopping: whoever writes at whatever hour."""

from __future__ import annotations

import re
from datetime import date, timedelta

import pytest

from services.core.roles import Role
from services.health.care.concerns import set_clinicians
from services.messaging.consent import consents_of
from services.storage.models import Journal, Party
from sms.local_time import local_day
from sms.message import Kind
from tests.factories import BUYER, FARMER, rows
from tests.services.health.scene import CLINICIAN, SMALL, Course, person, publish

CRAVE = ["Wait 5 minutes. It passes.", "Drink water, walk.", "Breathe slowly ten times."]
CRAVE_TPI = "Wetim 5 minit. Bai i pinis."
ALONE = "says: {en: [SLIP], tpi: [OLPELA PASIN]}\n    alone: {tpi: [mi pundaun]}"
DANGER = "Go to the nearest health centre now, or call 111."


@pytest.fixture
def member(course):
    course.join()
    return course


def test_word__again_and_again__takes_turns(member):
    assert [member.say("CRAVE") for _ in range(4)] == [*CRAVE, CRAVE[0]]


def test_word__at_two_in_the_morning__is_an_answer_that_goes_at_once(member):
    member.now = member.now.replace(hour=16, minute=0) + timedelta(days=1)
    member.say("crave please help")
    newest = max(member.messages(), key=lambda row: row.id)
    assert (newest.kind, newest.reply, newest.due_at) == (
        Kind.ANSWER,
        "crave/1",
        member.now - timedelta(seconds=30),
    )


@pytest.mark.parametrize(
    "text",
    [
        "mi dai long simuk",
        "MI DAI LONG SIMUK TRU",
        "laik simuk",
        "nau mi dai long simuk tru ya",
        "i really want to smoke now",
    ],
)
def test_craving__as_people_write_it__is_no_death(member, text):
    before = rows(member.database, Journal)
    assert member.say(text) in {CRAVE[0], CRAVE_TPI}
    assert rows(member.database, Journal) == before, "no death is recorded"


def test_help__of_a_member__begins_with_the_words_of_the_course(member):
    told = member.say("HELP").splitlines()
    assert told[0].startswith("Quit tobacco understands: CRAVE, SLIP. DATE moves your day")
    assert len(told) == 2, "then the help of all"


def test_word__with_the_number_of_a_pig__is_of_the_pig(member):
    assert member.outcome("slip 598000000000017") != "programme.word"
    assert "quit" in member.row().anchors


def test_word__of_who_is_no_member__helps_and_tells_how_to_join(course):
    assert course.say("CRAVE").splitlines() == [
        CRAVE[0],
        "Quit tobacco helps you by SMS, free of charge. To join, send: QUIT",
    ]


def test_stap__is_not_stop(member):
    assert member.outcome("STAP") == "not_understood"
    assert member.row().state == "active"


@pytest.mark.slow
def test_word__that_is_the_whole_message__is_of_members_alone_and_of_no_longer_text(database):
    text = SMALL.replace("says: {en: [SLIP], tpi: [MI PUNDAUN]}", ALONE)
    assert text != SMALL
    publish(database, text)
    course = Course(database)
    assert course.outcome("mi pundaun") == "not_understood"
    course.join()
    course.say("mi pundaun long lata na lek i pen")
    assert "slip" not in course.row().anchors
    assert "Thank you for telling us." in course.say("Mi pundaun.")
    assert "slip" in course.row().anchors


def test_slip__starts_a_way_back_and_a_new_date_the_course_again(member):
    member.later(days=12)
    assert member.say("SLIP").startswith("Thank you for telling us.")
    assert set(member.row().anchors) >= {"enrolment", "slip"}
    assert "quit" not in member.row().anchors
    member.later(days=5)
    assert ("slip-5", "open", None) in member.askings()
    assert member.say("20 Dec") == "Good. 20 Dec it is."
    assert member.row().anchors["quit"] == "2026-12-20"
    assert "slip" not in member.row().anchors


@pytest.mark.parametrize("text", ["0", "o", "CANCEL", "no", "larim"])
def test_open_question__word_that_closes__is_of_the_question_alone(member, text):
    member.later(days=12)
    member.say("SLIP")
    member.later(days=5)
    assert member.say(text).startswith("OK, you need not answer. We go on with Quit tobacco.")
    assert ("slip-5", "closed", None) in member.askings()
    assert member.row().state == "active"


@pytest.mark.parametrize("text", ["0", "CANCEL", "larim"])
def test_open_question__of_a_course_that_only_begins__ends_the_course_alone(course, text):
    course.say("QUIT")
    # Nobody has said yet who reads the phone.
    assert course.say(text).startswith("OK. We stopped all messages of your course.")
    assert course.row().state == "opted_out"


def test_date__moves_the_day_and_says_so(member):
    assert member.say("DATE 10 Dec") == (
        "OK. Your new date in Quit tobacco is 10 Dec. Your messages now follow the new date."
    )
    assert member.row().anchors["quit"] == "2026-12-10"
    assert "too soon or too far" in member.say("DATE 10 Jan")
    assert member.row().anchors["quit"] == "2026-12-10"


def test_pause_and_join__wait_and_go_on(member):
    assert member.say("PAUSE").startswith("OK, Quit tobacco pauses and goes on by itself on 5 Dec.")
    assert member.row().state == "paused"
    member.later(days=2)
    assert "goes on by itself on 5 Dec" in member.say("PAUSE")
    assert member.say("JOIN") == "Welcome back: Quit tobacco goes on."
    assert member.row().state == "active"
    member.say("MALOLO")
    member.later(days=11)
    assert member.row().state == "active", "by itself"


def test_pause__among_words_of_another_rest__pauses_nothing(member):
    assert "MALOLO" in member.say("MALOLO gut")
    assert member.row().state == "active"
    member.say("PAUSE my course please")
    assert member.row().state == "paused"


def test_call__back_of_somebody_in_no_course__calls_no_nurse(course):
    assert course.say("call me back").startswith("Sorry, we do not understand.")
    assert "do not understand" not in course.say("call me back nurse")


def test_stop__in_the_course__ends_it_and_leaves_the_pigs(member):
    assert "Pig messages still come" in member.say("STOP")
    assert member.row().state == "opted_out"
    assert member.say("2") == "Thank you. We have your answer."
    assert member.row().reason == "too_many"
    with member.database.read() as session:
        assert consents_of(session, FARMER) == {"tobacco": False}, "and nothing else"
    member.later(days=20)
    assert member.waiting() == []


def test_stop_all__ends_every_course(member):
    assert member.say("STOP ALL").startswith("OK. We send you no more messages.")
    assert member.row().state == "opted_out"


def test_stop__before_consent__ends_the_intake(course):
    course.say("QUIT", "1")
    course.say("STOP")
    assert course.row().state == "opted_out"
    course.later(days=2)
    assert course.waiting("reminder") == []


@pytest.mark.slow
def test_forget__erases_number_and_place_and_keeps_the_counts(member):
    member.later(hours=2)
    member.forget()
    row = member.row()
    assert (row.state, row.number, row.number_index, row.next_on) == ("forgotten", None, b"", None)
    member.later(days=30)
    assert member.waiting() == []


def test_forget__early_on_the_first_of_a_month__counts_in_that_month(member):
    # In three days it is the first of December there, and the last of November by UTC.
    member.now = member.now.replace(day=27, hour=19, minute=30)
    member.forget()
    assert local_day(member.row().ended_at) == date(2026, 12, 1)


class TestDanger:
    @pytest.fixture
    def nurse(self, course):
        key = person(course.database, CLINICIAN, Role.CLINICIAN)
        with course.database.write() as session:
            public_id = session.get_one(Party, key).public_id
            set_clinicians(session, "tobacco", {"": public_id})
        return course

    @pytest.mark.parametrize("text", ["I have chest pain", "CHEST PAIN!!", "mi gat, bros i pen"])
    def test_flag__of_anybody__is_answered_and_a_nurse_is_told(self, nurse, text):
        assert nurse.say(text) in {DANGER, "Go long helt senta nau, o ringim 111."}
        assert nurse.concerns() == [("flag", "chest_pain")]
        told = [row for row in nurse.messages() if row.purpose == "concern"]
        # What happened, then what else is known.
        assert [(row.recipient, row.kind) for row in told] == [(CLINICIAN, Kind.URGENT)] * 2
        assert all(FARMER in row.body for row in told)

    def test_flag__again_within_half_an_hour__tells_the_nurse_once(self, nurse):
        nurse.say("chest pain", "chest pain")
        assert nurse.concerns() == [("flag", "chest_pain")] * 2
        assert len([row for row in nurse.messages() if row.purpose == "concern"]) == 2

    def test_flag__in_a_text_that_also_stops__does_both(self, nurse):
        nurse.join()
        answer = nurse.say("STOP i want to die").splitlines()
        assert answer[0].startswith("You matter to us.")
        assert nurse.row().state == "opted_out"

    @pytest.mark.parametrize("text", ["mi laik kilim mi yet", "I want to kill myself"])
    def test_flag__that_looks_like_slaughter__is_danger(self, nurse, text):
        nurse.say(text)
        assert nurse.concerns() == [("flag", "self_harm")]

    def test_flag__that_its_programme_excepts__is_none(self, nurse):
        nurse.say("mi laik dai long simuk", "Mi laik dai long SIMUK! mi laik dai long simuk")
        assert nurse.concerns() == []

    def test_flag__beside_what_is_excepted__is_danger(self, nurse):
        nurse.say("mi laik dai long simuk, mi laik dai")
        assert nurse.concerns() == [("flag", "self_harm")]

    def test_flag__of_a_pig_with_its_number__is_none(self, nurse):
        nurse.say("SICK 598000000000017 chest pain")
        assert nurse.concerns() == []

    def test_flag__of_who_is_forgotten__leaves_no_number_with_the_nurse(self, nurse):
        nurse.say("chest pain")
        assert any(FARMER in row.body for row in nurse.messages())
        nurse.forget()
        assert not any(FARMER in row.body for row in nurse.messages())

    def test_flag__nurse_in_whose_name_somebody_stopped_everything__is_told(self, nurse):
        nurse.sender = CLINICIAN
        nurse.say("STOP ALL")
        nurse.sender = FARMER
        nurse.say("chest pain")
        assert nurse.concerns() == [("flag", "chest_pain")]
        assert [row.office for row in nurse.messages() if row.purpose == "concern"] == [True] * 2

    def test_call__of_a_member__is_a_concern(self, nurse):
        nurse.join()
        assert "will call you" in nurse.say("CALL ME please")
        assert nurse.concerns() == [("call", "")]

    def test_call__of_somebody_in_no_course__names_health_instead_of_it(self, nurse):
        nurse.say("CALL ME please")
        told, _ = [row.body for row in nurse.messages() if row.purpose == "concern"]
        assert told.startswith(f"Helt: {FARMER} ")

    def test_answer_that_alarms__is_a_concern(self, nurse):
        nurse.join()
        nurse.later(days=13, hours=9)
        hard, call = nurse.say("1").split("\n")
        assert hard == "That is hard. Tomorrow is easier."
        assert call.startswith("A health worker will call you on this number.")
        assert nurse.concerns() == [("answer", "low_mood")]


def test_word_that_acts__in_another_language_with_more__is_asked_about(course):
    course.say("LUSIM SIMUK", "1", "yes", "Kila", "2", "5 Des")
    assert course.row().language == "tpi"
    assert "salim dispela wod tasol: SLIP" in course.say("slip nogut tru")
    assert "slip" not in course.row().anchors
    assert course.say("slip").startswith("Tenkyu long tokim mipela.")
    assert "slip" in course.row().anchors


def test_answer__that_is_also_a_word__answers_what_is_open(course):
    course.say("QUIT")
    assert course.outcome("craving") == "programme.answer"
    assert course.outcome("craving") == "programme.word", "the next question has no such option"


def test_word__with_more_than_the_option__is_the_word(course):
    course.say("QUIT")
    assert course.outcome("craving now") == "programme.word"


def test_answer__while_a_sale_waits_for_one__is_to_whoever_asked_last(member):
    member.say("REG 598000000000017")
    member.later(days=13, hours=9)
    member.say(f"SELL 598000000000017 {BUYER}")
    code = re.search("the code ([0-9]{6})", member.say("1"))
    assert code, "the sale was asked after the mood"
    assert member.outcome("4") == "answer", "the code was asked after the mood"
    assert member.outcome(code[1]) == "answer"
    assert member.outcome("4") == "programme.answer"
