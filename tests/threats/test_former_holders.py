"""Whoever gave a pig away, and let it go, says no more of it than a stranger; its owner is told."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from services.storage.models import Animal
from tests.services.scene import NEW_PIG, OTHER_PIG, PIG, SENT_PIG
from tests.support.texts import assert_one_segment
from tests.threats.phones import Phones, forget_phones_of, journal, state_of

KEEPER, NEIGHBOUR, ABATTOIR, OFFICER = (f"+6757000000{number}" for number in (1, 2, 6, 5))
WAITS = "does not count yet"


@pytest.fixture
def phones(scene):
    made = Phones(scene.world)
    for who in (KEEPER, NEIGHBOUR):
        made.says(who, "LANG EN")
    return made


@pytest.fixture
def given(scene, phones):
    """The keeper gives the pig to the neighbour, who takes it and never tells of its arrival."""
    give(scene, phones)
    scene.world.runtime.clock.now += timedelta(days=40)


def give(scene, phones, tag=PIG):
    phones.says(KEEPER, f"GIVE {tag} {NEIGHBOUR[4:]}")
    phones.sends(KEEPER, phones.code_to(KEEPER))
    assert "yours now" in phones.says(NEIGHBOUR, "1")


def ended(scene, tag=PIG):
    with scene.world.runtime.database.read() as session:
        return session.scalar(select(Animal.ended_on).where(Animal.value == tag))


@pytest.mark.parametrize(
    "text",
    [
        f"DEAD {PIG}",
        f"RETAG {PIG} {NEW_PIG}",
        f"LOST TAG {PIG}",
        f"TREAT {PIG} IVOMEC 300",
        f"MOVE {PIG} {{abattoir}}",
        f"ARRIVE {PIG}",
        f"BORN 6 {PIG}",
    ],
)
def test_former_keeper__of_a_pig_that_left__changes_nothing_and_its_owner_is_asked(
    scene, phones, given, text
):
    before, asked = state_of(scene.world, PIG), len(phones.to(NEIGHBOUR))
    reply = phones.says(KEEPER, text.format(**scene.places))
    assert WAITS in reply
    assert state_of(scene.world, PIG) == before
    assert journal(scene.world)[-1]["standing"] == "evidence"
    [question] = phones.to(NEIGHBOUR)[asked:]
    assert KEEPER[-3:] in question
    assert_one_segment(question)


def test_former_keeper__on_the_day_on_which_it_left__says_no_more_either(scene, phones):
    give(scene, phones)
    assert WAITS in phones.says(KEEPER, f"DEAD {PIG}")


def test_owner__agrees_with_the_former_keeper__it_counts(scene, phones, given):
    phones.says(KEEPER, f"DEAD {PIG}")
    assert "counts now" in phones.says(NEIGHBOUR, phones.code_to(NEIGHBOUR))
    assert ended(scene)


def test_former_keeper__of_an_owner_without_a_phone__an_officer_is_asked_and_not_they(
    scene, phones, given
):
    forget_phones_of(scene, "neighbour")
    before, told = state_of(scene.world, PIG), len(phones.to(KEEPER))
    reply = phones.says(KEEPER, f"DEAD {PIG}")
    assert "We asked an officer" in reply
    assert phones.to(KEEPER)[told:] == [reply]
    assert state_of(scene.world, PIG) == before


@pytest.mark.parametrize("text", [f"SICK {PIG} fever", f"SICK {PIG}"])
def test_former_keeper__says_that_it_is_sick_first__holds_it_no_more(scene, phones, given, text):
    phones.says(KEEPER, text)
    scene.world.runtime.clock.now += timedelta(days=1)
    assert WAITS in phones.says(KEEPER, f"DEAD {PIG}")


def test_seller__of_a_pig_that_came_the_same_day__holds_it_no_more(scene, phones):
    give(scene, phones)
    phones.says(NEIGHBOUR, f"ARRIVE {PIG}")
    assert WAITS in phones.says(KEEPER, f"DEAD {PIG}")


def test_keeper_of_the_place__of_a_pig_that_came_back_or_never_left__holds_it(scene, phones):
    give(scene, phones)
    phones.says(NEIGHBOUR, f"ARRIVE {PIG}")
    scene.world.runtime.clock.now += timedelta(days=2)
    phones.says(NEIGHBOUR, f"MOVE {PIG} {scene.places['keeper']}")
    assert WAITS not in phones.says(KEEPER, f"ARRIVE {PIG}")
    assert WAITS not in phones.says(KEEPER, f"TREAT {PIG} IVOMEC")


def board(scene, phones):
    """Let the keeper keep a pig of the neighbour's."""
    phones.says(NEIGHBOUR, f"MOVE {OTHER_PIG} {scene.places['keeper']}")
    assert WAITS not in phones.says(KEEPER, f"ARRIVE {OTHER_PIG}")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (f"DEAD {OTHER_PIG}", "dead"),
        (f"RETAG {OTHER_PIG} {NEW_PIG}", "new tag"),
        (f"LOST TAG {OTHER_PIG}", "tag lost"),
    ],
)
def test_keeper__of_anothers_pig_that_stands_here__may_say_so_and_its_owner_is_told(
    scene, phones, text, said
):
    board(scene, phones)
    before = len(phones.to(NEIGHBOUR))
    assert WAITS not in phones.says(KEEPER, text)
    [notice] = phones.to(NEIGHBOUR)[before:]
    assert f"001 reported of your pig {OTHER_PIG}: {said}." in notice
    assert_one_segment(notice)


def test_keeper__reports_a_death_of_anothers_by_api__the_owner_is_told(scene, phones):
    board(scene, phones)
    before = len(phones.to(NEIGHBOUR))
    done = scene.keeper.report("death", OTHER_PIG, at=scene.places["keeper"])
    assert done.json["events"][0]["standing"] == "in_force"
    assert "dead" in "".join(phones.to(NEIGHBOUR)[before:])


def test_keeper_or_officer__reports_a_death_of_the_keepers_own_pig__nobody_else_is_told(
    scene, phones
):
    before = len(phones.texts())
    reply = phones.says(KEEPER, f"DEAD {PIG}")
    assert [text for _, text in phones.texts()[before:]] == [reply]
    assert scene.officer.report("death", SENT_PIG, at=scene.places["keeper"]).status_code == 201
    assert len(phones.texts()) == before + 1
