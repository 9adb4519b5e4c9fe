"""Strangers, thieves and joking cousins who say something of other people's pigs."""

from __future__ import annotations

import pytest

from tests.services.scene import NEW_PIG, PIG
from tests.threats.phones import STRANGER, Phones, journal, state_of, threatened

KEEPER, NEIGHBOUR, RECORDER = "+67570000001", "+67570000002", "+67570000003"


@pytest.fixture
def scene(staged, tmp_path):
    with threatened(staged, tmp_path) as made:
        yield made


@pytest.fixture
def phones(scene):
    return Phones(scene.world)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        (f"DEAD {PIG}", "death"),
        (f"RETAG {PIG} {NEW_PIG}", "retag"),
        (f"LOST TAG {PIG}", "tag_lost"),
        (f"TREAT {PIG} IVOMEC 300", "treatment"),
        (f"VACC {PIG} IVOMEC 300", "vaccination"),
        (f"MOVE {PIG} {{neighbour}}", "depart"),
        (f"ARRIVE {PIG}", "arrive"),
        (f"REG {PIG}", "register"),
        (f"BORN 6 {PIG}", "birth"),
    ],
)
def test_stranger__says_something_of_a_keepers_pig__it_changes_nothing_and_the_keeper_is_asked(
    phones, scene, text, kind
):
    before = state_of(scene.world, PIG)
    reply = phones.says(STRANGER, text.format(**scene.places))
    assert state_of(scene.world, PIG) == before
    assert (
        journal(scene.world)[-1] | {"standing": "evidence", "type": kind}
        == journal(scene.world)[-1]
    )
    assert "does not count yet" in reply or "no kaunt yet" in reply
    [asked] = phones.to(KEEPER)
    assert STRANGER[-3:] in asked
    assert STRANGER[-4:] not in asked
    assert len(asked) <= 160


def test_keeper__agrees_with_what_a_stranger_said__it_takes_effect(phones, scene):
    phones.says(STRANGER, f"DEAD {PIG}")
    reply = phones.says(KEEPER, "1")
    assert "counts now" in reply or "kaunt" in reply, reply
    assert [one["type"] for one in journal(scene.world)[-2:]] == ["death", "agree"]
    [row] = [one for one in state_of(scene.world, PIG) if one[0] == "animal"]
    assert "2026-11-25" in row[-2]


def test_keeper__objects_to_what_a_stranger_said__it_never_takes_effect(phones, scene):
    before = state_of(scene.world, PIG)
    phones.says(STRANGER, f"DEAD {PIG}")
    phones.says(KEEPER, "2")
    assert [one["type"] for one in journal(scene.world)[-2:]] == ["death", "object"]
    assert state_of(scene.world, PIG) == before
    phones.says(KEEPER, "1")
    assert state_of(scene.world, PIG) == before
