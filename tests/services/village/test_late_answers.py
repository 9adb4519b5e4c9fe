"""Answers that a box kept for hours: when they were written counts, and what had been read then."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select, update

from services.runtime.workers import keep_courses
from services.storage.models import AskedQuestion, Contact, Journal, Message, PendingConfirmation
from services.texts.catalogue import say
from tests.factories import NOW
from tests.services.health.scene import SMALL, publish
from tests.services.village.box import FARMER, NURSE, OTHER, join_course
from tests.services.village.post import Post
from tests.services.world import ANIMAL

NEVER = "1970-01-01T00:00:00Z"


@pytest.fixture
def village(any_box):
    """Two keepers with a place each and a pig of the first, all by one box."""
    any_box.sync(
        any_box.sms("PLACE Kudjip, Jiwaka"),
        any_box.sms(f"REG {ANIMAL}"),
        any_box.sms("PLACE Goroka, EHP", OTHER),
    )
    return any_box


def at(box, **later):
    """What the box's clock shows so much later."""
    return f"{box.world.runtime.clock() + timedelta(**later):%Y-%m-%dT%H:%M:%SZ}"


def wait(box, **time):
    box.world.runtime.clock.pass_by(timedelta(**time).total_seconds())


def written(box, kind):
    with box.world.runtime.database.read() as session:
        return len(session.scalars(select(Journal.id).where(Journal.type == kind)).all())


def states(box):
    with box.world.runtime.database.read() as session:
        return session.scalars(
            select(PendingConfirmation.state).order_by(PendingConfirmation.id)
        ).all()


def give(box, to=OTHER):
    """The farmer gives the pig away by the ordinary road, with the code that comes there."""
    world = box.world
    world.sms(f"GIVE {ANIMAL} {to}", f"SM1{to[1:]}", FARMER)
    with world.runtime.database.read() as session:
        told = session.scalars(select(Message.body).order_by(Message.id)).all()
    asked = [text for text in told if "the code" in text]
    world.sms(code_in(asked[-1]), f"SM2{to[1:]}", FARMER)


def one_line(shown):
    """What phones show, in one line."""
    return re.sub(r"[\s│]+", " ", shown)


def code_in(text):
    return re.search(r"the code ([0-9]{4,})", one_line(text))[1]


@pytest.mark.slow
@pytest.mark.parametrize("when", ["now", "a minute after", "never"])
def test_code__by_a_box__confirms_nothing(village, when):
    world = village.world
    world.sms(f"KILL {ANIMAL}", sender=FARMER)
    code = code_in(Post(village).work())
    shown = {"now": village.now, "a minute after": at(village, minutes=1), "never": NEVER}[when]
    wait(village, minutes=5)
    village.sync(village.sms(code, at=shown))
    assert (states(village), written(village, "slaughter")) == (["open"], 0)
    assert village.texts()[-1] == say("box.no_code", "en")
    world.sms(code, "SM9", FARMER)
    assert (states(village), written(village, "slaughter")) == (["done"], 1)


def test_forget__code_by_a_box__forgets_nobody(village):
    village.world.sms("FORGET", sender=FARMER)
    code = re.search(r"FORGET ([0-9]+)", Post(village).work())[1]
    village.sync(village.sms(f"FORGET {code}", at=village.now))
    assert village.texts()[-1] == say("box.no_code", "en")
    with village.world.runtime.database.read() as session:
        assert FARMER in session.scalars(select(Contact.number)).all()


@pytest.mark.slow
def test_choice__written_before_the_question_came__answers_nothing(village):
    """He meant something else: with it he would have taken a pig that nobody had told him of."""
    early = village.sms("1", OTHER, at=village.now)
    wait(village, hours=1)
    give(village)
    assert "Answer 1: I take it" in one_line(Post(village).work())
    had = len(village.texts(OTHER))
    village.sync(early)
    assert (states(village), written(village, "transfer")) == (["done", "open"], 0)
    assert len(village.texts(OTHER)) == had, "the question has come by itself"
    village.sync(village.sms("1", OTHER, at=village.now))
    assert (states(village), written(village, "transfer")) == (["done", "done"], 1)


@pytest.mark.slow
def test_choice__written_while_the_question_waited_to_go__answers_nothing(village):
    give(village)
    wait(village, hours=1)
    meanwhile = village.sms("1", OTHER, at=village.now)
    wait(village, hours=1)
    assert "Answer 1: I take it" in one_line(Post(village).work())
    village.sync(meanwhile)
    assert (states(village), written(village, "transfer")) == (["done", "open"], 0)
    village.sync(village.sms("1", OTHER, at=village.now))
    assert (states(village), written(village, "transfer")) == (["done", "done"], 1)


def test_choice__of_ones_own_question__may_be_written_in_advance(village):
    items = [village.sms(text, at=village.now) for text in (f"SELL {ANIMAL} {OTHER}", "3")]
    wait(village, hours=1)
    village.sync(*items)
    assert (states(village), written(village, "depart")) == (["done"], 1)


@pytest.mark.slow
def test_choice__after_a_try_that_failed__answers_nothing(village):
    give(village)
    with village.world.runtime.database.write() as session:
        # As a carrier leaves it that did not take the text: it is tried again.
        failed = update(Message).where(Message.purpose == "claim")
        session.execute(failed.values(tries=1, tried_at=village.world.runtime.clock()))
    wait(village, hours=1)
    village.sync(village.sms("1", OTHER, at=village.now))
    assert (states(village), written(village, "transfer")) == (["done", "open"], 0)


