"""Whole courses of the shipped programmes, as docs/courses/ shows them, on a simulated clock."""

from __future__ import annotations

import re
from collections import Counter
from datetime import date, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import func, select

from services.messaging.outbox import COURSE
from services.storage.models import AskedQuestion, Change, Concern, Journal, Message, Subscription
from sms.message import Kind, MessageState
from tests.flow.courses import PAGES
from tests.flow.stories import (
    STORIES,
    accused,
    coughing,
    diabetic,
    invited,
    light,
    mother,
    smoker,
    told_of_cancer,
    without_insulin,
)
from tests.flow.stories_of_medicine import feeling_well, out_of_tablets
from tests.support.texts import assert_one_segment

pytestmark = pytest.mark.slow

ZONE = ZoneInfo("Pacific/Port_Moresby")
MINUTE = timedelta(minutes=1)


def life_of(name, live):
    @pytest.fixture(scope="module", name=name)
    def lived(tmp_path_factory):
        return live(tmp_path_factory.mktemp(name))

    return lived


john = life_of("john", smoker)
helen = life_of("helen", light)
peter = life_of("peter", diabetic)
ruth = life_of("ruth", invited)
anna = life_of("anna", mother)
jack = life_of("jack", without_insulin)
mary = life_of("mary", told_of_cancer)
david = life_of("david", out_of_tablets)
martha = life_of("martha", feeling_well)
michael = life_of("michael", coughing)
rosa = life_of("rosa", accused)

PEOPLE = {
    "tobacco": "john",
    "light": "helen",
    "tb": "michael",
    "accused": "rosa",
    "diabetes": "peter",
    "cervical": "ruth",
    "loss": "anna",
    "insulin": "jack",
    "cancer": "mary",
    "tablets": "david",
    "pressure": "martha",
}


def concerns(player):
    with player.stage.runtime.database.read() as session:
        return [row.code for row in session.scalars(select(Concern).order_by(Concern.id))]


def subscription(player):
    with player.stage.runtime.database.read() as session:
        session.expire_on_commit = False
        return session.scalars(select(Subscription)).one()


def answers(player, *items):
    """The answers to questions, each in the order in which it was asked."""
    with player.stage.runtime.database.read() as session:
        rows = session.scalars(
            select(AskedQuestion).where(AskedQuestion.item.in_(items)).order_by(AskedQuestion.id)
        )
        return [(row.item, row.answer) for row in rows]


def after(player, text):
    """What a person was told within a minute after he said this."""
    said = next(line for line in player.lines if line.mine and line.text == text)
    return [
        line
        for line in player.lines
        if not line.mine and timedelta(0) <= line.at - said.at <= MINUTE
    ]


@pytest.mark.parametrize("name", STORIES)
def test_transcript__played_again__is_what_the_documentation_shows(name, request):
    player = request.getfixturevalue(PEOPLE[name])
    shown = STORIES[name].page(player)
    assert shown == (PAGES / f"{name}.md").read_text("utf-8")


def test_smoker__from_quit_to_the_last_question__completes_the_course(john):
    row = subscription(john)
    assert (row.state, row.programme) == ("completed", "tobacco")
    assert row.anchors["quit"] == "2026-12-31"
    assert answers(john, "month1", "month3", "month6") == [
        ("month1", "none"),
        ("month3", "none"),
        ("month6", "none"),
    ]


def test_smoker__craving_at_two_in_the_morning__is_answered_within_a_minute(john):
    told = after(john, "craving")
    assert told[0].at.astimezone(ZONE).hour == 2
    assert told[0].item == "crave/1"


def test_smoker__mi_dai_long_simuk__is_a_craving_and_no_death(john):
    assert [line.item for line in after(john, "mi dai long simuk tru")] == ["crave/2"]
    with john.stage.runtime.database.read() as session:
        kinds = session.execute(select(Journal.type, func.count()).group_by(Journal.type)).all()
    told = {tuple(row) for row in kinds}
    assert told == {("party", 2), ("programme", 1)}, "offices, the approval and nothing else"


