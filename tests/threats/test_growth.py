"""Weights, feed and condition by text: the unlikely, the stranger's and questions are no record."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import select

from services.storage.models import Flag
from tests.services.scene import PIG
from tests.support.texts import assert_one_segment
from tests.threats.phones import STRANGER, journal

KEEPER = "+67570000001"


def flags(scene):
    with scene.world.runtime.database.read() as session:
        return set(session.scalars(select(Flag.code)))


def weights(scene):
    return [one["details"]["kilograms"] for one in journal(scene.world, "weight")]


def test_weigh__of_the_keeper__is_recorded_with_its_method(scene, phones):
    assert "weighs 84 kg" in phones.says(KEEPER, f"WEIGH {PIG} 84 KG tape")
    [told] = journal(scene.world, "weight")
    assert told["details"] == {"kilograms": 84.0, "method": "tape"}
    assert "standing" not in told


@pytest.mark.parametrize("text", ["WEIGH {pig} 900", "WEIGH {pig} 0.1", "weigh {pig} 84000 kg"])
def test_weigh__of_no_pig__is_asked_about_and_recorded_after_a_yes_alone(scene, phones, text):
    assert "Really" in phones.says(KEEPER, text.format(pig=PIG))
    assert phones.says(KEEPER, "no").startswith("OK, we wrote down nothing")
    assert weights(scene) == []
    phones.says(KEEPER, text.format(pig=PIG))
    told = phones.says(KEEPER, "1")
    assert ", 25 Nov. But no pig weighs that. An officer will look." in told
    assert_one_segment(told)
    assert len(weights(scene)) == 1
    assert "weight_unlikely" in flags(scene)


def test_weigh__of_ten_times_the_last__names_it_to_the_keeper_and_not_to_a_stranger(scene, phones):
    phones.says(KEEPER, f"WEIGH {PIG} 84")
    assert "It weighed 84 kg on 25 Nov" in phones.says(KEEPER, f"WEIGH {PIG} 840")
    assert "84 kg on" not in phones.says(STRANGER, f"WEIGH {PIG} 390")
    assert weights(scene) == [84.0]


def test_weigh__of_a_stranger__is_evidence_that_a_keeper_agrees_with(scene, phones):
    assert "does not count yet" in phones.says(STRANGER, f"WEIGH {PIG} 84")
    [told] = journal(scene.world, "weight")
    assert told["standing"] == "evidence"
    assert "991" in phones.to(KEEPER)[-1]
    # It is no weight to compare with before the keeper agrees.
    assert "weighs 200 kg" in phones.says(KEEPER, f"WEIGH {PIG} 200")


def test_weigh__by_a_program_of_a_weight_of_no_pig__is_kept_and_flagged(scene, phones):
    farm = scene.places["keeper"]
    answer = scene.callers["keeper"].report("weight", PIG, at=farm, details={"kilograms": 900})
    assert answer.status_code == 201
    assert "weight_unlikely" in flags(scene)


def test_weigh__of_a_mob__says_whether_each_or_all(scene, phones):
    mob = re.search(r"number [a-z ]*([0-9]+)", phones.says(KEEPER, "MOB 14"))[1]
    assert f"WEIGH {mob} 45 EACH" in phones.says(KEEPER, f"WEIGH {mob} 45")
    assert "630 kg, all pigs" in phones.says(KEEPER, f"WEIGH {mob} 45 EACH")
    assert "Really" in phones.says(KEEPER, f"WEIGH {mob} 900 EACH")
    assert weights(scene) == [630.0]


@pytest.mark.parametrize(
    "text",
    [
        "weigh {pig} 84?",
        "does {pig} weigh 84 kg?",
        "{pig} does not weigh 84",
        "maybe {pig} weighs 84",
        "will weigh {pig} 84 tomorrow",
        "weigh {pig} 84 pounds",
        "weigh {pig} 25/11",
        "feed {pig} kaukau?",
        "dont feed {pig} kaukau",
        "condition {pig} 3?",
        "condition {pig} 7",
        "{pig} i no kaikai kaukau",
    ],
)
def test_growth__asked_denied_or_half_understood__records_nothing(scene, phones, text):
    phones.sends(KEEPER, text.format(pig=PIG))
    assert not [
        one for kind in ("weight", "feed", "condition") for one in journal(scene.world, kind)
    ]


def test_feed__of_kitchen_waste__is_recorded_and_warned_of(scene, phones):
    assert phones.says(KEEPER, f"FEED {PIG} swill").startswith("Do not feed kitchen waste")
    assert "got SWEET POTATO" in phones.says(KEEPER, f"FEED {PIG} SWEET POTATO 12 KG")
    assert "Really 60 kg" in phones.says(KEEPER, f"FEED {PIG} SWEET POTATO 60 KG")
    assert "did not understand: nice" in phones.says(KEEPER, f"FEED {PIG} nice kaukau")
    told = [one["details"] for one in journal(scene.world, "feed")]
    assert told == [{"product": "SWILL"}, {"product": "SWEET POTATO", "kilograms": 12.0}]


def test_condition__of_a_pig__is_a_score_of_five(scene, phones):
    assert "has condition 3" in phones.says(KEEPER, f"CONDITION {PIG} 3")
    assert "bun nating" in phones.says(KEEPER, f"BODI {PIG} 1")
    assert [one["details"]["score"] for one in journal(scene.world, "condition")] == [3, 1]
    assert "How is its body?" in phones.says(KEEPER, f"CONDITION {PIG}")
