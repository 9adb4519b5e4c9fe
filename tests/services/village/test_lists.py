"""What a box keeps: how animals stand, and the numbers that it may promise."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from sqlalchemy import select

from gateway.tags import issue
from services.core.roles import Role
from services.devices import calls
from services.livestock.recording.short_numbers import EXAMPLES, issue_short_number
from services.storage.locks import one_writer
from services.storage.models import Identifier, VillageNumbers
from services.village import lists
from tests.factories import official
from tests.services.scene import event
from tests.services.village.box import FARMER, NURSE, OTHER, set_up_box
from tests.services.world import ANIMAL

HEN, OWL = official(18), official(19)


def rows(answer):
    return {
        tuple(row["numbers"])[-1]: (row["status"], row["province"], row["barred"])
        for row in answer["statuses"]["rows"]
    }


def listed(box, *items):
    """Bring items; return what the next sync is answered, which brings none."""
    box.sync(*items)
    return box.sync()


@pytest.mark.slow
def test_statuses__of_the_people_of_a_village__and_of_no_others(any_box):
    any_box.world.sms("PLACE Wabag, Enga", "SM1", OTHER)
    any_box.world.sms(f"REG {OWL}", "SM2", OTHER)
    answer = listed(any_box, any_box.sms("PLACE Kudjip, Jiwaka"), any_box.sms(f"REG {ANIMAL}"))
    assert rows(answer) == {ANIMAL: ("alive", "Jiwaka", False)}
    assert set(answer["statuses"]["rows"][0]) == {
        "numbers", "status", "province", "barred", "as_of",
    }  # fmt: skip


def test_statuses__asked_about__are_told_from_then_on(any_box):
    any_box.world.sms("PLACE Wabag, Enga", "SM1", OTHER)
    any_box.world.sms(f"REG {OWL}", "SM2", OTHER)
    answer = listed(any_box, any_box.sms(f"OK {OWL}"), any_box.sms(HEN))
    assert rows(answer) == {OWL: ("alive", "Enga", False), HEN: ("unknown", None, False)}


@pytest.mark.parametrize(("kind", "status"), [("death", "dead"), ("slaughter", "slaughtered")])
def test_statuses__of_who_has_died__tell_how(any_box, kind, status):
    listed(any_box, any_box.sms(f"REG {ANIMAL}"))
    place = re.search(r"is registered at ([0-9]+)\.", any_box.texts()[0])[1]
    more = {"details": {"place": "home"}} if kind == "slaughter" else {}
    told = {"events": [event(kind, ANIMAL, at=place, **more)]}
    done = any_box.world.post("/api/v1/events", told, Role.ADMINISTRATOR)
    assert done.status_code == 201, done.text
    assert any_box.sync()["statuses"] is None, "an idle box is looked up for every ten minutes"
    any_box.world.runtime.clock.pass_by(600)
    assert rows(any_box.sync())[ANIMAL][0] == status


@pytest.mark.slow
def test_statuses__unchanged__are_not_sent_again(any_box):
    assert listed(any_box, any_box.sms(f"REG {ANIMAL}"))["statuses"]["version"] == 1
    any_box.world.runtime.clock.pass_by(86_400)
    assert any_box.sync()["statuses"] is None
    # A box that lost its list gets it anew.
    assert any_box.sync(statuses=0)["statuses"]["version"] == 1
    assert listed(any_box, any_box.sms(f"DEAD {ANIMAL}"))["statuses"]["version"] == 2


def test_statuses__items_came__are_told_by_the_next_sync_that_brings_none(any_box):
    """All writers would wait while they are looked up."""
    any_box.sync()
    assert any_box.sync(any_box.sms(f"REG {ANIMAL}"))["statuses"] is None
    assert any_box.sync(any_box.sms("HELP"))["statuses"] is None
    assert rows(any_box.sync()) == {ANIMAL: ("alive", None, False)}
    assert any_box.sync()["statuses"] is None


@pytest.mark.slow
def test_statuses__box_always_brings_something__are_looked_up_every_ten_minutes(any_box):
    told = []
    for _ in range(25):
        any_box.world.runtime.clock.pass_by(59)
        any_box.sync(any_box.sms(f"OK {ANIMAL}"))
        told.append(any_box.last["statuses"] is not None)
        # It lost its list: nothing else would make the same one come again.
        any_box.statuses = 0
    assert [place for place, one in enumerate(told) if one] == [10, 21]


@pytest.mark.slow
def test_statuses__box_was_away__are_not_told_with_what_it_brings(any_box):
    listed(any_box, any_box.sms(f"OK {HEN}"))
    any_box.world.runtime.clock.pass_by(86_400)
    assert any_box.sync(any_box.sms(f"OK {ANIMAL}"))["statuses"] is None
    assert ANIMAL in rows(any_box.sync())


@pytest.mark.slow
def test_statuses__of_who_died_long_ago__are_no_more(any_box):
    listed(any_box, any_box.sms(f"REG {ANIMAL} {HEN}"), any_box.sms(f"DEAD {ANIMAL}"))
    for _ in range(2):
        any_box.world.runtime.clock.pass_by(timedelta(days=46).total_seconds())
        answer = listed(any_box, any_box.sms("HELP"))
    assert set(rows(answer)) == {HEN}


def test_statuses__of_more_than_a_list_holds__are_of_the_newest(any_box, monkeypatch):
    monkeypatch.setattr(lists, "MOST", 1)
    lists._near.cache_clear()
    assert set(rows(listed(any_box, any_box.sms(f"REG {ANIMAL} {HEN}")))) == {HEN}
    lists._near.cache_clear()


@pytest.mark.slow
def test_statuses__arrived_lately__is_barred(any_box):
    any_box.sync(any_box.sms(f"REG {ANIMAL}"), any_box.sms("PLACE Wabag, Enga", OTHER))
    any_box.world.runtime.clock.pass_by(86_400)
    any_box.sync(any_box.sms(f"MOVE {ANIMAL} {OTHER[4:]}", at=any_box.now))
    moved = listed(any_box, any_box.sms(f"ARRIVE {ANIMAL}", OTHER, at=any_box.now))
    assert rows(moved)[ANIMAL] == ("alive", "Enga", True)
    any_box.world.runtime.clock.pass_by(timedelta(days=22).total_seconds())
    assert rows(any_box.sync())[ANIMAL] == ("alive", "Enga", False)


def test_statuses__of_a_stolen_pig__is_barred(any_box):
    any_box.sync(any_box.sms(f"REG {ANIMAL}"))
    assert rows(listed(any_box, any_box.sms(f"STOLEN {ANIMAL}")))[ANIMAL] == ("alive", None, True)


def test_statuses__of_people_not_seen_for_ninety_days__are_no_more(any_box):
    any_box.sync(any_box.sms(f"REG {ANIMAL}"), any_box.sms(f"OK {HEN}", NURSE))
    any_box.world.runtime.clock.pass_by(timedelta(days=91).total_seconds())
    assert rows(any_box.sync()) == {}


@pytest.mark.slow
def test_lists__while_the_queue_comes__wait(box):
    answer = box.sync(*(box.sms("HELP") for _ in range(200)))
    assert (answer["statuses"], answer["programmes"], answer["numbers"]) == (None, None, None)
    assert box.sync(numbers=100)["statuses"]["version"] == 1


def test_numbers__blocks_of_boxes_and_numbers_of_others__never_meet(any_box):
    other = set_up_box(any_box.world, "another village")
    given: list[int] = []
    for box in (any_box, other, any_box):
        block = box.sync(numbers=0)["numbers"]
        given += range(block["first"], block["last"] + 1)
        with any_box.world.runtime.database.write() as session:
            given.append(int(issue_short_number(session).value[:-2]))
    assert len(given) == len(set(given)) == 303
    assert any_box.world.counts()["village_numbers"] == 3


def test_numbers__enough_left__gives_no_block(any_box):
    assert any_box.sync(numbers=20)["numbers"] is None
    assert any_box.sync(numbers=19)["numbers"]


def promise(box, place=0):
    with box.world.runtime.database.read() as session:
        first = session.scalar(
            select(VillageNumbers.first).where(VillageNumbers.device_id == box.key)
        )
    return issue(first + place)


def short(box, tag):
    with box.world.runtime.database.read() as session:
        of = select(Identifier.animal_id).where(Identifier.value == tag)
        return session.scalar(
            select(Identifier.value).where(
                Identifier.animal_id == of.scalar_subquery(), Identifier.scheme == "bilum"
            )
        )


def test_number__that_was_promised__is_the_pigs(any_box):
    any_box.sync()
    number = promise(any_box)
    any_box.sync(any_box.sms(f"REG {ANIMAL}", numbers=[number]))
    assert short(any_box, ANIMAL) == number
    assert number in any_box.texts()[0]


def test_numbers__that_were_promised_for_several__are_theirs_in_order(any_box):
    any_box.sync()
    numbers = [promise(any_box, place) for place in (3, 1, 2)]
    any_box.sync(any_box.sms(f"REG {ANIMAL} {HEN} {OWL}", numbers=numbers))
    assert [short(any_box, tag) for tag in (ANIMAL, HEN, OWL)] == numbers


def test_number__promised_twice__is_the_first_pigs_alone(any_box):
    any_box.sync()
    number = promise(any_box)
    any_box.sync(
        any_box.sms(f"REG {ANIMAL}", numbers=[number]), any_box.sms(f"REG {HEN}", numbers=[number])
    )
    assert short(any_box, ANIMAL) == number
    assert short(any_box, HEN) not in {None, number}
    assert short(any_box, HEN) in any_box.texts()[1]


@pytest.mark.parametrize("bad", ["another's", "never drawn", "wrong check digits", "an example"])
def test_number__that_the_box_may_not_promise__is_passed_over_and_the_real_one_told(any_box, bad):
    other = set_up_box(any_box.world, "another village")
    for box in (any_box, other):
        box.sync()
    number = {
        "another's": promise(other),
        "never drawn": issue(9_999_999),
        "wrong check digits": str(int(promise(any_box)) + 1),
        "an example": next(key.value for key in EXAMPLES if len(key.value) == 6),
    }[bad]
    any_box.sync(any_box.sms(f"REG {ANIMAL}", numbers=[number]))
    assert short(any_box, ANIMAL) != number
    assert short(any_box, ANIMAL) in any_box.texts()[0]


def test_number__for_a_pig_that_has_one__is_passed_over(any_box):
    any_box.world.sms(f"REG {ANIMAL}", "SM1", FARMER)
    has = short(any_box, ANIMAL)
    any_box.sync()
    any_box.sync(any_box.sms(f"REG {ANIMAL}", numbers=[promise(any_box)]))
    assert short(any_box, ANIMAL) == has
    assert has in any_box.texts()[0]


def test_sync__idle_box__takes_no_writers_lock(box, monkeypatch):
    """A box that brings something, or needs numbers, does."""
    taken = []
    monkeypatch.setattr(calls, "one_writer", lambda session: taken.append(1) or one_writer(session))
    box.sync(box.sms("HELP"), numbers=100)
    box.sync(numbers=0)
    assert len(taken) == 2
    answer = box.sync(statuses=99, numbers=100)
    assert answer["statuses"] is not None
    assert len(taken) == 2