def test_smoker__slip__has_a_way_back_and_the_course_begins_again(john):
    slip = next(line.at for line in john.lines if line.text == "I slipped").astimezone(ZONE)
    back = [line for line in john.lines if line.item.startswith("r") and not line.mine]
    assert [line.at.astimezone(ZONE).date() - slip.date() for line in back[:5]] == [
        timedelta(days=number) for number in range(1, 6)
    ]
    days = Counter(line.at.astimezone(ZONE).date() for line in john.lines if line.item)
    assert days[date(2026, 12, 31)] >= 7, "the quit day, again"
    with john.stage.runtime.database.read() as session:
        changes = session.scalars(select(Change).order_by(Change.id)).all()
        assert len(changes) >= 2, "both changes of the plan are kept"


def test_smoker__daily_numbers__are_those_of_the_published_course(john):
    first = date(2026, 12, 31)
    counted = Counter(
        (line.at.astimezone(ZONE).date() - first).days
        for line in john.lines
        if not line.mine and "/" not in line.item and line.item
    )
    assert counted[0] == 7
    assert all(counted[day] == 6 for day in (1, 2, 3))
    assert all(4 <= counted[day] <= 5 for day in range(4, 15))
    assert all(3 <= counted[day] <= 5 for day in range(15, 40))


def test_light__whole_course__has_a_third_of_the_texts_and_the_same_assessments(helen):
    row = subscription(helen)
    assert (row.state, row.programme) == ("completed", "tobacco")
    assert dict(answers(helen, "month1", "month3", "month6")) == {
        "month1": "none", "month3": "some", "month6": "none",
    }  # fmt: skip
    with helen.stage.runtime.database.read() as session:
        planned = session.scalars(select(Message.item).where(Message.purpose == COURSE)).all()
    assert len(planned) == 65 + 8, "the first day began at noon; eight are about her medicine"
    asked = {line.item for line in helen.lines if not line.mine}
    assert {"shared", "consent", "quit_date", "crave/1", "crave/2"} <= asked
    assert concerns(helen) == ["low_mood"]


def test_diabetic__whole_course__answers_feedback_and_is_paused_once(peter):
    row = subscription(peter)
    assert (row.state, row.cohort, row.discreet) == ("completed", "diabetic", True)
    assert dict(answers(peter, "month3", "month6")) == {"month3": "high", "month6": "fine"}
    quiet = [line for line in peter.lines if "diabetes" in line.text.lower()]
    joined = next(line.at for line in peter.lines if line.text == "52")
    assert [line for line in quiet if line.at > joined and line.item] == [], "others read his phone"


def test_invited__campaign_screening_treatment_and_a_year__is_one_story(ruth):
    row = subscription(ruth)
    assert (row.state, row.source) == ("completed", "campaign")
    assert answers(ruth, "screened") == [("screened", "no"), ("screened", "yes")]
    assert dict(answers(ruth, "month6")) == {"month6": "treated"}
    first = ruth.lines[0]
    assert not first.mine


def test_mother__after_the_loss_of_her_child__hears_nothing_more_of_a_baby(anna):
    row = subscription(anna)
    assert (row.state, row.reason, row.cohort) == ("ended", "loss", "pregnant")
    assert concerns(anna) == ["loss"]
    lost = next(line.at for line in anna.lines if line.text.startswith("my baby died"))
    later = [line for line in anna.lines if line.at > lost and not line.mine and line.item]
    assert [line.item for line in later if "/" not in line.item] == [
        "loss_care",
        "loss-body",
        "loss-breasts",
        "loss-heart",
        "loss-clinic",
        "loss-after",
    ]


