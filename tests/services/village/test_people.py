"""What programmes say by a box, and what FORGET and a change of keys do to what it brought."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from sqlalchemy import select

from services.maintenance.key_rotation import RotationMode, rotate_key
from services.runtime.workers import keep_courses, keep_time
from services.storage.data_key import read_key
from services.storage.models import (
    Arrival,
    ArrivalConflict,
    Concern,
    Contact,
    Message,
    Subscription,
    VillagePhone,
)
from services.storage.vault import SealedValue, Vault
from tests.factories import NOW
from tests.services.health.scene import SMALL, publish, withdraw_all
from tests.services.village.box import FARMER, NURSE, join_course
from tests.services.village.post import Post
from tests.services.world import ANIMAL

CRAVE = {
    "programme": "tobacco", "language": "en", "word": "CRAVE", "text": "Wait 5 minutes. It passes.",
}  # fmt: skip
SHARED = {
    "Wait 5 minutes. It passes.": "Wait.",
    "Go to the nearest health centre now, or call 111.": "Go now, or call 111.",
}
FLAG = {
    "language": "tpi", "word": "bros i pen", "text": "Go long helt senta nau, o ringim 111.",
}  # fmt: skip


@pytest.fixture
def course(any_box):
    """A programme is approved in both languages."""
    any_box.world.runtime.clock.now = NOW
    any_box.version = publish(any_box.world.runtime.database)
    return any_box


def test_programmes__approved__are_told_word_by_word(course):
    told = course.sync()["programmes"]
    assert CRAVE in told["words"]
    assert FLAG in told["danger"]
    assert {one["word"] for one in told["words"]} >= {"CRAVE", "CRAVING", "LAIK SIMUK", "SLIP"}
    assert all("{" not in one["text"] for one in (*told["words"], *told["danger"]))
    assert course.sync()["programmes"] is None


def test_programmes__with_texts_for_shared_phones__are_told_by_these_alone(any_box):
    text = SMALL
    for told, hidden in SHARED.items():
        assert f'"{told}", tpi:' in text
        text = text.replace(f'{{en: "{told}"', f'{{discreet: {{en: "{hidden}"}}, en: "{told}"')
    any_box.world.runtime.clock.now = NOW
    publish(any_box.world.runtime.database, text)
    told = any_box.sync()["programmes"]
    assert CRAVE | {"text": "Wait."} in told["words"]
    said = {one["text"] for one in (*told["words"], *told["danger"])}
    assert {*SHARED.values()} <= said
    assert said & {*SHARED} == set()


def test_programmes__withdrawn__are_told_no_more(course):
    course.sync()
    withdraw_all(course.world.runtime.database, course.version, ("en",))
    told = course.sync()["programmes"]
    assert told["version"] == 2
    assert {one["language"] for one in (*told["words"], *told["danger"])} == {"tpi"}


@pytest.mark.slow
def test_course__of_a_person_in_a_village__goes_its_whole_way_by_the_box(course):
    join_course(course)
    assert "Welcome, Maria" in course.texts(NURSE)[-1]
    runtime, post = course.world.runtime, Post(course)
    for hour in range(48):
        runtime.clock.pass_by(timedelta(hours=1).total_seconds())
        while keep_courses(runtime):
            pass
        assert post.work() == ""
        if hour % 24 == 23:
            course.sync()
    # Of the day before, since it waited at the server for the box.
    assert course.texts(NURSE).count("Tell a friend today.") == 1
    course.sync(course.sms("STOP", NURSE, at=course.now))
    with runtime.database.read() as session:
        assert session.scalars(select(Subscription)).one().state == "opted_out"


@pytest.mark.slow
def test_word__that_the_box_has_answered__takes_its_turn_and_is_not_said_again(course):
    join_course(course)
    course.had.clear()
    course.sync(course.sms("CRAVE", NURSE, at=course.now, answered="word"))
    assert course.texts(NURSE) == []
    course.sync(course.sms("CRAVE", NURSE, at=course.now, answered="kept"))
    assert course.texts(NURSE) == ["Drink water, walk."]


def test_danger__that_the_box_has_answered__is_told_the_clinician_all_the_same(course):
    course.sync(course.sms("chest pain", NURSE, answered="danger"))
    assert course.texts(NURSE) == []
    with course.world.runtime.database.read() as session:
        assert session.scalars(select(Concern)).one().code == "chest_pain"


def sealed_texts(database):
    """Every sealed value of the people's tables."""
    columns = [
        column
        for table in (Arrival, ArrivalConflict, Contact, Message)
        for column in table.__table__.columns
        if isinstance(column.type, SealedValue)
    ]
    with database.read() as session:
        return [text for column in columns for text in session.scalars(select(column)) if text]


def forget(box):
    """FORGET and its code, which no box carries; return what the ordinary road brought."""
    post = Post(box)
    box.world.sms("FORGET", "SM8", FARMER)
    code = re.search(r"FORGET ([0-9]+)", post.work())[1]
    box.world.sms(f"FORGET {code}", "SM9", FARMER)
    post.work()
    box.world.runtime.clock.pass_by(72 * 60 * 60)
    keep_time(box.world.runtime)
    return post.work()


@pytest.mark.slow
def test_forget__of_a_person_of_a_village__leaves_nothing(any_box):
    any_box.sync(
        any_box.sms(f"REG {ANIMAL}"),
        any_box.sms("nonsense of nobody", answered="help"),
        any_box.sms("HELP", answered="help"),
        any_box.sms("PLACE Kudjip, Jiwaka", NURSE),
    )
    item = any_box.sms("secret words")
    any_box.sync(item)
    any_box.sync(item | {"text": "other secret words"})
    any_box.world.runtime.clock.pass_by(60)
    assert "We erased your name" in forget(any_box)
    any_box.world.runtime.clock.pass_by(60)
    keep_time(any_box.world.runtime)
    any_box.sync()
    database = any_box.world.runtime.database
    left = sealed_texts(database)
    assert not [text for text in left if FARMER in text or "secret" in text or ANIMAL in text]
    assert [text for text in left if NURSE in text]
    index = database.vault.index(FARMER)
    with database.read() as session:
        phones = session.scalars(select(VillagePhone.number_index)).all()
    assert index not in phones
    assert database.vault.index(NURSE) in phones


@pytest.mark.slow
def test_forget__with_mail_waiting__hands_nothing_over(any_box):
    any_box.sync(any_box.sms("PLACE Kudjip, Jiwaka", at=any_box.now))
    forget(any_box)
    any_box.had.clear()
    any_box.sync()
    assert any_box.had == []


@pytest.mark.slow
def test_keys__changed_after_a_leak__still_know_who_is_served(box):
    box.sync(box.sms("HELP"))
    runtime = box.world.runtime
    folder = runtime.settings.data_dir
    runtime.close()
    rotate_key(runtime.database, folder / "data.key", RotationMode.LEAKED)
    with runtime.database.read() as session:
        known = session.scalars(select(VillagePhone.number_index)).all()
    assert known == [Vault(read_key(folder / "data.key")).index(FARMER)]
    assert known != [runtime.database.vault.index(FARMER)]