@pytest.mark.parametrize("by_box", [True, False])
def test_choice__whose_text_failed__is_not_known_by_mouth(village, by_box):
    """Who was never asked means something else by 1: maybe a question that they did get."""
    give(village)
    with village.world.runtime.database.write() as session:
        failed = update(Message).where(Message.purpose == "claim")
        session.execute(failed.values(state="undelivered"))
    wait(village, hours=1)
    if by_box:
        village.sync(village.sms("1", OTHER, at=village.now))
    else:
        village.world.sms("1", sender=OTHER, sid="SM99")
    assert (states(village), written(village, "transfer")) == (["done", "open"], 0)


@pytest.mark.slow
def test_choice__whose_question_may_not_go__takes_nothing(village):
    village.sync(village.sms("STOP ALL", OTHER, at=village.now))
    give(village)
    assert "gets no texts from us" in one_line(Post(village).work())
    wait(village, hours=1)
    village.sync(village.sms("1", OTHER, at=village.now))
    assert (states(village), written(village, "transfer")) == (["open"], 0)


@pytest.mark.slow
@pytest.mark.parametrize("days", [6, 8])
def test_choice__of_an_offer_that_another_followed__takes_nothing(village, days):
    """The second offer comes while the first may be taken, or when its week is over."""
    world, third = village.world, "+67570000104"
    world.sms("PLACE Lae, Morobe", sender=third, sid="SM2")
    give(village)
    Post(village).work()
    early = village.sms("1", OTHER, at=at(village, days=5))
    wait(village, days=days)
    give(village, third)
    village.sync(early)
    gone = ["done", "replaced", "done", "open"]
    assert (states(village), written(village, "transfer")) == (gone, 0)


def test_codes__written_before_a_claim_was_made__are_no_tries_at_it(village):
    early = [village.sms(code, at=village.now) for code in ("4442", "4443", "4445", "4446", "4447")]
    wait(village, hours=30)
    village.world.sms(f"KILL {ANIMAL}", sender=FARMER)
    village.sync(*early)
    assert states(village) == ["open"]


def test_choice__where_nothing_was_asked__is_told_so(village):
    village.sync(village.sms("1", OTHER, at=village.now))
    assert village.texts(OTHER)[-1] == say("answer.none", "en")


@pytest.fixture
def course(any_box):
    """A person in a course, by a box."""
    join(any_box, SMALL)
    return any_box


def join(box, programme):
    box.world.runtime.clock.now = NOW
    publish(box.world.runtime.database, programme)
    join_course(box)


def hours(box, end, step=1):
    """Let courses go on until an instant, and yield the hour of each step."""
    runtime = box.world.runtime
    while runtime.clock() < end:
        wait(box, hours=step)
        while keep_courses(runtime):
            pass
        yield runtime.clock().hour


def mood(box):
    """What became of the question of the third day."""
    with box.world.runtime.database.read() as session:
        return session.scalars(
            select(AskedQuestion.state).where(AskedQuestion.item == "mood-3")
        ).all()


@pytest.mark.slow
def test_programme__answer_written_before_its_question_went__answers_nothing(course):
    for hour in hours(course, datetime(2026, 12, 8, 9, tzinfo=UTC)):
        if hour == 5:
            course.sync()
    assert mood(course) == ["open"]
    course.sync(course.sms("1", NURSE, at=course.now))
    assert "How was today, 1 bad to 5 good?" in course.texts(NURSE)
    assert mood(course) == ["open"]
    course.sync(course.sms("1", NURSE, at=course.now))
    assert mood(course) == ["answered"]


REMINDED = SMALL.replace(
    "close_days: 1\n          answers:\n            - {if: {from: 1",
    "close_days: 4\n          remind_days: [2]\n          answers:\n            - {if: {from: 1",
)


@pytest.mark.slow
def test_programme__answer_to_a_reminder_of_what_never_went__counts(any_box):
    runtime = any_box.world.runtime
    join(any_box, REMINDED)
    for _ in hours(any_box, datetime(2026, 12, 10, 10, tzinfo=UTC), step=4):
        Post(any_box).work()
        if runtime.clock() < datetime(2026, 12, 8, 7, tzinfo=UTC):
            any_box.sync()
    any_box.sync()
    assert "How was today, 1 bad to 5 good?" in any_box.texts(NURSE)[-1]
    wait(any_box, minutes=10)
    any_box.sync(any_box.sms("4", NURSE, at=any_box.now))
    assert mood(any_box) == ["answered"]


@pytest.mark.slow
def test_code__while_a_course_waits_for_an_answer__is_livestocks(course):
    """No box is in it: a code is four digits, and so may an answer be."""
    world = course.world
    for sid, text in (("SM2", "PLACE Kudjip, Jiwaka"), ("SM3", f"REG {ANIMAL}")):
        world.sms(text, sid, NURSE)
    for _ in hours(course, datetime(2026, 12, 8, 10, tzinfo=UTC), step=4):
        pass
    assert mood(course) == ["open"]
    world.sms(f"KILL {ANIMAL}", "SM4", NURSE)
    with world.runtime.database.read() as session:
        (asked,) = [text for text in session.scalars(select(Message.body)) if "the code" in text]
    wait(course, minutes=1)
    world.sms(code_in(asked), "SM5", NURSE)
    assert (states(course), mood(course)) == (["done"], ["open"])