def test_man_without_insulin__is_sent_for_it_and_asked_again_the_next_day(jack):
    told = [line.text for line in after(jack, "4")]
    assert len(told) == 2
    assert "injection" in told[1]
    assert concerns(jack) == ["no_insulin", "insulin_not_found", "no_insulin"]
    assert [answer for _, answer in answers(jack, "supply-found")] == ["not_found", "found"]


def test_woman_told_of_cancer__gets_the_texts_of_care_alone_and_her_pain_is_told(mary):
    row = subscription(mary)
    assert (row.state, row.reason) == ("ended", "cancer")
    assert concerns(mary) == ["cancer", "cancer_pain"]
    told = next(line.at for line in mary.lines if line.text == "5")
    later = {line.item.partition("/")[0] for line in mary.lines if line.at > told and line.item}
    assert all(item.startswith(("cancer-", "event")) for item in later)
    assert not [line for line in mary.lines if "cancer" in line.text and not line.mine], "shared"


def test_cough__of_weeks__leads_to_the_test_to_treatment_and_goes_on_with_the_course(michael):
    cough = after(michael, "i cough for three weeks and sweat at night")
    assert cough[0].item == "tb/1"
    assert answers(michael, "tb_test") == [("tb_test", "tb")]
    assert {"tc7", "m10", "d14a"} <= {line.item for line in michael.lines}
    shown = [line.text for line in michael.lines if not line.mine]
    assert not [text for text in shown if re.search("(?i)smok|tobacco|cigarette|TB tablets", text)]


def test_accused__is_answered_at_once_and_no_text_names_of_what(rosa):
    told = after(rosa, "they say i am a witch and killed the child")
    assert "go now" in told[0].text
    assert not [
        line for line in rosa.lines if not line.mine and re.search("(?i)witch|sorcer", line.text)
    ]


# The courses of these go on where their pages end.
@pytest.mark.parametrize("name", sorted({*PEOPLE.values()} - {"jack", "michael"}))
def test_everybody__in_a_whole_course__gets_one_segment_in_waking_hours_and_nothing_twice(
    name, request
):
    player = request.getfixturevalue(name)
    with player.stage.runtime.database.read() as session:
        rows = session.scalars(select(Message)).all()
        assert {row.state for row in rows} <= {
            MessageState.SENT,
            MessageState.CANCELLED,
            MessageState.SUPPRESSED,
        }
        for row in rows:
            assert_one_segment(row.body)
            if row.kind == Kind.PROGRAMME and row.tried_at:
                assert 7 <= row.tried_at.astimezone(ZONE).hour < 21
            assert row.kind in {Kind.ANSWER, Kind.URGENT} or row.item or row.campaign_id
        sent = Counter(
            (row.subscription_id, row.item, row.planned_at.date())
            for row in rows
            if row.kind == Kind.PROGRAMME
            and row.state == MessageState.SENT
            and row.purpose == "course"
        )
    assert [key for key, times in sent.items() if times > 1] == []


def test_man_with_tb__yellow_eyes_and_no_tablets__rests_and_is_asked_until_he_has_them(david):
    told = ["yellow_eyes", "not_better", "no_tablets", "clinic_out_of_tablets", "missed_doses"]
    assert concerns(david) == told
    begun = after(david, "my eyes are yellow")[0].at
    texts = [line for line in david.lines if not line.mine and "tablets" in line.text]
    assert not [one for one in texts if MINUTE < one.at - begun < timedelta(days=2)]
    ended = [("ended", "cured"), ("month6", "none"), ("since", "few")]
    assert answers(david, "month6", "since", "ended") == ended
    assert subscription(david).state == "completed"


def test_woman_with_high_pressure__stops_and_types_a_number__is_sent_and_comes_back(martha):
    assert concerns(martha) == ["treatment_stopped", "high_pressure", "not_better"]
    told = [line.text for line in after(martha, "MY NUMBER 186/112")]
    assert [text for text in told if "health worker today" in text]
    asked = answers(martha, "why_stopped", "number_now", "well_by")
    assert [answer for _, answer in asked] == ["feel_well", "high", "with_tablets"]
